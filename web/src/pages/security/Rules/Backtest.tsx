/** What a rule would have noticed in the flows that are stored: when, about whom, and how that agrees with verdicts. */

import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type HuntBody, type HuntResult, startHunt, stopHunt } from "../../../api/client";
import { useHunt } from "../../../api/queries";
import { Button } from "../../../components/Button/Button";
import { Failure } from "../../../components/Panel/Panel";
import panel from "../../../components/Panel/Panel.module.css";
import { usePivot } from "../../../components/Pivot/PivotProvider";
import { Severity } from "../../../components/Severity/Severity";
import table from "../../../components/Table/Table.module.css";
import { TimeChart } from "../../../components/TimeChart/TimeChart";
import { coverage } from "../../../lib/coverage";
import { displayValue } from "../../../lib/fields";
import { writeScope } from "../../../lib/scope";
import { bucketInstants, type ChartData } from "../../../lib/series";
import { formatSpan, formatTime, frozen, type Instants, isoTime } from "../../../lib/time";
import { formatCount, formatDuration, formatShare, formatTick } from "../../../lib/units";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import { evidenceRange } from "../Alerts/wording";
import styles from "./Rules.module.css";

/** The most alerts that are listed; the answer may have more. */
const SHOWN = 50;

/** `what`: the rule's id, or text that is being written. Another text makes the answer one of the past. */
export function Backtest({ what, disabled = false }: { what: Pick<HuntBody, "rule" | "text">; disabled?: boolean }) {
  const { instants } = useRange();
  const [job, setJob] = useState<{ id: string; of: string; range: Instants } | null>(null);
  const [refused, setRefused] = useState<Error | null>(null);
  const query = useHunt(job?.id ?? null);
  const hunt = query.data;
  const running = job !== null && (hunt === undefined || hunt.state === "running");
  const begin = async () => {
    setRefused(null);
    try {
      const range = { from: isoTime(instants.from), to: isoTime(instants.to) };
      const { id } = await startHunt({ ...what, ...range, sweep: true });
      setJob({ id, of: JSON.stringify(what), range: instants });
    } catch (error) {
      setRefused(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const id = job?.id;
  useEffect(() => {
    // A page that is left does not go on asking for work.
    if (id === undefined || !running) return;
    return () => void stopHunt(id).catch(() => {});
  }, [id, running]);
  const share = hunt && hunt.rows > 0 ? hunt.rows_done / hunt.rows : 0;
  return (
    <section className={panel.panel} aria-labelledby="backtest-title" aria-busy={running}>
      <header className={panel.header}>
        <h2 id="backtest-title" className={panel.title}>
          Back-test
        </h2>
        <span className={panel.note}>
          what it would have noticed in the range of the screen, whatever the filter
          {job && job.of !== JSON.stringify(what) ? " · of the text as it was before" : ""}
        </span>
        <span className={panel.space} />
        {running && id !== undefined ? <Button onClick={() => void stopHunt(id)}>Stop</Button> : null}
        <Button look="primary" disabled={running || disabled} onClick={() => void begin()}>
          {hunt ? "Run again" : "Run"}
        </Button>
      </header>
      {refused ? <Failure error={refused} onRetry={() => void begin()} /> : null}
      {query.isError ? <Failure error={query.error} onRetry={() => void begin()} /> : null}
      {running ? (
        <p className={styles.progress}>
          <progress value={share} max={1} aria-label="Rows looked at" />
          {hunt && hunt.rows > 0 ? `${formatCount(hunt.rows_done)} of ${formatCount(hunt.rows)} rows` : "beginning"}
        </p>
      ) : null}
      {hunt?.state === "failed" ? (
        <p className={styles.progress} role="alert">
          It came to nothing: {hunt.error?.message ?? "no reason was given"}
        </p>
      ) : null}
      {hunt?.result && job ? <Result result={hunt.result} range={job.range} /> : null}
    </section>
  );
}

function dataOf({ buckets, window_count }: HuntResult, range: Instants): ChartData {
  const count = buckets.windows.length;
  return {
    start: Date.parse(buckets.from),
    step: buckets.step_seconds * 1000,
    count,
    series: [
      {
        id: "all",
        label: "Windows",
        value: null,
        key: [],
        kind: "all",
        slot: null,
        values: buckets.windows,
        total: window_count,
        overall: window_count,
      },
    ],
    instants: range,
    covered: coverage(range, null, null),
    completeFrom: 0,
    incompleteFrom: count,
    dataFrom: null,
  };
}

function Result({ result, range }: { result: HuntResult; range: Instants }) {
  const scope = useScope();
  const setScope = useSetScope();
  const pivot = usePivot();
  const data = dataOf(result, range);
  const { verdicts } = result;
  const known = [
    ["True positives", verdicts.true_positive],
    ["Benign", verdicts.benign],
    ["False positives", verdicts.false_positive],
    ["Without a verdict", verdicts.undecided],
    ["True positives of other rules", verdicts.other_rules],
  ] as const;
  return (
    <div className={styles.body}>
      <p>
        <strong>
          {formatCount(result.alert_count)} {result.alert_count === 1 ? "alert" : "alerts"}
        </strong>{" "}
        in {formatCount(result.window_count)} {result.window_count === 1 ? "window" : "windows"}. It matches{" "}
        {formatCount(result.rows_matched)} of {formatCount(result.rows)} rows; {formatCount(result.elapsed_ms)} ms.
        {verdicts.precision === null ? "" : ` Right in ${formatShare(verdicts.precision)} of those with a verdict.`}
      </p>
      {result.warnings.map((warning) => (
        <p key={warning} className={styles.needs}>
          {warning}
        </p>
      ))}
      {result.window_count > 0 && data.count > 0 ? (
        <TimeChart
          data={data}
          kind="stack"
          zone={scope.tz}
          height={140}
          label="Windows in which it would have been seen, over time"
          format={(value) => formatCount(value)}
          tick={(value) => (Number.isInteger(value) ? formatTick(value, "") : "")}
          onBrush={(brushed) => setScope(frozen(brushed))}
          onMark={(mark) => {
            const span = bucketInstants(data, mark.bucket);
            pivot.open({ pairs: [], label: formatSpan(span, scope.tz), instants: span }, mark);
          }}
        />
      ) : null}
      <div className={styles.results}>
        {known.some(([, { alerts }]) => alerts > 0) ? (
          <table className={table.table}>
            <caption>Beside the alerts that there were</caption>
            <thead>
              <tr>
                <th scope="col">Verdict</th>
                <th scope="col" className={table.right}>
                  Alerts
                </th>
                <th scope="col" className={table.right}>
                  Found
                </th>
              </tr>
            </thead>
            <tbody>
              {known.map(([label, { alerts, found }]) => (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  <td className={table.right}>{formatCount(alerts)}</td>
                  <td className={table.right}>{formatCount(found)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
        {result.sweep.length > 0 ? (
          <table className={table.table}>
            <caption>With other thresholds</caption>
            <thead>
              <tr>
                <th scope="col">Threshold</th>
                <th scope="col" className={table.right}>
                  Alerts
                </th>
                <th scope="col" className={table.right}>
                  Windows
                </th>
              </tr>
            </thead>
            <tbody>
              {result.sweep.map(({ threshold, alerts, windows, current }) => (
                <tr key={threshold} className={current ? table.selected : undefined}>
                  <th scope="row">
                    {formatCount(threshold)}
                    {current ? " (in force)" : ""}
                  </th>
                  <td className={table.right}>{formatCount(alerts)}</td>
                  <td className={table.right}>{formatCount(windows)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
      </div>
      {result.alerts.length > 0 ? <Matches result={result} /> : null}
    </div>
  );
}

/** Whom it would have been about, with the way to the flows. */
function Matches({ result }: { result: HuntResult }) {
  const scope = useScope();
  const time = (text: string) => formatTime(Date.parse(text), scope.tz);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div className={table.scroll} tabIndex={0} role="region" aria-label="What would have been noticed">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Entity</th>
            <th scope="col">Severity</th>
            <th scope="col">First</th>
            <th scope="col">For</th>
            <th scope="col" className={table.right}>
              Highest
            </th>
            <th scope="col" className={table.right}>
              Flows
            </th>
            <th scope="col">Alert</th>
          </tr>
        </thead>
        <tbody>
          {result.alerts.slice(0, SHOWN).map((alert) => {
            const entity = alert.entity.map(({ field, value }) => displayValue(field, value)).join(" → ");
            const search = writeScope({
              ...scope,
              ...evidenceRange(alert.evidence),
              filter: alert.evidence.filter,
              asOf: "",
              refresh: "off",
              selected: "",
              find: "",
              sort: "",
            });
            return (
              <tr key={entity}>
                <th scope="row" title={alert.sentence} className="mono">
                  {entity}
                </th>
                <td>
                  <Severity level={alert.level} />
                </td>
                <td>{time(alert.first_seen)}</td>
                <td>{formatDuration((Date.parse(alert.last_seen) - Date.parse(alert.first_seen)) * 1e6)}</td>
                <td className={table.right}>{formatCount(alert.value)}</td>
                <td className={table.right}>
                  <Link to="/flows" search={search} aria-label={`${formatCount(alert.flows)} flows of ${entity}`}>
                    {formatCount(alert.flows)}
                  </Link>
                </td>
                <td>
                  {alert.alert === null ? (
                    "new"
                  ) : (
                    <Link to="/alerts/$id" params={{ id: String(alert.alert) }} search={writeScope(scope)}>
                      {alert.verdict?.replaceAll("_", " ") ?? "there is one"}
                    </Link>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {result.alert_count > SHOWN ? (
        <p className={styles.needs}>
          The first {SHOWN} of {formatCount(result.alert_count)}.
        </p>
      ) : null}
    </div>
  );
}
