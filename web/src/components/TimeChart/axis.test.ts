import { expect, it } from "vitest";
import { axisLabels } from "./axis";

const DAY = 86_400_000;

it("writes days without the year, and the year once", () => {
  const start = Date.parse("2025-12-24T00:00:00Z");
  const days = [0, 5, 10, 15].map((day) => start + day * DAY);
  expect(axisLabels(days, 5 * DAY, "UTC")).toEqual(["12-24\n2025", "12-29", "01-03\n2026", "01-08"]);
});

it("writes the date once a day under the clock", () => {
  const hours = [22, 23, 24].map((hour) => Date.parse("2025-01-01T00:00:00Z") + hour * 3_600_000);
  expect(axisLabels(hours, 3_600_000, "UTC")).toEqual(["22:00\n2025-01-01", "23:00", "00:00\n2025-01-02"]);
});
