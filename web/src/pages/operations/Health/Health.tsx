/** Does Weir take, decode and keep all that comes, and how long will the disk last? */

import { useRef } from "react";
import type { Accounting, Health as HealthAnswer } from "../../../api/client";
import { useAccounting, useHealth } from "../../../api/queries";
import { Fact } from "../../../components/Fact";
import { Panel } from "../../../components/Panel/Panel";
import table from "../../../components/Table/Table.module.css";
import { exportProtocolLabel } from "../../../lib/fields";
import { formatAge, formatTime } from "../../../lib/time";
import { formatBytes, formatCount, formatValue } from "../../../lib/units";
import { zoneName } from "../../../lib/zone";
import { useScope } from "../../../state/scope";
import styles from "./Health.module.css";
import { type Ledger, ledgersOf, ratesBetween, retention, type Sample } from "./ledgers";

export function Health() {
  const health = useHealth();
  const accounting = useAccounting();
  return (
    <div className={styles.page}>
      <title>Health · Weir</title>
      <h1 className="visually-hidden">Health</h1>
      <Panel title="Flow of records" note="since Weir was started" query={accounting} isEmpty={() => false} height={84}>
        {(answer) => <Stages accounting={answer} at={accounting.dataUpdatedAt} />}
      </Panel>
      <Panel
        title="Ledgers"
        note="what came is what was kept, and what was not, with its reason"
        query={accounting}
        isEmpty={() => false}
        height={120}
      >
        {(answer) => (
          <div className={styles.ledgers}>
            {ledgersOf(answer).map((ledger) => (
              <LedgerTable key={ledger.name} ledger={ledger} />
            ))}
          </div>
        )}
      </Panel>
      <Panel title="Listening sockets" query={health} isEmpty={() => false} height={60}>
        {(answer) => <Listeners health={answer} />}
      </Panel>
      <Panel title="Store" query={health} isEmpty={() => false} height={140}>
        {(answer) => <Store health={answer} />}
      </Panel>
      <Panel title="This Weir" query={health} isEmpty={() => false} height={100}>
        {(answer) => <About health={answer} />}
      </Panel>
    </div>
  );
}

/** Where records are on their way, and how many a second have passed each place between the last two answers. */
function Stages({ accounting, at }: { accounting: Accounting; at: number }) {
  const samples = useRef<Sample[]>([]);
  const last = samples.current.at(-1);
  if (last?.at !== at) samples.current = [...samples.current.slice(-1), { at, accounting }];
  const rates = ratesBetween(samples.current[0], samples.current[1]);
  const { datagrams, records, rows } = accounting;
  const stages = [
    { name: "received", count: datagrams.received, unit: "datagrams", rate: rates?.received },
    { name: "decoded", count: records.decoded, unit: "records", rate: rates?.decoded },
    { name: "on the way", count: records.waiting, unit: "records not yet synced", rate: undefined },
    { name: "journalled", count: records.stored, unit: "records", rate: rates?.stored },
    { name: "kept", count: rows.stored, unit: "rows", rate: rates?.rows },
  ];
  return (
    <ol className={styles.stages}>
      {stages.map(({ name, count, unit, rate }) => (
        <li key={name}>
          <span className={styles.stageName}>{name}</span>
          <span className={styles.stageCount}>{formatCount(count)}</span>
          <span className={styles.quiet}>
            {unit}
            {rate === undefined ? "" : `, ${formatValue(rate, "/s")}`}
          </span>
        </li>
      ))}
    </ol>
  );
}

function LedgerTable({ ledger }: { ledger: Ledger }) {
  return (
    <table className={styles.ledger}>
      <caption>
        {ledger.name}
        {ledger.balance === null ? null : ledger.balance === 0 ? (
          <span className={styles.good}>
            <span aria-hidden="true">●</span> adds up
          </span>
        ) : (
          <span className={styles.bad}>
            <span aria-hidden="true">◆</span> off by {formatCount(Math.abs(ledger.balance))}
          </span>
        )}
      </caption>
      <tbody>
        {ledger.lines.map(({ label, count, sign, bad }) => (
          <tr key={label} className={sign === "=" ? styles.total : undefined}>
            <td className={styles.sign}>{sign === "=" ? "" : sign}</td>
            <th scope="row">{label}</th>
            <td className={bad && count > 0 ? styles.bad : undefined}>{formatCount(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Listeners({ health }: { health: HealthAnswer }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div className={table.scroll} tabIndex={0} role="region" aria-label="Sockets">
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">Socket</th>
            <th scope="col">Takes</th>
            <th scope="col" className={table.right}>
              Datagrams
            </th>
            <th scope="col" className={table.right}>
              Dropped by the kernel
            </th>
            <th scope="col" className={table.right}>
              Receive buffer
            </th>
            <th scope="col" className={table.right}>
              Connections
            </th>
          </tr>
        </thead>
        <tbody>
          {health.listeners.map((listener) => {
            const short = listener.receive_buffer_bytes < listener.receive_buffer_wanted_bytes;
            return (
              <tr key={`${listener.transport} ${listener.address}`}>
                <th scope="row">
                  {listener.transport.toUpperCase()} <code>{listener.address}</code>
                </th>
                <td>{listener.protocols.map(exportProtocolLabel).join(", ")}</td>
                <td className={table.right}>{formatCount(listener.datagrams)}</td>
                <td className={`${table.right} ${listener.kernel_dropped > 0 ? styles.bad : ""}`}>
                  {formatCount(listener.kernel_dropped)}
                </td>
                <td
                  className={table.right}
                  title={short ? "The kernel grants less than was asked for: raise net.core.rmem_max" : undefined}
                >
                  {listener.receive_buffer_bytes > 0 ? formatBytes(listener.receive_buffer_bytes) : "–"}
                  {short ? (
                    <span className={styles.watch}> of {formatBytes(listener.receive_buffer_wanted_bytes)} wanted</span>
                  ) : null}
                </td>
                <td className={table.right}>
                  {listener.transport === "udp" ? "–" : formatCount(listener.connections)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Store({ health }: { health: HealthAnswer }) {
  const { tz } = useScope();
  const { store, counters, disk } = health;
  const time = (text: string | null) => (text === null ? "–" : formatTime(Date.parse(text), tz));
  const used = disk ? disk.total_bytes - disk.free_bytes : 0;
  const forecast = retention(health);
  return (
    <div className={styles.store}>
      <dl className={styles.facts}>
        <Fact label="Flows">
          {formatCount(store.rows + store.hot_rows)} rows, {formatBytes(store.bytes)} in {formatCount(store.segments)}{" "}
          segments{store.sorted_segments ? `, ${formatCount(store.sorted_segments)} of them put together` : ""}
        </Fact>
        {store.damaged?.map((file) => (
          <Fact key={file} label="Damaged, left out">
            <code className={styles.bad}>{file}</code>
          </Fact>
        ))}
        <Fact label="In memory and journal">{formatCount(store.hot_rows)} rows</Fact>
        <Fact label={`Oldest (${zoneName(tz)})`}>{time(store.oldest)}</Fact>
        <Fact label={`Newest (${zoneName(tz)})`}>{time(store.newest)}</Fact>
        <Fact label="Counters">
          {formatCount(counters.rows + counters.hot_rows)} rows, {formatBytes(counters.bytes)}
        </Fact>
      </dl>
      {disk ? (
        <dl className={styles.facts}>
          <Fact label="Data directory">
            <code>{disk.directory}</code>
          </Fact>
          <Fact label="Disk">
            {formatBytes(disk.free_bytes)} free of {formatBytes(disk.total_bytes)}
          </Fact>
          <div>
            <dt className="visually-hidden">Used</dt>
            <dd className={styles.meter}>
              <meter
                min={0}
                max={disk.total_bytes}
                value={used}
                high={disk.total_bytes - disk.min_free_bytes}
                aria-label={`${formatBytes(used)} of ${formatBytes(disk.total_bytes)} used`}
              />
            </dd>
          </div>
          <Fact label="The oldest goes when">
            less than {formatBytes(disk.min_free_bytes)} is free, or the store is above{" "}
            {formatBytes(disk.max_size_bytes)}
          </Fact>
          <Fact label="At this rate it holds">{forecast ?? "not to be told yet"}</Fact>
        </dl>
      ) : (
        <p className={styles.quiet}>The disk cannot be looked at.</p>
      )}
    </div>
  );
}

function About({ health }: { health: HealthAnswer }) {
  const { tz } = useScope();
  const started = Date.parse(health.started);
  return (
    <dl className={styles.facts}>
      <Fact label="State">
        {health.status}
        {health.trouble ? `: ${health.trouble}` : ""}
      </Fact>
      <Fact label="Version">{health.version}</Fact>
      <Fact label="Started">
        {formatTime(started, tz)} {zoneName(tz)}, {formatAge(Date.parse(health.now) - started)}
      </Fact>
      <Fact label="Its clock">
        {Math.abs(health.skew_ms) < 1000
          ? "in step with this browser's"
          : `${Math.round(Math.abs(health.skew_ms) / 1000)} s ${health.skew_ms > 0 ? "ahead of" : "behind"} this browser's`}
      </Fact>
      <Fact label="Metrics">
        <a href="/metrics">/metrics</a> for Prometheus, <a href="/api/v1/openapi.json">/api/v1/openapi.json</a> for the
        API
      </Fact>
    </dl>
  );
}
