/** The question every panel starts from: the screen's range and filter, and the moment up to which arrivals count. */

import { useMemo } from "react";
import { addTerm, joinTerms } from "../lib/filter";
import { type Instants, isoTime } from "../lib/time";
import { useBase } from "./base";
import { useRange } from "./range";
import { useScope } from "./scope";

export interface Question {
  from: string;
  to: string;
  filter?: string;
}

/**
 * Records come seconds or minutes after the time they are of. While they do, `asOf` leaves out what came later, so that
 * every panel and the list behind a number count the same records. Its term comes first: the server's word on what is
 * wrong at the end of a filter is then still about the reader's own text.
 */
export function questionFor(instants: Instants, filter: string, asOf: number | null): Question {
  const range = { from: isoTime(instants.from), to: isoTime(instants.to) };
  const terms = asOf === null ? [] : [`received < ${new Date(asOf).toISOString()}`];
  const all = joinTerms(filter === "" ? terms : [...terms, filter]);
  return all === "" ? range : { ...range, filter: all };
}

export function useQuestion(): Question {
  const { filter } = useScope();
  const { instants, asOf } = useRange();
  const base = useBase();
  return useMemo(() => questionFor(instants, base.reduce(addTerm, filter), asOf), [instants, filter, asOf, base]);
}
