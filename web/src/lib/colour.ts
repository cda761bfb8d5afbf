/**
 * Colours of categorical marks. A value keeps its colour on every panel and page, through refreshes and reloads: a hash
 * of the value proposes one of the eight, what another value of the same chart has already is passed over, and the
 * outcome is remembered in the browser. "Other" is no value and always grey.
 */

import { sidesOf } from "./fields";

export const SLOTS = 8;
const KEY = "weir-colours";
/** Values remembered of one kind; beyond that the oldest are forgotten. */
const MOST = 200;
/** Steps through all eight slots, and far enough that neighbours do not pile up. */
const STRIDE = 3;

type Kinds = Map<string, Map<string, number>>;

function load(): Kinds {
  const kinds: Kinds = new Map();
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    for (const [kind, slots] of Object.entries(stored as Record<string, unknown>)) {
      if (!Array.isArray(slots)) continue;
      const known = slots.filter(
        (one): one is [string, number] =>
          Array.isArray(one) && typeof one[0] === "string" && Number.isInteger(one[1]) && one[1] >= 0 && one[1] < SLOTS,
      );
      kinds.set(kind, new Map(known));
    }
  } catch {
    // What cannot be read, or a storage that is blocked, is as good as nothing.
  }
  return kinds;
}

let assigned = load();

function save(): void {
  try {
    localStorage.setItem(
      KEY,
      JSON.stringify(Object.fromEntries([...assigned].map(([kind, slots]) => [kind, [...slots]]))),
    );
  } catch {
    // Colours are then remembered as long as the page.
  }
}

/** For tests: what a new page finds. */
export function reloadColours(): void {
  assigned = load();
}

/** Source and destination of the same kind share their colours. */
const kindOf = (field: string) => sidesOf(field)?.either ?? field;

function preferred(kind: string, value: string): number {
  let hash = 0x811c9dc5;
  for (const char of `${kind}=${value}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  // The low bits of this hash alone spread badly.
  hash ^= hash >>> 15;
  return (Math.imul(hash, 0x2c1b3c6d) >>> 12) % SLOTS;
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
    save();
    for (const listener of listeners) listener();
  });
}

/**
 * A slot (0–7) for each value of a chart, all different while there are enough. The longest known choose first and so
 * never change; then new ones in the order of their text, so that their size does not matter.
 */
export function slotsFor(field: string, values: readonly string[]): number[] {
  const kind = kindOf(field);
  const slots = assigned.get(kind) ?? new Map<string, number>();
  const wanted = new Set(values);
  const order = [
    ...[...slots.keys()].filter((value) => wanted.has(value)),
    ...[...wanted].filter((value) => !slots.has(value)).sort(),
  ];
  const used = new Set<number>();
  let moved = false;
  for (const value of order) {
    let slot = slots.get(value) ?? preferred(kind, value);
    for (let tries = 0; tries < SLOTS && used.size < SLOTS && used.has(slot); tries += 1)
      slot = (slot + STRIDE) % SLOTS;
    used.add(slot);
    if (slots.get(value) === slot) continue;
    slots.set(value, slot);
    moved = true;
  }
  if (moved) {
    for (const oldest of [...slots.keys()].slice(0, Math.max(0, slots.size - MOST))) slots.delete(oldest);
    assigned.set(kind, slots);
    changed();
  }
  return values.map((value) => slots.get(value) ?? preferred(kind, value));
}

/** The slot a value already has, or null. */
export function slotOf(field: string, value: string): number | null {
  return assigned.get(kindOf(field))?.get(value) ?? null;
}

export const slotVariable = (slot: number) => `var(--series-${slot + 1})`;
