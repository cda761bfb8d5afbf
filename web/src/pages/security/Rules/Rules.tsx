/** Every rule: how it is doing, what it has found, how often it was right, what it costs. */

import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import type { Rule, RuleList } from "../../../api/client";
import { useRules } from "../../../api/queries";
import { Icon } from "../../../components/Icon/Icon";
import { Panel } from "../../../components/Panel/Panel";
import { Severity } from "../../../components/Severity/Severity";
import table from "../../../components/Table/Table.module.css";
import { writeScope } from "../../../lib/scope";
import { formatCount, formatShare, formatValue } from "../../../lib/units";
import { useScope, useSetScope } from "../../../state/scope";
import { useKeys } from "../Alerts/useActions";
import { Exceptions } from "./Exceptions";
import { Problems } from "./Problems";
import styles from "./Rules.module.css";
import { KINDS, listed, precision, STATE_WORDS } from "./wording";

export function Rules() {
  const scope = useScope();
  const setScope = useSetScope();
  const navigate = useNavigate();
  const query = useRules();
  const rules = listed(query.data?.rules ?? [], scope.find, scope.sort);
  useKeys((key) => {
    const at = rules.findIndex(({ id }) => id === scope.selected);
    const selected = rules[at];
    const step = key === "j" ? 1 : key === "k" ? -1 : 0;
    if (step !== 0) {
      const next = rules[at < 0 ? 0 : Math.max(0, Math.min(rules.length - 1, at + step))];
      if (next) setScope({ selected: next.id }, { replace: true });
    } else if (key === "Escape" && scope.selected !== "") setScope({ selected: "" }, { replace: true });
    else if (key === "Enter" && selected)
      void navigate({ to: "/rules/$id", params: { id: selected.id }, search: writeScope(scope) });
    else return false;
    return true;
  });
  return (
    <div className={styles.page}>
      <title>Rules · Weir</title>
      <h1 className="visually-hidden">Rules</h1>
      <Panel
        title="Rules"
        note={query.data ? noteOf(query.data) : undefined}
        query={query}
        height={480}
        actions={
          <>
            <Link
              to="/rules/editor"
              search={writeScope({ ...scope, selected: "", find: "", sort: "" })}
              className={styles.make}
            >
              <Icon name="plus" size={14} /> Write a rule
            </Link>
            <input
              className={table.search}
              type="search"
              aria-label="Find in rules"
              placeholder="Find in rules"
              value={scope.find}
              onChange={(event) => setScope({ find: event.currentTarget.value, selected: "" }, { replace: true })}
            />
          </>
        }
      >
        {(list) => (
          <>
            {list.watching ? null : (
              <p className={table.none}>Detection is off in the configuration: no rule looks at flows.</p>
            )}
            <List rules={rules} />
            {rules.length === 0 ? <p className={table.none}>No rule has “{scope.find}”.</p> : null}
          </>
        )}
      </Panel>
      {query.data && query.data.problems.length > 0 ? (
        <Panel title="Problems in rule files" query={query} height={60}>
          {(list) => <Problems problems={list.problems} withFile />}
        </Panel>
      ) : null}
      <Exceptions />
    </div>
  );
}

function noteOf({ rules, records, folder, analytics_cost }: RuleList): string {
  const on = rules.filter(({ state }) => state === "on" || state === "part").length;
  return [
    `${formatCount(on)} of ${formatCount(rules.length)} at work`,
    `${formatValue(records, "")} records looked at`,
    analytics_cost ? `analytics ${formatCount(Math.round(analytics_cost.ns_per_record))} ns a record together` : null,
    `your own: ${folder}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function List({ rules }: { rules: readonly Rule[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div className={table.scroll} tabIndex={0} role="region" aria-label="Rules">
      <table className={table.table}>
        <thead>
          <tr>
            <Sorted name="title">Rule</Sorted>
            <th scope="col">Kind</th>
            <th scope="col">State</th>
            <Sorted name="level">Severity</Sorted>
            <th scope="col">Techniques</th>
            <th scope="col" className={table.right}>
              24 h
            </th>
            <Sorted name="alerts" right>
              Alerts, 30 d
            </Sorted>
            <th scope="col" className={table.right}>
              Right
            </th>
            <Sorted name="cost" right>
              ns a record
            </Sorted>
            <th scope="col">Source</th>
          </tr>
        </thead>
        <tbody>
          {rules.map((rule) => (
            <Row key={rule.id} rule={rule} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Sorted({ name, right = false, children }: { name: string; right?: boolean; children: ReactNode }) {
  const { sort } = useScope();
  const setScope = useSetScope();
  const active = (sort || "alerts") === name;
  return (
    <th scope="col" aria-sort={active ? "descending" : "none"} className={right ? table.right : undefined}>
      <button type="button" onClick={() => setScope({ sort: name }, { replace: true })}>
        {children}
        <span aria-hidden="true">{active ? " ↓" : ""}</span>
      </button>
    </th>
  );
}

function Row({ rule }: { rule: Rule }) {
  const scope = useScope();
  const row = useRef<HTMLTableRowElement>(null);
  const selected = scope.selected === rule.id;
  useEffect(() => {
    if (selected) row.current?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  const state = STATE_WORDS[rule.state];
  const right = precision(rule.alerts.month);
  const { month } = rule.alerts;
  return (
    <tr ref={row} aria-current={selected ? "true" : undefined} className={selected ? table.selected : undefined}>
      <th scope="row">
        <Link
          to="/rules/$id"
          params={{ id: rule.id }}
          search={writeScope({ ...scope, selected: rule.id })}
          className={styles.title}
        >
          {rule.title}
        </Link>
      </th>
      <td>{KINDS[rule.kind]}</td>
      <td title={rule.cannot ?? state.says}>
        <span className={rule.state === "unusable" ? styles.bad : undefined}>
          <span aria-hidden="true">{state.sign}</span> {state.label}
        </span>
      </td>
      <td>
        <Severity level={rule.level} />
      </td>
      <td title={rule.techniques.map(({ id, name }) => `${id} ${name ?? ""}`).join("\n")}>
        {rule.techniques
          .slice(0, 3)
          .map(({ id }) => id)
          .join(", ") || "–"}
        {rule.techniques.length > 3 ? " …" : ""}
      </td>
      <td className={table.right}>{formatCount(rule.alerts.day.alerts)}</td>
      <td className={table.right}>
        {month.alerts > 0 ? (
          <Link to="/alerts" search={writeScope({ ...scope, selected: "", sort: "", tab: "all", find: rule.id })}>
            {formatCount(month.alerts)}
          </Link>
        ) : (
          "0"
        )}
      </td>
      <td
        className={table.right}
        title={`${formatCount(month.true_positive)} true, ${formatCount(month.benign)} benign, ${formatCount(month.false_positive)} false, ${formatCount(month.undecided)} without a verdict`}
      >
        {right === null ? "–" : formatShare(right)}
      </td>
      <td className={table.right}>{rule.cost ? formatCount(Math.round(rule.cost.ns_per_record * 10) / 10) : "–"}</td>
      <td className={table.quiet}>{rule.origin.built_in ? "built in" : rule.origin.file}</td>
    </tr>
  );
}
