import type { AlertLevel, Marker } from "../../api/client";
import type { Instants } from "../../lib/time";

export interface MarkGroup {
  /** Where on the axis, from 0 to 1. */
  share: number;
  /** The highest level first. */
  markers: readonly Marker[];
  level: AlertLevel;
}

const LEVELS: readonly AlertLevel[] = ["critical", "high", "medium", "low", "informational"];

/** Alerts by where they began on the axis; one from before stands at its start. Those closer than `near`, a share of the
 * axis, are one group: their signs would lie on each other. */
export function grouped(markers: readonly Marker[], instants: Instants, near: number): MarkGroup[] {
  const length = Math.max(1, instants.to - instants.from);
  const placed = markers
    .map((marker) => ({ marker, share: (Date.parse(marker.first_seen) - instants.from) / length }))
    .filter(({ share }) => share <= 1)
    .map(({ marker, share }) => ({ marker, share: Math.max(0, share) }))
    .sort((a, b) => a.share - b.share);
  const groups: { share: number; markers: Marker[] }[] = [];
  for (const { marker, share } of placed) {
    const last = groups.at(-1);
    if (last && share - last.share < near) last.markers.push(marker);
    else groups.push({ share, markers: [marker] });
  }
  return groups.map((group) => {
    const sorted = [...group.markers].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
    return { share: group.share, markers: sorted, level: sorted[0]?.level ?? "informational" };
  });
}
