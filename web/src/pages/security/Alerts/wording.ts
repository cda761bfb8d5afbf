/** What the parts of an alert read like. */

import type { Alert, AlertAction, AlertVerdict, HistoryEntry } from "../../../api/client";
import type { AlertTab } from "../../../lib/scope";
import { formatCount } from "../../../lib/units";

export const TABS: Record<AlertTab, { label: string; state: string; empty: string }> = {
  triage: {
    label: "To triage",
    state: "open",
    empty: "Nothing waits for a decision. What a rule notices from now on comes here.",
  },
  acknowledged: { label: "Acknowledged", state: "acknowledged", empty: "No alert is being looked at." },
  suppressed: { label: "Suppressed", state: "suppressed", empty: "No exception hides an alert." },
  closed: { label: "Closed", state: "closed", empty: "No alert has been closed." },
  all: { label: "All", state: "all", empty: "No rule has noticed anything yet." },
};

export const VERDICTS: Record<AlertVerdict, { label: string; says: string }> = {
  true_positive: { label: "True positive", says: "it was what the rule says" },
  benign: { label: "Benign", says: "it was so, and wanted" },
  false_positive: { label: "False positive", says: "the rule was wrong" },
  duplicate: { label: "Duplicate", says: "another alert says the same" },
};

export type Act = Exclude<AlertAction["action"], "assign" | "undo"> | "suppress";

export const ACTS: Record<Act, { label: string; key: string; done: string }> = {
  acknowledge: { label: "Acknowledge", key: "a", done: "Acknowledged" },
  close: { label: "Close", key: "c", done: "Closed" },
  reopen: { label: "Open again", key: "o", done: "Open again" },
  suppress: { label: "Suppress", key: "u", done: "Suppressed" },
  note: { label: "Note", key: "n", done: "Note written" },
};

/** What can be done about an alert in its state. */
export function actsOf(state: Alert["state"]): Act[] {
  if (state === "open") return ["acknowledge", "close", "suppress", "note"];
  return state === "acknowledged" ? ["close", "reopen", "suppress", "note"] : ["reopen", "note"];
}

/** `closed: benign`. */
export function stateText({ state, verdict }: Pick<Alert, "state" | "verdict">): string {
  return state === "closed" && verdict ? `closed: ${VERDICTS[verdict].label.toLowerCase()}` : state;
}

/**
 * The range of an alert's evidence as a link's, in whole milliseconds: the server writes nanoseconds, and a range must
 * not lose its last flow by that.
 */
export function evidenceRange({ from, to }: { from: string; to: string }): { from: string; to: string } {
  const beyond = /\.\d{3}\d*[1-9]\d*Z$/.test(to);
  const end = Date.parse(to) + (beyond ? 1 : 0);
  return { from: new Date(Date.parse(from)).toISOString(), to: new Date(end).toISOString() };
}

/** An entry of the history in words; an event of a newer server by its name. */
export function happened({ what }: Pick<HistoryEntry, "what">): string {
  const of = (key: string): unknown => (typeof what === "object" && what !== null ? Reflect.get(what, key) : undefined);
  const text = (key: string) => {
    const value = of(key);
    return typeof value === "number" ? formatCount(value) : typeof value === "string" ? value : "";
  };
  switch (of("event")) {
    case "created":
      return "Noticed for the first time";
    case "reopened":
      return text("why") === "" ? "Opened again" : `Opened again: ${text("why")}`;
    case "grown":
      return `Grew from ${text("from")} to ${text("to")}`;
    case "raised":
      return `Level raised from ${text("from")} to ${text("to")}`;
    case "returned":
      return "Seen again after a day of quiet";
    case "acknowledged":
      return "Acknowledged";
    case "assigned":
      return text("to") === "" ? "Has no owner any more" : `Assigned to ${text("to")}`;
    case "closed": {
      const known = Object.entries(VERDICTS).find(([name]) => name === of("verdict"));
      const verdict = known ? known[1].label.toLowerCase() : text("verdict");
      return `Closed as ${verdict}${text("reason") === "" ? "" : `: ${text("reason")}`}`;
    }
    case "note":
      return `Note: ${text("text")}`;
    case "undone":
      return "The action before was taken back";
    default:
      return text("event") || "Something happened";
  }
}

/** The text of a note; null for what is none, or was taken back. */
export function noteText({ what, undone }: HistoryEntry): string | null {
  if (undone !== null || typeof what !== "object" || what === null || Reflect.get(what, "event") !== "note")
    return null;
  const text: unknown = Reflect.get(what, "text");
  return typeof text === "string" ? text : null;
}

/** The alert after (or before) the selected one; the first when none is. */
export function neighbour(alerts: readonly Pick<Alert, "id">[], selected: string, step: 1 | -1): string | null {
  const at = alerts.findIndex(({ id }) => String(id) === selected);
  const next = at < 0 ? alerts[0] : alerts[Math.max(0, Math.min(alerts.length - 1, at + step))];
  return next ? String(next.id) : null;
}

/** What to select when the selected alert leaves the list: the one that takes its place. */
export function successor(alerts: readonly Pick<Alert, "id">[], leaving: number): string {
  const at = alerts.findIndex(({ id }) => id === leaving);
  const next = alerts[at + 1] ?? alerts[at - 1];
  return next ? String(next.id) : "";
}
