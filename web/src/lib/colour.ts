/** Colours of categorical marks. A value keeps its colour on every panel and page of the session. */

import { sidesOf } from "./fields";

export const SLOTS = 8;

/** Slots by kind of value: source and destination of the same kind share theirs. */
const assigned = new Map<string, Map<string, number>>();

function registry(field: string): Map<string, number> {
  const kind = sidesOf(field)?.either ?? field;
  let slots = assigned.get(kind);
  if (!slots) {
    slots = new Map();
    assigned.set(kind, slots);
  }
  return slots;
}

let version = 0;
const listeners = new Set<() => void>();

/** Marks beside a chart follow when it gives a value its colour: the pair that `useSyncExternalStore` wants. */
export const colours = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  version: () => version,
};

function changed(): void {
  version += 1;
  // Charts take colours while they render, when no other component may be told yet.
  queueMicrotask(() => {
    for (const listener of listeners) listener();
  });
}

/** Gives each value of a chart a slot (0–7): the one it has, else the first that the chart does not use yet. */
export function slotsFor(field: string, values: readonly string[]): number[] {
  const slots = registry(field);
  const used = new Set(values.map((value) => slots.get(value)).filter((slot) => slot !== undefined));
  return values.map((value, index) => {
    const known = slots.get(value);
    if (known !== undefined) return known;
    const free = Array.from({ length: SLOTS }, (_, slot) => slot).find((slot) => !used.has(slot));
    const slot = free ?? index % SLOTS;
    used.add(slot);
    slots.set(value, slot);
    changed();
    return slot;
  });
}

/** The slot a value already has, or null. */
export function slotOf(field: string, value: string): number | null {
  return registry(field).get(value) ?? null;
}

export const slotVariable = (slot: number) => `var(--series-${slot + 1})`;
