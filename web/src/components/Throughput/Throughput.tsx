/** Traffic over time, stacked by a chosen field, with a legend of values. */

import { useCallback, useState } from "react";
import { COMPARE_LABELS } from "../../lib/compare";
import { coverageNote } from "../../lib/coverage";
import { fieldLabel } from "../../lib/fields";
import { bucketInstants, type ChartData } from "../../lib/series";
import { frozen } from "../../lib/time";
import { formatTick, formatUnit, measureOf, toUnit, UNIT_LABELS, unitSuffix } from "../../lib/units";
import { useScope, useSetScope } from "../../state/scope";
import { AlertMarks } from "../AlertMarks/AlertMarks";
import { Button } from "../Button/Button";
import { Legend } from "../Legend/Legend";
import { Panel } from "../Panel/Panel";
import { usePivot } from "../Pivot/PivotProvider";
import { SeriesTable } from "../SeriesTable/SeriesTable";
import { SplitBy } from "../SplitBy/SplitBy";
import { useReference, useSplit } from "../SplitBy/split";
import { type Mark, TimeChart } from "../TimeChart/TimeChart";
import { seriesTarget } from "../TimeChart/target";
import styles from "./Throughput.module.css";

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
const HEIGHT = 222;

export function Throughput() {
  const scope = useScope();
  const setScope = useSetScope();
  const pivot = usePivot();
  const [emphasis, setEmphasis] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const convert = useCallback((total: number, seconds: number) => toUnit(total, scope.unit, seconds), [scope.unit]);
  const measure = measureOf(scope.unit, scope.raw);
  const { body, query, bucket, by: answeredBy, data } = useSplit(measure, convert);
  const reference = useReference(measure, convert, data);
  const format = (value: number) => formatUnit(value, scope.unit);
  const onMark = (shown: ChartData) => (mark: Mark) => {
    const series = mark.series === null ? undefined : shown.series[mark.series];
    pivot.open(seriesTarget(shown, series, answeredBy, bucketInstants(shown, mark.bucket), scope.tz), mark);
  };
  const perBucket = scope.unit === "total" ? `bytes per ${bucket.label}` : UNIT_LABELS[scope.unit];
  return (
    <div className={styles.wide}>
      <Panel
        title={
          scope.unit === "fps" ? "Flows over time" : scope.unit === "pps" ? "Packets over time" : "Traffic over time"
        }
        note={[
          perBucket,
          data ? coverageNote(data.covered, scope.unit) : null,
          scope.compare === ""
            ? null
            : reference === null
              ? `no records from ${COMPARE_LABELS[scope.compare].toLowerCase()}`
              : `dashed: ${COMPARE_LABELS[scope.compare].toLowerCase()}`,
        ]
          .filter(Boolean)
          .join(" · ")}
        query={query}
        request={{ key: ["timeseries", body], path: "/api/v1/query/timeseries", body }}
        meta={(answer) => answer.meta}
        counters={scope.unit !== "fps"}
        isEmpty={(answer) => answer.meta.rows_matched === 0}
        height={HEIGHT}
        actions={
          <>
            <SplitBy fields={FIELDS} />
            <span className={styles.kinds}>
              <Button
                look="plain"
                icon="chart"
                aria-label="Stacked bars"
                aria-pressed={scope.chart !== "lines" && !asTable}
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
                kind={scope.chart === "lines" ? "lines" : "stack"}
                zone={scope.tz}
                height={HEIGHT}
                label={`Traffic by ${fieldLabel(answeredBy)} over time`}
                format={format}
                tick={(value) => formatTick(value, unitSuffix(scope.unit))}
                emphasis={emphasis}
                reference={reference}
                referenceLabel={COMPARE_LABELS[scope.compare].toLowerCase()}
                onBrush={(brushed) => setScope(frozen(brushed))}
                onMark={onMark(data)}
                onTable={() => setAsTable(true)}
              >
                <AlertMarks instants={data.instants} />
              </TimeChart>
              <Legend
                data={data}
                field={answeredBy}
                format={format}
                zone={scope.tz}
                rate={scope.unit !== "total"}
                onEmphasis={setEmphasis}
              />
            </div>
          )
        }
      </Panel>
    </div>
  );
}
