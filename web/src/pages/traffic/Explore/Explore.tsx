/** How much, by what, when, compared with what: one question, drawn in any way, and its numbers below. */

import { useCallback, useMemo, useState } from "react";
import { numberOf, type Row, spanOf } from "../../../api/client";
import { useAnswer, useOldest, useTimeseries } from "../../../api/queries";
import { AlertMarks } from "../../../components/AlertMarks/AlertMarks";
import { Chart } from "../../../components/Chart/Chart";
import type { DataTable } from "../../../components/Chart/export";
import { Bars, barsHeight } from "../../../components/charts/Bars";
import chartStyles from "../../../components/charts/charts.module.css";
import { HeatMap } from "../../../components/charts/HeatMap";
import { itemsOf } from "../../../components/charts/items";
import { Sankey } from "../../../components/charts/Sankey";
import { Treemap } from "../../../components/charts/Treemap";
import { Entries, seriesColour } from "../../../components/Legend/Entries";
import { usePivot } from "../../../components/Pivot/PivotProvider";
import { useReference } from "../../../components/SplitBy/split";
import { type Mark, TimeChart } from "../../../components/TimeChart/TimeChart";
import { seriesTarget } from "../../../components/TimeChart/target";
import { TopTable } from "../../../components/TopTable/TopTable";
import { COMPARE_LABELS } from "../../../lib/compare";
import { coverage, coverageNote } from "../../../lib/coverage";
import { fieldLabel } from "../../../lib/fields";
import { bucketInstants, bucketLength, type ChartData, chartData, peakOf } from "../../../lib/series";
import { durationMs, formatTime, frozen } from "../../../lib/time";
import { formatShare, formatTick, formatUnit, measureOf, toUnit, UNIT_LABELS, unitSuffix } from "../../../lib/units";
import { zoneName } from "../../../lib/zone";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import { Builder } from "./Builder";
import { ByHour } from "./ByHour";
import styles from "./Explore.module.css";

const HEIGHT = 340;
/** Buckets that fit the width of a chart, and the most that the server gives. */
const BUCKETS = 150;
const MOST_BUCKETS = 2000;
const OVER_TIME = ["stack", "share", "lines", "multiples", "heat"];

export function Explore() {
  const { by, also, chart, top, unit } = useScope();
  const fields = useMemo(() => (by === "" ? [] : [by, ...also]), [by, also]);
  return (
    <div className={styles.page}>
      <title>Explore · Weir</title>
      <h1 className="visually-hidden">Explore</h1>
      <Builder fields={fields} />
      {OVER_TIME.includes(chart) ? (
        <OverTime fields={fields} />
      ) : chart === "calendar" ? (
        <ByHour title={titleOf([], unit)} hint={styles.hint} />
      ) : chart === "table" ? null : (
        <Groups fields={fields} />
      )}
      {fields.length > 0 ? (
        <TopTable title="Result" fields={fields} column={fields.map(fieldLabel).join(" · ")} rows={top} />
      ) : null}
    </div>
  );
}

function titleOf(fields: readonly string[], unit: string) {
  const what = unit === "fps" ? "Flows" : unit === "pps" ? "Packets" : "Traffic";
  return fields.length === 0 ? what : `${what} by ${fields.map(fieldLabel).join(", ")}`;
}

function useBucket() {
  const { bucket } = useScope();
  const { instants } = useRange();
  const asked = bucket === "" ? null : durationMs(bucket);
  const fits = asked !== null && (instants.to - instants.from) / asked <= MOST_BUCKETS - 1;
  return fits ? { every: bucket, label: bucket, ms: asked } : bucketLength(instants, BUCKETS);
}

/** Every bucket as shares of its sum. */
function asShares(data: ChartData): ChartData {
  const sums = Array.from({ length: data.count }, (_, bucket) =>
    data.series.reduce((sum, { values }) => sum + (values[bucket] ?? 0), 0),
  );
  const series = data.series.map((one) => ({
    ...one,
    values: one.values.map((value, bucket) => (sums[bucket] ? value / (sums[bucket] ?? 1) : 0)),
  }));
  return { ...data, series };
}

function OverTime({ fields }: { fields: readonly string[] }) {
  const scope = useScope();
  const setScope = useSetScope();
  const pivot = usePivot();
  const question = useQuestion();
  const { asOf } = useRange();
  const oldest = useOldest();
  const bucket = useBucket();
  const [emphasis, setEmphasis] = useState<number | null>(null);
  const convert = useCallback((total: number, seconds: number) => toUnit(total, scope.unit, seconds), [scope.unit]);
  const measure = measureOf(scope.unit, scope.raw);
  const body = {
    ...question,
    by: [...fields],
    measures: [measure],
    every: bucket.every,
    top: scope.top,
    other: scope.other && fields.length > 0,
  };
  const query = useTimeseries(body);
  const answer = query.data;
  const data = useMemo(() => {
    if (!answer) return null;
    // An older answer, shown until the new one comes, keeps its own fields.
    const own = answer.series[0] ? Object.keys(answer.series[0].key) : fields;
    return chartData(answer, own, convert, oldest, asOf);
  }, [answer, fields, convert, oldest, asOf]);
  const shown = useMemo(() => (data && scope.chart === "share" ? asShares(data) : data), [data, scope.chart]);
  const reference = useReference(measure, convert, data);
  const format = (value: number) => (scope.chart === "share" ? formatShare(value) : formatUnit(value, scope.unit));
  const tick = (value: number) =>
    scope.chart === "share" ? `${Math.round(value * 100)} %` : formatTick(value, unitSuffix(scope.unit));
  const table: DataTable | null = shown && {
    columns: [`Time (${zoneName(scope.tz)})`, ...shown.series.map(({ label }) => label)],
    rows: Array.from({ length: shown.count }, (_, at) => [
      formatTime(shown.start + at * shown.step, scope.tz, "second"),
      ...shown.series.map(({ values }) => values[at] ?? 0),
    ]).reverse(),
    format,
  };
  const target = (from: ChartData, series: number | null, at: number) =>
    seriesTarget(
      from,
      series === null ? undefined : from.series[series],
      fields[0] ?? "",
      bucketInstants(from, at),
      scope.tz,
    );
  const onMark = (mark: Mark) => {
    if (shown) pivot.open(target(shown, mark.series, mark.bucket), mark);
  };
  const title = titleOf(fields, scope.unit);
  const common = {
    zone: scope.tz,
    format,
    tick,
    onBrush: (brushed: { from: number; to: number }) => setScope(frozen(brushed)),
  };
  const compared = scope.compare !== "" && reference !== null && scope.chart !== "share";
  return (
    <Chart
      title={title}
      note={[
        scope.chart === "share"
          ? "share"
          : scope.unit === "total"
            ? `bytes per ${bucket.label}`
            : UNIT_LABELS[scope.unit],
        `buckets of ${bucket.label}`,
        compared ? `dashed: ${COMPARE_LABELS[scope.compare].toLowerCase()}` : null,
      ]
        .filter(Boolean)
        .join(" · ")}
      query={query}
      request={{ key: ["timeseries", body], path: "/api/v1/query/timeseries", body }}
      meta={(found) => found.meta}
      isEmpty={(found) => found.meta.rows_matched === 0}
      counters={measure !== "flows"}
      height={scope.chart === "heat" ? 240 : HEIGHT}
      table={table}
      legend={(data?.series ?? []).map(({ label, slot, kind }) => ({ label, colour: seriesColour({ slot, kind }) }))}
    >
      {() =>
        shown === null ? null : scope.chart === "heat" ? (
          <HeatMap
            rows={shown.series.map((one) => ({
              id: one.id,
              label: one.label,
              target: seriesTarget(shown, one, fields[0] ?? "", null, scope.tz),
              values: one.values,
            }))}
            label={`${title} over time, as a heat map`}
            columnLabel={(column) => formatTime(shown.start + column * shown.step, scope.tz)}
            ends={[
              formatTime(shown.start, scope.tz),
              `${formatTime(shown.start + shown.count * shown.step, scope.tz)} ${zoneName(scope.tz)}`,
            ]}
            cellTarget={(row, column) => target(shown, row, column)}
            format={format}
          />
        ) : scope.chart === "multiples" ? (
          <div className={chartStyles.small}>
            {shown.series.map((one) => {
              const only = { ...shown, series: [one] };
              return (
                <section key={one.id} aria-label={one.label}>
                  <h3>{one.label}</h3>
                  <TimeChart
                    {...common}
                    data={only}
                    kind="stack"
                    height={128}
                    label={`${one.label} over time`}
                    top={Math.max(...shown.series.map((series) => peakOf(shown, series))) * 1.06}
                    onMark={(mark) => pivot.open(target(shown, shown.series.indexOf(one), mark.bucket), mark)}
                  />
                </section>
              );
            })}
          </div>
        ) : (
          <>
            <TimeChart
              {...common}
              data={shown}
              kind={scope.chart === "lines" ? "lines" : "stack"}
              height={HEIGHT}
              label={`${title} over time`}
              emphasis={emphasis}
              {...(scope.chart === "share" ? { top: 1 } : {})}
              reference={compared ? reference : null}
              referenceLabel={COMPARE_LABELS[scope.compare].toLowerCase()}
              onMark={onMark}
            >
              <AlertMarks instants={shown.instants} />
            </TimeChart>
            <Entries data={shown} field={fields[0] ?? ""} zone={scope.tz} onEmphasis={setEmphasis} />
          </>
        )
      }
    </Chart>
  );
}

function Groups({ fields }: { fields: readonly string[] }) {
  const scope = useScope();
  const question = useQuestion();
  const oldest = useOldest();
  const { asOf } = useRange();
  const measure = measureOf(scope.unit, scope.raw);
  const measures = measure === "flows" ? ["flows", "rows"] : [measure, "flows", "rows"];
  const body = { ...question, by: [...fields], measures, top: scope.top, other: scope.other && fields.length > 0 };
  const query = useAnswer(body);
  const answer = query.data;
  const covered = answer ? coverage(spanOf(answer.meta), oldest, asOf) : null;
  const seconds = covered?.seconds ?? 1;
  const own = answer?.rows.every((row) => fields.every((field) => field in row)) ? fields : [];
  const measured = (row: Row) => toUnit(numberOf(row, measure), scope.unit, seconds);
  const items = answer ? itemsOf(answer.rows, own, measured) : [];
  const format = (value: number) => formatUnit(value, scope.unit);
  const title = titleOf(fields, scope.unit);
  const height = scope.chart === "bars" ? barsHeight(Math.min(scope.top + 1, 12)) : 440;
  const needsTwo = scope.chart === "sankey" && fields.length < 2;
  return (
    <Chart
      title={title}
      note={[
        UNIT_LABELS[scope.unit],
        covered ? coverageNote(covered, scope.unit) : null,
        scope.chart === "sankey" && answer?.rows.some((row) => row.other === true)
          ? `the ${scope.top} largest, without Other`
          : null,
      ]
        .filter(Boolean)
        .join(" · ")}
      query={query}
      request={{ key: ["query", body], path: "/api/v1/query", body }}
      meta={(found) => found.meta}
      isEmpty={(found) => found.meta.rows_matched === 0}
      counters={measure !== "flows"}
      height={needsTwo ? 120 : height}
      table={{
        columns: [...(fields.length > 0 ? fields.map(fieldLabel) : ["All"]), UNIT_LABELS[scope.unit], "flows"],
        rows: items.map((item) => [
          ...(item.key.length > 0
            ? item.key.map(({ value }) => String(value ?? "none"))
            : [item.label, ...fields.slice(1).map(() => "")]),
          item.value,
          numberOf(item.row, "flows"),
        ]),
      }}
    >
      {() =>
        needsTwo ? (
          <p className={styles.hint}>A sankey needs two fields or more: add one to “Group by”.</p>
        ) : scope.chart === "sankey" ? (
          <Sankey items={items} fields={own} label={`${title}, as a sankey`} height={height} format={format} />
        ) : scope.chart === "tree" ? (
          <Treemap items={items} label={`${title}, as a treemap`} height={height} format={format} />
        ) : (
          <Bars items={items} label={`${title}, as bars`} format={format} />
        )
      }
    </Chart>
  );
}
