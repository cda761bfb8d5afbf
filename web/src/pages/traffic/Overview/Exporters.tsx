/** Is each device sending, complete, and correctly scaled? */

import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { keyOf, numberOf, spanOf } from "../../../api/client";
import { useAnswer, useExporters, useOldest } from "../../../api/queries";
import { Button } from "../../../components/Button/Button";
import { ExporterState } from "../../../components/ExporterState/ExporterState";
import { samplingText, skewText, stateOf, stateSummary, worstFirst } from "../../../components/ExporterState/state";
import { FlowsLink } from "../../../components/FlowsLink";
import { Panel } from "../../../components/Panel/Panel";
import { PivotValue } from "../../../components/Pivot/PivotValue";
import table from "../../../components/Table/Table.module.css";
import { coverage, coverageNote } from "../../../lib/coverage";
import { exportProtocolLabel } from "../../../lib/fields";
import { equals, joinTerms } from "../../../lib/filter";
import { writeScope } from "../../../lib/scope";
import { formatAge, formatTime } from "../../../lib/time";
import { formatCount, formatShare, formatUnit, formatValue, measureOf, toUnit, UNIT_LABELS } from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope } from "../../../state/scope";
import styles from "./Overview.module.css";

/** Rows at first, and with every step. */
const SHOWN = 12;
const STEP = 100;
/** With more exporters than this the traffic of those that are shown is asked for by name. */
const MOST_ASKED = 500;

const keyFor = (exporter: unknown, domain: unknown, protocol: unknown) =>
  `${String(exporter)}|${String(domain)}|${String(protocol)}`;

export function Exporters() {
  const scope = useScope();
  const question = useQuestion();
  const list = useExporters();
  const oldest = useOldest();
  const measure = measureOf(scope.unit, scope.raw);
  const measures = measure === "flows" ? ["flows", "rows"] : [measure, "flows", "rows"];
  const [limit, setLimit] = useState(SHOWN);
  const [wanted, setWanted] = useState("");
  const now = list.dataUpdatedAt;
  const all = list.data?.exporters;
  const ordered = useMemo(() => worstFirst(all ?? [], now), [all, now]);
  const matching = wanted === "" ? ordered : ordered.filter((exporter) => exporter.exporter.startsWith(wanted));
  const shown = matching.slice(0, limit);
  const many = ordered.length > MOST_ASKED;
  const named = [...new Set(shown.map(({ exporter }) => exporter))].sort();
  const terms = many ? [`exporter in (${named.join(", ")})`] : [];
  const body = {
    ...question,
    ...(many ? { filter: joinTerms([question.filter ?? "", ...terms].filter((term) => term !== "")) } : {}),
    by: ["exporter", "domain_id", "flow_protocol"],
    measures,
    top: 1000,
  };
  const traffic = useAnswer(body, all !== undefined);
  const found = new Map(
    (traffic.data?.rows ?? []).map((row) => [
      keyFor(keyOf(row, "exporter"), keyOf(row, "domain_id"), keyOf(row, "flow_protocol")),
      row,
    ]),
  );
  const instants = traffic.data ? spanOf(traffic.data.meta) : null;
  const { asOf } = useRange();
  const covered = instants ? coverage(instants, oldest, asOf) : null;
  const seconds = covered?.seconds ?? 0;
  const averaged = covered ? coverageNote(covered, scope.unit) : null;
  return (
    <div className={styles.wide} id="exporters">
      <Panel
        title="Exporters"
        note={`${list.data ? `${stateSummary(list.data.exporters, now) || "none"} · ` : ""}traffic in this range and filter${averaged ? `, ${averaged}` : ""}; the rest since Weir was started`}
        query={list}
        isEmpty={() => false}
        height={120}
        actions={
          ordered.length > SHOWN ? (
            <input
              className={styles.find}
              type="search"
              aria-label="Find an exporter by its address"
              placeholder="Address …"
              value={wanted}
              onChange={(event) => setWanted(event.currentTarget.value.trim())}
            />
          ) : null
        }
      >
        {({ exporters }) => (
          <>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
            <div className={table.scroll} tabIndex={0} role="region" aria-label="Exporters">
              <table className={table.table}>
                <thead>
                  <tr>
                    <th scope="col">State</th>
                    <th scope="col">Exporter</th>
                    <th scope="col">Protocol</th>
                    <th scope="col" className={table.right}>
                      Domain
                    </th>
                    <th scope="col" className={table.right}>
                      {UNIT_LABELS[scope.unit]}
                    </th>
                    <th scope="col" className={table.right}>
                      Flows
                    </th>
                    <th scope="col" className={table.right}>
                      Records
                    </th>
                    <th scope="col" className={table.right}>
                      Gaps
                    </th>
                    <th scope="col" className={table.right}>
                      Rejected
                    </th>
                    <th scope="col">Sampling</th>
                    <th scope="col" className={table.right}>
                      Templates
                    </th>
                    <th scope="col" className={table.right}>
                      Clock
                    </th>
                    <th scope="col" className={table.right}>
                      Last seen
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((exporter) => {
                    const row = found.get(keyFor(exporter.exporter, exporter.domain, exporter.protocol));
                    const terms = [
                      equals("exporter", exporter.exporter),
                      equals("domain_id", exporter.domain),
                      equals("flow_protocol", exporter.protocol),
                    ];
                    const rejected = Object.entries(exporter.rejected);
                    const rejections = rejected.reduce((sum, [, count]) => sum + count, 0);
                    const seen = Date.parse(exporter.last_seen);
                    return (
                      <tr key={keyFor(exporter.exporter, exporter.domain, exporter.protocol)}>
                        <td>
                          <ExporterState name={stateOf(exporter, now)} />
                        </td>
                        <td>
                          <PivotValue
                            mono
                            target={{
                              pairs: [{ field: "exporter", value: exporter.exporter }],
                              label: exporter.exporter,
                            }}
                          />
                        </td>
                        <td>
                          <PivotValue
                            target={{
                              pairs: [{ field: "flow_protocol", value: exporter.protocol }],
                              label: exportProtocolLabel(exporter.protocol),
                            }}
                          />
                        </td>
                        <td className={table.right}>
                          <PivotValue
                            target={{
                              pairs: [{ field: "domain_id", value: exporter.domain }],
                              label: String(exporter.domain),
                            }}
                          />
                        </td>
                        <td className={table.right}>
                          {traffic.data
                            ? formatUnit(toUnit(numberOf(row, measure), scope.unit, seconds), scope.unit)
                            : "…"}
                        </td>
                        <td className={table.right}>
                          {instants ? (
                            <FlowsLink
                              terms={terms}
                              counted={row}
                              instants={instants}
                              label={`${formatCount(numberOf(row, "flows"))} flows of ${exporter.exporter}`}
                            >
                              {formatCount(numberOf(row, "flows"))}
                            </FlowsLink>
                          ) : (
                            "…"
                          )}
                        </td>
                        <td className={table.right}>{formatValue(exporter.records, "")}</td>
                        <td
                          className={table.right}
                          title={`${formatCount(exporter.gaps.count)} ${exporter.gaps.unit} missing, about ${formatCount(exporter.gaps.estimated_records)} records; ${exporter.gaps.reordered} out of order, ${exporter.gaps.restarts} restarts`}
                        >
                          {exporter.gaps.count === 0
                            ? "none"
                            : `${formatCount(exporter.gaps.count)} ${exporter.gaps.unit} (${formatShare(exporter.gaps.estimated_records / Math.max(1, exporter.records + exporter.gaps.estimated_records))})`}
                        </td>
                        <td
                          className={table.right}
                          title={rejected.map(([reason, count]) => `${reason}: ${formatCount(count)}`).join("\n")}
                        >
                          {rejections === 0 ? "none" : formatCount(rejections)}
                        </td>
                        <td>
                          {samplingText(exporter.sampling)}
                          {exporter.sampling !== null && exporter.sampling_origin ? (
                            <span className={styles.quiet}> {exporter.sampling_origin}</span>
                          ) : null}
                        </td>
                        <td className={table.right}>{exporter.templates || "–"}</td>
                        <td className={table.right}>
                          {exporter.clock_skew_ms === null ? "–" : skewText(exporter.clock_skew_ms)}
                        </td>
                        <td className={table.right} title={formatTime(seen, scope.tz)}>
                          {formatAge(now - seen)}
                        </td>
                      </tr>
                    );
                  })}
                  {exporters.length === 0 ? (
                    <tr>
                      <td colSpan={13} className={styles.quiet}>
                        No exporter has been heard since Weir was started.
                      </td>
                    </tr>
                  ) : shown.length === 0 ? (
                    <tr>
                      <td colSpan={13} className={styles.quiet}>
                        No exporter's address begins with {wanted}.
                      </td>
                    </tr>
                  ) : null}
                </tbody>
              </table>
            </div>
            {matching.length > shown.length ? (
              <p className={styles.rest}>
                {formatCount(shown.length)} of {formatCount(matching.length)}, worst first.{" "}
                <Link to="/exporters" search={writeScope({ ...scope, selected: "" })}>
                  All exporters
                </Link>
                <Button look="plain" onClick={() => setLimit(limit + STEP)}>
                  Show {formatCount(Math.min(STEP, matching.length - shown.length))} more
                </Button>
              </p>
            ) : null}
          </>
        )}
      </Panel>
    </div>
  );
}
