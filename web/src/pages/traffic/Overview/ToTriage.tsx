/** The alerts that wait for a decision, the most pressing first. */

import { Link } from "@tanstack/react-router";
import { useAlerts } from "../../../api/queries";
import { EntityLink } from "../../../components/EntityLink";
import { Panel } from "../../../components/Panel/Panel";
import { Severity } from "../../../components/Severity/Severity";
import { Sparkline } from "../../../components/Sparkline";
import table from "../../../components/Table/Table.module.css";
import { displayValue } from "../../../lib/fields";
import { writeScope } from "../../../lib/scope";
import { formatAge } from "../../../lib/time";
import { formatCount } from "../../../lib/units";
import { useScope } from "../../../state/scope";
import styles from "./Overview.module.css";

const SHOWN = 4;

export function ToTriage() {
  const scope = useScope();
  const query = useAlerts({ state: "open", limit: SHOWN });
  const search = writeScope({ ...scope, selected: "", find: "", sort: "", tab: "triage" });
  return (
    <div className={styles.wide}>
      <Panel
        title="Alerts to triage"
        note="of any time, whatever the filter"
        query={query}
        height={60}
        actions={
          <Link to="/alerts" search={search} className={styles.all}>
            All {query.data ? formatCount(query.data.counts.triage) : ""}
          </Link>
        }
      >
        {({ alerts }) =>
          alerts.length === 0 ? (
            <p className={styles.calm}>Nothing waits for a decision.</p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
            <div className={table.scroll} tabIndex={0} role="region" aria-label="Alerts to triage">
              <table className={table.table}>
                <tbody>
                  {alerts.map((alert) => (
                    <tr key={alert.id}>
                      <td>
                        <Severity level={alert.level} />
                      </td>
                      <th scope="row">
                        <Link to="/alerts/$id" params={{ id: String(alert.id) }} search={search} title={alert.sentence}>
                          {alert.title}
                        </Link>
                      </th>
                      <td>
                        {alert.entity.map(({ field, value }) => (
                          <EntityLink
                            key={field}
                            mono
                            target={{ pairs: [{ field, value }], label: displayValue(field, value) }}
                          />
                        ))}
                      </td>
                      <td className={table.right}>{formatCount(alert.flows)} flows</td>
                      <td>
                        <Sparkline className={table.spark} values={alert.spark.flows} />
                      </td>
                      <td className={table.right}>{formatAge(query.dataUpdatedAt - Date.parse(alert.last_seen))}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Panel>
    </div>
  );
}
