/** Naming one record in a link: its time and a hash of the values that tell it apart. Records carry no id of their own. */

import type { Row } from "../api/client";
import { equals } from "./filter";

/** What a list must ask for besides its own columns, so that a record of it can be named. */
export const IDENTITY = [
  "time",
  "exporter",
  "domain_id",
  "src_ip",
  "dst_ip",
  "src_port",
  "dst_port",
  "protocol",
  "bytes",
  "packets",
  "start",
] as const;

/** 53 bits of a text (cyrb53, public domain). */
function hash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

export function recordId(row: Row): string {
  const values = IDENTITY.map((name) => row[name] ?? null);
  return `${recordTime(row)}~${hash(JSON.stringify(values))}`;
}

export function recordTime(row: Row): number {
  return typeof row.time === "string" ? Date.parse(row.time) : 0;
}

/** The time within a record's name; null when the text is no such name. */
export function timeOfId(id: string): number | null {
  const match = /^(\d{1,16})~[0-9a-z]+$/.exec(id);
  return match ? Number(match[1]) : null;
}

const scalar = (value: unknown): string | number | null =>
  typeof value === "string" || typeof value === "number" ? value : null;

/** Terms that narrow a search for this record down to its own conversation. */
export function narrowingTerms(row: Row): string[] {
  return ["src_ip", "dst_ip", "protocol", "src_port", "dst_port", "exporter"].flatMap((name) => {
    const value = scalar(row[name]);
    return value === null ? [] : [equals(name, value)];
  });
}

/** The filter for this flow and its answer: the five-tuple both ways round. */
export function bothDirections(row: Row): string | null {
  const [a, b] = [scalar(row.src_ip), scalar(row.dst_ip)];
  if (a === null || b === null) return null;
  const side = (
    from: string | number,
    to: string | number,
    fromPort: string | number | null,
    toPort: string | number | null,
  ) =>
    [
      equals("src_ip", from),
      equals("dst_ip", to),
      ...(fromPort === null ? [] : [equals("src_port", fromPort)]),
      ...(toPort === null ? [] : [equals("dst_port", toPort)]),
    ].join(" and ");
  const ports = [scalar(row.src_port), scalar(row.dst_port)] as const;
  const pair = `((${side(a, b, ports[0], ports[1])}) or (${side(b, a, ports[1], ports[0])}))`;
  const protocol = scalar(row.protocol);
  return protocol === null ? pair : `${equals("protocol", protocol)} and ${pair}`;
}
