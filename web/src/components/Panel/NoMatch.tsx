/** The empty state: which filter term removes the last records, and the ways out. */

import { useQueries } from "@tanstack/react-query";
import { fetchQuery, numberOf } from "../../api/client";
import { joinTerms, splitTerms } from "../../lib/filter";
import { zoomRange } from "../../lib/time";
import { formatCount } from "../../lib/units";
import { questionFor } from "../../state/question";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { Button } from "../Button/Button";
import styles from "./Panel.module.css";

/** More terms than this are not tried one by one. */
const MOST_TERMS = 6;

export function NoMatch({ terse = false }: { terse?: boolean }) {
  const scope = useScope();
  const setScope = useSetScope();
  const { instants, asOf } = useRange();
  const terms = splitTerms(scope.filter);
  const single = terms.map((term, index) => ({
    label: `Drop ${term}`,
    term,
    rest: joinTerms(terms.filter((_, at) => at !== index)),
  }));
  const ways = terms.length > MOST_TERMS ? [] : single;
  // Two terms may each leave nothing: then the whole filter is in the way.
  const all = terms.length > 1 ? [{ label: "Drop the whole filter", term: null, rest: "" }] : [];
  const tried = terse ? [] : [...ways, ...all];
  const counts = useQueries({
    queries: tried.map(({ rest }) => {
      const body = { ...questionFor(instants, rest, asOf), measures: ["rows"] };
      return {
        queryKey: ["query", body],
        queryFn: async ({ signal }: { signal: AbortSignal }) => fetchQuery(body, signal),
      };
    }),
  });
  const helping = tried
    .map((way, index) => ({ ...way, found: numberOf(counts[index]?.data?.rows[0], "rows") }))
    .filter(({ found }) => found > 0);
  const offered = helping.some(({ term }) => term !== null) ? helping.filter(({ term }) => term !== null) : helping;
  const asking = counts.some((count) => count.isPending);
  if (terse) {
    return (
      <div className={styles.message}>
        <p className={styles.help}>No records match</p>
      </div>
    );
  }
  return (
    <div className={styles.message}>
      <p>
        <strong>No records match.</strong>{" "}
        {terms.length === 0
          ? "Nothing was received in this time."
          : asking
            ? "Looking for the term that leaves none …"
            : offered.length > 0
              ? `Drop ${offered.some(({ term }) => term !== null) ? "a term" : "the filter"}, or widen the time:`
              : "Nor is there anything in this time without the filter:"}
      </p>
      <div className={styles.row}>
        {offered.map(({ label, term, rest, found }) => (
          <Button key={label} onClick={() => setScope({ filter: rest })}>
            {term === null ? (
              label
            ) : (
              <span>
                Drop <code>{term}</code>
              </span>
            )}
            <span className={styles.help}>{formatCount(found)} records</span>
          </Button>
        ))}
        <Button onClick={() => setScope(zoomRange(scope, instants, 2))}>Twice the time</Button>
        <Button onClick={() => setScope({ from: "now-24h", to: "now" })}>Last 24 hours</Button>
      </div>
    </div>
  );
}
