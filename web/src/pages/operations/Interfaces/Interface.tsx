/** One interface of a router: what comes in and goes out by it, and whether the router counts the same. */

import { useParams } from "@tanstack/react-router";
import { useMemo } from "react";
import { numberOf } from "../../../api/client";
import { useAnswer } from "../../../api/queries";
import { EntityPage, type Words } from "../../../components/EntityPage/EntityPage";
import { Fact } from "../../../components/Fact";
import panel from "../../../components/Panel/Panel.module.css";
import { PivotValue } from "../../../components/Pivot/PivotValue";
import { type Pair, pairTerm } from "../../../components/Pivot/pivot";
import table from "../../../components/Table/Table.module.css";
import { equals, joinTerms } from "../../../lib/filter";
import { formatBytes, formatCount, formatShare, formatValue } from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { type Counters, interfaceId, useCounters } from "./counters";
import { interfaceLabel, useNamedInterfaces } from "./Interfaces";
import styles from "./Interfaces.module.css";

const WORDS: Words = {
  title: "In and out",
  src: "In",
  dst: "Out",
  srcPeers: ["src_ip", "Hosts that send into it"],
  dstPeers: ["dst_ip", "Hosts reached by it"],
};

export function Interface() {
  const { exporter, index } = useParams({ strict: false }) as { exporter: string; index: string };
  const number = Number(index);
  const from = equals("exporter", exporter);
  const id = interfaceId(exporter, index);
  const name = useNamedInterfaces(from).get(id) ?? null;
  const counters = useCounters(joinTerms([from, `in_if = ${number}`])).get(id);
  const sides = useMemo(
    () =>
      ({ src: { field: "in_if", value: number }, dst: { field: "out_if", value: number } }) as { src: Pair; dst: Pair },
    [number],
  );
  const [into, out] = [pairTerm(sides.src), pairTerm(sides.dst)];
  return (
    <EntityPage
      kind="Interface"
      name={`${interfaceLabel(number, name)} of ${exporter}`}
      term={`${from} and (${into} or ${out})`}
      sides={sides}
      words={WORDS}
      known={[]}
      facts={
        <>
          <Fact label="Exporter">
            <PivotValue mono target={{ pairs: [{ field: "exporter", value: exporter }], label: exporter }} />
          </Fact>
          <Fact label="Speed">{counters?.speed ? formatValue(counters.speed, "bit/s") : "not told"}</Fact>
        </>
      }
      tables={[
        { title: "Sources, in", fields: ["src_ip"], column: "Host", terms: [into] },
        { title: "Services, in", fields: ["service"], column: "Service", terms: [into] },
        { title: "Leaves by", fields: ["out_if"], column: "Interface", terms: [into] },
        { title: "Destinations, out", fields: ["dst_ip"], column: "Host", terms: [out] },
        { title: "Services, out", fields: ["service"], column: "Service", terms: [out] },
        { title: "Came by", fields: ["in_if"], column: "Interface", terms: [out] },
        { title: "DSCP, in", fields: ["dscp"], column: "Class", terms: [into] },
        { title: "DSCP, out", fields: ["dscp"], column: "Class", terms: [out] },
        { title: "Next hops", fields: ["next_hop"], column: "Router", terms: [out] },
      ]}
    >
      {counters ? <Counted counters={counters} from={from} into={into} out={out} /> : null}
    </EntityPage>
  );
}

const DIRECTIONS = [
  ["In", "ifIn"],
  ["Out", "ifOut"],
] as const;
/** Flows that are a tenth more or less than the router's counters have lost or doubled something. */
const ALIKE = 0.1;

interface CountedProps {
  counters: Counters;
  from: string;
  into: string;
  out: string;
}

/** The router's own counters beside the flows of the same time. */
function Counted({ counters, from, into, out }: CountedProps) {
  const { grown, speed, seconds } = counters;
  const flows = [useBytes(joinTerms([from, into])), useBytes(joinTerms([from, out]))];
  const rate = (octets: number) => (seconds > 0 ? (octets * 8) / seconds : 0);
  return (
    <section className={panel.panel} aria-labelledby="counters-title">
      <header className={panel.header}>
        <h2 id="counters-title" className={panel.title}>
          Counters of the router
        </h2>
        <span className={panel.note}>whatever the filter; octets include headers of the link, flows may not</span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div className={table.scroll} tabIndex={0} role="region" aria-label="Counters by direction">
        <table className={`${table.table} ${table.numeric}`}>
          <thead>
            <tr>
              <th scope="col">Direction</th>
              <th scope="col">Octets</th>
              <th scope="col">Rate</th>
              <th scope="col">Used</th>
              <th scope="col">Bytes of flows</th>
              <th scope="col">Flows beside counters</th>
              <th scope="col">Errors</th>
              <th scope="col">Discards</th>
            </tr>
          </thead>
          <tbody>
            {DIRECTIONS.map(([label, prefix], at) => {
              const octets = grown.get(`${prefix}Octets`);
              const bytes = flows[at] ?? null;
              const ratio = octets && bytes !== null ? bytes / octets : null;
              return (
                <tr key={label}>
                  <th scope="row">{label}</th>
                  <td>{octets === undefined ? "–" : formatBytes(octets)}</td>
                  <td>{octets === undefined ? "–" : formatValue(rate(octets), "bit/s")}</td>
                  <td>{octets === undefined || !speed ? "–" : formatShare(rate(octets) / speed)}</td>
                  <td>{bytes === null ? "…" : formatBytes(bytes)}</td>
                  <td className={ratio !== null && Math.abs(ratio - 1) > ALIKE ? styles.doubt : undefined}>
                    {ratio === null ? "–" : formatShare(ratio)}
                    {ratio !== null && Math.abs(ratio - 1) > ALIKE ? " – check the sampling rate" : ""}
                  </td>
                  <td>{countText(grown.get(`${prefix}Errors`))}</td>
                  <td>{countText(grown.get(`${prefix}Discards`))}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const countText = (value: number | undefined) => (value === undefined ? "–" : formatCount(value));

/** Adjusted bytes of the flows that a term selects, without the filter of the screen; null until they are known. */
function useBytes(term: string): number | null {
  const { from, to } = useQuestion();
  const { data } = useAnswer({ from, to, filter: term, measures: ["bytes_scaled"] });
  return data ? numberOf(data.rows[0], "bytes_scaled") : null;
}
