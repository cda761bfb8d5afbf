/** One rule: what it looks for and why, what it found, what it costs, what it is written like, and its switch. */

import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Rule, RuleDetail } from "../../../api/client";
import { useAlerts, useRule, useRuleSwitch, useRules } from "../../../api/queries";
import { announce } from "../../../components/Announcer/Announcer";
import { Button } from "../../../components/Button/Button";
import { Fact } from "../../../components/Fact";
import { Icon } from "../../../components/Icon/Icon";
import { Panel } from "../../../components/Panel/Panel";
import { Severity } from "../../../components/Severity/Severity";
import table from "../../../components/Table/Table.module.css";
import { fieldLabel } from "../../../lib/fields";
import { writeScope } from "../../../lib/scope";
import { formatTime } from "../../../lib/time";
import { formatBytes, formatCount, formatShare } from "../../../lib/units";
import { zoneName } from "../../../lib/zone";
import { useScope } from "../../../state/scope";
import { useKeys } from "../Alerts/useActions";
import { Backtest } from "./Backtest";
import { Exceptions } from "./Exceptions";
import { Explanation } from "./Explanation";
import { Problems } from "./Problems";
import styles from "./Rules.module.css";
import { SwitchDialog } from "./SwitchDialog";
import { KINDS, precision, STATE_WORDS } from "./wording";

export function Detail() {
  const { id } = useParams({ strict: false }) as { id: string };
  const scope = useScope();
  const navigate = useNavigate();
  const query = useRule(id);
  const rule = query.data?.rule;
  const [asked, setAsked] = useState(false);
  const mutation = useRuleSwitch();
  const send = async (reason: string | null) => {
    if (!rule) return;
    await mutation.mutateAsync({ id, enabled: !rule.enabled, reason });
    announce(`${rule.title} is ${rule.enabled ? "off" : "on"}`);
  };
  useKeys((key) => {
    if (key !== "Escape") return false;
    void navigate({ to: "/rules", search: writeScope(scope) });
    return true;
  });
  return (
    <div className={styles.page}>
      <title>{`${rule?.title ?? "Rule"} · Weir`}</title>
      <div className={styles.bar}>
        <Link to="/rules" search={writeScope(scope)} className={styles.back}>
          <Icon name="left" size={14} /> Rules
        </Link>
        <span className={styles.space} />
        {rule?.source ? (
          <Link to="/rules/editor" search={writeScope({ ...scope, selected: id })} className={styles.make}>
            <Icon name="copy" size={14} /> Make one like it
          </Link>
        ) : null}
        {rule && rule.kind !== "unusable" ? (
          <Button
            disabled={rule.off_by_configuration || mutation.isPending}
            title={rule.off_by_configuration ? "The configuration has it off" : undefined}
            onClick={() => {
              if (rule.enabled) setAsked(true);
              else send(null).catch((error: Error) => announce(`Not done: ${error.message}`));
            }}
          >
            {rule.enabled ? "Switch off" : "Switch on"}
          </Button>
        ) : null}
      </div>
      {rule ? <Head rule={rule} /> : <h1 className="visually-hidden">Rule {id}</h1>}
      <div className={styles.columns}>
        <Panel title="What it looks for" query={query} height={140}>
          {(detail) => <Looks detail={detail} />}
        </Panel>
        <Found id={id} />
        <Panel title="Known to look the same" query={query} height={80}>
          {({ rule: { false_positives, references } }) => (
            <div className={styles.body}>
              {false_positives.length === 0 ? <p className={table.quiet}>Nothing harmless is known to.</p> : null}
              <ul>
                {false_positives.map((text) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
              {references.length > 0 ? (
                <>
                  <h3>Where the facts come from</h3>
                  <ul>
                    {references.map((text) => (
                      <li key={text}>
                        {/^https?:/.test(text) ? (
                          <a href={text} target="_blank" rel="noreferrer">
                            {text}
                          </a>
                        ) : (
                          text
                        )}
                      </li>
                    ))}
                  </ul>
                </>
              ) : null}
            </div>
          )}
        </Panel>
        <Panel title="Switched" note="newest first" query={query} height={80}>
          {({ switches }) =>
            switches.length === 0 ? (
              <p className={table.none}>Nobody has switched it.</p>
            ) : (
              <ul className={styles.switches}>
                {switches.map(({ at, enabled, who, reason }) => (
                  <li key={at}>
                    <time dateTime={at}>{formatTime(Date.parse(at), scope.tz)}</time>
                    <span>
                      {enabled ? "on" : "off"} by {who}
                      {reason ? `: ${reason}` : ""}
                    </span>
                  </li>
                ))}
              </ul>
            )
          }
        </Panel>
      </div>
      {rule && rule.kind !== "unusable" ? <Backtest what={{ rule: id }} /> : null}
      <Exceptions rule={id} />
      {rule?.source ? (
        <Panel
          title="As it is written"
          note={`${rule.origin.file}, line ${rule.origin.line}`}
          query={query}
          height={120}
        >
          {(detail) => (
            <>
              {detail.rule.problems.length > 0 ? <Problems problems={detail.rule.problems} /> : null}
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
              <pre className={styles.source} tabIndex={0} role="region" aria-label="Source">
                {detail.rule.source}
              </pre>
            </>
          )}
        </Panel>
      ) : null}
      {asked && rule ? <SwitchDialog title={rule.title} onSend={send} onClose={() => setAsked(false)} /> : null}
    </div>
  );
}

function Head({ rule }: { rule: Rule }) {
  const scope = useScope();
  const state = STATE_WORDS[rule.state];
  const right = precision(rule.alerts.month);
  return (
    <section className={styles.head} aria-label="Rule">
      <h1>
        {rule.title} <small>{KINDS[rule.kind]}</small>
      </h1>
      <p className={styles.lead}>{rule.description}</p>
      {rule.cannot ? <p className={styles.cannot}>{rule.cannot}</p> : null}
      <dl className={styles.facts}>
        <Fact label="Severity">
          <Severity level={rule.level} />
        </Fact>
        <Fact label="State">
          <span title={state.says}>
            {state.label}
            {rule.off_by_configuration ? ", by the configuration" : ""}
          </span>
        </Fact>
        <Fact label="Proven">
          {rule.status}
          {rule.tested ? ", tested" : ""}
        </Fact>
        <Fact label="Alerts, 24 h / 7 d / 30 d">
          {formatCount(rule.alerts.day.alerts)} / {formatCount(rule.alerts.week.alerts)} /{" "}
          {formatCount(rule.alerts.month.alerts)}
        </Fact>
        <Fact label="Right, of those with a verdict">{right === null ? "not known yet" : formatShare(right)}</Fact>
        {rule.cost ? (
          <Fact label="Costs">
            {formatCount(Math.round(rule.cost.ns_per_record * 10) / 10)} ns a record,{" "}
            {formatBytes(rule.cost.memory_bytes)}
          </Fact>
        ) : null}
        {rule.cost && rule.cost.late + rule.cost.undecided + rule.cost.evicted > 0 ? (
          <Fact label="Left open">
            {formatCount(rule.cost.late)} too late, {formatCount(rule.cost.undecided)} by sampling,{" "}
            {formatCount(rule.cost.evicted)} for want of memory
          </Fact>
        ) : null}
        {rule.techniques.length > 0 ? (
          <Fact label="Techniques">
            <span className={styles.links}>
              {rule.techniques.map(({ id, name, tactics }) => (
                <Link
                  key={id}
                  to="/attack"
                  search={writeScope({ ...scope, selected: `${tactics[0]?.tag ?? ""} ${id}` })}
                  title={name ?? undefined}
                >
                  {id} {name ?? ""}
                </Link>
              ))}
            </span>
          </Fact>
        ) : null}
        <Fact label="Id">
          <code>{rule.id}</code>
        </Fact>
      </dl>
    </section>
  );
}

function Looks({ detail: { rule, explanation, used_by } }: { detail: RuleDetail }) {
  const scope = useScope();
  const { data } = useRules();
  const titleOf = (id: string) => data?.rules.find((one) => one.id === id)?.title ?? id;
  return (
    <div className={styles.body}>
      {explanation ? (
        <Explanation part={explanation} />
      ) : (
        <p className={table.quiet}>
          {rule.kind === "behaviour"
            ? "It is a part of the program: the manual's page on analytics says how it decides."
            : "Its document cannot be used; see below what is wrong with it."}
        </p>
      )}
      {rule.needs.length > 0 ? (
        <p className={styles.needs}>
          Needs{" "}
          {rule.needs.map(({ field, seen }, index) => (
            <span key={field}>
              {index > 0 ? ", " : ""}
              <code>{field}</code>
              {seen ? "" : ` (no flow has had ${fieldLabel(field)} yet)`}
            </span>
          ))}
          .
        </p>
      ) : null}
      {used_by.length > 0 ? (
        <>
          <h3>Part of</h3>
          <span className={styles.links}>
            {used_by.map((id) => (
              <Link key={id} to="/rules/$id" params={{ id }} search={writeScope(scope)}>
                {titleOf(id)}
              </Link>
            ))}
          </span>
        </>
      ) : null}
    </div>
  );
}

/** The newest alerts of a rule, whatever was decided about them. */
function Found({ id }: { id: string }) {
  const scope = useScope();
  const query = useAlerts({ rule: id, state: "all", limit: 8, order: "last_seen" });
  return (
    <Panel title="What it found" note={`the latest, ${zoneName(scope.tz)}`} query={query} height={140}>
      {({ alerts }) =>
        alerts.length === 0 ? (
          <p className={table.none}>Nothing yet.</p>
        ) : (
          <ul className={styles.found}>
            {alerts.map((alert) => (
              <li key={alert.id}>
                <Link
                  to="/alerts/$id"
                  params={{ id: String(alert.id) }}
                  search={writeScope({ ...scope, selected: "" })}
                >
                  {alert.entity.map(({ value }) => String(value)).join(" → ") || alert.title}
                </Link>
                <span className={table.quiet}>
                  {formatTime(Date.parse(alert.last_seen), scope.tz)}, {formatCount(alert.flows)}{" "}
                  {alert.flows === 1 ? "flow" : "flows"}, {alert.state}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Panel>
  );
}
