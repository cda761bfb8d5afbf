/** The part of a range for which there is data. Every rate over a range divides by it: tile, legend and tables alike. */

import type { Instants } from "./time";
import type { Unit } from "./units";

export interface Coverage extends Instants {
  seconds: number;
  /** True when it is less than the range, so that a reader has to be told. */
  partial: boolean;
}

/** A cut shorter than this share of the range goes without saying. */
const WORTH_SAYING = 0.01;

/** From the oldest record to the moment that the answers are of, within the range; never less than a second. */
export function coverage(instants: Instants, oldest: number | null, asOf: number | null): Coverage {
  const from = oldest !== null && oldest < instants.to ? Math.max(instants.from, oldest) : instants.from;
  const to = asOf !== null && asOf > instants.from ? Math.min(instants.to, asOf) : instants.to;
  const seconds = Math.max(1, (to - from) / 1000);
  const asked = (instants.to - instants.from) / 1000;
  return { from, to, seconds, partial: asked - seconds > asked * WORTH_SAYING };
}

/** Seconds of a bucket within the covered part; never less than one, so that a sliver does not look like a peak. */
export function coveredSeconds(covered: Instants, from: number, to: number): number {
  return Math.max(1, (Math.min(to, covered.to) - Math.max(from, covered.from)) / 1000);
}

/** What a rate is the average of, where that is less than the range: `avg of 9 min`. */
export function coverageNote(covered: Coverage, unit: Unit): string | null {
  return covered.partial && unit !== "total" ? `avg of ${lengthText(covered.seconds)}` : null;
}

function lengthText(seconds: number): string {
  const units: readonly [number, string][] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
  ];
  for (const [size, unit] of units) if (seconds >= 2 * size) return `${Math.round(seconds / size)}\u2009${unit}`;
  return `${Math.round(seconds)}\u2009s`;
}
