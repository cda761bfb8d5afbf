/** Suppressions: what rules notice and is not shown, why, for how long, and how much that was. */

import type { Suppression } from "../../../api/client";
import { useEndSuppression, useSuppressions } from "../../../api/queries";
import { Button } from "../../../components/Button/Button";
import { Panel } from "../../../components/Panel/Panel";
import table from "../../../components/Table/Table.module.css";
import { formatTime } from "../../../lib/time";
import { formatCount } from "../../../lib/units";
import { zoneName } from "../../../lib/zone";
import { useScope } from "../../../state/scope";
import styles from "./Rules.module.css";

/** All of them, or those that can concern one rule. */
export function Exceptions({ rule }: { rule?: string }) {
  const { tz } = useScope();
  const query = useSuppressions();
  const end = useEndSuppression();
  const time = (text: string | null) => (text === null ? "never" : formatTime(Date.parse(text), tz));
  const concerns = ({ conditions: { rules = [] } }: Suppression) =>
    rule === undefined || rules.length === 0 || rules.includes(rule);
  return (
    <Panel title="Exceptions" note="what is noticed and not shown" query={query} height={60}>
      {({ suppressions }) => {
        const shown = suppressions.filter(concerns);
        if (shown.length === 0) return <p className={table.none}>Nothing is hidden.</p>;
        return (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          <div className={table.scroll} tabIndex={0} role="region" aria-label="Exceptions">
            <table className={table.table}>
              <thead>
                <tr>
                  <th scope="col">What is hidden</th>
                  <th scope="col">Why</th>
                  <th scope="col">Owner</th>
                  <th scope="col">Ends ({zoneName(tz)})</th>
                  <th scope="col">State</th>
                  <th scope="col" className={table.right}>
                    Hidden
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map((one) => (
                  <tr key={one.id}>
                    <th scope="row" className={styles.wrap}>
                      {conditionsText(one.conditions)}
                    </th>
                    <td className={styles.wrap}>{one.reason}</td>
                    <td>{one.owner}</td>
                    <td>{time(one.ended ?? one.expires)}</td>
                    <td>
                      {one.state === "active" ? (
                        <Button disabled={end.isPending} onClick={() => end.mutate(one.id)}>
                          End it
                        </Button>
                      ) : (
                        one.state
                      )}
                    </td>
                    <td className={table.right}>{formatCount(one.hidden)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        );
      }}
    </Panel>
  );
}

/** The conditions as a sentence would have them. */
export function conditionsText(conditions: Suppression["conditions"]): string {
  const { entity = [], networks = [], rules = [], filter } = conditions;
  return [
    ...entity.map(({ field, value }) => `${field} = ${value}`),
    networks.length > 0 ? `in ${networks.join(", ")}` : "",
    filter ?? "",
    rules.length > 0 ? `rule ${rules.join(", ")}` : "",
  ]
    .filter(Boolean)
    .join("; ");
}
