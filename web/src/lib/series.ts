/** From a time-series answer to what a chart draws. */

import type { TimeseriesAnswer } from "../api/client";
import { slotsFor } from "./colour";
import { type Coverage, coverage, coveredSeconds } from "./coverage";
import { displayValue, type FieldValue } from "./fields";
import type { Instants } from "./time";

export interface ChartSeries {
  id: string;
  label: string;
  /** The value of the stacked field; null for a value that is absent and for "Other". */
  value: string | number | null;
  /** Each field with its value, for a series that several fields name. */
  key: readonly { field: string; value: string | number | null }[];
  kind: "value" | "absent" | "other" | "all";
  /** 0–7; null draws in grey. */
  slot: number | null;
  values: readonly number[];
  total: number;
  /** The total as the unit shows it: a rate is that over the covered part of the range. */
  overall: number;
}

export interface ChartData {
  start: number;
  step: number;
  count: number;
  series: readonly ChartSeries[];
  instants: Instants;
  covered: Coverage;
  /** The complete buckets are those from the one to before the other: at both ends a bucket may be covered in part. */
  completeFrom: number;
  incompleteFrom: number;
  /** Nothing was collected before this time, if it lies in the range: what is empty there is unknown, not zero. */
  dataFrom: number | null;
}

/** False for a bucket that the range, or the time of collecting, covers only in part, and for one that may still grow. */
export function isComplete(data: ChartData, bucket: number): boolean {
  return bucket >= data.completeFrom && bucket < data.incompleteFrom;
}

export function chartData(
  answer: TimeseriesAnswer,
  /** The field, or the fields, that the answer is grouped by. */
  by: string | readonly string[] | null,
  convert: (total: number, seconds: number) => number,
  oldest: number | null = null,
  asOf: number | null = null,
): ChartData {
  const instants = { from: Date.parse(answer.meta.from), to: Date.parse(answer.meta.to) };
  const covered = coverage(instants, oldest, asOf);
  // A bucket is as long as what is known of it: a rate must not fall because the day has just begun.
  const lengths = Array.from({ length: answer.count }, (_, bucket) => {
    const from = answer.start_ms + bucket * answer.step_ms;
    return coveredSeconds(covered, from, from + answer.step_ms);
  });
  const shown = (values: readonly number[] | undefined) =>
    (values ?? []).map((value, bucket) => convert(value, lengths[bucket] ?? answer.step_ms / 1000));
  const fields = by === null || by === "" ? [] : typeof by === "string" ? [by] : by;
  const series: ChartSeries[] = answer.series.map((one) => {
    const key = fields.map((field) => {
      const raw = one.key[field] as FieldValue;
      return { field, value: typeof raw === "string" || typeof raw === "number" ? raw : null };
    });
    const texts = key.map(({ field, value }) => (value === null ? "none" : displayValue(field, value)));
    const value = key.length > 1 ? JSON.stringify(key.map((part) => part.value)) : (key[0]?.value ?? null);
    const kind = key.length === 0 ? "all" : value === null ? "absent" : "value";
    return {
      id: kind === "value" ? `=${value}` : kind,
      label: kind === "all" ? "All" : texts.join(" · "),
      value,
      key,
      kind,
      slot: null,
      values: shown(one.values[0]),
      total: one.totals[0] ?? 0,
      overall: convert(one.totals[0] ?? 0, covered.seconds),
    };
  });
  const coloured = series.filter((one) => one.kind === "value");
  const slots = slotsFor(
    fields.join(" "),
    coloured.map((one) => String(one.value)),
  );
  for (const [index, one] of coloured.entries()) one.slot = slots[index] ?? null;
  if (answer.other?.totals.some((total) => total > 0)) {
    series.push({
      id: "other",
      label: "Other",
      value: null,
      key: [],
      kind: "other",
      slot: null,
      values: shown(answer.other.values[0]),
      total: answer.other.totals[0] ?? 0,
      overall: convert(answer.other.totals[0] ?? 0, covered.seconds),
    });
  }
  const end = answer.start_ms + answer.count * answer.step_ms;
  const limit = answer.meta.incomplete_from
    ? Math.min(Date.parse(answer.meta.incomplete_from), instants.to)
    : instants.to;
  const dataFrom = oldest !== null && oldest > instants.from && oldest < instants.to ? oldest : null;
  return {
    start: answer.start_ms,
    step: answer.step_ms,
    count: answer.count,
    series,
    instants,
    covered,
    incompleteFrom: limit >= end ? answer.count : Math.max(0, Math.floor((limit - answer.start_ms) / answer.step_ms)),
    completeFrom: Math.max(
      0,
      Math.ceil((Math.max(instants.from, dataFrom ?? instants.from) - answer.start_ms) / answer.step_ms),
    ),
    dataFrom,
  };
}

/** The time of a bucket, cut to the range: what a link to its records asks for. */
export function bucketInstants(data: ChartData, index: number): Instants {
  const from = data.start + index * data.step;
  return { from: Math.max(from, data.instants.from), to: Math.min(from + data.step, data.instants.to) };
}

/** The highest complete bucket; the highest of all when none is complete. */
export function peakOf(data: ChartData, series: ChartSeries): number {
  const complete = series.values.slice(data.completeFrom, data.incompleteFrom);
  return Math.max(0, ...(complete.length > 0 ? complete : series.values));
}

/** The value that a share of the complete buckets does not exceed, by nearest rank; 0 while there is none. */
export function percentileOf(data: ChartData, series: ChartSeries, share: number): number {
  const complete = series.values.slice(data.completeFrom, data.incompleteFrom).sort((a, b) => a - b);
  return complete[Math.max(0, Math.ceil(complete.length * share) - 1)] ?? 0;
}

const NICE_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** A round bucket length that gives at most `most` buckets, in the words of the API. */
export function bucketLength(instants: Instants, most: number): { every: string; label: string; ms: number } {
  const wanted = (instants.to - instants.from) / 1000 / most;
  const seconds = NICE_SECONDS.find((candidate) => candidate >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400;
  const [count, unit, word] =
    seconds % 86_400 === 0
      ? [seconds / 86_400, "d", "d"]
      : seconds % 3600 === 0
        ? [seconds / 3600, "h", "h"]
        : seconds % 60 === 0
          ? [seconds / 60, "m", "min"]
          : [seconds, "s", "s"];
  return { every: `${count}${unit}`, label: `${count} ${word}`, ms: seconds * 1000 };
}
