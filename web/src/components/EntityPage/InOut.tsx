/** What goes one way and what goes the other, over time, and the rate that is exceeded in a twentieth of it. */

import { useMemo, useState } from "react";
import { useOldest, useTimeseries } from "../../api/queries";
import { joinTerms } from "../../lib/filter";
import { bucketInstants, bucketLength, chartData, percentileOf } from "../../lib/series";
import { formatTime, frozen } from "../../lib/time";
import { formatTick, formatUnit, measureOf, toUnit, UNIT_LABELS, unitSuffix } from "../../lib/units";
import { useQuestion } from "../../state/question";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { Chart } from "../Chart/Chart";
import { Entries } from "../Legend/Entries";
import { usePivot } from "../Pivot/PivotProvider";
import { type Pair, pairTerm } from "../Pivot/pivot";
import { TimeChart } from "../TimeChart/TimeChart";
import { seriesTarget } from "../TimeChart/target";

import type { Words } from "./EntityPage";
import styles from "./EntityPage.module.css";

const HEIGHT = 170;

export function InOut({ name, src, dst, words }: { name: string; src: Pair; dst: Pair; words: Words }) {
  const scope = useScope();
  const setScope = useSetScope();
  const pivot = usePivot();
  const question = useQuestion();
  const oldest = useOldest();
  const { instants, asOf } = useRange();
  const bucket = bucketLength(instants, 150);
  const [emphasis, setEmphasis] = useState<number | null>(null);
  const measure = measureOf(scope.unit, scope.raw);
  const ask = (pair: Pair) => ({
    ...question,
    filter: joinTerms([question.filter ?? "", pairTerm(pair)].filter((one) => one !== "")),
    measures: [measure],
    every: bucket.every,
  });
  const body = ask(src);
  const sent = useTimeseries(body);
  const received = useTimeseries(ask(dst));
  const { unit } = scope;
  const data = useMemo(() => {
    if (!sent.data || !received.data) return null;
    const convert = (total: number, seconds: number) => toUnit(total, unit, seconds);
    const out = chartData(sent.data, null, convert, oldest, asOf);
    const into = chartData(received.data, null, convert, oldest, asOf);
    if (out.start !== into.start || out.count !== into.count) return null;
    const series = [
      ...out.series.map((one) => ({
        ...one,
        id: "sent",
        label: words.src,
        key: [src],
        kind: "value" as const,
        slot: 0,
      })),
      ...into.series.map((one) => ({
        ...one,
        id: "received",
        label: words.dst,
        key: [dst],
        kind: "value" as const,
        slot: 1,
      })),
    ];
    return { ...out, series };
  }, [sent.data, received.data, unit, oldest, asOf, src, dst, words]);
  const format = (value: number) => formatUnit(value, scope.unit);
  return (
    <Chart
      title={words.title}
      note={scope.unit === "total" ? `bytes per ${bucket.label}` : UNIT_LABELS[scope.unit]}
      query={sent}
      request={{ key: ["timeseries", body], path: "/api/v1/query/timeseries", body }}
      meta={(answer) => answer.meta}
      isEmpty={() => data?.series.every(({ total }) => total === 0) ?? false}
      counters={measure !== "flows"}
      height={HEIGHT + 40}
      legend={[
        { label: words.src, colour: "var(--series-1)" },
        { label: words.dst, colour: "var(--series-2)" },
      ]}
      table={
        data && {
          columns: ["Time", ...data.series.map(({ label }) => label)],
          rows: Array.from({ length: data.count }, (_, at) => [
            formatTime(data.start + at * data.step, scope.tz),
            ...data.series.map(({ values }) => values[at] ?? 0),
          ]).reverse(),
          format,
        }
      }
    >
      {() =>
        data === null ? null : (
          <>
            <TimeChart
              data={data}
              kind="lines"
              zone={scope.tz}
              height={HEIGHT}
              label={`${words.title} over time, ${name}`}
              format={format}
              tick={(value) => formatTick(value, unitSuffix(scope.unit))}
              onBrush={(brushed) => setScope(frozen(brushed))}
              onMark={(mark) => {
                const span = bucketInstants(data, mark.bucket);
                const series = mark.series === null ? undefined : data.series[mark.series];
                pivot.open(seriesTarget(data, series, src.field, span, scope.tz), mark);
              }}
              emphasis={emphasis}
            />
            <Entries data={data} field={src.field} zone={scope.tz} onEmphasis={setEmphasis} />
            <p className={styles.percentile}>
              95th percentile of buckets of {bucket.label}:{" "}
              {data.series.map((series) => `${series.label} ${format(percentileOf(data, series, 0.95))}`).join(", ")}
            </p>
          </>
        )
      }
    </Chart>
  );
}
