/** Six numbers with their course and their change; each opens the records behind it. */

import { useMemo } from "react";
import { numberOf, type Row, spanOf, type TimeseriesAnswer } from "../../../api/client";
import { useAccounting, useAnswer, useOldest, useTimeseries } from "../../../api/queries";
import { FlowsLink } from "../../../components/FlowsLink";
import { Failure } from "../../../components/Panel/Panel";
import { Sparkline } from "../../../components/Sparkline";
import { comparedInstants } from "../../../lib/compare";
import { coverage, coverageNote } from "../../../lib/coverage";
import { bucketLength } from "../../../lib/series";
import { type Instants, isoTime } from "../../../lib/time";
import {
  type Change,
  changeOf,
  formatCount,
  measureOf,
  scale,
  toUnit,
  type Unit,
  unitSuffix,
} from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope } from "../../../state/scope";
import { type Completeness, completeness } from "./completeness";
import styles from "./Overview.module.css";

const SPARK_BUCKETS = 40;

interface Tile {
  label: string;
  measure: string;
  /** Turns a total over some seconds into what is shown. */
  shown: (total: number, seconds: number) => number;
  suffix: string;
}

function tilesFor(unit: Unit, raw: boolean): Tile[] {
  const throughput: Unit = unit === "Bps" || unit === "total" ? unit : "bps";
  const bytes = measureOf(throughput, raw);
  const identity = (total: number) => total;
  return [
    {
      label: throughput === "total" ? "Volume" : "Throughput",
      measure: bytes,
      shown: (total, seconds) => toUnit(total, throughput, seconds),
      suffix: unitSuffix(throughput),
    },
    { label: "Packets", measure: measureOf("pps", raw), shown: identity, suffix: "" },
    { label: "Flows", measure: "flows", shown: identity, suffix: "" },
    { label: "Active hosts", measure: "unique(src_ip)", shown: identity, suffix: "" },
    { label: "Exporters", measure: "unique(exporter)", shown: identity, suffix: "" },
  ];
}

export function Tiles() {
  const scope = useScope();
  const { instants, asOf } = useRange();
  const question = useQuestion();
  const tiles = useMemo(() => tilesFor(scope.unit, scope.raw), [scope.unit, scope.raw]);
  // All rows as well: where there are events among them, the link of the flows leaves those out.
  const measures = [...tiles.map((tile) => tile.measure), "rows"];
  const oldest = useOldest();
  // The course of what there is: of the last minutes of a quarter, it is those that are drawn.
  const bucket = bucketLength(coverage(instants, oldest, asOf), SPARK_BUCKETS);
  const from = Math.max(instants.from, (Math.floor((oldest ?? 0) / bucket.ms) - 1) * bucket.ms);
  const cut = from > instants.from && from < instants.to;
  const current = useTimeseries({
    ...question,
    ...(cut ? { from: isoTime(from) } : {}),
    measures,
    every: bucket.every,
  });
  // Tiles compare with the period before also when nothing else does.
  const earlier = comparedInstants(scope.compare, instants);
  const before = useAnswer({ ...question, from: isoTime(earlier.from), to: isoTime(earlier.to), measures });
  // Without records from the start of that period, a change would only tell when Weir was started.
  const comparable = oldest !== null && oldest <= earlier.from + (earlier.to - earlier.from) * 0.1;
  const accounting = useAccounting();
  const series = current.data?.series[0];
  const previous: Row | undefined = before.data?.rows[0];

  if (current.isError && !current.data) {
    return (
      <div className={styles.tilesFailed}>
        <Failure error={current.error} onRetry={() => void current.refetch()} />
      </div>
    );
  }
  const answered = current.data ? spanOf(current.data.meta) : instants;
  const span = cut ? { from: instants.from, to: answered.to } : answered;
  const covered = coverage(span, oldest, asOf);
  const counted = { flows: series?.totals[measures.indexOf("flows")] ?? 0, rows: series?.totals.at(-1) ?? 0 };
  return (
    <section className={styles.tiles} aria-label="Key figures" aria-busy={current.isFetching}>
      {tiles.map((tile, index) => {
        const total = series?.totals[index] ?? 0;
        const value = tile.shown(total, covered.seconds);
        const change =
          comparable && previous && !before.isPlaceholderData
            ? changeOf(total, numberOf(previous, tile.measure))
            : null;
        return (
          <FlowsLink
            key={tile.label}
            className={styles.tile}
            instants={span}
            counted={tile.measure === "flows" ? counted : undefined}
            title={`${formatCount(value)} ${tile.suffix}`.trim()}
          >
            <Figure
              label={tile.label}
              number={current.data ? figure(value, tile.suffix) : null}
              change={change}
              note={index === 0 && current.data ? coverageNote(covered, scope.unit) : null}
              sampled={current.data?.meta.sampled === true && !scope.raw && tile.measure.endsWith("_scaled")}
            />
            <span className="visually-hidden">Show the flows</span>
            <Sparkline
              className={styles.spark}
              values={current.data ? completeOnly(current.data, index, covered) : []}
            />
          </FlowsLink>
        );
      })}
      <Quality
        state={accounting.data ? completeness(accounting.data) : null}
        nothing={current.data !== undefined && counted.rows === 0}
      />
    </section>
  );
}

/** The buckets that are known in full: a course that always begins and ends in a fall would mislead. */
export function completeOnly(answer: TimeseriesAnswer, measure: number, covered: Instants): readonly number[] {
  const at = (ms: number) => (ms - answer.start_ms) / answer.step_ms;
  const values = answer.series[0]?.values[measure] ?? [];
  return values.slice(Math.max(0, Math.ceil(at(covered.from))), Math.max(0, Math.floor(at(covered.to))));
}

interface Written {
  number: string;
  unit: string;
}

/** Small counts in full, rates and large counts with a prefix. */
function figure(value: number, suffix: string): Written {
  if (suffix === "" && value < 10_000_000) return { number: formatCount(value), unit: "" };
  const { number, prefix } = scale(value);
  return { number, unit: prefix + suffix };
}

function Figure({
  label,
  number,
  change,
  note,
  sampled = false,
}: {
  label: string;
  number: Written | null;
  change: Change | null;
  note: string | null;
  sampled?: boolean;
}) {
  return (
    <>
      <span className={styles.tileLabel}>
        {label}
        {sampled ? (
          <span className={styles.approx} title="Multiplied by the sampling rate where a record is sampled">
            ≈
          </span>
        ) : null}
      </span>
      <span className={styles.tileValue}>
        {number === null ? <span className={styles.tileWait} /> : <span className="number">{number.number}</span>}
        {number?.unit ? <span className={styles.tileUnit}>{number.unit}</span> : null}
      </span>
      <span className={styles.tileChange}>
        {change ? (
          <>
            <span aria-hidden="true">{change.direction === "up" ? "↑" : change.direction === "down" ? "↓" : "="}</span>{" "}
            {change.text}
          </>
        ) : (
          <span className={styles.tileNote}>{note}</span>
        )}
      </span>
    </>
  );
}

const LEVELS: Record<Completeness["level"], string> = { good: "●", watch: "■", bad: "◆" };

/** `nothing`: the range and the filter leave no record whose completeness could be told. */
function Quality({ state, nothing }: { state: Completeness | null; nothing: boolean }) {
  return (
    <a href="#exporters" className={styles.tile} title={state?.facts.join("\n")}>
      <span className={styles.tileLabel}>Data quality</span>
      <span className={styles.tileValue}>
        {state === null ? (
          <span className={styles.tileWait} />
        ) : (
          <span className="number">{nothing ? "–" : state.share}</span>
        )}
      </span>
      <span className={styles.tileFacts}>
        {state && nothing ? (
          "no records here"
        ) : state ? (
          <>
            <span className={styles[state.level]} aria-hidden="true">
              {LEVELS[state.level]}
            </span>{" "}
            {state.summary}
          </>
        ) : (
          "\u00a0"
        )}
      </span>
    </a>
  );
}
