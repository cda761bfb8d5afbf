/** A drawing whose marks are handles: by pointer each of them, by keyboard one after the other. */

import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { usePivot } from "../Pivot/PivotProvider";
import type { PivotTarget } from "../Pivot/pivot";
import styles from "./charts.module.css";
import { onChartKey } from "./keys";

export interface Mark {
  id: string;
  /** Null for a mark that stands for nothing that could be asked for. */
  target: PivotTarget | null;
  label: string;
  value: string;
  /** Where its name is shown, in pixels of the drawing. */
  x: number;
  y: number;
}

export interface MarkProps {
  className: string | undefined;
  onMouseEnter: () => void;
  onClick: (event: MouseEvent) => void;
  onContextMenu: (event: MouseEvent) => void;
}

interface Props {
  label: string;
  width: number;
  height: number;
  marks: readonly Mark[];
  children: (mark: (index: number) => MarkProps) => ReactNode;
}

export function Marks({ label, width, height, marks, children }: Props) {
  const pivot = usePivot();
  const svg = useRef<SVGSVGElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const help = useId();
  const shown = active === null ? undefined : marks[active];
  const open = (index: number, x: number, y: number) => {
    const target = marks[index]?.target;
    if (target) pivot.open(target, { x, y });
  };
  const onKey = (event: KeyboardEvent) => {
    if (marks.length === 0) return;
    const last = marks.length - 1;
    onChartKey(event, {
      move: (right, down) => {
        setActive(Math.max(0, Math.min(last, (active ?? -1) + right + down)));
        return true;
      },
      first: () => setActive(0),
      last: () => setActive(last),
      open: () => {
        if (!shown || active === null || !svg.current) return false;
        const box = svg.current.getBoundingClientRect();
        open(active, box.left + shown.x, box.top + shown.y);
        return true;
      },
    });
  };
  return (
    <div
      className={styles.drawing}
      role="group"
      aria-roledescription="chart"
      aria-label={label}
      aria-describedby={help}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move from mark to mark
      tabIndex={0}
      onKeyDown={onKey}
      onMouseLeave={() => setActive(null)}
      onBlur={() => setActive(null)}
    >
      <svg ref={svg} data-chart="" width={width} height={height} aria-hidden="true">
        {children((index) => ({
          className: active === null ? styles.mark : index === active ? styles.active : styles.faded,
          onMouseEnter: () => setActive(index),
          onClick: (event) => open(index, event.clientX, event.clientY),
          onContextMenu: (event) => {
            event.preventDefault();
            open(index, event.clientX, event.clientY);
          },
        }))}
      </svg>
      <span id={help} className="visually-hidden">
        Arrow keys move from mark to mark, Enter opens the actions for one.
      </span>
      <span className="visually-hidden" aria-live="polite">
        {shown ? `${shown.label}: ${shown.value}` : ""}
      </span>
      {shown ? <Tip x={shown.x} y={shown.y} width={width} label={shown.label} value={shown.value} /> : null}
    </div>
  );
}

export function Tip(props: { x: number; y: number; width: number; label: string; value: string }) {
  const right = props.x > props.width / 2;
  return (
    <div
      className={styles.tip}
      style={right ? { right: props.width - props.x + 12, top: props.y } : { left: props.x + 12, top: props.y }}
      aria-hidden="true"
    >
      <span>{props.label}</span>
      <strong className="number">{props.value}</strong>
    </div>
  );
}

/** Gives its content the width there is. */
export function Sized({ height, children }: { height: number; children: (width: number) => ReactNode }) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={host} style={{ minHeight: height }}>
      {width > 0 ? children(width) : null}
    </div>
  );
}

/** Text that fits in so many pixels at the charts' size, with an ellipsis where it does not. */
export function fitted(text: string, pixels: number): string {
  const most = Math.floor(pixels / 6.4);
  return text.length <= most ? text : most < 3 ? "" : `${text.slice(0, most - 1)}…`;
}
