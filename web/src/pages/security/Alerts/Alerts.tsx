/** What is new, real and urgent, and what has been decided about it. */

import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Alert, AlertList, AlertQuestion } from "../../../api/client";
import { useAlerts } from "../../../api/queries";
import { Button } from "../../../components/Button/Button";
import { EntityLink } from "../../../components/EntityLink";
import { Panel } from "../../../components/Panel/Panel";
import { Severity } from "../../../components/Severity/Severity";
import { Sparkline } from "../../../components/Sparkline";
import table from "../../../components/Table/Table.module.css";
import { displayValue, fieldLabel } from "../../../lib/fields";
import { ALERT_TABS, writeScope } from "../../../lib/scope";
import { formatAge, formatTime } from "../../../lib/time";
import { formatCount } from "../../../lib/units";
import { useScope, useSetScope } from "../../../state/scope";
import styles from "./Alerts.module.css";
import { actOfKey, useActions, useKeys } from "./useActions";
import { ACTS, type Act, actsOf, neighbour, stateText, successor, TABS } from "./wording";

/** Alerts of a page, and the most that one answer has. */
const PAGE = 50;
const MOST = 500;

export function Alerts() {
  const scope = useScope();
  const setScope = useSetScope();
  const navigate = useNavigate();
  const [limit, setLimit] = useState(PAGE);
  const find = useDelayedText(scope.find);
  const question: AlertQuestion = { state: TABS[scope.tab].state, limit, ...(find === "" ? {} : { q: find }) };
  const query = useAlerts(question);
  const alerts = query.data?.alerts ?? [];
  const selected = alerts.find(({ id }) => String(id) === scope.selected);
  const actions = useActions((act, alert) => {
    // It leaves this tab: the next one is at hand.
    if (act !== "note" && scope.tab !== "all") setScope({ selected: successor(alerts, alert.id) }, { replace: true });
  });
  useKeys((key) => {
    const act = actOfKey(key);
    const step = key === "j" ? 1 : key === "k" ? -1 : 0;
    if (step !== 0) {
      const next = neighbour(alerts, scope.selected, step);
      if (next !== null) setScope({ selected: next }, { replace: true });
    } else if (key === "z") actions.undo();
    else if (key === "Escape" && scope.selected !== "") setScope({ selected: "" }, { replace: true });
    else if (!selected) return false;
    else if (key === "Enter")
      void navigate({ to: "/alerts/$id", params: { id: String(selected.id) }, search: writeScope(scope) });
    else if (act) actions.act(act, selected);
    else return false;
    return true;
  });
  return (
    <div className={styles.page}>
      <title>Alerts · Weir</title>
      <h1 className="visually-hidden">Alerts</h1>
      <Tabs counts={query.data?.counts} />
      <Panel
        title={TABS[scope.tab].label}
        note="of any time; what asks for attention comes first"
        query={query}
        height={400}
        actions={
          <>
            {actions.undoButton}
            {selected ? <ActButtons alert={selected} onAct={actions.act} /> : null}
            <input
              className={table.search}
              type="search"
              aria-label="Find in alerts"
              placeholder="Find in alerts"
              value={scope.find}
              onChange={(event) => setScope({ find: event.currentTarget.value, selected: "" }, { replace: true })}
            />
          </>
        }
      >
        {(answer) => (
          <>
            <List answer={answer} now={query.dataUpdatedAt} />
            {answer.alerts.length === 0 ? (
              <p className={table.none}>
                {find === "" ? TABS[scope.tab].empty : `No alert here has “${find}” in its title, entity or sentence.`}
              </p>
            ) : null}
            {answer.next === null ? null : limit < MOST ? (
              <div className={styles.more}>
                <Button onClick={() => setLimit((shown) => Math.min(MOST, shown + PAGE))}>Show more</Button>
              </div>
            ) : (
              <p className={table.none}>These are the first {formatCount(MOST)}. Search to find others.</p>
            )}
          </>
        )}
      </Panel>
      {actions.dialog}
    </div>
  );
}

/** A text once it has stood for a moment, so that not every letter is a question. */
function useDelayedText(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 200);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function Tabs({ counts }: { counts: AlertList["counts"] | undefined }) {
  const scope = useScope();
  return (
    <nav className={styles.tabs} aria-label="Alerts by state">
      {ALERT_TABS.map((tab) => (
        <Link
          key={tab}
          to="/alerts"
          search={writeScope({ ...scope, tab, selected: "" })}
          aria-current={tab === scope.tab ? "page" : undefined}
          className={styles.tab}
        >
          {TABS[tab].label} <span className={styles.count}>{counts ? formatCount(counts[tab]) : "…"}</span>
        </Link>
      ))}
    </nav>
  );
}

function List({ answer, now }: { answer: AlertList; now: number }) {
  if (answer.alerts.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div className={table.scroll} tabIndex={0} role="region" aria-label="Alerts">
      <table className={`${table.table} ${styles.list}`}>
        <thead>
          <tr>
            <th scope="col">Severity</th>
            <th scope="col">Alert</th>
            <th scope="col" className={table.right}>
              Flows
            </th>
            <th scope="col" className={styles.wide}>
              Course
            </th>
            <th scope="col" className={styles.wide}>
              First seen
            </th>
            <th scope="col">Last seen</th>
            <th scope="col" className={styles.wide}>
              Technique
            </th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {answer.alerts.map((alert) => (
            <Row key={alert.id} alert={alert} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ alert, now }: { alert: Alert; now: number }) {
  const scope = useScope();
  const setScope = useSetScope();
  const row = useRef<HTMLTableRowElement>(null);
  const selected = scope.selected === String(alert.id);
  useEffect(() => {
    if (selected) row.current?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const seen = (text: string) => (
    <time dateTime={text} title={`${formatTime(Date.parse(text), scope.tz)} ${scope.tz}`}>
      {formatAge(now - Date.parse(text))}
    </time>
  );
  return (
    <tr
      ref={row}
      aria-current={selected ? "true" : undefined}
      className={selected ? table.selected : undefined}
      onClick={(event) => {
        // Links and values do what they say.
        if (event.target instanceof Element && event.target.closest("a, button")) return;
        setScope({ selected: String(alert.id) }, { replace: true });
      }}
    >
      <td>
        <Severity level={alert.level} />
      </td>
      <th scope="row">
        <Link
          to="/alerts/$id"
          params={{ id: String(alert.id) }}
          search={writeScope({ ...scope, selected: String(alert.id) })}
          className={styles.title}
        >
          {alert.title}
        </Link>{" "}
        <Entity alert={alert} />
        <p className={styles.sentence}>{alert.sentence}</p>
      </th>
      <td className={table.right}>
        {formatCount(alert.flows)}
        <span className={styles.unit}> {alert.flows === 1 ? "flow" : "flows"}</span>
      </td>
      <td className={styles.wide}>
        <Sparkline className={styles.spark} values={alert.spark.flows} />
      </td>
      <td className={styles.wide}>{seen(alert.first_seen)}</td>
      <td>{seen(alert.last_seen)}</td>
      <td className={styles.wide}>{alert.techniques.join(", ") || "–"}</td>
      <td>
        {stateText(alert)}
        {alert.notes > 0 ? (
          <small className={table.quiet}> {alert.notes === 1 ? "1 note" : `${formatCount(alert.notes)} notes`}</small>
        ) : null}
      </td>
    </tr>
  );
}

/** What can be done about an alert in its state. */
export function ActButtons({ alert, onAct }: { alert: Alert; onAct: (act: Act, alert: Alert) => void }) {
  return actsOf(alert.state).map((act) => (
    <Button key={act} title={ACTS[act].key} onClick={() => onAct(act, alert)}>
      {ACTS[act].label}
    </Button>
  ));
}

/** Whom an alert is about: each value a handle for filters and the way to its page. */
export function Entity({ alert }: { alert: Alert }) {
  return (
    <span className={styles.entity}>
      {alert.entity.map(({ field, value }) => (
        <span key={field} title={fieldLabel(field)}>
          <EntityLink mono target={{ pairs: [{ field, value }], label: displayValue(field, value) }} />
        </span>
      ))}
    </span>
  );
}
