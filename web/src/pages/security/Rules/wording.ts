/** What the parts of a rule read like, and how the list is found and put in order. */

import type { Rule } from "../../../api/client";

export const KINDS: Record<Rule["kind"], string> = {
  rule: "rule",
  correlation: "correlation",
  behaviour: "analytic",
  unusable: "not usable",
};

export const STATE_WORDS: Record<Rule["state"], { label: string; sign: string; says: string }> = {
  on: { sign: "●", label: "on", says: "it is at work" },
  off: { sign: "–", label: "off", says: "somebody switched it off, or the configuration did" },
  part: { sign: "◦", label: "part", says: "it is a part of correlations and says nothing by itself" },
  blind: { sign: "◌", label: "blind", says: "it is at work, but needs fields that no flow has had yet" },
  unusable: { sign: "✕", label: "not usable", says: "its document cannot be used" },
};

/** Of alerts with a verdict on the rule, the share in which it was right; null while there is none. */
export function precision({ true_positive, benign, false_positive }: Rule["alerts"]["month"]): number | null {
  const decided = true_positive + benign + false_positive;
  return decided === 0 ? null : true_positive / decided;
}

const LEVELS: readonly Rule["level"][] = ["critical", "high", "medium", "low", "informational"];

const ORDERS: Record<string, (a: Rule, b: Rule) => number> = {
  title: (a, b) => a.title.localeCompare(b.title),
  level: (a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level),
  alerts: (a, b) => b.alerts.month.alerts - a.alerts.month.alerts || b.alerts.day.alerts - a.alerts.day.alerts,
  cost: (a, b) => (b.cost?.ns_per_record ?? -1) - (a.cost?.ns_per_record ?? -1),
};

/** The rules whose title, id, name, state or techniques contain a text; those with most alerts first, or as asked. */
export function listed(rules: readonly Rule[], find: string, sort: string): Rule[] {
  const wanted = find.toLowerCase();
  const found = rules.filter((rule) =>
    [
      rule.title,
      rule.id,
      rule.name ?? "",
      KINDS[rule.kind],
      STATE_WORDS[rule.state].label,
      rule.level,
      ...rule.techniques.map(({ id, name }) => `${id} ${name ?? ""}`),
    ].some((text) => text.toLowerCase().includes(wanted)),
  );
  const order = ORDERS[sort] ?? ORDERS.alerts;
  return found.sort((a, b) => order?.(a, b) || a.title.localeCompare(b.title));
}
