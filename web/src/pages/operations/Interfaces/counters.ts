/** What routers count themselves on their interfaces (sFlow counter records): speed, octets, errors. */

import { numberOf, type Row } from "../../../api/client";
import { useAnswer } from "../../../api/queries";
import { isoTime } from "../../../lib/time";
import { useRange } from "../../../state/range";

export interface Counters {
  /** In bit/s; null where it is not told. */
  speed: number | null;
  /** By how much each counter grew in the range; only of counters that were told. */
  grown: ReadonlyMap<string, number>;
  /** The time between the first and the last report, in seconds. */
  seconds: number;
}

export const interfaceId = (exporter: string, index: number | string) => `${exporter} ${index}`;

const text = (row: Row, key: string) => String(row[key] ?? "");

/** The counters of every interface that has any, by [`interfaceId`]; of one exporter or of all. */
export function useCounters(term = ""): ReadonlyMap<string, Counters> {
  const { instants } = useRange();
  const { data } = useAnswer({
    from: isoTime(instants.from),
    to: isoTime(instants.to),
    table: "counters",
    filter: ["in_if exists", term].filter(Boolean).join(" and "),
    by: ["exporter", "in_if", "counter"],
    measures: ["sum(delta)", "max(value)", "min(time)", "max(time)"],
    top: 10_000,
  });
  const found = new Map<string, { speed: number | null; grown: Map<string, number>; seconds: number }>();
  for (const row of data?.rows ?? []) {
    const id = interfaceId(text(row, "exporter"), text(row, "in_if"));
    const entry = found.get(id) ?? { speed: null, grown: new Map<string, number>(), seconds: 0 };
    const counter = text(row, "counter");
    if (counter === "ifSpeed") entry.speed = numberOf(row, "max(value)") || null;
    else entry.grown.set(counter, numberOf(row, "sum(delta)"));
    entry.seconds = Math.max(
      entry.seconds,
      (Date.parse(text(row, "max(time)")) - Date.parse(text(row, "min(time)"))) / 1000,
    );
    found.set(id, entry);
  }
  return found;
}
