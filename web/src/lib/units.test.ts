import { describe, expect, it } from "vitest";
import {
  changeOf,
  formatCount,
  formatDuration,
  formatShare,
  formatTick,
  formatUnit,
  formatValue,
  measureOf,
  scale,
  toUnit,
} from "./units";

const plain = (text: string) => text.replaceAll("\u2009", " ");

describe("numbers", () => {
  it("keep three significant digits and the right prefix", () => {
    expect(scale(0)).toEqual({ number: "0", prefix: "" });
    expect(scale(999)).toEqual({ number: "999", prefix: "" });
    expect(scale(1234)).toEqual({ number: "1.23", prefix: "k" });
    expect(scale(12_345_678)).toEqual({ number: "12.3", prefix: "M" });
    expect(scale(123_456_789_000)).toEqual({ number: "123", prefix: "G" });
  });

  it("never round up to a thousand of a prefix", () => {
    for (const value of [999_500, 999_950, 999_999, 9.9996e8, 9.9999e11])
      expect(Number(scale(value).number)).toBeLessThan(1000);
    expect(plain(formatValue(999_999, "B"))).toBe("1.00 MB");
  });

  it("always carry their unit", () => {
    expect(plain(formatUnit(1_500_000, "bps"))).toBe("1.50 Mbit/s");
    expect(plain(formatUnit(0, "pps"))).toBe("0 pkt/s");
    expect(plain(formatUnit(2048, "total"))).toBe("2.05 kB");
    expect(plain(formatTick(8e9, "bit/s"))).toBe("8 Gbit/s");
    expect(plain(formatTick(2.5e6, "bit/s"))).toBe("2.5 Mbit/s");
  });

  it("are grouped in threes when written in full", () => {
    expect(plain(formatCount(1234567))).toBe("1 234 567");
    expect(plain(formatCount(12.3456))).toBe("12.346");
    expect(formatCount(Number.NaN)).toBe("–");
  });

  it("turn totals into rates", () => {
    expect(toUnit(1000, "bps", 10)).toBe(800);
    expect(toUnit(1000, "fps", 10)).toBe(100);
    expect(toUnit(1000, "total", 10)).toBe(1000);
    expect(toUnit(1000, "bps", 0)).toBe(0);
    expect(measureOf("bps", false)).toBe("bytes_scaled");
    expect(measureOf("pps", true)).toBe("packets");
    expect(measureOf("fps", true)).toBe("flows");
  });

  it("show a small share as small, not as nothing", () => {
    expect(plain(formatShare(0.0001))).toBe("<0.1 %");
    expect(plain(formatShare(0))).toBe("0 %");
    expect(plain(formatShare(0.5))).toBe("50.0 %");
    expect(plain(formatShare(1))).toBe("100 %");
  });

  it("compare with what was before, when there was something", () => {
    expect(changeOf(5, 0)).toBeNull();
    expect(changeOf(110, 100)).toMatchObject({ direction: "up" });
    expect(plain(changeOf(50, 100)?.text ?? "")).toBe("−50 %");
    expect(changeOf(1500, 100)?.text).toBe("×15.0");
    expect(changeOf(100, 100)?.direction).toBe("same");
  });

  it("say durations as people do", () => {
    expect(plain(formatDuration(500_000))).toBe("500 µs");
    expect(plain(formatDuration(25_000_000))).toBe("25 ms");
    expect(plain(formatDuration(5_410_000_000))).toBe("5.41 s");
    expect(plain(formatDuration(600e9))).toBe("10 min 0 s");
  });
});
