import { expect, it } from "vitest";
import type { TimeseriesAnswer } from "../../api/client";
import { daysOf } from "./Calendar";

const HOUR = 3_600_000;

it("puts each hour into its day, the newest first, and cuts days to the range", () => {
  const from = Date.parse("2025-01-09T22:30:00Z");
  const to = Date.parse("2025-01-10T02:00:00Z");
  const answer = {
    start_ms: Date.parse("2025-01-09T22:00:00Z"),
    series: [{ values: [[1, 2, 3, 4]] }],
  } as unknown as TimeseriesAnswer;
  const days = daysOf(answer, { from, to });
  expect(days.map(({ label }) => label)).toEqual(["2025-01-10", "2025-01-09"]);
  expect(days[1]?.values.slice(21)).toEqual([0, 1, 2]);
  expect(days[0]?.values.slice(0, 3)).toEqual([3, 4, 0]);
  expect(days[1]?.target?.instants).toEqual({ from, to: Date.parse("2025-01-10T00:00:00Z") });
  expect(days[0]?.target?.instants).toEqual({ from: to - 2 * HOUR, to });
});
