import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Row } from "../api/client";
import { addTerm, onlyFlows } from "../lib/filter";
import { writeScope } from "../lib/scope";
import type { Instants } from "../lib/time";
import { useBase } from "../state/base";
import { useRange } from "../state/range";
import { useScope } from "../state/scope";

interface Props {
  /** Narrows the scope's filter. */
  terms?: readonly string[];
  /** The answer's row, for a link from its `flows`: the measure leaves events out, and so must the list behind it. */
  counted?: Row | undefined;
  /** The range of the answer shown; the screen's range when absent. */
  instants?: Instants;
  className?: string;
  label?: string;
  title?: string;
  children: ReactNode;
}

/** A number as a link to the records behind it. Range and arrivals are frozen, so that both counts are of the same. */
export function FlowsLink({ terms = [], counted, instants, className, label, title, children }: Props) {
  const scope = useScope();
  const range = useRange();
  const base = useBase();
  const search = writeScope({
    ...scope,
    ...range.freeze(instants ?? range.instants, true),
    refresh: "off",
    selected: "",
    filter: [...base, ...terms, ...onlyFlows(counted)].reduce(addTerm, scope.filter),
  });
  return (
    <Link to="/flows" search={search} className={className} aria-label={label} title={title}>
      {children}
    </Link>
  );
}
