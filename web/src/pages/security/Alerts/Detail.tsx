/** One alert: why it fired, by which numbers, the flows behind it, what is related, and what was done about it. */

import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useRef } from "react";
import type { Alert } from "../../../api/client";
import { useAlert, useAlertHistory } from "../../../api/queries";
import { Fact } from "../../../components/Fact";
import { Icon } from "../../../components/Icon/Icon";
import { Panel } from "../../../components/Panel/Panel";
import { Severity } from "../../../components/Severity/Severity";
import { Sparkline } from "../../../components/Sparkline";
import table from "../../../components/Table/Table.module.css";
import { writeScope } from "../../../lib/scope";
import { durationText, formatTime, type Precision } from "../../../lib/time";
import { formatCount } from "../../../lib/units";
import { zoneName } from "../../../lib/zone";
import { useScope } from "../../../state/scope";
import { ActButtons, Entity } from "./Alerts";
import styles from "./Alerts.module.css";
import { actOfKey, useActions, useKeys } from "./useActions";
import { evidenceRange, happened, noteText, stateText } from "./wording";

export function Detail() {
  const { id } = useParams({ strict: false }) as { id: string };
  const scope = useScope();
  const navigate = useNavigate();
  const query = useAlert(id);
  const alert = query.data?.alert;
  const actions = useActions();
  const evidence = useRef<HTMLAnchorElement>(null);
  useKeys((key) => {
    const act = actOfKey(key);
    if (key === "Escape") void navigate({ to: "/alerts", search: writeScope(scope) });
    else if (key === "z") actions.undo();
    else if (!alert) return false;
    else if (key === "e") evidence.current?.click();
    else if (act) actions.act(act, alert);
    else return false;
    return true;
  });
  return (
    <div className={styles.page}>
      <title>{`${alert?.title ?? "Alert"} · Weir`}</title>
      <div className={styles.bar}>
        <Link to="/alerts" search={writeScope(scope)} className={styles.back}>
          <Icon name="left" size={14} /> Alerts
        </Link>
        <span className={styles.space} />
        {actions.undoButton}
        {alert ? <ActButtons alert={alert} onAct={actions.act} /> : null}
      </div>
      {alert ? <Head alert={alert} /> : <h1 className="visually-hidden">Alert {id}</h1>}
      <div className={styles.columns}>
        <Panel title="Why it fired" query={query} height={160}>
          {(answer) => <Why alert={answer.alert} />}
        </Panel>
        <Panel title="Flows behind it" query={query} height={160}>
          {(answer) => <Evidence alert={answer.alert} link={evidence} />}
        </Panel>
        <Panel title="Related" note="shares an address, began within a day" query={query} height={80}>
          {(answer) => <Related alerts={answer.related} />}
        </Panel>
        <History id={id} />
      </div>
      {actions.dialog}
    </div>
  );
}

function Head({ alert }: { alert: Alert }) {
  const scope = useScope();
  const { tz } = scope;
  const time = (text: string) => formatTime(Date.parse(text), tz);
  return (
    <section className={styles.head} aria-label="Alert">
      <h1>
        {alert.title} <Entity alert={alert} />
      </h1>
      <p className={styles.lead}>{alert.sentence}</p>
      <dl className={styles.facts}>
        <Fact label="Severity">
          <Severity level={alert.level} />
        </Fact>
        <Fact label="State">
          {stateText(alert)}
          {alert.reason ? ` – ${alert.reason}` : ""}
        </Fact>
        <Fact label="Risk">{alert.risk} of 100</Fact>
        <Fact label="Confidence">{alert.confidence} of 100</Fact>
        <Fact label={`First seen (${zoneName(tz)})`}>{time(alert.first_seen)}</Fact>
        <Fact label={`Last seen (${zoneName(tz)})`}>{time(alert.last_seen)}</Fact>
        <Fact label="Technique">{alert.techniques.join(", ") || "–"}</Fact>
        <Fact label="Rule">
          <Link
            to="/rules/$id"
            params={{ id: alert.rule }}
            search={writeScope({ ...scope, selected: "", find: "", sort: "" })}
          >
            {alert.rule}
          </Link>
        </Fact>
        {alert.network === null ? null : <Fact label="Network">{alert.network}</Fact>}
        {alert.assignee === null ? null : <Fact label="Owner">{alert.assignee}</Fact>}
        {alert.episode > 1 ? <Fact label="Episode">{alert.episode}</Fact> : null}
        {alert.reopened > 0 ? <Fact label="Came back">{formatCount(alert.reopened)} times</Fact> : null}
      </dl>
    </section>
  );
}

function Why({ alert }: { alert: Alert }) {
  const { quality } = alert;
  const about = alert.exact ? "" : "about ";
  return (
    <div className={styles.body}>
      <dl className={styles.numbers}>
        <Fact label="Measured">{alert.measure}</Fact>
        <Fact label="Now">
          {about}
          {formatCount(alert.value)}
          {quality.interval?.length === 2
            ? ` (95 %: ${quality.interval.map((end) => formatCount(end)).join(" to ")})`
            : ""}
        </Fact>
        <Fact label="Highest">
          {about}
          {formatCount(alert.peak)}
        </Fact>
        <Fact label="Threshold">{formatCount(alert.threshold)}</Fact>
        <Fact label="Usual">{alert.usual === null ? "not known" : formatCount(alert.usual)}</Fact>
        {quality.sampling !== null && quality.sampling > 1 ? (
          <Fact label="Sampling">1 in {formatCount(quality.sampling)}</Fact>
        ) : null}
      </dl>
      {alert.contributions.length > 0 ? (
        <table className={styles.parts}>
          <caption>What the risk of {alert.risk} is made of</caption>
          <tbody>
            {alert.contributions.map(({ name, seen, points }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{seen}</td>
                <td className={table.right}>
                  {points < 0 ? "−" : "+"}
                  {formatCount(Math.abs(points))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {quality.notes.map((note) => (
        <p key={note} className={table.quiet}>
          {note}
        </p>
      ))}
    </div>
  );
}

function Evidence({ alert, link }: { alert: Alert; link: React.RefObject<HTMLAnchorElement | null> }) {
  const scope = useScope();
  const { spark, evidence } = alert;
  const range = evidenceRange(evidence);
  // Of the screen only how things are shown is kept: filter and range are those of the alert.
  const search = writeScope({
    ...scope,
    ...range,
    filter: evidence.filter,
    asOf: "",
    refresh: "off",
    selected: "",
    find: "",
    sort: "",
    tab: "triage",
  });
  const time = (text: string, precision?: Precision) => formatTime(Date.parse(text), scope.tz, precision);
  return (
    <div className={styles.body}>
      <p>
        <Link ref={link} to="/flows" search={search} className={styles.flows}>
          <Icon name="flows" size={14} /> Show the flows
        </Link>{" "}
        <span className={table.quiet}>
          {time(range.from, "millisecond")} to {time(range.to, "millisecond")} {zoneName(scope.tz)}
        </span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long filter may scroll */}
      <pre className={styles.filter} tabIndex={0} role="region" aria-label="Filter of the flows">
        {evidence.filter}
      </pre>
      <Sparkline className={styles.course} values={spark.flows} />
      <p className={table.quiet}>
        {formatCount(alert.flows)} {alert.flows === 1 ? "flow" : "flows"} in {formatCount(alert.windows)}{" "}
        {alert.windows === 1 ? "window" : "windows"}
        {spark.from === null
          ? ""
          : `; the course begins ${time(spark.from)}, in parts of ${durationText(spark.step_seconds * 1000)}`}
      </p>
    </div>
  );
}

function Related({ alerts }: { alerts: NonNullable<ReturnType<typeof useAlert>["data"]>["related"] }) {
  const scope = useScope();
  if (alerts.length === 0) return <p className={table.none}>No other alert has to do with its addresses.</p>;
  return (
    <ul className={styles.related}>
      {alerts.map((one) => (
        <li key={one.id}>
          <Severity level={one.level} />
          <Link to="/alerts/$id" params={{ id: String(one.id) }} search={writeScope(scope)}>
            {one.title}
          </Link>
          <span className={table.quiet}>
            {formatTime(Date.parse(one.first_seen), scope.tz)} to {formatTime(Date.parse(one.last_seen), scope.tz)}
            {one.closed ? ", closed" : ""}
          </span>
        </li>
      ))}
    </ul>
  );
}

function History({ id }: { id: string }) {
  const { tz } = useScope();
  const query = useAlertHistory(id);
  return (
    <Panel title="History and notes" note="newest first; nothing is taken out of it" query={query} height={80}>
      {({ entries }) => (
        <ol className={styles.history}>
          {[...entries].reverse().map((entry, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries are only added, so a number from the start is stable
            <li key={entries.length - index} className={entry.undone ? styles.undone : undefined}>
              <time dateTime={entry.at}>{formatTime(Date.parse(entry.at), tz)}</time>
              <span className={styles.who}>{entry.who ?? "Weir"}</span>
              <span className={noteText(entry) === null ? undefined : styles.note}>
                {happened(entry)}
                {entry.undone ? <span className={table.quiet}> (taken back)</span> : null}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
