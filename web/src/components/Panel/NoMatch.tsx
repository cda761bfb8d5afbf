/** The empty state: which filter term removes the last records, and the ways out. */

import { useQueries } from "@tanstack/react-query";
import { fetchQuery, numberOf } from "../../api/client";
import { joinTerms, splitTerms } from "../../lib/filter";
import { isoTime, zoomRange } from "../../lib/time";
import { formatCount } from "../../lib/units";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { Button } from "../Button/Button";
import styles from "./Panel.module.css";

/** More terms than this are not tried one by one. */
const MOST_TERMS = 6;

export function NoMatch({ terse = false }: { terse?: boolean }) {
  const scope = useScope();
  const setScope = useSetScope();
  const { instants } = useRange();
  const terms = splitTerms(scope.filter);
  const without =
    terse || terms.length > MOST_TERMS
      ? []
      : terms.map((term, index) => ({ term, rest: joinTerms(terms.filter((_, at) => at !== index)) }));
  const counts = useQueries({
    queries: without.map(({ rest }) => {
      const body = { from: isoTime(instants.from), to: isoTime(instants.to), filter: rest, measures: ["flows"] };
      return {
        queryKey: ["query", body],
        queryFn: async ({ signal }: { signal: AbortSignal }) => fetchQuery(body, signal),
      };
    }),
  });
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
        {terms.length === 0 ? "Nothing was received in this time." : "Drop a term, or widen the time:"}
      </p>
      <div className={styles.row}>
        {without.map(({ term, rest }, index) => {
          const found = numberOf(counts[index]?.data?.rows[0], "flows");
          return (
            <Button key={term} onClick={() => setScope({ filter: rest })}>
              Drop <code>{term}</code>
              {counts[index]?.data ? <span className={styles.help}>{formatCount(found)} records</span> : null}
            </Button>
          );
        })}
        <Button onClick={() => setScope(zoomRange(scope, instants, 2))}>Twice the time</Button>
        <Button onClick={() => setScope({ from: "now-24h", to: "now" })}>Last 24 hours</Button>
      </div>
    </div>
  );
}
