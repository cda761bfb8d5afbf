/** What belongs to the person and not to the link: rail, row density, shortcuts. Kept in the browser. */

import { useSyncExternalStore } from "react";

export interface Preferences {
  railOpen: boolean;
  compact: boolean;
  shortcuts: boolean;
}

const KEY = "weir-preferences";
const DEFAULTS: Preferences = { railOpen: true, compact: true, shortcuts: true };

function load(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...DEFAULTS, ...(typeof stored === "object" ? stored : {}) };
  } catch {
    return DEFAULTS;
  }
}

let current = load();
const listeners = new Set<() => void>();

export function setPreferences(patch: Partial<Preferences>): void {
  current = { ...current, ...patch };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Storage may be blocked: the choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => current);
}
