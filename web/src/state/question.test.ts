import { describe, expect, it } from "vitest";
import { questionFor } from "./question";
import { arrivalsUpTo } from "./range";

const NOW = Date.parse("2025-01-10T10:00:00Z");

describe("what a question counts", () => {
  const instants = { from: NOW - 60_000, to: NOW };

  it("leaves out what arrived after its moment, in front of any filter", () => {
    const asOf = "received < 2025-01-10T10:00:00.000Z";
    expect(questionFor(instants, "", NOW)).toEqual({
      from: "2025-01-10T09:59:00Z",
      to: "2025-01-10T10:00:00Z",
      filter: asOf,
    });
    expect(questionFor(instants, "protocol = 6", NOW).filter).toBe(`${asOf} and protocol = 6`);
    expect(questionFor(instants, "a = 1 or b = 2", NOW).filter).toBe(`${asOf} and (a = 1 or b = 2)`);
    expect(questionFor(instants, "", null)).not.toHaveProperty("filter");
  });

  it("has such a moment while records may still come, and where a link brings one", () => {
    expect(arrivalsUpTo(instants, "", NOW)).toBe(NOW);
    expect(arrivalsUpTo({ from: 0, to: NOW - 14 * 60_000 }, "", NOW)).toBe(NOW);
    expect(arrivalsUpTo({ from: 0, to: NOW - 16 * 60_000 }, "", NOW)).toBeNull();
    expect(arrivalsUpTo({ from: 0, to: NOW - 3_600_000 }, "2025-01-10T09:00:01Z", NOW)).toBe(NOW - 3_599_000);
  });
});
