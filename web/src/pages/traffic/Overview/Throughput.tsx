/** Traffic over time, stacked by a chosen field, with a legend of values. */

import { useMemo, useState } from "react";
import { useOldest, useTimeseries } from "../../../api/queries";
import { Button } from "../../../components/Button/Button";
import { Legend } from "../../../components/Legend/Legend";
import { Panel } from "../../../components/Panel/Panel";
import { usePivot } from "../../../components/Pivot/PivotProvider";
import { SeriesTable } from "../../../components/SeriesTable/SeriesTable";
import { type Mark, TimeChart } from "../../../components/TimeChart/TimeChart";
import { seriesTarget } from "../../../components/TimeChart/target";
import { fieldLabel } from "../../../lib/fields";
import { bucketInstants, bucketLength, type ChartData, chartData } from "../../../lib/series";
import { frozen } from "../../../lib/time";
import { formatTick, formatUnit, measureOf, toUnit, UNIT_LABELS, unitSuffix } from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import styles from "./Overview.module.css";

const FIELDS = [
  "service",
  "protocol",
  "exporter",
  "flow_protocol",
  "src_ip",
  "dst_ip",
  "src_as",
  "dst_as",
  "in_if",
  "out_if",
  "dst_port",
  "dscp",
];
const HEIGHT = 268;

export function Throughput() {
  const scope = useScope();
  const setScope = useSetScope();
  const question = useQuestion();
  const pivot = usePivot();
  const { instants } = useRange();
  const [emphasis, setEmphasis] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const bucket = bucketLength(instants, 150);
  const measure = measureOf(scope.unit, scope.raw);
  const body = { ...question, by: [scope.by], measures: [measure], every: bucket.every, top: scope.top, other: true };
  const query = useTimeseries(body);
  const oldest = useOldest();
  // Converted only when an answer comes, not with every move of the pointer. An older answer keeps its own field.
  const answeredBy = query.data?.series[0] ? (Object.keys(query.data.series[0].key)[0] ?? scope.by) : scope.by;
  const data = useMemo(
    () =>
      query.data
        ? chartData(query.data, answeredBy, (total) => toUnit(total, scope.unit, query.data.step_ms / 1000), oldest)
        : null,
    [query.data, answeredBy, scope.unit, oldest],
  );
  const format = (value: number) => formatUnit(value, scope.unit);
  const onMark = (shown: ChartData) => (mark: Mark) => {
    const series = mark.series === null ? undefined : shown.series[mark.series];
    pivot.open(seriesTarget(shown, series, answeredBy, bucketInstants(shown, mark.bucket), scope.tz), mark);
  };
  const fields = FIELDS.includes(scope.by) ? FIELDS : [scope.by, ...FIELDS];
  const perBucket = scope.unit === "total" ? `bytes per ${bucket.label}` : UNIT_LABELS[scope.unit];
  return (
    <div className={styles.wide}>
      <Panel
        title={
          scope.unit === "fps" ? "Flows over time" : scope.unit === "pps" ? "Packets over time" : "Traffic over time"
        }
        note={perBucket}
        query={query}
        request={{ key: ["timeseries", body], path: "/api/v1/query/timeseries", body }}
        meta={(answer) => answer.meta}
        isEmpty={(answer) => answer.meta.rows_matched === 0}
        height={HEIGHT}
        actions={
          <>
            <label className={styles.by}>
              <span>by</span>
              <select value={scope.by} onChange={(event) => setScope({ by: event.currentTarget.value })}>
                {fields.map((field) => (
                  <option key={field} value={field}>
                    {fieldLabel(field)}
                  </option>
                ))}
              </select>
            </label>
            <span className={styles.kinds}>
              <Button
                look="plain"
                icon="chart"
                aria-label="Stacked bars"
                aria-pressed={scope.chart === "stack" && !asTable}
                onClick={() => {
                  setAsTable(false);
                  setScope({ chart: "stack" });
                }}
              />
              <Button
                look="plain"
                icon="lines"
                aria-label="Lines"
                aria-pressed={scope.chart === "lines" && !asTable}
                onClick={() => {
                  setAsTable(false);
                  setScope({ chart: "lines" });
                }}
              />
              <Button
                look="plain"
                icon="table"
                aria-label="Show as a table"
                aria-pressed={asTable}
                onClick={() => setAsTable(!asTable)}
              />
            </span>
          </>
        }
      >
        {() =>
          data === null ? null : asTable ? (
            <SeriesTable data={data} zone={scope.tz} format={format} height={HEIGHT} />
          ) : (
            <div className={styles.throughput}>
              <TimeChart
                data={data}
                kind={scope.chart}
                zone={scope.tz}
                height={HEIGHT}
                label={`Traffic by ${fieldLabel(answeredBy)} over time`}
                format={format}
                tick={(value) => formatTick(value, unitSuffix(scope.unit))}
                emphasis={emphasis}
                onBrush={(brushed) => setScope(frozen(brushed))}
                onMark={onMark(data)}
                onTable={() => setAsTable(true)}
              />
              <Legend data={data} field={answeredBy} format={format} zone={scope.tz} onEmphasis={setEmphasis} />
            </div>
          )
        }
      </Panel>
    </div>
  );
}
