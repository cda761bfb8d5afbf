/** Six numbers with their course and their change; each opens the records behind it. */

import { useMemo } from "react";
import { numberOf, type Row } from "../../../api/client";
import { useAccounting, useAnswer, useOldest, useTimeseries } from "../../../api/queries";
import { FlowsLink } from "../../../components/FlowsLink";
import { Failure } from "../../../components/Panel/Panel";
import { Sparkline } from "../../../components/Sparkline";
import { bucketLength, collectedSeconds } from "../../../lib/series";
import { isoTime } from "../../../lib/time";
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
  const { instants } = useRange();
  const question = useQuestion();
  const tiles = useMemo(() => tilesFor(scope.unit, scope.raw), [scope.unit, scope.raw]);
  const measures = tiles.map((tile) => tile.measure);
  const bucket = bucketLength(instants, SPARK_BUCKETS);
  const current = useTimeseries({ ...question, measures, every: bucket.every });
  const length = instants.to - instants.from;
  const before = useAnswer({
    ...question,
    from: isoTime(instants.from - length),
    to: isoTime(instants.from),
    measures,
  });
  const oldest = useOldest();
  // Without records from the start of the period before, a change would only tell when Weir was started.
  const comparable = oldest !== null && oldest <= instants.from - length * 0.9;
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
  const span = current.data
    ? { from: Date.parse(current.data.meta.from), to: Date.parse(current.data.meta.to) }
    : instants;
  const seconds = collectedSeconds(span, oldest);
  const known =
    current.data && oldest !== null
      ? Math.max(0, Math.floor((oldest - current.data.start_ms) / current.data.step_ms))
      : 0;
  return (
    <section className={styles.tiles} aria-label="Key figures" aria-busy={current.isFetching}>
      {tiles.map((tile, index) => {
        const total = series?.totals[index] ?? 0;
        const value = tile.shown(total, seconds);
        const change =
          comparable && previous && !before.isPlaceholderData
            ? changeOf(total, numberOf(previous, tile.measure))
            : null;
        return (
          <FlowsLink
            key={tile.label}
            className={styles.tile}
            instants={span}
            title={`${formatCount(value)} ${tile.suffix}`.trim()}
          >
            <Figure
              label={tile.label}
              number={current.data ? figure(value, tile.suffix) : null}
              change={change}
              sampled={current.data?.meta.sampled === true && !scope.raw && tile.measure.endsWith("_scaled")}
            />
            <span className="visually-hidden">Show the flows</span>
            <Sparkline className={styles.spark} values={completeOnly((series?.values[index] ?? []).slice(known))} />
          </FlowsLink>
        );
      })}
      <Quality state={accounting.data ? completeness(accounting.data) : null} />
    </section>
  );
}

/** The last bucket may be a fraction of one: a course that always ends in a fall would mislead. */
function completeOnly(values: readonly number[]): readonly number[] {
  return values.length > 3 ? values.slice(1, -1) : values;
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
  sampled = false,
}: {
  label: string;
  number: Written | null;
  change: Change | null;
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
          "\u00a0"
        )}
      </span>
    </>
  );
}

const LEVELS: Record<Completeness["level"], string> = { good: "●", watch: "■", bad: "◆" };

function Quality({ state }: { state: Completeness | null }) {
  return (
    <a href="#exporters" className={styles.tile} title={state?.facts.join("\n")}>
      <span className={styles.tileLabel}>Data quality</span>
      <span className={styles.tileValue}>
        {state === null ? <span className={styles.tileWait} /> : <span className="number">{state.share}</span>}
      </span>
      <span className={styles.tileFacts}>
        {state ? (
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
