/** The question every panel starts from: the screen's range and filter. */

import { useMemo } from "react";
import { type Instants, isoTime } from "../lib/time";
import { useRange } from "./range";
import { useScope } from "./scope";

export interface Question {
  from: string;
  to: string;
  filter?: string;
}

export function questionFor(instants: Instants, filter: string): Question {
  const range = { from: isoTime(instants.from), to: isoTime(instants.to) };
  return filter === "" ? range : { ...range, filter };
}

export function useQuestion(): Question {
  const { filter } = useScope();
  const { instants } = useRange();
  return useMemo(() => questionFor(instants, filter), [instants, filter]);
}
