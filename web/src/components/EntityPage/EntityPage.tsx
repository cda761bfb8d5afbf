/** One thing that flows have to do with: who it is, what it does, with whom, and when. */

import type { ReactNode } from "react";
import { keyOf, numberOf, type Row } from "../../api/client";
import { useAnswer } from "../../api/queries";
import { displayValue, fieldLabel } from "../../lib/fields";
import { formatTime } from "../../lib/time";
import { formatBytes, formatCount } from "../../lib/units";
import { zoneName } from "../../lib/zone";
import { Narrowed } from "../../state/base";
import { useQuestion } from "../../state/question";
import { useScope } from "../../state/scope";
import { Fact } from "../Fact";
import { FlowsLink } from "../FlowsLink";
import { PivotValue } from "../Pivot/PivotValue";
import { type Pair, pairTerm } from "../Pivot/pivot";
import { Throughput } from "../Throughput/Throughput";
import { TopTable } from "../TopTable/TopTable";
import { Activity } from "./Activity";
import styles from "./EntityPage.module.css";
import { InOut } from "./InOut";

interface Table {
  title: string;
  fields: readonly string[];
  column: string;
  terms?: readonly string[];
}

/** What its two sides are called: those of its source field, and those of its destination field. */
export interface Words {
  title: string;
  src: string;
  dst: string;
  /** The field of whom it has to do with on each side, and what they are called. */
  srcPeers: readonly [string, string];
  dstPeers: readonly [string, string];
}

const TALKS: Words = {
  title: "Sent and received",
  src: "Sent",
  dst: "Received",
  srcPeers: ["dst_ip", "Hosts sent to"],
  dstPeers: ["src_ip", "Hosts heard from"],
};

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
  words?: Words;
  /** More facts for its head, and panels that only this kind has, above the tables. */
  facts?: ReactNode;
  children?: ReactNode;
}

export function EntityPage({ kind, name, term, sides, known, tables, words = TALKS, facts, children }: Props) {
  return (
    <Narrowed terms={[term]}>
      <div className={styles.page}>
        <title>{`${name} · Weir`}</title>
        <Head {...{ kind, name, sides, known, words, facts }} />
        {sides ? <InOut name={name} src={sides.src} dst={sides.dst} words={words} /> : null}
        {children}
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

function Head(props: Pick<Props, "kind" | "name" | "sides" | "known" | "facts"> & { words: Words }) {
  const { kind, name, sides, known, words, facts } = props;
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
              <Side label={words.src} peers={words.srcPeers} />
              <Known fields={known} />
            </Narrowed>
            <Narrowed terms={[pairTerm(sides.dst)]}>
              <Side label={words.dst} peers={words.dstPeers} />
            </Narrowed>
          </>
        ) : null}
        {facts}
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

function Side({ label, peers: [field, called] }: { label: string; peers: readonly [string, string] }) {
  const question = useQuestion();
  const { raw } = useScope();
  const measure = raw ? "bytes" : "bytes_scaled";
  const { data } = useAnswer({ ...question, measures: [measure, "flows", "rows", `unique(${field})`] });
  const row: Row | undefined = data?.rows[0];
  return (
    <>
      <Fact label={label}>{row ? formatBytes(numberOf(row, measure)) : "…"}</Fact>
      <Fact label={called}>{row ? formatCount(numberOf(row, `unique(${field})`)) : "…"}</Fact>
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
