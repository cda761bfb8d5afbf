/** Time expressions (`now-6h`, `2025-03-01 10:00`, `yesterday`), ranges and how times are written. */

import { instantOf, partsAt, startOfDay } from "./zone";

export interface TimeRange {
  from: string;
  to: string;
}

/** Instants in epoch milliseconds; `to` is exclusive. */
export interface Instants {
  from: number;
  to: number;
}

const UNIT_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const UNIT_WORDS: Record<string, string> = {
  s: "s",
  sec: "s",
  secs: "s",
  second: "s",
  seconds: "s",
  m: "m",
  min: "m",
  mins: "m",
  minute: "m",
  minutes: "m",
  h: "h",
  hr: "h",
  hrs: "h",
  hour: "h",
  hours: "h",
  d: "d",
  day: "d",
  days: "d",
  w: "w",
  week: "w",
  weeks: "w",
}; // prettier-ignore

export const PRESETS = ["15m", "30m", "1h", "3h", "6h", "12h", "24h", "2d", "7d", "14d", "30d", "90d"] as const;

/** Milliseconds of `90s`, `15m`, `1h30m`, `7d`; null when it is not a duration. */
export function durationMs(text: string): number | null {
  if (!/^(\d+[a-z]+)+$/.test(text)) return null;
  let total = 0;
  for (const [, count, word] of text.matchAll(/(\d+)([a-z]+)/g)) {
    const unit = UNIT_MS[UNIT_WORDS[word ?? ""] ?? ""];
    if (!unit) return null;
    total += Number(count) * unit;
  }
  return total;
}

/** The shortest exact duration text: `90m`, not `1h30m`; whole seconds. */
export function durationText(ms: number): string {
  for (const unit of ["w", "d", "h", "m"]) {
    const size = UNIT_MS[unit] ?? 1;
    // `7d` and `14d` read better than `1w`, so weeks are only read, never written.
    if (unit !== "w" && ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${Math.max(1, Math.round(ms / 1000))}s`;
}

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i;

function calendarInstant(text: string, zone: string): number | null {
  const match = DATE_TIME.exec(text);
  if (!match) return null;
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const parts = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    millisecond: fraction ? Math.floor(Number(`0.${fraction}`) * 1000) : 0,
  };
  const inRange =
    parts.month >= 1 && parts.month <= 12 && parts.day >= 1 && parts.day <= 31 && parts.hour <= 24 && parts.minute < 60;
  if (!inRange) return null;
  if (!offset) return instantOf(parts, zone);
  const wall = instantOf(parts, "UTC");
  if (/^(z|utc)$/i.test(offset)) return wall;
  const sign = offset.startsWith("-") ? -1 : 1;
  const digits = offset.slice(1).replace(":", "");
  return wall - sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

/** Epoch milliseconds of one time expression, or null when it is none. */
export function resolveTime(expression: string, now: number, zone: string): number | null {
  const text = expression.trim();
  const lower = text.toLowerCase();
  if (lower === "now") return now;
  if (lower === "today") return startOfDay(now, zone);
  if (lower === "yesterday") return startOfDay(now, zone, -1);
  const relative = /^now\s*([+-])\s*(.+)$/.exec(lower);
  if (relative) {
    const offset = durationMs((relative[2] ?? "").replaceAll(" ", ""));
    return offset === null ? null : now + (relative[1] === "-" ? -offset : offset);
  }
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,13}$/.test(text)) return Number(text);
  return calendarInstant(text, zone);
}

/** Both ends of a range in milliseconds; null when an end cannot be read or the range is empty. */
export function resolveRange(range: TimeRange, now: number, zone: string): Instants | null {
  const from = resolveTime(range.from, now, zone);
  const to = resolveTime(range.to, now, zone);
  return from === null || to === null || from >= to ? null : { from, to };
}

/** True when the range moves on with the clock. */
export function isLive(range: Pick<TimeRange, "to">): boolean {
  return range.to.trim().toLowerCase() === "now";
}

/** `from` of a range that is nothing but "the last X", as a duration. */
export function lastDuration(range: TimeRange): number | null {
  if (!isLive(range)) return null;
  const match = /^now-([0-9a-z]+)$/.exec(range.from.trim());
  return match ? durationMs(match[1] ?? "") : null;
}

function absolute(instants: Instants): TimeRange {
  return { from: isoTime(instants.from), to: isoTime(instants.to) };
}

export function frozen(instants: Instants): TimeRange {
  return absolute(instants);
}

/** Reads what a person types into the time field. */
export function parseRange(input: string, now: number, zone: string): TimeRange | null {
  const text = input.trim();
  if (text === "") return null;
  const lower = text.toLowerCase().replace(/^(the\s+)?(last|past)\s+/, "");
  const bare = durationMs(lower.replaceAll(" ", "").replace(/^([a-z]+)$/, "1$1"));
  if (bare !== null && bare > 0) return { from: `now-${durationText(bare)}`, to: "now" };
  if (lower === "today") return { from: isoTime(startOfDay(now, zone)), to: "now" };
  if (lower === "yesterday") return absolute({ from: startOfDay(now, zone, -1), to: startOfDay(now, zone) });

  const halves = text.split(/\s+(?:to|until|–|—)\s+|\s*(?:→|\.\.)\s*|\s+-\s+/i);
  if (halves.length > 2) return null;
  const first = (halves[0] ?? "").trim();
  const second = halves[1]?.trim();
  if (second === undefined) {
    if (/^now-/i.test(first) && resolveTime(first, now, zone) !== null) {
      return { from: first.toLowerCase().replaceAll(" ", ""), to: "now" };
    }
    const start = resolveTime(first, now, zone);
    if (start === null || first.toLowerCase() === "now") return null;
    // A whole day when only a date was given, else from that moment until now.
    const dayOnly = /^\d{4}-\d{2}-\d{2}$/.test(first);
    if (dayOnly) return absolute({ from: start, to: startOfDay(start, zone, 1) });
    return start < now ? { from: isoTime(start), to: "now" } : null;
  }

  // `10:00 to 12:00` is of today.
  const start = resolveTime(/^\d{1,2}:\d{2}/.test(first) ? `${formatDate(now, zone)} ${first}` : first, now, zone);
  if (start === null) return null;
  const timeOnly = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(second);
  const end = timeOnly
    ? instantOf(
        {
          ...partsAt(start, zone),
          hour: Number(timeOnly[1]),
          minute: Number(timeOnly[2]),
          second: Number(timeOnly[3] ?? 0),
          millisecond: 0,
        },
        zone,
      )
    : resolveTime(second, now, zone);
  if (end === null || end <= start) return null;
  const keep = (part: string, ms: number) =>
    /^now/i.test(part) ? part.toLowerCase().replaceAll(" ", "") : isoTime(ms);
  return { from: keep(first, start), to: timeOnly ? isoTime(end) : keep(second, end) };
}

/** Moves the range by its own length; a step past the present lands on "the last X" again. */
export function shiftRange(instants: Instants, direction: -1 | 1, now: number): TimeRange {
  const length = instants.to - instants.from;
  const moved = { from: instants.from + direction * length, to: instants.to + direction * length };
  if (direction === 1 && moved.to >= now) return { from: `now-${durationText(length)}`, to: "now" };
  return absolute(moved);
}

const SHORTEST_MS = 1000;
const LONGEST_MS = 3650 * 86_400_000;

/** Halves or doubles the range: around its end when it is live, around its middle otherwise. */
export function zoomRange(range: TimeRange, instants: Instants, factor: 0.5 | 2): TimeRange {
  const length = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.round((instants.to - instants.from) * factor)));
  if (isLive(range)) return { from: `now-${durationText(Math.round(length / 1000) * 1000)}`, to: "now" };
  const middle = (instants.from + instants.to) / 2;
  const from = Math.round(middle - length / 2);
  return absolute({ from, to: from + length });
}

/** RFC 3339 in UTC; no fraction when it is zero. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

const two = (n: number) => String(n).padStart(2, "0");

export type Precision = "minute" | "second" | "millisecond";

export function formatDate(ms: number, zone: string): string {
  const p = partsAt(ms, zone);
  return `${p.year}-${two(p.month)}-${two(p.day)}`;
}

export function formatClock(ms: number, zone: string, precision: Precision = "second"): string {
  const p = partsAt(ms, zone);
  const minute = `${two(p.hour)}:${two(p.minute)}`;
  if (precision === "minute") return minute;
  const second = `${minute}:${two(p.second)}`;
  return precision === "second" ? second : `${second}.${String(p.millisecond).padStart(3, "0")}`;
}

/** ISO date and 24-hour clock in the zone; the zone itself is printed once per column, axis or export. */
export function formatTime(ms: number, zone: string, precision: Precision = "second"): string {
  return `${formatDate(ms, zone)} ${formatClock(ms, zone, precision)}`;
}

/** `10:00 → 12:00` with the date once when both ends are on one day. */
export function formatSpan(instants: Instants, zone: string): string {
  const exact = instants.from % 60_000 !== 0 || instants.to % 60_000 !== 0 ? "second" : "minute";
  const sameDay = formatDate(instants.from, zone) === formatDate(instants.to - 1, zone);
  const start = formatTime(instants.from, zone, exact);
  return `${start} → ${sameDay ? formatClock(instants.to, zone, exact) : formatTime(instants.to, zone, exact)}`;
}

const NAMES: Record<string, string> = { m: "minute", h: "hour", d: "day", s: "second" };

/** `Last 15 minutes`. */
export function lastLabel(duration: string): string {
  const match = /^(\d+)([smhd])$/.exec(duration);
  if (!match) return `Last ${duration}`;
  const count = Number(match[1]);
  return `Last ${count === 1 ? "" : `${count} `}${NAMES[match[2] ?? "s"]}${count === 1 ? "" : "s"}`;
}

export function rangeLabel(range: TimeRange, instants: Instants | null, zone: string): string {
  const last = lastDuration(range);
  if (last !== null) return lastLabel(durationText(last));
  if (!instants) return `${range.from} → ${range.to}`;
  if (isLive(range)) return `${formatTime(instants.from, zone, "minute")} → now`;
  return formatSpan(instants, zone);
}

/** `3 s ago`, `5 min ago`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}
