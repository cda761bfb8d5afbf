/** The filters that were applied last, in this browser. */

const KEY = "weir-filter-history";
const MOST = 30;

export function remembered(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((entry): entry is string => typeof entry === "string") : [];
  } catch {
    return [];
  }
}

export function remember(filter: string): void {
  if (filter === "") return;
  try {
    const others = remembered().filter((entry) => entry !== filter);
    localStorage.setItem(KEY, JSON.stringify([filter, ...others].slice(0, MOST)));
  } catch {
    // Without storage there is no history.
  }
}
