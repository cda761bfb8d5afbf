/** What the cells of the matrix say, and how keys move between them. */

import type { AttackTechnique } from "../../../api/client";

export interface State {
  sign: string;
  label: string;
  says: string;
}

export const STATES: Record<AttackTechnique["state"], State> = {
  captured: { sign: "◆", label: "proven", says: "it was noticed in a capture of a real attack" },
  lab: { sign: "■", label: "tested", says: "a scenario of it makes a rule speak" },
  rule: { sign: "●", label: "rule", says: "there is a rule for it, and nothing that proves it" },
  blind: { sign: "◌", label: "blind", says: "its rules need fields that no exporter here has sent" },
  off: { sign: "–", label: "off", says: "all of its rules are off" },
  gap: { sign: "○", label: "gap", says: "flows can show it, and there is no rule" },
};

/** Alerts that nobody has decided about. */
export function openAlerts({ alerts }: Pick<AttackTechnique, "alerts">): number {
  return alerts.undecided;
}

interface Place {
  column: number;
  row: number;
}

/** The cell that an arrow key leads to from the cell at `from`; null for another key, and at the edge. */
export function stepped(places: readonly Place[], from: number, key: string): number | null {
  const here = places[from];
  if (!here) return null;
  const inColumn = (column: number, row: number) => {
    const cells = places.map((place, index) => ({ place, index })).filter(({ place }) => place.column === column);
    return (cells[Math.min(row, cells.length - 1)] ?? null)?.index ?? null;
  };
  if (key === "ArrowDown" || key === "ArrowUp") {
    const row = here.row + (key === "ArrowDown" ? 1 : -1);
    const found = places.findIndex((place) => place.column === here.column && place.row === row);
    return found < 0 ? null : found;
  }
  if (key === "ArrowRight") return inColumn(here.column + 1, here.row);
  if (key === "ArrowLeft") return inColumn(here.column - 1, here.row);
  return null;
}
