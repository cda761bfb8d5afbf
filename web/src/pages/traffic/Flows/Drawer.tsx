/** One record in full: every field by group, each a handle, and the ways to what belongs to it. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { fetchFlows, type Row } from "../../../api/client";
import { announce } from "../../../components/Announcer/Announcer";
import { Button } from "../../../components/Button/Button";
import { Icon } from "../../../components/Icon/Icon";
import { Failure, Skeleton } from "../../../components/Panel/Panel";
import { PivotValue } from "../../../components/Pivot/PivotValue";
import {
  displayValue,
  explainValue,
  type FieldValue,
  fieldInfo,
  fieldLabel,
  GROUP_ORDER,
  groupLabel,
} from "../../../lib/fields";
import { equals, joinTerms } from "../../../lib/filter";
import { bothDirections, narrowingTerms, recordId, recordTime, timeOfId } from "../../../lib/record";
import { writeScope } from "../../../lib/scope";
import { formatTime, frozen, isoTime } from "../../../lib/time";
import { formatBytes, formatCount } from "../../../lib/units";
import { zoneName } from "../../../lib/zone";
import { useScope, useSetScope } from "../../../state/scope";
import styles from "./Drawer.module.css";

const NEIGHBOURS_MS = 60_000;

export function Drawer({ id, rows }: { id: string; rows: readonly Row[] }) {
  const scope = useScope();
  const setScope = useSetScope();
  const listed = rows.find((row) => recordId(row) === id);
  const at = timeOfId(id);
  const filter = listed ? joinTerms(narrowingTerms(listed)) : scope.filter;
  const body = { from: isoTime(at ?? 0), to: isoTime((at ?? 0) + 1), limit: 5000, ...(filter ? { filter } : {}) };
  const query = useQuery({
    queryKey: ["record", id, listed !== undefined],
    queryFn: async ({ signal }) => {
      const answer = await fetchFlows(body, signal);
      return answer.rows.find((row) => recordId(row) === id) ?? null;
    },
    enabled: at !== null,
  });
  // What the list already shows of the record stands in until all of it has come.
  const record = query.data ?? listed ?? null;
  const close = () => setScope({ selected: "" });
  return (
    <aside className={styles.drawer} aria-label="Record">
      <header className={styles.head}>
        <h2 className={styles.title}>{record ? <Summary record={record} /> : "Record"}</h2>
        <Button look="plain" icon="close" aria-label="Close" onClick={close} />
      </header>
      {record ? (
        <>
          <p className={styles.facts}>
            {typeof record.service === "string" ? `${record.service} · ` : ""}
            {typeof record.protocol === "number" ? `${displayValue("protocol", record.protocol)} · ` : ""}
            {typeof record.bytes === "number" ? `${formatBytes(record.bytes)} · ` : ""}
            {typeof record.packets === "number"
              ? `${formatCount(record.packets)} ${record.packets === 1 ? "packet" : "packets"}`
              : ""}
          </p>
          <Ways record={record} />
          <Fields record={record} zone={scope.tz} />
        </>
      ) : query.isError ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending && at !== null ? (
        <Skeleton height={300} />
      ) : (
        <div className={styles.gone}>
          <p>This record is not in the store any more, or not behind this filter.</p>
          <Button onClick={close}>Close</Button>
        </div>
      )}
    </aside>
  );
}

function Summary({ record }: { record: Row }) {
  const end = (side: "src" | "dst") => {
    const port = record[`${side}_port`];
    return `${displayValue(`${side}_ip`, record[`${side}_ip`] as FieldValue)}${typeof port === "number" ? `\u2009:\u2009${port}` : ""}`;
  };
  return (
    <>
      <span>{end("src")}</span>
      <Icon name="arrow" size={13} />
      <span>{end("dst")}</span>
    </>
  );
}

/** Links to what surrounds the record. They leave the drawer and show lists. */
function Ways({ record }: { record: Row }) {
  const scope = useScope();
  const time = recordTime(record);
  const around = frozen({ from: time - NEIGHBOURS_MS, to: time + NEIGHBOURS_MS });
  const both = bothDirections(record);
  const to = (patch: { filter: string; from?: string; to?: string }) =>
    writeScope({ ...scope, selected: "", asOf: patch.from ? "" : scope.asOf, ...patch });
  const host = (name: "src_ip" | "dst_ip") => {
    const value = record[name];
    return typeof value === "string" ? equals("ip", value) : null;
  };
  const [source, destination] = [host("src_ip"), host("dst_ip")];
  return (
    <nav className={styles.ways} aria-label="Related records">
      {both ? (
        <Link to="/flows" search={to({ filter: both })}>
          <Icon name="swap" size={14} /> Both directions
        </Link>
      ) : null}
      {source ? (
        <Link to="/flows" search={to({ filter: source, ...around })}>
          <Icon name="clock" size={14} /> Source ± 60 s
        </Link>
      ) : null}
      {destination ? (
        <Link to="/flows" search={to({ filter: destination, ...around })}>
          <Icon name="clock" size={14} /> Destination ± 60 s
        </Link>
      ) : null}
      <button
        type="button"
        onClick={() =>
          void navigator.clipboard?.writeText(JSON.stringify(record, null, 2)).then(() => announce("Record copied"))
        }
      >
        <Icon name="copy" size={14} /> Copy as JSON
      </button>
    </nav>
  );
}

function Fields({ record, zone }: { record: Row; zone: string }) {
  const known = Object.keys(record).filter(
    (name) => fieldInfo(name) && record[name] !== null && record[name] !== undefined && record[name] !== "",
  );
  return (
    <div className={styles.groups}>
      {GROUP_ORDER.map((group) => {
        const names = known.filter((name) => fieldInfo(name)?.group === group && fieldInfo(name)?.kind !== "map");
        const extra =
          group === "vendor" && typeof record.extra === "object" && record.extra !== null
            ? Object.entries(record.extra)
            : [];
        if (names.length === 0 && extra.length === 0) return null;
        return (
          <section key={group} aria-label={groupLabel(group)}>
            <h3 className={styles.group}>
              {groupLabel(group)}
              {group === "time" ? <span className={styles.zone}>{zoneName(zone)}</span> : null}
            </h3>
            <dl className={styles.fields}>
              {names.map((name) => (
                <div key={name}>
                  <dt title={`${name}: ${fieldInfo(name)?.doc ?? ""}`}>{fieldLabel(name)}</dt>
                  <dd>
                    <Value name={name} value={record[name]} zone={zone} />
                  </dd>
                </div>
              ))}
              {extra.map(([name, value]) => (
                <div key={name}>
                  <dt title="An element without a field of its own">{name}</dt>
                  <dd className={styles.mono}>{String(value)}</dd>
                </div>
              ))}
            </dl>
          </section>
        );
      })}
    </div>
  );
}

function Value({ name, value, zone }: { name: string; value: unknown; zone: string }) {
  const kind = fieldInfo(name)?.kind;
  if (kind === "time" && typeof value === "string") {
    return (
      <span className="number" title={value}>
        {formatTime(Date.parse(value), zone, "millisecond")}
      </span>
    );
  }
  if (typeof value !== "string" && typeof value !== "number")
    return <span>{displayValue(name, value as FieldValue)}</span>;
  const text = explainValue(name, value);
  return (
    <PivotValue target={{ pairs: [{ field: name, value }], label: text }} mono={kind === "ip" || kind === "mac"} />
  );
}
