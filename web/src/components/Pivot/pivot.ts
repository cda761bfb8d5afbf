/** What a mark or a value stands for, and what each pivot action makes of the filter. */

import { sidesOf } from "../../lib/fields";
import { absent, addTerm, equals, negateTerm, quoteValue } from "../../lib/filter";
import type { Instants } from "../../lib/time";

export interface Pair {
  field: string;
  value: string | number | null;
}

export interface PivotTarget {
  /** One pair for a value, several for a row that several fields name. Empty for a mark that stands for a time only. */
  pairs: readonly Pair[];
  /** How the mark reads on screen. */
  label: string;
  /** For "Other": the mark is everything but these values of the one field in `pairs`. */
  except?: readonly (string | number | null)[];
  /** For "Other" of several fields: the mark is everything but these rows. */
  without?: readonly (readonly Pair[])[];
  /** What the page is about and the filter does not say: a host page counts only the host's records. */
  base?: readonly string[];
  /** The bucket of a mark on a time axis. */
  instants?: Instants;
}

export const pairTerm = ({ field, value }: Pair) => (value === null ? absent(field) : equals(field, value));

/** The filter term of the target; null for a mark that stands for a time only. */
export function targetTerm(target: PivotTarget): string | null {
  if (target.without) {
    const rows = target.without.map((pairs) => `(${pairs.map(pairTerm).join(" and ")})`);
    return rows.length === 0 ? null : `not (${rows.join(" or ")})`;
  }
  const first = target.pairs[0];
  if (!first) return null;
  if (target.except) {
    const values = target.except.filter((value) => value !== null).map((value) => quoteValue(first.field, value));
    return values.length === 0 ? null : `not ${first.field} in (${values.join(", ")})`;
  }
  return target.pairs.map(pairTerm).join(" and ");
}

export interface PivotAction {
  key: string;
  label: string;
  /** The term that the action adds, shown beside its name. */
  hint?: string;
  filter: string;
}

function withAll(filter: string, terms: readonly string[]): string {
  return terms.reduce(addTerm, filter);
}

/** The actions that change the filter, for a target in the scope of `filter`. */
export function filterActions(target: PivotTarget, filter: string): PivotAction[] {
  const term = targetTerm(target);
  if (term === null) return [];
  const single = target.pairs.length === 1 && !target.except ? target.pairs[0] : undefined;
  const terms = target.except || target.without || single ? [term] : target.pairs.map(pairTerm);
  const actions: PivotAction[] = [
    { key: "f", label: "Filter to it", filter: withAll(filter, terms) },
    { key: "x", label: "Exclude it", filter: addTerm(filter, negateTerm(term)) },
  ];
  const sides = single ? sidesOf(single.field) : null;
  if (single && sides && single.value !== null) {
    actions.push(
      { key: "1", label: "As source", hint: sides.src, filter: addTerm(filter, equals(sides.src, single.value)) },
      { key: "2", label: "As destination", hint: sides.dst, filter: addTerm(filter, equals(sides.dst, single.value)) },
      {
        key: "3",
        label: "On either side",
        hint: sides.either,
        filter: addTerm(filter, `${sides.either} = ${quoteValue(single.field, single.value)}`),
      },
    );
  }
  const [a, b] = target.pairs;
  if (a && b && sidesOf(a.field)?.dst === b.field && a.value !== null && b.value !== null) {
    const reverse = `${a.field} = ${quoteValue(a.field, b.value)} and ${b.field} = ${quoteValue(b.field, a.value)}`;
    actions.push({ key: "3", label: "Both directions", filter: addTerm(filter, `((${term}) or (${reverse}))`) });
  }
  actions.push({ key: "s", label: "Show only this", hint: "drops the rest of the filter", filter: withAll("", terms) });
  return actions;
}
