/** How much of what exporters sent became records, from the ledgers; since the server's start. */

import type { Accounting } from "../../../api/client";
import { formatCount, formatShare } from "../../../lib/units";

export interface Completeness {
  share: string;
  level: "good" | "watch" | "bad";
  summary: string;
  facts: string[];
}

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0);

const plural = (count: number, one: string, many: string) => `${formatCount(count)} ${count === 1 ? one : many}`;

export function completeness({ datagrams, records, sets, exporters }: Accounting): Completeness {
  const missing = exporters.reduce((total, { gaps }) => total + gaps.estimated_records, 0);
  const gaps = exporters.filter((exporter) => exporter.gaps.count > 0).length;
  const rejected = sum(datagrams.rejected) + sum(sets.rejected) + sum(records.rejected);
  const dropped = sum(datagrams.dropped) + sum(records.lost);
  const kept = Math.max(0, records.decoded - sum(records.rejected) - sum(records.lost));
  const expected = records.decoded + missing;
  const share = expected > 0 ? kept / expected : 1;
  const exact = expected > 0 && kept < expected && share >= 0.9995;
  const facts = [
    `${plural(records.decoded, "record", "records")} decoded since Weir was started`,
    `${plural(missing, "record", "records")} missing by sequence numbers (estimate)`,
    `${plural(rejected, "datagram, set or record", "datagrams, sets and records")} rejected`,
    `${plural(dropped, "thing", "things")} dropped or lost inside Weir`,
    `${plural(datagrams.kernel_dropped, "datagram", "datagrams")} dropped by the kernel`,
  ];
  const level =
    share < 0.99 || dropped > 0 ? "bad" : missing + rejected + datagrams.kernel_dropped > 0 ? "watch" : "good";
  const parts = [
    gaps > 0 ? plural(gaps, "exporter with gaps", "exporters with gaps") : "",
    dropped > 0 ? `${formatCount(dropped)} lost` : "",
    rejected > 0 ? `${formatCount(rejected)} rejected` : "",
  ].filter((part) => part !== "");
  return {
    share: expected === 0 ? "–" : exact ? ">99.9\u2009%" : formatShare(share),
    level,
    summary:
      parts.length === 0 && expected === 0
        ? "no records yet"
        : parts.length === 0
          ? "complete"
          : parts.slice(0, 2).join(", "),
    facts,
  };
}
