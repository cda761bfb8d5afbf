/** The range that the screen's own is compared with. */

import type { Instants } from "./time";

/** Empty: no comparison. `prev` is the range just before, as long as this one. */
export const COMPARE = ["", "prev", "1d", "7d", "28d"] as const;
export type Compare = (typeof COMPARE)[number];

export const COMPARE_LABELS: Record<Compare, string> = {
  "": "Nothing",
  prev: "The period before",
  "1d": "A day before",
  "7d": "A week before",
  "28d": "Four weeks before",
};

const DAY_MS = 86_400_000;

/** How far back the compared range lies. */
export function compareShift(compare: Compare, instants: Instants): number {
  if (compare === "" || compare === "prev") return instants.to - instants.from;
  return Number.parseInt(compare, 10) * DAY_MS;
}

export function comparedInstants(compare: Compare, instants: Instants): Instants {
  const shift = compareShift(compare, instants);
  return { from: instants.from - shift, to: instants.to - shift };
}

/** Values of buckets, read at each of the screen's own buckets; null where the compared range has none. */
export function alignedValues(
  own: { start: number; step: number; count: number },
  other: { start: number; step: number; values: readonly number[] },
  shift: number,
): (number | null)[] {
  return Array.from({ length: own.count }, (_, bucket) => {
    const at = Math.round((own.start + bucket * own.step - shift - other.start) / other.step);
    return other.values[at] ?? null;
  });
}
