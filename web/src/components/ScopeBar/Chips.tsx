/** One chip for each top-level `and` term: click edits, `!` negates, `×` removes. One more says up to when arrivals count. */

import { COMPARE_LABELS } from "../../lib/compare";
import { joinTerms, negateTerm, removeTerm, replaceTerm, splitTerms } from "../../lib/filter";
import { formatTime } from "../../lib/time";
import { zoneName } from "../../lib/zone";
import { useScope, useSetScope } from "../../state/scope";
import { Icon } from "../Icon/Icon";
import styles from "./ScopeBar.module.css";

export function Chips({ onEdit }: { onEdit: (from: number, to: number) => void }) {
  const { filter, asOf, compare } = useScope();
  const terms = splitTerms(filter);
  if (terms.length === 0 && asOf === "" && compare === "") return null;
  return (
    <div className={styles.chips}>
      <AsOf />
      <Compared />
      {terms.length === 0 ? null : <Terms terms={terms} onEdit={onEdit} />}
    </div>
  );
}

/** A frozen link counts what had arrived when it was made, so that its number is the one that was clicked. */
function AsOf() {
  const { asOf, tz } = useScope();
  const setScope = useSetScope();
  if (asOf === "") return null;
  return (
    <Condition
      text={`as of ${formatTime(Date.parse(asOf), tz)} ${zoneName(tz)}`}
      title="Records that arrived later are not counted"
      end="Count what has arrived since"
      onEnd={() => setScope({ asOf: "" })}
    />
  );
}

/** Says what the screen is compared with, and ends it. */
function Compared() {
  const { compare } = useScope();
  const setScope = useSetScope();
  if (compare === "") return null;
  return (
    <Condition
      text={`compared with ${COMPARE_LABELS[compare].toLowerCase()}`}
      end="Compare with nothing"
      onEnd={() => setScope({ compare: "" })}
    />
  );
}

/** Something that holds for the whole screen beside the filter, until it is ended. */
function Condition({ text, title, end, onEnd }: { text: string; title?: string; end: string; onEnd: () => void }) {
  return (
    <span className={`${styles.chip} ${styles.asOf}`} title={title}>
      <span className={styles.term}>{text}</span>
      <button type="button" className={styles.act} aria-label={end} title={end} onClick={onEnd}>
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}

function Terms({ terms, onEdit }: { terms: readonly string[]; onEdit: (from: number, to: number) => void }) {
  const { filter } = useScope();
  const setScope = useSetScope();
  return (
    <ul className={styles.terms} aria-label="Filter terms">
      {terms.map((term, index) => {
        const negated = /^(not\b|!)/i.test(term);
        // Where the term stands in the filter, for the editor to select it.
        const before = joinTerms(terms.slice(0, index)).length;
        const start = filter.indexOf(term, Math.max(0, before - 8));
        return (
          <li key={term} className={negated ? `${styles.chip} ${styles.negated}` : styles.chip}>
            <button
              type="button"
              className={styles.term}
              title="Edit"
              onClick={() => onEdit(Math.max(0, start), Math.max(0, start) + term.length)}
            >
              {term}
            </button>
            <button
              type="button"
              className={styles.act}
              aria-label={`Negate ${term}`}
              title="Negate"
              onClick={() => setScope({ filter: replaceTerm(filter, index, negateTerm(term)) })}
            >
              !
            </button>
            <button
              type="button"
              className={styles.act}
              aria-label={`Remove ${term}`}
              title="Remove"
              onClick={() => setScope({ filter: removeTerm(filter, index) })}
            >
              <Icon name="close" size={12} />
            </button>
          </li>
        );
      })}
      {terms.length > 1 ? (
        <li>
          <button type="button" className={styles.clear} onClick={() => setScope({ filter: "" })}>
            Clear all
          </button>
        </li>
      ) : null}
    </ul>
  );
}
