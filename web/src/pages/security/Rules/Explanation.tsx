import { Link } from "@tanstack/react-router";
import type { RuleExplanation } from "../../../api/client";
import { fieldLabel } from "../../../lib/fields";
import { writeScope } from "../../../lib/scope";
import { useScope } from "../../../state/scope";
import styles from "./Rules.module.css";

/** A rule in words; of a correlation, each of its parts as well. Filters lead to the flows that they select. */
export function Explanation({ part, nested = false }: { part: RuleExplanation; nested?: boolean }) {
  const scope = useScope();
  const { filter } = part;
  return (
    <div className={nested ? styles.nested : undefined}>
      {nested ? <h3>{part.title}</h3> : null}
      {part.asks ? <p>{part.asks}</p> : null}
      {filter === null ? null : (
        <>
          <pre className={styles.filter}>{filter}</pre>
          <p>
            <Link
              to="/flows"
              search={writeScope({ ...scope, filter, selected: "", find: "", sort: "", tab: "triage" })}
              className={styles.title}
            >
              Flows of the range that it matches
            </Link>
          </p>
        </>
      )}
      {part.about.length > 0 ? (
        <p className={styles.needs}>Told apart by {part.about.map(fieldLabel).join(", ")}.</p>
      ) : null}
      {part.filters.length > 0 ? <p className={styles.needs}>With the filters {part.filters.join(", ")}.</p> : null}
      {part.of.map((one) => (
        <Explanation key={one.title} part={one} nested />
      ))}
    </div>
  );
}
