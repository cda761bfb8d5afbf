import { describe, expect, it } from "vitest";
import { metaOf } from "../answers.testing";
import type { TimeseriesAnswer } from "../api/client";
import { coverage, coverageNote } from "./coverage";
import { random } from "./random.testing";
import { bucketLength, chartData } from "./series";
import { toUnit, UNITS } from "./units";

const NOW = Date.parse("2025-01-10T10:00:00Z");
const MINUTE = 60_000;

describe("the covered part of a range", () => {
  const quarter = { from: NOW - 90 * 86_400_000, to: NOW };

  it("goes from the oldest record to the moment of the answer", () => {
    const covered = coverage(quarter, NOW - 9 * MINUTE, NOW);
    expect(covered).toEqual({ from: NOW - 9 * MINUTE, to: NOW, seconds: 540, partial: true });
    expect(coverageNote(covered, "bps")).toBe("avg of 9\u2009min");
    expect(coverageNote(covered, "total")).toBeNull();
    expect(coverage({ from: NOW - MINUTE, to: NOW + MINUTE }, null, NOW).seconds).toBe(60);
  });

  it("is the whole range where there is data all along, and never empty", () => {
    expect(coverage(quarter, quarter.from - 1, NOW)).toMatchObject({ ...quarter, partial: false });
    expect(coverageNote(coverage(quarter, null, null), "bps")).toBeNull();
    expect(coverage(quarter, NOW - 10, NOW).seconds).toBe(1);
    // Before the first record nothing is known: the range itself is all there is to divide by.
    expect(coverage({ from: 0, to: MINUTE }, NOW, NOW).seconds).toBe(60);
  });
});

/** The tile, the legend and the tables show the same rate of the same total, whatever the range and the buckets. */
it("rates of tile, legend and tables agree", () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const { int, pick } = random(seed);
    const length = pick([5 * MINUTE, 15 * MINUTE, 3_600_000, 90 * 86_400_000]) + int(MINUTE);
    const instants = { from: NOW - length, to: NOW };
    const oldest = pick([null, NOW - int(length * 2), NOW - 9 * MINUTE]);
    const step = bucketLength(instants, pick([40, 150])).ms;
    const start = Math.floor(instants.from / step) * step;
    const count = Math.ceil((NOW - start) / step);
    const totals = [int(1e12), int(1e9), int(1e6)];
    const answer: TimeseriesAnswer = {
      start_ms: start,
      step_ms: step,
      count,
      measures: ["bytes_scaled"],
      series: totals.slice(0, 2).map((total, index) => ({
        key: { service: `s${index}` },
        values: [Array.from({ length: count }, (_, bucket) => (bucket === count - 1 ? total : 0))],
        totals: [total],
      })),
      other: { values: [[]], totals: [totals[2] ?? 0] },
      meta: metaOf({ from: new Date(instants.from).toISOString(), to: new Date(instants.to).toISOString() }),
    };
    const unit = pick(UNITS);
    const { seconds } = coverage(instants, oldest, NOW);
    const table = (total: number) => toUnit(total, unit, seconds);
    const chart = chartData(answer, "service", (total, over) => toUnit(total, unit, over), oldest, NOW);
    expect(chart.series.map((series) => series.overall)).toEqual(totals.map(table));
    const sum = chart.series.reduce((all, series) => all + series.overall, 0);
    const tile = table(totals.reduce((all, total) => all + total, 0));
    expect(Math.abs(sum - tile), `seed ${seed}`).toBeLessThanOrEqual(tile * 1e-9);
    // No average above every bucket: a bucket divides by the part of it that is covered, too.
    const peak = Math.max(...(chart.series[0]?.values ?? []));
    expect(peak * 1.000001, `seed ${seed}`).toBeGreaterThanOrEqual(chart.series[0]?.overall ?? 0);
  }
});
