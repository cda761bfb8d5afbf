/** The columns of the list of exporters: what each shows and what it is sorted by. */

import type { ReactNode } from "react";
import type { ExporterStatus } from "../../../api/client";
import { ExporterState } from "../../../components/ExporterState/ExporterState";
import {
  lossOf,
  rejectionsOf,
  samplingText,
  skewText,
  stateOf,
  WORST_FIRST,
} from "../../../components/ExporterState/state";
import { PivotValue } from "../../../components/Pivot/PivotValue";
import { exportProtocolLabel } from "../../../lib/fields";
import { formatAge } from "../../../lib/time";
import { formatCount, formatShare, formatValue } from "../../../lib/units";
import styles from "./Exporters.module.css";

export interface Column {
  name: string;
  label: string;
  /** Pixels. */
  width: number;
  right?: boolean;
  show: (exporter: ExporterStatus, now: number) => ReactNode;
  /** Texts sort upwards at first, numbers downwards. */
  order: (exporter: ExporterStatus, now: number) => string | number;
}

const quiet = (text: ReactNode) => <span className={styles.quiet}>{text}</span>;

export const COLUMNS: readonly Column[] = [
  {
    name: "state",
    label: "State",
    width: 92,
    show: (exporter, now) => <ExporterState name={stateOf(exporter, now)} />,
    order: (exporter, now) => WORST_FIRST.length - WORST_FIRST.indexOf(stateOf(exporter, now)),
  },
  {
    name: "exporter",
    label: "Exporter",
    width: 176,
    show: ({ exporter }) => (
      <PivotValue mono target={{ pairs: [{ field: "exporter", value: exporter }], label: exporter }} />
    ),
    // Addresses sort by their numbers: 10.0.0.9 before 10.0.0.10.
    order: ({ exporter }) => exporter.replace(/\d+/g, (digits) => digits.padStart(5, "0")),
  },
  {
    name: "protocol",
    label: "Protocol",
    width: 92,
    show: ({ protocol }) => (
      <PivotValue
        target={{ pairs: [{ field: "flow_protocol", value: protocol }], label: exportProtocolLabel(protocol) }}
      />
    ),
    order: ({ protocol }) => protocol,
  },
  {
    name: "domain",
    label: "Domain",
    width: 92,
    right: true,
    show: ({ domain }) => (
      <PivotValue target={{ pairs: [{ field: "domain_id", value: domain }], label: String(domain) }} />
    ),
    order: ({ domain }) => domain,
  },
  {
    name: "rate",
    label: "Records/s",
    width: 92,
    right: true,
    show: ({ records_per_second }) => formatValue(records_per_second, "/s"),
    order: ({ records_per_second }) => records_per_second,
  },
  {
    name: "records",
    label: "Records",
    width: 84,
    right: true,
    show: ({ records }) => <span title={formatCount(records)}>{formatValue(records, "")}</span>,
    order: ({ records }) => records,
  },
  {
    name: "loss",
    label: "Loss",
    width: 148,
    right: true,
    show: ({ gaps, ...rest }) =>
      gaps.count === 0
        ? quiet("none")
        : `${formatShare(lossOf({ gaps, ...rest }))}, ${formatValue(gaps.count, "")} ${gaps.unit}`,
    order: (exporter) => lossOf(exporter),
  },
  {
    name: "rejected",
    label: "Rejected",
    width: 84,
    right: true,
    show: (exporter) => {
      const count = rejectionsOf(exporter);
      return count === 0 ? quiet("none") : formatValue(count, "");
    },
    order: (exporter) => rejectionsOf(exporter),
  },
  {
    name: "sampling",
    label: "Sampling",
    width: 142,
    show: ({ sampling, sampling_origin }) => (
      <>
        {sampling === null ? quiet("unknown") : samplingText(sampling)}
        {sampling !== null && sampling_origin ? quiet(` ${sampling_origin}`) : null}
      </>
    ),
    order: ({ sampling }) => sampling ?? -1,
  },
  {
    name: "templates",
    label: "Templates",
    width: 104,
    right: true,
    show: ({ templates, held_sets }) => (
      <>
        {templates || "–"}
        {held_sets > 0 ? quiet(`, ${formatCount(held_sets)} wait`) : null}
      </>
    ),
    order: ({ templates }) => templates,
  },
  {
    name: "clock",
    label: "Clock",
    width: 76,
    right: true,
    show: ({ clock_skew_ms }) => (clock_skew_ms === null ? "–" : skewText(clock_skew_ms)),
    order: ({ clock_skew_ms }) => Math.abs(clock_skew_ms ?? 0),
  },
  {
    name: "delay",
    label: "Delay",
    width: 72,
    right: true,
    show: ({ delay_ms }) => (delay_ms === null ? "–" : formatValue(delay_ms / 1000, "s")),
    order: ({ delay_ms }) => delay_ms ?? -1,
  },
  {
    name: "error",
    label: "Last error",
    width: 180,
    show: ({ last_error }) => (last_error ? <span title={last_error.at}>{last_error.reason}</span> : quiet("none")),
    order: ({ last_error }) => last_error?.at ?? "",
  },
  {
    name: "seen",
    label: "Last seen",
    width: 92,
    right: true,
    show: ({ last_seen }, now) => formatAge(now - Date.parse(last_seen)),
    order: ({ last_seen }) => Date.parse(last_seen),
  },
];

/** The list in the order that is asked for; worst first without one. `-name` turns a column's order round. */
export function sorted(exporters: readonly ExporterStatus[], sort: string, now: number): ExporterStatus[] {
  const down = sort.startsWith("-");
  const column = COLUMNS.find(({ name }) => name === (down ? sort.slice(1) : sort)) ?? COLUMNS[0];
  if (!column) return [...exporters];
  const keyed = exporters.map((exporter) => ({ exporter, key: column.order(exporter, now) }));
  const turned = sort === "" ? true : down;
  keyed.sort((a, b) => {
    const order = a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
    return turned ? -order : order;
  });
  return keyed.map(({ exporter }) => exporter);
}

/** Names a stream of an exporter in the link. */
export function exporterId({ exporter, domain, protocol }: ExporterStatus): string {
  return `${exporter}~${domain}~${protocol}`;
}
