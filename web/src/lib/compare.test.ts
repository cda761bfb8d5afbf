import { expect, it } from "vitest";
import { alignedValues, comparedInstants } from "./compare";

const HOUR = 3_600_000;

it("shifts by the range itself, or by whole days", () => {
  const instants = { from: 10 * HOUR, to: 12 * HOUR };
  expect(comparedInstants("prev", instants)).toEqual({ from: 8 * HOUR, to: 10 * HOUR });
  expect(comparedInstants("7d", instants)).toEqual({ from: (10 - 168) * HOUR, to: (12 - 168) * HOUR });
});

it("reads the compared values at the screen's own buckets", () => {
  const own = { start: 10 * HOUR, step: HOUR, count: 3 };
  const other = { start: 8 * HOUR, step: HOUR, values: [5, 6] };
  expect(alignedValues(own, other, 2 * HOUR)).toEqual([5, 6, null]);
  // A range that does not start on a bucket's edge reads the nearest one.
  expect(alignedValues(own, { ...other, start: 8 * HOUR - 60_000 }, 2 * HOUR)).toEqual([5, 6, null]);
});
