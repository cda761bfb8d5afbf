/** What would be noticed, by tactic and technique of MITRE ATT&CK, and what has been. */

import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useMemo } from "react";
import type { AttackMatrix, AttackTechnique } from "../../../api/client";
import { useAttack } from "../../../api/queries";
import { Icon } from "../../../components/Icon/Icon";
import { Panel } from "../../../components/Panel/Panel";
import table from "../../../components/Table/Table.module.css";
import { writeScope } from "../../../lib/scope";
import { isoTime } from "../../../lib/time";
import { formatCount } from "../../../lib/units";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import { useKeys } from "../Alerts/useActions";
import styles from "./Attack.module.css";
import { openAlerts, STATES, type State, stepped } from "./matrix";
import { Technique } from "./Technique";

export function Attack() {
  const scope = useScope();
  const setScope = useSetScope();
  const { instants } = useRange();
  const range = useMemo(() => ({ from: isoTime(instants.from), to: isoTime(instants.to) }), [instants]);
  const query = useAttack(range);
  const selected = query.data?.tactics
    .flatMap((tactic) => tactic.techniques.map((technique) => ({ tactic, technique })))
    .find(({ tactic, technique }) => scope.selected === cellId(tactic.tag, technique.id));
  useKeys((key) => {
    if (key !== "Escape" || scope.selected === "") return false;
    setScope({ selected: "" }, { replace: true });
    return true;
  });
  return (
    <div className={selected ? `${styles.page} ${styles.withDrawer}` : styles.page}>
      <title>ATT&CK · Weir</title>
      <h1 className="visually-hidden">ATT&CK</h1>
      <Panel
        title="ATT&CK"
        note={query.data ? `version ${query.data.version} · alerts of the range · what flows can show` : undefined}
        query={query}
        height={520}
        actions={
          <a
            className={styles.layer}
            href={`/api/v1/attack/navigator?from=${encodeURIComponent(range.from)}&to=${encodeURIComponent(range.to)}`}
            download="weir-attack-layer.json"
          >
            <Icon name="down" size={14} /> Navigator layer
          </a>
        }
      >
        {(matrix) => <Matrix matrix={matrix} />}
      </Panel>
      {selected ? <Technique tactic={selected.tactic.name} technique={selected.technique} /> : null}
    </div>
  );
}

export const cellId = (tactic: string, technique: string) => `${tactic} ${technique}`;

function Matrix({ matrix }: { matrix: AttackMatrix }) {
  const scope = useScope();
  const most = Math.max(1, ...matrix.tactics.flatMap(({ techniques }) => techniques.map(openAlerts)));
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const cells = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-column]")];
    const places = cells.map(({ dataset }) => ({ column: Number(dataset.column), row: Number(dataset.row) }));
    const next = stepped(places, cells.indexOf(event.target as HTMLElement), event.key);
    if (next === null) return;
    event.preventDefault();
    cells[next]?.focus();
  };
  return (
    <>
      <ul className={styles.legend} aria-label="States">
        {Object.entries(STATES).map(([state, { sign, label, says }]) => (
          <li key={state} title={says}>
            <span aria-hidden="true">{sign}</span> {label}
          </li>
        ))}
        <li>
          <span className={styles.swatch} aria-hidden="true" /> alerts without a verdict
        </li>
      </ul>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Techniques by tactic" onKeyDown={onKey}>
        {matrix.tactics.map((tactic, column) => (
          <section key={tactic.id} className={styles.tactic} aria-label={tactic.name}>
            <h3>
              {tactic.name} <small>{tactic.techniques.length}</small>
            </h3>
            <ul>
              {tactic.techniques.map((technique, row) => (
                <li key={technique.id} className={technique.parent === null ? undefined : styles.sub}>
                  <Cell
                    technique={technique}
                    id={cellId(tactic.tag, technique.id)}
                    selected={scope.selected === cellId(tactic.tag, technique.id)}
                    share={openAlerts(technique) / most}
                    place={{ column, row }}
                  />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      {matrix.unknown.length > 0 ? (
        <p className={styles.foot}>
          Rules name techniques that this version of Weir does not know: {matrix.unknown.join(", ")}.
        </p>
      ) : null}
      <p className={styles.foot}>{matrix.attribution}</p>
    </>
  );
}

interface CellProps {
  technique: AttackTechnique;
  id: string;
  selected: boolean;
  /** Of the most alerts without a verdict that a technique has. */
  share: number;
  place: { column: number; row: number };
}

function Cell({ technique, id, selected, share, place }: CellProps) {
  const scope = useScope();
  const alerts = openAlerts(technique);
  const state: State = STATES[technique.state];
  return (
    <Link
      to="/attack"
      search={writeScope({ ...scope, selected: selected ? "" : id })}
      replace
      className={`${styles.cell} ${styles[technique.state] ?? ""}`}
      style={{ "--share": alerts > 0 ? `${Math.round(12 + share * 24)}%` : "0%" } as React.CSSProperties}
      aria-current={selected ? "true" : undefined}
      data-column={place.column}
      data-row={place.row}
      title={`${technique.id} ${technique.name}: ${state.says}`}
    >
      <span className={styles.name}>
        <span className={styles.sign} aria-hidden="true">
          {state.sign}
        </span>{" "}
        {technique.name}
        <span className="visually-hidden">, {state.label}</span>
      </span>
      <span className={styles.counts}>
        <span className={styles.id}>{technique.id}</span>
        {technique.rules.length > 0 ? (
          <span className={table.quiet}>
            {formatCount(technique.rules.length)} {technique.rules.length === 1 ? "rule" : "rules"}
          </span>
        ) : null}
        {alerts > 0 ? (
          <strong>
            {formatCount(alerts)} {alerts === 1 ? "alert" : "alerts"}
          </strong>
        ) : null}
      </span>
    </Link>
  );
}
