/** Values over time, stacked or as lines: brush to zoom, every bar a handle, readable without sight as a table. */

import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { bucketInstants, type ChartData, isComplete } from "../../lib/series";
import { formatClock, formatDate, formatSpan, formatTime, type Instants } from "../../lib/time";
import { zoneName } from "../../lib/zone";
import { onChartKey } from "../charts/keys";
import { axisLabels } from "./axis";
import { drawLines, drawReference, drawStack, type Palette, readPalette, seriesAt, type TimeChartKind } from "./draw";
import styles from "./TimeChart.module.css";

export interface Mark {
  series: number | null;
  bucket: number;
  x: number;
  y: number;
}

interface Props {
  data: ChartData;
  kind: TimeChartKind;
  zone: string;
  height: number;
  label: string;
  format: (value: number) => string;
  /** How the marks of the value axis are written. */
  tick: (value: number) => string;
  /** Sums of an earlier range at the same buckets, drawn as a dashed line. */
  reference?: readonly (number | null)[] | null;
  /** What the earlier range is called. */
  referenceLabel?: string;
  /** Index of the series to bring out, from the legend. */
  emphasis?: number | null;
  /** Highest value of the axis, for charts that are compared with each other. */
  top?: number;
  onBrush: (instants: Instants) => void;
  onMark: (mark: Mark) => void;
  /** `v`: the same numbers as a table. */
  onTable?: () => void;
  /** What lies over the plot at its upper edge. */
  children?: ReactNode;
}

interface Cursor {
  bucket: number;
  left: number;
  top: number;
  series: number | null;
}

const AXIS_FONT = '11px "Inter Variable", system-ui, sans-serif';

function peak(data: ChartData, kind: TimeChartKind): number[] {
  return Array.from({ length: data.count }, (_, bucket) => {
    const values = data.series.map((series) => series.values[bucket] ?? 0);
    return kind === "stack" ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values);
  });
}

export function TimeChart(props: Props) {
  const { data, kind, zone, height, label, format } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const help = useId();
  const sums = useMemo(() => peak(data, kind), [data, kind]);
  const { reference = null } = props;
  // The axis has room for both.
  const tops = useMemo(
    () => (reference === null ? sums : sums.map((sum, bucket) => Math.max(sum, reference[bucket] ?? 0))),
    [sums, reference],
  );
  const times = useMemo(() => Array.from({ length: data.count }, (_, index) => data.start + index * data.step), [data]);
  const plotted = useRef({ times, tops });
  plotted.current = { times, tops };

  useScheme(plot);

  // One plot per size-independent configuration; data, kind and emphasis only redraw it.
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const palette: { current: Palette } = { current: readPalette() };
    const bucketAt = (u: uPlot, left: number): number => {
      const { data: shown } = latest.current;
      return Math.min(shown.count - 1, Math.max(0, Math.floor((u.posToVal(left, "x") - shown.start) / shown.step)));
    };
    const options: uPlot.Options = {
      width: element.clientWidth,
      height,
      ms: 1,
      // To the right there is room for half a label of the last mark.
      padding: [8, 28, 0, 0],
      legend: { show: false },
      tzDate: (ms) =>
        zone === "UTC" ? uPlot.tzDate(new Date(ms), "Etc/UTC") : uPlot.tzDate(new Date(ms), zoneName(zone)),
      scales: {
        x: { time: true, range: () => [latest.current.data.instants.from, latest.current.data.instants.to] },
        y: {
          range: (_u, _min, max) => {
            const { top } = latest.current;
            if (top !== undefined && top > 0) return [0, top];
            return [0, Number.isFinite(max) && max > 0 ? max * 1.06 : 1];
          },
        },
      },
      series: [{}, { paths: () => null, points: { show: false } }],
      axes: [
        {
          font: AXIS_FONT,
          stroke: () => palette.current.muted,
          grid: { show: false },
          ticks: { stroke: () => palette.current.line, size: 4, width: 1 },
          space: 68,
          size: 36,
          values: (_u, splits, _axis, _space, increment) => axisLabels(splits, increment, zone),
        },
        {
          font: AXIS_FONT,
          stroke: () => palette.current.muted,
          grid: { stroke: () => palette.current.line, width: 1 },
          ticks: { show: false },
          border: { show: false },
          space: 38,
          size: 76,
          gap: 6,
          values: (_u, splits) => splits.map((value) => latest.current.tick(value)),
        },
      ],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 5 },
      },
      hooks: {
        drawClear: [() => (palette.current = readPalette())],
        draw: [
          (u) => {
            const { data: shown, kind: how, emphasis } = latest.current;
            const bright = emphasis ?? null;
            if (how === "stack") drawStack(u, shown, palette.current, bright);
            else drawLines(u, shown, palette.current, bright);
            if (latest.current.reference) drawReference(u, shown, latest.current.reference, palette.current);
          },
        ],
        setCursor: [
          (u) => {
            const { left, top } = u.cursor;
            if (left === undefined || top === undefined || left < 0) return setCursor(null);
            const bucket = bucketAt(u, left);
            setCursor({
              bucket,
              left,
              top,
              series: seriesAt(u, latest.current.data, latest.current.kind, bucket, top),
            });
          },
        ],
        setSelect: [
          (u) => {
            if (u.select.width < 5) return;
            const from = Math.round(u.posToVal(u.select.left, "x"));
            const to = Math.round(u.posToVal(u.select.left + u.select.width, "x"));
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            brushed = true;
            // A brush never asks for less than a second.
            latest.current.onBrush({
              from: Math.floor(from / 1000) * 1000,
              to: Math.max(Math.floor(from / 1000) * 1000 + 1000, Math.ceil(to / 1000) * 1000),
            });
          },
        ],
      },
    };
    let brushed = false;
    const chart = new uPlot(options, [plotted.current.times, plotted.current.tops], element);
    plot.current = chart;
    const click = (event: MouseEvent) => {
      if (brushed) {
        brushed = false;
        return;
      }
      const { data: shown, kind: how, onMark } = latest.current;
      if (shown.count === 0) return;
      const box = chart.over.getBoundingClientRect();
      const bucket = bucketAt(chart, event.clientX - box.left);
      onMark({
        bucket,
        series: seriesAt(chart, shown, how, bucket, event.clientY - box.top),
        x: event.clientX,
        y: event.clientY,
      });
    };
    const menu = (event: MouseEvent) => {
      event.preventDefault();
      click(event);
    };
    const down = () => {
      brushed = false;
    };
    chart.over.addEventListener("mousedown", down);
    chart.over.addEventListener("click", click);
    chart.over.addEventListener("contextmenu", menu);
    const resize = new ResizeObserver(() => {
      if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height });
    });
    resize.observe(element);
    let gone = false;
    void document.fonts?.load(AXIS_FONT).then(() => {
      if (!gone) chart.redraw(false, true);
    });
    return () => {
      gone = true;
      resize.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [height, zone]);

  useEffect(() => {
    plot.current?.setData([times, tops], true);
  }, [times, tops]);

  const emphasis = props.emphasis ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawing reads both from `latest`; these say when to draw again
  useEffect(() => {
    plot.current?.redraw(false, false);
  }, [emphasis, kind, reference]);

  const moveTo = useCallback((bucket: number) => {
    const u = plot.current;
    const { data: shown } = latest.current;
    if (!u || shown.count === 0) return;
    const at = Math.min(shown.count - 1, Math.max(0, bucket));
    const left = u.valToPos(shown.start + (at + 0.5) * shown.step, "x");
    u.setCursor({ left: Math.min(u.over.clientWidth - 1, Math.max(0, left)), top: u.over.clientHeight / 2 });
  }, []);

  const onKey = (event: KeyboardEvent) =>
    onChartKey(event, {
      move: (right) => {
        if (right !== 0) moveTo(cursor ? cursor.bucket + right : right < 0 ? data.count + right : 0);
        return right !== 0;
      },
      first: () => moveTo(0),
      last: () => moveTo(data.count - 1),
      open: () => {
        if (!cursor || !plot.current) return false;
        const box = plot.current.over.getBoundingClientRect();
        props.onMark({ bucket: cursor.bucket, series: null, x: box.left + cursor.left, y: box.top + cursor.top });
        return true;
      },
      other: (key) => {
        if (key === "v" && props.onTable) props.onTable();
        else if (key === "Escape" && anchor !== null) setAnchor(null);
        else if (key === " " && cursor) select(cursor.bucket);
        else return false;
        return true;
      },
    });
  /** The first time a selection begins, the second time it ends. */
  const select = (bucket: number) => {
    setAnchor(anchor === null ? bucket : null);
    if (anchor === null) return;
    const [first, last] = [Math.min(anchor, bucket), Math.max(anchor, bucket)];
    props.onBrush({ from: bucketInstants(data, first).from, to: bucketInstants(data, last).to });
  };

  const readout = cursor
    ? `${formatSpan(bucketInstants(data, cursor.bucket), zone)}: ${format(sums[cursor.bucket] ?? 0)}`
    : "";
  return (
    <div className={styles.chart}>
      <div
        ref={host}
        className={styles.plot}
        style={{ height }}
        role="group"
        aria-roledescription="chart"
        aria-label={label}
        aria-describedby={help}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the cursor along the chart
        tabIndex={0}
        onKeyDown={onKey}
        onBlur={() => setAnchor(null)}
      />
      {props.children}
      <span id={help} className="visually-hidden">
        Arrow keys move along the time axis, Space starts and ends a selection, Enter opens the actions for a bar.
      </span>
      <span className="visually-hidden" aria-live="polite">
        {anchor === null ? readout : `Selecting from ${formatTime(times[anchor] ?? 0, zone)}. ${readout}`}
      </span>
      <span className={styles.zone} aria-hidden="true">
        {zone === "browser" ? zoneName(zone) : zone}
      </span>
      {cursor ? (
        <Tooltip
          cursor={cursor}
          data={data}
          zone={zone}
          format={format}
          host={host}
          earlier={reference?.[cursor.bucket] ?? null}
          earlierLabel={props.referenceLabel ?? "before"}
        />
      ) : null}
    </div>
  );
}

/** Redraws when the theme changes: canvas does not follow CSS by itself. */
function useScheme(plot: RefObject<uPlot | null>) {
  useEffect(() => {
    const observer = new MutationObserver(() => plot.current?.redraw(false, true));
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
    return () => observer.disconnect();
  }, [plot]);
}

function Tooltip({
  cursor,
  data,
  zone,
  format,
  host,
  earlier,
  earlierLabel,
}: {
  cursor: Cursor;
  data: ChartData;
  zone: string;
  format: (value: number) => string;
  host: RefObject<HTMLDivElement | null>;
  earlier: number | null;
  earlierLabel: string;
}) {
  const { from, to } = bucketInstants(data, cursor.bucket);
  const rows = data.series
    .map((series, index) => ({ series, index, value: series.values[cursor.bucket] ?? 0 }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value);
  const total = rows.reduce((sum, { value }) => sum + value, 0);
  const incomplete = !isComplete(data, cursor.bucket);
  const unknown = data.dataFrom !== null && to <= data.dataFrom;
  const width = host.current?.clientWidth ?? 0;
  const right = cursor.left + 88 + 220 > width;
  const clock = to - from < 60_000 ? "second" : "minute";
  return (
    <div
      className={styles.tooltip}
      style={right ? { right: width - cursor.left - 76 + 14 } : { left: cursor.left + 76 + 14 }}
      aria-hidden="true"
    >
      <div className={styles.when}>
        {formatDate(from, zone)} {formatClock(from, zone, clock)}–{formatClock(to, zone, clock)}
      </div>
      {rows.map(({ series, index, value }) => (
        <div key={series.id} className={`${styles.line} ${index === cursor.series ? styles.hit : ""}`}>
          <span
            className={styles.swatch}
            style={{
              background:
                series.slot === null
                  ? series.kind === "all"
                    ? "var(--accent)"
                    : "var(--series-other)"
                  : `var(--series-${series.slot + 1})`,
            }}
          />
          <span className={styles.name}>{series.label}</span>
          <span className="number">{format(value)}</span>
        </div>
      ))}
      {rows.length > 1 ? (
        <div className={styles.sum}>
          <span>Sum</span>
          <span className="number">{format(total)}</span>
        </div>
      ) : null}
      {earlier === null ? null : (
        <div className={styles.sum}>
          <span>┄ {earlierLabel}</span>
          <span className="number">{format(earlier)}</span>
        </div>
      )}
      {rows.length === 0 ? <div className={styles.note}>{unknown ? "no records kept" : "nothing"}</div> : null}
      {incomplete && !unknown ? (
        <div className={styles.note}>Incomplete: not the whole of this bucket is in the range or has arrived</div>
      ) : null}
    </div>
  );
}
