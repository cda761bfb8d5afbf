/** How an exporter does, in a word, and how its numbers read. */

import type { ExporterStatus } from "../../api/client";
import { formatCount } from "../../lib/units";

/** Silence after which a device that used to send is worth a look. */
const QUIET_MS = 180_000;

/** Worst first: what needs a look must not be below the fold. */
export const STATES = {
  silent: { shape: "◆", level: "bad", says: "nothing came from it for three minutes" },
  losing: { shape: "▲", level: "warn", says: "more than one record in a hundred is missing by its sequence numbers" },
  gaps: { shape: "■", level: "watch", says: "some records are missing by its sequence numbers" },
  errors: { shape: "■", level: "watch", says: "some of what it sends cannot be read" },
  sending: { shape: "●", level: "good", says: "all that it sends is read" },
} as const;

export type StateName = keyof typeof STATES;
export const WORST_FIRST = Object.keys(STATES) as StateName[];

/** The share of its records that is missing by sequence numbers. */
export function lossOf({ gaps, records }: ExporterStatus): number {
  return gaps.estimated_records / Math.max(1, records + gaps.estimated_records);
}

export function rejectionsOf({ rejected }: ExporterStatus): number {
  return Object.values(rejected).reduce((sum, count) => sum + count, 0);
}

export function stateOf(exporter: ExporterStatus, now: number): StateName {
  if (now - Date.parse(exporter.last_seen) > QUIET_MS) return "silent";
  if (lossOf(exporter) > 0.01) return "losing";
  if (exporter.gaps.count > 0) return "gaps";
  return Object.keys(exporter.rejected).length > 0 ? "errors" : "sending";
}

/** `1 silent, 7 sending`. */
export function stateSummary(exporters: readonly ExporterStatus[], now: number): string {
  const states = exporters.map((exporter) => stateOf(exporter, now));
  return WORST_FIRST.map((name) => ({ name, count: states.filter((state) => state === name).length }))
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${formatCount(count)} ${name}`)
    .join(", ");
}

export function worstFirst(exporters: readonly ExporterStatus[], now: number): ExporterStatus[] {
  const ranked = exporters.map((exporter) => ({ exporter, rank: WORST_FIRST.indexOf(stateOf(exporter, now)) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ exporter }) => exporter);
}

export function skewText(ms: number): string {
  if (Math.abs(ms) < 1000) return "in step";
  return `${ms > 0 ? "+" : "−"}${formatCount(Math.round(Math.abs(ms) / 1000))}\u2009s`;
}

export function samplingText(sampling: number | null): string {
  if (sampling === null) return "unknown";
  return sampling === 1 ? "none" : `1 in ${formatCount(sampling)}`;
}
