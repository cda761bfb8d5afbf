/** The keys that every drawing has: arrows move (with Shift by ten), Home and End jump, Enter opens what is chosen. */

import type { KeyboardEvent } from "react";

interface ChartKeys {
  /** Steps to the right and downwards; false where a direction means nothing. */
  move: (right: number, down: number) => boolean;
  first: () => void;
  last: () => void;
  /** False while nothing is chosen. */
  open: () => boolean;
  /** Keys that only this drawing has; false where one means nothing just now. */
  other?: (key: string) => boolean;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

function heard(event: KeyboardEvent, keys: ChartKeys): boolean {
  const arrow = ARROWS[event.key];
  if (arrow) {
    const step = event.shiftKey ? 10 : 1;
    return keys.move(arrow[0] * step, arrow[1] * step);
  }
  if (event.key === "Enter") return keys.open();
  if (event.key === "Home") keys.first();
  else if (event.key === "End") keys.last();
  else return keys.other?.(event.key) ?? false;
  return true;
}

/** Keys that the drawing takes go no further; all others are left to the page. */
export function onChartKey(event: KeyboardEvent, keys: ChartKeys): void {
  if (event.ctrlKey || event.metaKey || event.altKey || !heard(event, keys)) return;
  event.preventDefault();
  event.stopPropagation();
}
