/** A technique beside the matrix: its rules, its alerts, and what proves that it would be noticed. */

import { Link } from "@tanstack/react-router";
import type { AttackTechnique } from "../../../api/client";
import { Fact } from "../../../components/Fact";
import { Icon } from "../../../components/Icon/Icon";
import table from "../../../components/Table/Table.module.css";
import { fieldLabel } from "../../../lib/fields";
import { writeScope } from "../../../lib/scope";
import { formatCount } from "../../../lib/units";
import { useScope } from "../../../state/scope";
import styles from "./Attack.module.css";
import { STATES } from "./matrix";

export function Technique({ tactic, technique }: { tactic: string; technique: AttackTechnique }) {
  const scope = useScope();
  const plain = { ...scope, selected: "", find: "", sort: "" };
  const { alerts } = technique;
  const state = STATES[technique.state];
  return (
    <aside className={styles.drawer} aria-label="Technique">
      <header>
        <h2>{technique.name}</h2>
        <Link to="/attack" search={writeScope({ ...scope, selected: "" })} replace aria-label="Close" title="Esc">
          <Icon name="close" />
        </Link>
      </header>
      <dl>
        <Fact label="Technique">
          {technique.id}, {tactic}
        </Fact>
        <Fact label="Coverage">
          <span aria-hidden="true">{state.sign}</span> {state.label}: {state.says}
        </Fact>
        <Fact label="Alerts in the range">
          {alerts.alerts > 0 ? (
            <Link to="/alerts" search={writeScope({ ...plain, tab: "all", find: technique.id })}>
              {formatCount(alerts.alerts)}
            </Link>
          ) : (
            "none"
          )}
          {alerts.alerts > 0 ? (
            <span className={table.quiet}>
              , {formatCount(alerts.undecided)} without a verdict, {formatCount(alerts.true_positive)} true
            </span>
          ) : null}
        </Fact>
      </dl>
      <h3>Rules</h3>
      {technique.rules.length === 0 ? (
        <p className={table.quiet}>
          {technique.state === "gap"
            ? "None. This is a gap: flows can show it."
            : "None of its own; its sub-techniques have some."}
        </p>
      ) : (
        <ul className={styles.rules}>
          {technique.rules.map((rule) => (
            <li key={rule.id}>
              <Link to="/rules/$id" params={{ id: rule.id }} search={writeScope(plain)}>
                {rule.title}
              </Link>
              <span className={table.quiet}>
                {[
                  rule.enabled ? null : "off",
                  rule.tested ? "tested" : null,
                  technique.captured_by.includes(rule.id) ? "noticed a real attack" : null,
                  rule.missing.length > 0 ? `needs ${rule.missing.map(fieldLabel).join(", ")}` : null,
                ]
                  .filter(Boolean)
                  .join(", ")}
              </span>
            </li>
          ))}
        </ul>
      )}
    </aside>
  );
}
