/** One exporter in full: what it sends, what is missing, what could not be read, and what to do about it. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ExporterStatus } from "../../../api/client";
import { useTimeseries } from "../../../api/queries";
import { Button } from "../../../components/Button/Button";
import { ExporterState } from "../../../components/ExporterState/ExporterState";
import { lossOf, STATES, samplingText, skewText, stateOf } from "../../../components/ExporterState/state";
import { Fact } from "../../../components/Fact";
import { Icon } from "../../../components/Icon/Icon";
import { Sparkline } from "../../../components/Sparkline";
import { exportProtocolLabel } from "../../../lib/fields";
import { addTerm, equals, joinTerms } from "../../../lib/filter";
import { writeScope } from "../../../lib/scope";
import { bucketLength } from "../../../lib/series";
import { formatAge, formatTime, rangeLabel } from "../../../lib/time";
import { formatBytes, formatCount, formatShare, formatValue } from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import { advice } from "./advice";
import styles from "./Exporters.module.css";
import { Templates } from "./Templates";

export function Detail({
  exporter,
  known,
  now,
}: {
  exporter: ExporterStatus | undefined;
  known: boolean;
  now: number;
}) {
  const setScope = useSetScope();
  const close = () => setScope({ selected: "" }, { replace: true });
  return (
    <aside className={styles.detail} aria-label="Exporter">
      <header className={styles.detailHead}>
        <h2>{exporter ? <span className="mono">{exporter.exporter}</span> : "Exporter"}</h2>
        <Button look="plain" icon="close" aria-label="Close" onClick={close} />
      </header>
      {exporter ? (
        <Facts exporter={exporter} now={now} />
      ) : known ? (
        <p className={styles.none}>This exporter has not been heard since Weir was started.</p>
      ) : null}
    </aside>
  );
}

function Facts({ exporter, now }: { exporter: ExporterStatus; now: number }) {
  const scope = useScope();
  const { tz } = scope;
  const state = stateOf(exporter, now);
  const { gaps } = exporter;
  const rejected = Object.entries(exporter.rejected);
  const doubts = Object.entries(exporter.doubts);
  const hints = advice(exporter, now);
  const time = (text: string) => formatTime(Date.parse(text), tz);
  return (
    <>
      <p className={styles.lead}>
        <ExporterState name={state} />: {STATES[state].says}
      </p>
      <Course exporter={exporter} />
      {hints.length > 0 ? (
        <Section title="Worth a look">
          <ul className={styles.hints}>
            {hints.map((hint) => (
              <li key={hint}>{hint}</li>
            ))}
          </ul>
        </Section>
      ) : null}
      <Section title="Who">
        <dl>
          <Fact label="Protocol">{exportProtocolLabel(exporter.protocol)}</Fact>
          <Fact label="Domain">{exporter.domain}</Fact>
          <Fact label="Comes by">
            {exporter.transport.toUpperCase()}
            {exporter.port > 0 ? `, from port ${exporter.port}` : ""}
          </Fact>
          <Fact label="First seen">{time(exporter.first_seen)}</Fact>
          <Fact label="Last seen">
            {time(exporter.last_seen)}, {formatAge(now - Date.parse(exporter.last_seen))}
          </Fact>
        </dl>
      </Section>
      <Section title="Sent">
        <dl>
          <Fact label="Now">
            {formatValue(exporter.records_per_second, "records/s")},{" "}
            {formatValue(exporter.bytes_per_second * 8, "bit/s")}
          </Fact>
          <Fact label="Datagrams">
            {formatCount(exporter.datagrams)}, {formatBytes(exporter.bytes)}
          </Fact>
          <Fact label="Records">{formatCount(exporter.records)}</Fact>
          <Fact label="Rows made of them">{formatCount(exporter.rows)}</Fact>
          <Fact label="Events among them">{formatCount(exporter.events)}</Fact>
          <Fact label="Options records">{formatCount(exporter.options_records)}</Fact>
          <Fact label="Counters">{formatCount(exporter.counter_rows)}</Fact>
        </dl>
      </Section>
      <Section title="Missing">
        <dl>
          <Fact label="By sequence numbers">
            {gaps.count === 0
              ? "nothing"
              : `${formatCount(gaps.count)} ${gaps.unit}, about ${formatCount(gaps.estimated_records)} records (${formatShare(lossOf(exporter))})`}
          </Fact>
          <Fact label="Out of order">{formatCount(gaps.reordered)}</Fact>
          <Fact label="Sent twice">{formatCount(gaps.duplicates)}</Fact>
          <Fact label="Counted anew">{formatCount(gaps.restarts)} times</Fact>
        </dl>
      </Section>
      <Section title="Scale and clock">
        <dl>
          <Fact label="Sampling">
            {samplingText(exporter.sampling)}
            {exporter.sampling !== null && exporter.sampling_origin ? `, by ${exporter.sampling_origin}` : ""}
          </Fact>
          <Fact label="Its clock">
            {exporter.clock_skew_ms === null ? "not told" : skewText(exporter.clock_skew_ms)}
          </Fact>
          <Fact label="Delay">
            {exporter.delay_ms === null
              ? "not known"
              : `${formatValue(exporter.delay_ms / 1000, "s")} after the end of a flow`}
          </Fact>
          <Fact label="Times not believed">{formatCount(exporter.clock_off)} sets</Fact>
        </dl>
      </Section>
      <Section title="Templates">
        <dl>
          <Fact label="Known">{exporter.templates === 0 ? "none" : formatCount(exporter.templates)}</Fact>
          <Fact label="Last changed">{exporter.templates_changed ? time(exporter.templates_changed) : "–"}</Fact>
          <Fact label="Waiting for one">
            {exporter.held_sets === 0
              ? "nothing"
              : `${formatCount(exporter.held_sets)} sets, ${formatBytes(exporter.held_bytes)}`}
          </Fact>
        </dl>
        {exporter.templates > 0 ? <Templates exporter={exporter} /> : null}
      </Section>
      <Section title="Could not be read">
        {rejected.length === 0 && doubts.length === 0 ? <p className={styles.quiet}>Nothing.</p> : null}
        <dl>
          {rejected.map(([reason, count]) => (
            <Fact key={reason} label={reason}>
              {formatCount(count)}
            </Fact>
          ))}
          {doubts.map(([reason, count]) => (
            <Fact key={reason} label={`odd: ${reason}`}>
              {formatCount(count)}
            </Fact>
          ))}
        </dl>
        {exporter.last_error ? (
          <div className={styles.error}>
            <p>
              Last: {exporter.last_error.reason}, {time(exporter.last_error.at)}
            </p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the bytes may scroll sideways */}
            <pre tabIndex={0}>{exporter.last_error.bytes.replace(/(..)(?!$)/g, "$1 ")}</pre>
          </div>
        ) : null}
      </Section>
    </>
  );
}

/** Its records over the screen's range and filter, and the way to them. */
function Course({ exporter }: { exporter: ExporterStatus }) {
  const scope = useScope();
  const question = useQuestion();
  const { instants } = useRange();
  const terms = [
    equals("exporter", exporter.exporter),
    equals("domain_id", exporter.domain),
    equals("flow_protocol", exporter.protocol),
  ];
  const { data } = useTimeseries({
    ...question,
    filter: joinTerms([question.filter ?? "", ...terms].filter((term) => term !== "")),
    measures: ["rows"],
    every: bucketLength(instants, 60).every,
  });
  const search = writeScope({
    ...scope,
    selected: "",
    find: "",
    sort: "",
    filter: terms.reduce(addTerm, scope.filter),
  });
  const total = data?.series[0]?.totals[0] ?? 0;
  return (
    <div className={styles.course}>
      <Sparkline className={styles.spark} values={data?.series[0]?.values[0] ?? []} />
      <p>
        <Link to="/flows" search={search}>
          <Icon name="flows" size={14} /> {data ? `${formatCount(total)} records` : "Records"}
        </Link>{" "}
        <span className={styles.quiet}>{rangeLabel(scope, instants, scope.tz)}</span>
      </p>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.facts} aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
