/** Calendar parts in a time zone, and back. `UTC` and `browser` are zone names beside those of IANA. */

export interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formatters.set(zone, found);
  }
  return found;
}

/** True for `UTC`, `browser` and every zone that the browser knows. */
export function isZone(zone: string): boolean {
  if (zone === "UTC" || zone === "browser") return true;
  try {
    formatter(zone);
    return true;
  } catch {
    return false;
  }
}

/** Every zone that the browser can name. */
export function zoneNames(): readonly string[] {
  return Intl.supportedValuesOf?.("timeZone") ?? [];
}

/** The IANA name behind `browser`, and the name itself otherwise. */
export function zoneName(zone: string): string {
  return zone === "browser" ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
}

export function partsAt(ms: number, zone: string): Parts {
  const date = new Date(ms);
  if (zone === "UTC") {
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      millisecond: date.getUTCMilliseconds(),
    };
  }
  const out: Record<string, number> = {};
  for (const part of formatter(zoneName(zone)).formatToParts(date)) out[part.type] = Number(part.value);
  return {
    year: out.year ?? 0,
    month: out.month ?? 1,
    day: out.day ?? 1,
    hour: out.hour ?? 0,
    minute: out.minute ?? 0,
    second: out.second ?? 0,
    millisecond: date.getUTCMilliseconds(),
  };
}

function asUtc(p: Parts): number {
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second, p.millisecond);
}

/** The instant of a wall-clock time. A time that a clock change skips or repeats takes the offset before the change. */
export function instantOf(parts: Parts, zone: string): number {
  const wall = asUtc(parts);
  if (zone === "UTC") return wall;
  const offsetAt = (ms: number) => asUtc(partsAt(ms, zone)) - ms;
  const before = wall - offsetAt(wall - 86_400_000);
  if (asUtc(partsAt(before, zone)) === wall) return before;
  const after = wall - offsetAt(wall + 86_400_000);
  return asUtc(partsAt(after, zone)) === wall ? after : before;
}

/** Midnight at the start of the day that `ms` falls in, `days` later. */
export function startOfDay(ms: number, zone: string, days = 0): number {
  const p = partsAt(ms, zone);
  const shifted = new Date(Date.UTC(p.year, p.month - 1, p.day + days));
  return instantOf(
    {
      year: shifted.getUTCFullYear(),
      month: shifted.getUTCMonth() + 1,
      day: shifted.getUTCDate(),
      hour: 0,
      minute: 0,
      second: 0,
      millisecond: 0,
    },
    zone,
  );
}
