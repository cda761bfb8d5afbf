import { expect, it } from "vitest";
import type { AlertLevel, Marker } from "../../api/client";
import { grouped } from "./grouped";

const FROM = Date.parse("2025-01-10T10:00:00Z");
const RANGE = { from: FROM, to: FROM + 100_000 };
const alert = (id: number, second: number, level: AlertLevel) =>
  ({ id, level, title: "x", closed: false, first_seen: new Date(FROM + second * 1000).toISOString() }) as Marker;

it("puts close ones together under the highest level, and early ones at the start", () => {
  const groups = grouped([alert(1, -50, "low"), alert(2, 1, "high"), alert(3, 40, "medium")], RANGE, 0.05);
  expect(groups.map(({ share, level, markers }) => [share, level, markers.map(({ id }) => id)])).toEqual([
    [0, "high", [2, 1]],
    [0.4, "medium", [3]],
  ]);
});

it("leaves out what began after the range", () => {
  expect(grouped([alert(1, 120, "low")], RANGE, 0.05)).toEqual([]);
});
