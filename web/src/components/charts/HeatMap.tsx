/** Rows × columns as cells of one colour, stronger for more, on a canvas; the scale is logarithmic. */

import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useRef, useState } from "react";
import { usePivot } from "../Pivot/PivotProvider";
import { PivotValue } from "../Pivot/PivotValue";
import type { PivotTarget } from "../Pivot/pivot";
import styles from "./charts.module.css";
import { HEAT_STEPS, heatStep } from "./heat";
import { onChartKey } from "./keys";
import { Sized, Tip } from "./Marks";

export interface HeatRow {
  id: string;
  label: string;
  target: PivotTarget | null;
  values: readonly number[];
}

interface Props {
  rows: readonly HeatRow[];
  label: string;
  columnLabel: (column: number) => string;
  /** What is written under the first and the last column. */
  ends: readonly [string, string];
  cellTarget: (row: number, column: number) => PivotTarget | null;
  format: (value: number) => string;
}

const CELL = 24;

export function HeatMap({ rows, label, columnLabel, ends, cellTarget, format }: Props) {
  const height = rows.length * CELL;
  return (
    <div className={styles.heat}>
      <ul className={styles.names} aria-label="Rows">
        {rows.map((row) => (
          <li key={row.id} style={{ height: CELL }}>
            {row.target ? <PivotValue target={row.target} /> : row.label}
          </li>
        ))}
      </ul>
      <Sized height={height}>
        {(width) => <Cells {...{ rows, label, columnLabel, cellTarget, format, width, height }} />}
      </Sized>
      <div className={styles.ends} aria-hidden="true">
        <span>{ends[0]}</span>
        <span>log scale, stronger is more</span>
        <span>{ends[1]}</span>
      </div>
    </div>
  );
}

function Cells(props: Omit<Props, "ends"> & { width: number; height: number }) {
  const { rows, label, columnLabel, cellTarget, format, width, height } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const pivot = usePivot();
  const scheme = useComputedColorScheme("light");
  const help = useId();
  const [at, setAt] = useState<{ row: number; column: number } | null>(null);
  const columns = Math.max(1, ...rows.map(({ values }) => values.length));
  const wide = width / columns;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours read from the page follow the scheme
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const scale = devicePixelRatio;
    element.width = width * scale;
    element.height = height * scale;
    const style = getComputedStyle(document.documentElement);
    const colours = Array.from({ length: HEAT_STEPS }, (_, step) =>
      style.getPropertyValue(`--heat-${step + 1}`).trim(),
    );
    const none = style.getPropertyValue("--raised").trim();
    const top = Math.max(...rows.flatMap(({ values }) => values), 1);
    for (const [row, { values }] of rows.entries()) {
      for (let column = 0; column < columns; column += 1) {
        const value = values[column] ?? 0;
        context.fillStyle = value > 0 ? (colours[heatStep(value, top) - 1] ?? none) : none;
        const left = Math.round(column * wide * scale);
        const right = Math.round((column + 1) * wide * scale);
        const gap = wide > 5 ? scale : 0;
        context.fillRect(left, row * CELL * scale, right - left - gap, (CELL - 1) * scale);
      }
    }
    if (at) {
      context.strokeStyle = style.getPropertyValue("--text").trim();
      context.lineWidth = 2 * scale;
      context.strokeRect(at.column * wide * scale, at.row * CELL * scale, wide * scale, (CELL - 1) * scale);
    }
  }, [rows, width, height, columns, wide, at, scheme]);
  const cellAt = (event: MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      row: Math.max(0, Math.min(rows.length - 1, Math.floor((event.clientY - box.top) / CELL))),
      column: Math.max(0, Math.min(columns - 1, Math.floor((event.clientX - box.left) / wide))),
    };
  };
  const open = (cell: { row: number; column: number }, x: number, y: number) => {
    const target = cellTarget(cell.row, cell.column);
    if (target) pivot.open(target, { x, y });
  };
  const onKey = (event: KeyboardEvent) => {
    if (rows.length === 0) return;
    const goTo = (row: number, column: number) =>
      setAt({
        row: Math.max(0, Math.min(rows.length - 1, row)),
        column: Math.max(0, Math.min(columns - 1, column)),
      });
    onChartKey(event, {
      // The first step of any kind leads to the first cell.
      move: (right, down) => {
        if (at) goTo(at.row + down, at.column + right);
        else goTo(0, 0);
        return true;
      },
      first: () => goTo(at?.row ?? 0, 0),
      last: () => goTo(at?.row ?? 0, columns - 1),
      open: () => {
        if (!at || !canvas.current) return false;
        const box = canvas.current.getBoundingClientRect();
        open(at, box.left + (at.column + 0.5) * wide, box.top + (at.row + 1) * CELL);
        return true;
      },
    });
  };
  const row = at ? rows[at.row] : undefined;
  const name = at && row ? `${row.label}, ${columnLabel(at.column)}` : "";
  const value = at && row ? format(row.values[at.column] ?? 0) : "";
  return (
    <div
      className={styles.drawing}
      role="group"
      aria-roledescription="chart"
      aria-label={label}
      aria-describedby={help}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move from cell to cell
      tabIndex={0}
      onKeyDown={onKey}
      onBlur={() => setAt(null)}
      onMouseLeave={() => setAt(null)}
      onMouseMove={(event) => {
        const cell = cellAt(event);
        if (cell.row !== at?.row || cell.column !== at.column) setAt(cell);
      }}
      onClick={(event) => open(cellAt(event), event.clientX, event.clientY)}
    >
      <canvas ref={canvas} style={{ height }} />
      <span id={help} className="visually-hidden">
        Arrow keys move from cell to cell, Enter opens the actions for one.
      </span>
      <span className="visually-hidden" aria-live="polite">
        {name === "" ? "" : `${name}: ${value}`}
      </span>
      {at && row ? (
        <Tip x={(at.column + 0.5) * wide} y={(at.row + 1) * CELL + 4} width={width} label={name} value={value} />
      ) : null}
    </div>
  );
}
