/** The one place that writes numbers: SI prefixes, three significant digits, thin-space grouping, unit always printed. */

export const UNITS = ["bps", "Bps", "pps", "fps", "total"] as const;
export type Unit = (typeof UNITS)[number];

export const UNIT_LABELS: Record<Unit, string> = {
  bps: "bit/s",
  Bps: "B/s",
  pps: "pkt/s",
  fps: "flows/s",
  total: "total",
};

/** The measure a unit shows; raw counts instead of sampling-adjusted ones on request. */
export function measureOf(unit: Unit, raw: boolean): string {
  if (unit === "fps") return "flows";
  const base = unit === "pps" ? "packets" : "bytes";
  return raw ? base : `${base}_scaled`;
}

/** Turns the total of a measure over `seconds` into the unit's value. */
export function toUnit(total: number, unit: Unit, seconds: number): number {
  if (unit === "total") return total;
  const perSecond = seconds > 0 ? total / seconds : 0;
  return unit === "bps" ? perSecond * 8 : perSecond;
}

/** What is written behind the SI prefix. */
export function unitSuffix(unit: Unit): string {
  return unit === "total" ? "B" : UNIT_LABELS[unit];
}

const THIN = "\u2009";
const PREFIXES: readonly [number, string][] = [
  [1e18, "E"],
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

export interface Scaled {
  number: string;
  prefix: string;
}

function significant(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

/** Three significant digits and an SI prefix. */
export function scale(value: number): Scaled {
  if (!Number.isFinite(value)) return { number: "–", prefix: "" };
  const size = Math.abs(value);
  for (const [factor, prefix] of PREFIXES) {
    // 999 950 rounds to "1000 k", so it belongs to the next prefix.
    if (size >= factor * 0.9995) return { number: significant(value / factor), prefix };
  }
  return { number: Number.isInteger(value) ? String(value) : significant(value), prefix: "" };
}

export function formatValue(value: number, suffix: string): string {
  const { number, prefix } = scale(value);
  const unit = `${prefix}${suffix}`;
  return unit === "" ? number : `${number}${THIN}${unit}`;
}

/** The same for the marks of an axis, which are round numbers: `8 Gbit/s`, not `8.00 Gbit/s`. */
export function formatTick(value: number, suffix: string): string {
  const { number, prefix } = scale(value);
  const trimmed = number.includes(".") ? number.replace(/\.?0+$/, "") : number;
  const unit = `${prefix}${suffix}`;
  return value === 0 || unit === "" ? trimmed : `${trimmed}${THIN}${unit}`;
}

export function formatUnit(value: number, unit: Unit): string {
  return formatValue(value, unitSuffix(unit));
}

/** Every digit, in groups of three: the exact value of a tooltip. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const [whole, fraction] = String(Math.round(value * 1000) / 1000).split(".");
  const grouped = (whole ?? "").replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
  return fraction ? `${grouped}.${fraction}` : grouped;
}

export function formatBytes(value: number): string {
  return formatValue(value, "B");
}

/** A share of one; `<0.1 %` rather than a zero that is none. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return `<0.1${THIN}%`;
  return `${percent >= 99.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)}${THIN}%`;
}

export interface Change {
  direction: "up" | "down" | "same";
  text: string;
}

/** How a value compares with the one before it; null when there is nothing to compare with. */
export function changeOf(current: number, previous: number): Change | null {
  if (!(previous > 0) || !Number.isFinite(current)) return null;
  const ratio = current / previous;
  if (ratio >= 10) return { direction: "up", text: `×${significant(ratio)}` };
  const percent = (ratio - 1) * 100;
  if (Math.abs(percent) < 0.05) return { direction: "same", text: `0${THIN}%` };
  const size = Math.abs(percent);
  const text = `${percent > 0 ? "+" : "−"}${size >= 10 ? size.toFixed(0) : size.toFixed(1)}${THIN}%`;
  return { direction: percent > 0 ? "up" : "down", text };
}

/** Nanoseconds as a person reads a duration. */
export function formatDuration(ns: number): string {
  const seconds = ns / 1e9;
  if (ns === 0) return `0${THIN}s`;
  if (seconds < 1e-3) return `${Math.round(ns / 1000)}${THIN}µs`;
  if (seconds < 1) return `${Math.round(seconds * 1000)}${THIN}ms`;
  if (seconds < 120) return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)}${THIN}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}${THIN}min ${Math.round(seconds % 60)}${THIN}s`;
  return `${Math.floor(minutes / 60)}${THIN}h ${minutes % 60}${THIN}min`;
}
