/** One host, service or autonomous system: who it is, what it does, with whom, and when. */

import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { keyOf, numberOf, type Row } from "../../../api/client";
import { useAnswer } from "../../../api/queries";
import { Fact } from "../../../components/Fact";
import { FlowsLink } from "../../../components/FlowsLink";
import { PivotValue } from "../../../components/Pivot/PivotValue";
import { type Pair, pairTerm } from "../../../components/Pivot/pivot";
import { Throughput } from "../../../components/Throughput/Throughput";
import { TopTable } from "../../../components/TopTable/TopTable";
import { displayValue, fieldLabel } from "../../../lib/fields";
import { equals } from "../../../lib/filter";
import { formatTime } from "../../../lib/time";
import { formatBytes, formatCount } from "../../../lib/units";
import { zoneName } from "../../../lib/zone";
import { Narrowed } from "../../../state/base";
import { useQuestion } from "../../../state/question";
import { useScope } from "../../../state/scope";
import { Activity } from "./Activity";
import styles from "./Entities.module.css";
import { InOut } from "./InOut";

interface Table {
  title: string;
  fields: readonly string[];
  column: string;
  terms?: readonly string[];
}

interface Props {
  kind: string;
  name: string;
  /** The term of everything it takes part in. */
  term: string;
  /** The terms of what it sends and receives, where it has sides. */
  sides?: { src: Pair; dst: Pair };
  /** What is known of it: fields of its own side. */
  known: readonly string[];
  tables: readonly Table[];
}

function EntityPage({ kind, name, term, sides, known, tables }: Props) {
  return (
    <Narrowed terms={[term]}>
      <div className={styles.page}>
        <title>{`${name} · Weir`}</title>
        <Head kind={kind} name={name} sides={sides} known={known} />
        {sides ? <InOut name={name} src={sides.src} dst={sides.dst} /> : null}
        <Throughput />
        {tables.map(({ terms = [], ...table }) => (
          <div key={table.title} className={styles.third}>
            <TopTable {...table} terms={terms} />
          </div>
        ))}
        <Activity name={name} />
      </div>
    </Narrowed>
  );
}

function Head({ kind, name, sides, known }: Pick<Props, "kind" | "name" | "sides" | "known">) {
  const { tz } = useScope();
  return (
    <section className={styles.head} aria-label={`${kind} ${name}`}>
      <h1>
        <span className={kind === "Host" ? "mono" : undefined}>{name}</span> <small>{kind}</small>
      </h1>
      <dl className={styles.facts}>
        <All tz={tz} />
        {sides ? (
          <>
            <Narrowed terms={[pairTerm(sides.src)]}>
              <Side label="Sent" peers="unique(dst_ip)" peersLabel="sent to" />
              <Known fields={known} />
            </Narrowed>
            <Narrowed terms={[pairTerm(sides.dst)]}>
              <Side label="Received" peers="unique(src_ip)" peersLabel="heard from" />
            </Narrowed>
          </>
        ) : null}
      </dl>
    </section>
  );
}

function All({ tz }: { tz: string }) {
  const question = useQuestion();
  const { data } = useAnswer({ ...question, measures: ["flows", "rows", "min(time)", "max(time)"] });
  const row = data?.rows[0];
  const time = (key: string) => {
    const value = keyOf(row, key);
    return typeof value === "string" ? formatTime(Date.parse(value), tz) : "–";
  };
  return (
    <>
      <Fact label="Flows in this range">
        {row ? (
          <FlowsLink counted={row} instants={{ from: Date.parse(data.meta.from), to: Date.parse(data.meta.to) }}>
            {formatCount(numberOf(row, "flows"))}
          </FlowsLink>
        ) : (
          "…"
        )}
      </Fact>
      <Fact label={`First in this range (${zoneName(tz)})`}>{time("min(time)")}</Fact>
      <Fact label={`Last in this range (${zoneName(tz)})`}>{time("max(time)")}</Fact>
    </>
  );
}

function Side({ label, peers, peersLabel }: { label: string; peers: string; peersLabel: string }) {
  const question = useQuestion();
  const { raw } = useScope();
  const measure = raw ? "bytes" : "bytes_scaled";
  const { data } = useAnswer({ ...question, measures: [measure, "flows", "rows", peers] });
  const row: Row | undefined = data?.rows[0];
  return (
    <>
      <Fact label={label}>{row ? formatBytes(numberOf(row, measure)) : "…"}</Fact>
      <Fact label={`Hosts ${peersLabel}`}>{row ? formatCount(numberOf(row, peers)) : "…"}</Fact>
    </>
  );
}

/** What enrichment says of it: the most frequent value of each field, where there is one. */
function Known({ fields }: { fields: readonly string[] }) {
  return fields.map((field) => <KnownField key={field} field={field} />);
}

function KnownField({ field }: { field: string }) {
  const question = useQuestion();
  const { data } = useAnswer({ ...question, by: [field], measures: ["rows"], top: 2 });
  const value = data?.rows.map((row) => keyOf(row, field)).find((one) => one !== null && one !== 0 && one !== "");
  if (value === undefined || value === null) return null;
  return (
    <Fact
      label={fieldLabel(field)
        .replace(/^Source /, "")
        .replace(/^./, (first) => first.toUpperCase())}
    >
      <PivotValue target={{ pairs: [{ field, value }], label: displayValue(field, value) }} />
    </Fact>
  );
}

const PLACE = ["src_net", "src_site", "src_role", "src_country", "src_as", "src_as_name"];

function useSides(src: string, dst: string, value: string | number): { src: Pair; dst: Pair } {
  return useMemo(() => ({ src: { field: src, value }, dst: { field: dst, value } }), [src, dst, value]);
}

export function Host() {
  const { ip } = useParams({ strict: false }) as { ip: string };
  const sides = useSides("src_ip", "dst_ip", ip);
  const [src, dst] = [pairTerm(sides.src), pairTerm(sides.dst)];
  return (
    <EntityPage
      kind="Host"
      name={ip}
      term={equals("ip", ip)}
      sides={sides}
      known={PLACE}
      tables={[
        { title: "Sends to", fields: ["dst_ip"], column: "Host", terms: [src] },
        { title: "Hears from", fields: ["src_ip"], column: "Host", terms: [dst] },
        { title: "Services", fields: ["service"], column: "Service" },
        { title: "Ports others reach", fields: ["protocol", "dst_port"], column: "Port", terms: [dst] },
        { title: "Ports it reaches", fields: ["protocol", "dst_port"], column: "Port", terms: [src] },
        { title: "TCP flags", fields: ["tcp_flags"], column: "Flags", terms: ["protocol = tcp"] },
        { title: "Countries it sends to", fields: ["dst_country"], column: "Country", terms: [src] },
        { title: "AS it sends to", fields: ["dst_as"], column: "AS", terms: [src] },
        { title: "Seen by", fields: ["exporter"], column: "Exporter" },
      ]}
    />
  );
}

export function Service() {
  const { service } = useParams({ strict: false }) as { service: string };
  return (
    <EntityPage
      kind="Service"
      name={service}
      term={equals("service", service)}
      known={[]}
      tables={[
        { title: "Sources", fields: ["src_ip"], column: "Host" },
        { title: "Destinations", fields: ["dst_ip"], column: "Host" },
        { title: "Pairs", fields: ["src_ip", "dst_ip"], column: "Source → destination" },
        { title: "Destination ports", fields: ["protocol", "dst_port"], column: "Port" },
        { title: "TCP flags", fields: ["tcp_flags"], column: "Flags" },
        { title: "Ways", fields: ["locality"], column: "Seen from inside" },
      ]}
    />
  );
}

export function System() {
  const { asn } = useParams({ strict: false }) as { asn: string };
  const sides = useSides("src_as", "dst_as", Number(asn));
  const [src, dst] = [pairTerm(sides.src), pairTerm(sides.dst)];
  return (
    <EntityPage
      kind="Autonomous system"
      name={`AS ${asn}`}
      term={`as = ${asn}`}
      sides={sides}
      known={["src_as_name", "src_country"]}
      tables={[
        { title: "Hosts that send", fields: ["src_ip"], column: "Host", terms: [src] },
        { title: "Hosts that receive", fields: ["dst_ip"], column: "Host", terms: [dst] },
        { title: "Services", fields: ["service"], column: "Service" },
        { title: "Comes in by", fields: ["exporter", "in_if"], column: "Exporter · interface", terms: [src] },
        { title: "Goes out by", fields: ["exporter", "out_if"], column: "Exporter · interface", terms: [dst] },
        { title: "Next hops", fields: ["next_hop"], column: "Router", terms: [dst] },
      ]}
    />
  );
}
