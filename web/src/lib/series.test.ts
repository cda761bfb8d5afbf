import { describe, expect, it } from "vitest";
import { metaOf } from "../answers.testing";
import type { TimeseriesAnswer } from "../api/client";
import { bucketInstants, bucketLength, chartData, peakOf } from "./series";

const START = Date.parse("2025-01-01T00:00:00Z");
const iso = (ms: number) => new Date(ms).toISOString();

function answer(change: Partial<TimeseriesAnswer["meta"]> = {}): TimeseriesAnswer {
  return {
    start_ms: START,
    step_ms: 60_000,
    count: 4,
    measures: ["bytes_scaled"],
    series: [
      { key: { service: "https" }, values: [[600, 1200, 1800, 60]], totals: [3660] },
      { key: { service: null }, values: [[0, 60, 0, 0]], totals: [60] },
    ],
    other: { values: [[60, 0, 0, 0]], totals: [60] },
    meta: metaOf({ from: iso(START + 30_000), to: iso(START + 210_000), ...change }),
  };
}

describe("chart data", () => {
  const data = chartData(answer(), "service", (total, seconds) => total / seconds);

  it("has a series for each value, one for its absence, and the rest", () => {
    expect(data.series.map((series) => [series.kind, series.label])).toEqual([
      ["value", "https"],
      ["absent", "none"],
      ["other", "Other"],
    ]);
    // The first and the last bucket are in the range for half a minute each.
    expect(data.series[0]?.values).toEqual([20, 20, 30, 2]);
    expect(data.series[0]?.slot).not.toBeNull();
    expect(data.series[2]?.slot).toBeNull();
  });

  it("knows which buckets are incomplete and leaves them out of the peak", () => {
    expect(data.completeFrom).toBe(1);
    expect(data.incompleteFrom).toBe(3);
    const first = data.series[0];
    if (!first) throw new Error("no series");
    expect(peakOf(data, first)).toBe(30);
    expect(
      chartData(answer({ incomplete_from: iso(START + 70_000) }), "service", (total) => total).incompleteFrom,
    ).toBe(1);
  });

  it("knows what was before the first record", () => {
    const late = chartData(answer(), "service", (total) => total, START + 90_000);
    expect(late.dataFrom).toBe(START + 90_000);
    expect(late.completeFrom).toBe(2);
    expect(chartData(answer(), "service", (total) => total, START - 1).dataFrom).toBeNull();
  });

  it("cuts a bucket's link to the range, so that its records are those counted", () => {
    expect(bucketInstants(data, 0)).toEqual({ from: START + 30_000, to: START + 60_000 });
    expect(bucketInstants(data, 3)).toEqual({ from: START + 180_000, to: START + 210_000 });
  });
});

it("bucket lengths are round and never give more than asked", () => {
  expect(bucketLength({ from: 0, to: 3_600_000 }, 150)).toEqual({ every: "30s", label: "30 s", ms: 30_000 });
  expect(bucketLength({ from: 0, to: 86_400_000 }, 150).every).toBe("10m");
  expect(bucketLength({ from: 0, to: 90 * 86_400_000 }, 150).every).toBe("1d");
  expect(bucketLength({ from: 0, to: 10_000 }, 150).every).toBe("1s");
});
