import { describe, expect, it } from "vitest";
import { random } from "./random.testing";
import {
  durationMs,
  durationText,
  formatSpan,
  formatTime,
  isoTime,
  lastDuration,
  parseRange,
  rangeLabel,
  resolveRange,
  resolveTime,
  shiftRange,
  zoomRange,
} from "./time";
import { instantOf, partsAt, startOfDay } from "./zone";

const NOW = Date.parse("2025-06-15T12:34:56Z");
const at = (text: string) => Date.parse(text);

describe("time expressions", () => {
  it("are relative, calendar, ISO or epoch", () => {
    expect(resolveTime("now", NOW, "UTC")).toBe(NOW);
    expect(resolveTime("now-6h", NOW, "UTC")).toBe(NOW - 6 * 3_600_000);
    expect(resolveTime("now - 1h30m", NOW, "UTC")).toBe(NOW - 90 * 60_000);
    expect(resolveTime("yesterday", NOW, "UTC")).toBe(at("2025-06-14T00:00:00Z"));
    expect(resolveTime("2025-03-01", NOW, "UTC")).toBe(at("2025-03-01T00:00:00Z"));
    expect(resolveTime("2025-03-01 10:00", NOW, "Asia/Kolkata")).toBe(at("2025-03-01T04:30:00Z"));
    expect(resolveTime("2025-03-01T10:00:00+02:00", NOW, "UTC")).toBe(at("2025-03-01T08:00:00Z"));
    expect(resolveTime("1740823200", NOW, "UTC")).toBe(1_740_823_200_000);
    expect(resolveTime("1740823200123", NOW, "UTC")).toBe(1_740_823_200_123);
  });

  it("that mean nothing are refused", () => {
    for (const text of ["", "soon", "now-", "now-6parsecs", "2025-13-01", "10", "2025-03-01 99:00"])
      expect(resolveTime(text, NOW, "UTC"), text).toBeNull();
    expect(resolveRange({ from: "now", to: "now-1h" }, NOW, "UTC")).toBeNull();
  });

  it("come back from their text", () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const { int } = random(seed);
      const ms = (1 + int(10_000)) * 1000;
      expect(durationMs(durationText(ms))).toBe(ms);
      const instant = 1.6e12 + int(2 ** 31) * 100;
      expect(resolveTime(isoTime(instant), NOW, "UTC")).toBe(instant);
    }
  });
});

describe("typed ranges", () => {
  const typed = (text: string, zone = "UTC") => {
    const range = parseRange(text, NOW, zone);
    return range && resolveRange(range, NOW, zone);
  };

  it("are what a person means", () => {
    expect(parseRange("15m", NOW, "UTC")).toEqual({ from: "now-15m", to: "now" });
    expect(parseRange("last 3 hours", NOW, "UTC")).toEqual({ from: "now-3h", to: "now" });
    expect(parseRange("last hour", NOW, "UTC")).toEqual({ from: "now-1h", to: "now" });
    expect(parseRange("now-3h", NOW, "UTC")).toEqual({ from: "now-3h", to: "now" });
    expect(parseRange("now-3h to now-1h", NOW, "UTC")).toEqual({ from: "now-3h", to: "now-1h" });
    expect(typed("yesterday")).toEqual({ from: at("2025-06-14T00:00:00Z"), to: at("2025-06-15T00:00:00Z") });
    expect(typed("2025-03-01 10:00 to 12:00")).toEqual({
      from: at("2025-03-01T10:00:00Z"),
      to: at("2025-03-01T12:00:00Z"),
    });
    expect(typed("10:00 to 12:00")).toEqual({ from: at("2025-06-15T10:00:00Z"), to: at("2025-06-15T12:00:00Z") });
    expect(typed("2025-03-01")).toEqual({ from: at("2025-03-01T00:00:00Z"), to: at("2025-03-02T00:00:00Z") });
    expect(typed("2025-03-01 22:00 → 2025-03-02 01:00", "Europe/Berlin")).toEqual({
      from: at("2025-03-01T21:00:00Z"),
      to: at("2025-03-02T00:00:00Z"),
    });
  });

  it("that make no sense are refused", () => {
    for (const text of ["", "now", "tomorrow", "2025-03-01 12:00 to 10:00", "a to b to c", "0m"])
      expect(parseRange(text, NOW, "UTC"), text).toBeNull();
  });
});

describe("moving along", () => {
  it("goes back and returns to the present", () => {
    const hour = { from: NOW - 3_600_000, to: NOW };
    const back = shiftRange(hour, -1, NOW);
    expect(back).toEqual({ from: isoTime(NOW - 7_200_000), to: isoTime(NOW - 3_600_000) });
    expect(shiftRange({ from: NOW - 7_200_000, to: NOW - 3_600_000 }, 1, NOW)).toEqual({ from: "now-1h", to: "now" });
  });

  it("zooms around now while live, around the middle otherwise", () => {
    expect(zoomRange({ from: "now-1h", to: "now" }, { from: NOW - 3_600_000, to: NOW }, 2)).toEqual({
      from: "now-2h",
      to: "now",
    });
    expect(zoomRange({ from: "a", to: "b" }, { from: 1_000_000, to: 1_400_000 }, 0.5)).toEqual({
      from: isoTime(1_100_000),
      to: isoTime(1_300_000),
    });
  });
});

describe("written times", () => {
  it("agree in UTC, a half-hour zone and across both clock changes", () => {
    expect(formatTime(at("2025-03-01T00:00:00Z"), "UTC")).toBe("2025-03-01 00:00:00");
    expect(formatTime(at("2025-03-01T00:00:00Z"), "Asia/Kolkata")).toBe("2025-03-01 05:30:00");
    expect(formatTime(at("2025-03-30T00:59:59Z"), "Europe/Berlin")).toBe("2025-03-30 01:59:59");
    expect(formatTime(at("2025-03-30T01:00:00Z"), "Europe/Berlin")).toBe("2025-03-30 03:00:00");
    expect(formatTime(at("2025-10-26T00:30:00Z"), "Europe/Berlin")).toBe("2025-10-26 02:30:00");
    expect(formatTime(at("2025-10-26T01:30:00Z"), "Europe/Berlin")).toBe("2025-10-26 02:30:00");
  });

  it("lead back to their instant in every zone", () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const { int, pick } = random(seed);
      const zone = pick(["UTC", "Asia/Kolkata", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]);
      const ms = 1.6e12 + int(3e8) * 1000;
      const again = instantOf(partsAt(ms, zone), zone);
      // In the hour that is repeated in autumn the wall clock alone does not tell which one it was.
      expect(Math.abs(again - ms) % 1_800_000, `${zone} seed ${seed}`).toBe(0);
      expect(partsAt(again, zone)).toEqual(partsAt(ms, zone));
    }
    expect(
      startOfDay(at("2025-03-30T12:00:00Z"), "Europe/Berlin", 1) -
        startOfDay(at("2025-03-30T12:00:00Z"), "Europe/Berlin"),
    ).toBe(23 * 3_600_000);
  });

  it("name the range in the button", () => {
    expect(rangeLabel({ from: "now-15m", to: "now" }, null, "UTC")).toBe("Last 15 minutes");
    expect(rangeLabel({ from: "now-24h", to: "now" }, null, "UTC")).toBe("Last day");
    expect(lastDuration({ from: "now-1h", to: "now-5m" })).toBeNull();
    expect(formatSpan({ from: at("2025-03-01T10:00:00Z"), to: at("2025-03-01T12:00:00Z") }, "UTC")).toBe(
      "2025-03-01 10:00 → 12:00",
    );
  });
});
