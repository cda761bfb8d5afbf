/** Canvas drawing of the time chart, in device pixels. */

import type uPlot from "uplot";
import { type ChartData, type ChartSeries, isComplete } from "../../lib/series";

export type TimeChartKind = "stack" | "lines";

export interface Palette {
  series: readonly string[];
  other: string;
  accent: string;
  panel: string;
  line: string;
  muted: string;
  text: string;
}

/** The theme's colours as they are now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    series: Array.from({ length: 8 }, (_, slot) => read(`--series-${slot + 1}`)),
    other: read("--series-other"),
    accent: read("--accent"),
    panel: read("--panel"),
    line: read("--line"),
    muted: read("--muted"),
    text: read("--text"),
  };
}

function colourOf(series: ChartSeries, palette: Palette): string {
  if (series.kind === "all") return palette.accent;
  return series.slot === null ? palette.other : (palette.series[series.slot] ?? palette.other);
}

interface Columns {
  left: (bucket: number) => number;
  gap: number;
}

function columns(u: uPlot, data: ChartData): Columns {
  const width = Math.abs(u.valToPos(data.start + data.step, "x", true) - u.valToPos(data.start, "x", true));
  return {
    left: (bucket) => Math.round(u.valToPos(data.start + bucket * data.step, "x", true)),
    gap: width >= 4 * devicePixelRatio ? Math.max(1, Math.round(devicePixelRatio)) : 0,
  };
}

function clip(u: uPlot) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
}

/** Stripes in the panel's colour over what may still grow. */
function hatch(ctx: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, colour: string) {
  const step = 6 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(x, y, width, height);
  ctx.clip();
  ctx.strokeStyle = colour;
  ctx.globalAlpha = 0.75;
  ctx.lineWidth = 2.5 * devicePixelRatio;
  ctx.beginPath();
  // The stripes start from a grid of the canvas, so that neighbouring bars join.
  for (let at = Math.floor((x - height) / step) * step; at < x + width; at += step) {
    ctx.moveTo(at, y + height);
    ctx.lineTo(at + height, y);
  }
  ctx.stroke();
  ctx.restore();
}

/** The part of the range before anything was collected. */
function drawUnknown(u: uPlot, data: ChartData, palette: Palette) {
  if (data.dataFrom === null) return;
  const { ctx, bbox } = u;
  const width = u.valToPos(data.dataFrom, "x", true) - bbox.left;
  if (width < 4 * devicePixelRatio) return;
  clip(u);
  ctx.globalAlpha = 0.35;
  ctx.fillStyle = palette.line;
  ctx.fillRect(bbox.left, bbox.top, width, bbox.height);
  ctx.globalAlpha = 1;
  const label = "No records kept from before";
  ctx.font = `${11 * devicePixelRatio}px "Inter Variable", system-ui, sans-serif`;
  const space = ctx.measureText(label).width;
  if (space + 24 * devicePixelRatio < width) {
    ctx.fillStyle = palette.muted;
    ctx.textAlign = "right";
    ctx.textBaseline = "top";
    ctx.fillText(label, bbox.left + width - 10 * devicePixelRatio, bbox.top + 8 * devicePixelRatio);
  }
  ctx.restore();
}

export function drawStack(u: uPlot, data: ChartData, palette: Palette, emphasis: number | null): void {
  const { ctx, bbox } = u;
  const { left, gap } = columns(u, data);
  const zero = u.valToPos(0, "y", true);
  drawUnknown(u, data, palette);
  clip(u);
  const bases = new Float64Array(data.count);
  for (const [index, series] of data.series.entries()) {
    ctx.fillStyle = colourOf(series, palette);
    ctx.globalAlpha = emphasis === null || emphasis === index ? 1 : 0.22;
    for (let bucket = 0; bucket < data.count; bucket += 1) {
      const value = series.values[bucket] ?? 0;
      if (value <= 0) continue;
      const base = bases[bucket] ?? 0;
      const bottom = Math.round(u.valToPos(base, "y", true));
      const top = Math.round(u.valToPos(base + value, "y", true));
      bases[bucket] = base + value;
      const x = left(bucket);
      ctx.fillRect(x, top, Math.max(1, left(bucket + 1) - x - gap), bottom - top);
    }
  }
  ctx.globalAlpha = 1;
  for (let bucket = 0; bucket < data.count; bucket += 1) {
    if (isComplete(data, bucket)) continue;
    const x = left(bucket);
    const top = u.valToPos(bases[bucket] ?? 0, "y", true);
    hatch(ctx, x, top, Math.max(1, left(bucket + 1) - x - gap), zero - top, palette.panel);
  }
  ctx.restore();
  ctx.fillStyle = palette.line;
  ctx.fillRect(bbox.left, Math.round(zero), bbox.width, Math.max(1, Math.round(devicePixelRatio)));
}

export function drawLines(u: uPlot, data: ChartData, palette: Palette, emphasis: number | null): void {
  const { ctx } = u;
  drawUnknown(u, data, palette);
  clip(u);
  ctx.lineJoin = "round";
  // What is unknown is a gap, not zero.
  const first = data.dataFrom === null ? 0 : Math.max(0, Math.floor((data.dataFrom - data.start) / data.step));
  for (const [index, series] of [...data.series.entries()].reverse()) {
    ctx.strokeStyle = colourOf(series, palette);
    ctx.globalAlpha = emphasis === null || emphasis === index ? 1 : 0.2;
    ctx.lineWidth = (emphasis === index ? 2.5 : 1.6) * devicePixelRatio;
    for (const dashed of [false, true]) {
      ctx.setLineDash(dashed ? [4 * devicePixelRatio, 3 * devicePixelRatio] : []);
      ctx.beginPath();
      for (let bucket = first; bucket < data.count; bucket += 1) {
        const x = u.valToPos(data.start + (bucket + 0.5) * data.step, "x", true);
        const y = u.valToPos(series.values[bucket] ?? 0, "y", true);
        // A stretch is dashed when the bucket at its end is incomplete, or the one at its start is.
        const partial = !isComplete(data, bucket) || !isComplete(data, bucket - 1);
        if (bucket > first && partial === dashed) ctx.lineTo(x, y);
        else ctx.moveTo(x, y);
      }
      ctx.stroke();
    }
  }
  ctx.setLineDash([]);
  ctx.restore();
}

/** An earlier range as a dashed line; where nothing is known of it the line breaks. */
export function drawReference(u: uPlot, data: ChartData, values: readonly (number | null)[], palette: Palette): void {
  const { ctx } = u;
  clip(u);
  ctx.lineJoin = "round";
  // A line in the panel's colour below it keeps it apart from bars of any colour.
  for (const [colour, width] of [
    [palette.panel, 3.5],
    [palette.text, 1.5],
  ] as const) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width * devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    let broken = true;
    for (let bucket = 0; bucket < data.count; bucket += 1) {
      const value = values[bucket] ?? null;
      if (value === null) {
        broken = true;
        continue;
      }
      const x = u.valToPos(data.start + (bucket + 0.5) * data.step, "x", true);
      const y = u.valToPos(value, "y", true);
      if (broken) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
      broken = false;
    }
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.restore();
}

/** Which series is under the pointer: `top` is in CSS pixels from the top of the plot. */
export function seriesAt(u: uPlot, data: ChartData, kind: TimeChartKind, bucket: number, top: number): number | null {
  const value = u.posToVal(top, "y");
  if (kind === "stack") {
    let base = 0;
    for (const [index, series] of data.series.entries()) {
      base += series.values[bucket] ?? 0;
      if (value >= 0 && value < base) return index;
    }
    return null;
  }
  let nearest: { index: number; distance: number } | null = null;
  for (const [index, series] of data.series.entries()) {
    const distance = Math.abs(u.valToPos(series.values[bucket] ?? 0, "y") - top);
    if (distance < 12 && (nearest === null || distance < nearest.distance)) nearest = { index, distance };
  }
  return nearest?.index ?? null;
}
