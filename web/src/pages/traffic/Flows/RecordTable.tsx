/** Records as a virtual grid: only the rows in view are in the page, and more come by cursor as the end nears. */

import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import type { Row } from "../../../api/client";
import { announce } from "../../../components/Announcer/Announcer";
import { isTyping } from "../../../components/Frame/Shortcuts";
import { usePivot } from "../../../components/Pivot/PivotProvider";
import { columnWidth, isMono, isNumeric, shownField } from "../../../lib/columns";
import { displayValue, explainValue, type FieldValue, fieldInfo, fieldLabel, shortLabel } from "../../../lib/fields";
import { recordId } from "../../../lib/record";
import { formatTime } from "../../../lib/time";
import { zoneName } from "../../../lib/zone";
import { useScope, useSetScope } from "../../../state/scope";
import styles from "./RecordTable.module.css";

const features = tableFeatures({ columnSizingFeature, columnResizingFeature });

interface Props {
  rows: readonly Row[];
  matched: number;
  columns: readonly string[];
  compact: boolean;
  onScrolled: (scrolled: boolean) => void;
  /** Fetches the next page; null while that makes no sense. */
  more: (() => void) | null;
}

interface Place {
  row: number;
  column: number;
}

export function cellText(name: string, value: unknown, zone: string): string {
  if (fieldInfo(name)?.kind === "time" && typeof value === "string")
    return formatTime(Date.parse(value), zone, "millisecond");
  return displayValue(name, value as FieldValue);
}

export function RecordTable({ rows, matched, columns, compact, onScrolled, more }: Props) {
  const scope = useScope();
  const setScope = useSetScope();
  const pivot = usePivot();
  const scroller = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<Place>({ row: -1, column: 0 });
  const [focused, setFocused] = useState(false);

  const definitions = useMemo(
    () =>
      columns.map(
        (name): ColumnDef<typeof features, Row> => ({
          id: name,
          accessorFn: (row) => row[name],
          header: shortLabel(name),
          size: columnWidth(name),
          minSize: 40,
        }),
      ),
    [columns],
  );
  // The table only sizes columns; rows go to the virtualizer directly, so that a long list costs nothing here.
  const table = useTable({ features, columns: definitions, data: NO_ROWS, columnResizeMode: "onChange" });
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const widths = headers.map((header) => header.getSize());
  const template = `28px ${widths.map((width) => `${width}px`).join(" ")} minmax(0, 1fr)`;
  const total = widths.reduce((sum, width) => sum + width, 28);

  const height = compact ? 26 : 32;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    scrollPaddingStart: 28,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row height is what changed
  useEffect(() => virtual.measure(), [height, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - 40) more();
  }, [more, last, rows.length]);

  const selected = useMemo(
    () => (scope.selected === "" ? -1 : rows.findIndex((row) => recordId(row) === scope.selected)),
    [rows, scope.selected],
  );
  const current = place.row >= 0 && place.row < rows.length ? place.row : selected;

  const open = (index: number) => {
    const row = rows[index];
    if (!row) return;
    setPlace((at) => ({ ...at, row: index }));
    setScope({ selected: recordId(row) }, { replace: scope.selected !== "" });
  };
  const moveTo = (row: number, column: number) => {
    const next = {
      row: Math.max(0, Math.min(rows.length - 1, row)),
      column: Math.max(0, Math.min(columns.length - 1, column)),
    };
    setPlace(next);
    virtual.scrollToIndex(next.row, { align: "auto" });
    const cell = scroller.current;
    const left = widths.slice(0, next.column).reduce((sum, width) => sum + width, 28);
    if (cell && left + (widths[next.column] ?? 0) > cell.scrollLeft + cell.clientWidth)
      cell.scrollLeft = left + (widths[next.column] ?? 0) - cell.clientWidth;
    else if (cell && left - 28 < cell.scrollLeft) cell.scrollLeft = left - 28;
    const target = rows[next.row];
    // An open drawer follows the row.
    if (scope.selected !== "" && target && next.row !== current)
      setScope({ selected: recordId(target) }, { replace: true });
  };
  const pivotAt = (row: number, name: string, anchor: HTMLElement) => {
    const field = shownField(name, scope.raw);
    const value = rows[row]?.[field];
    if (typeof value !== "string" && typeof value !== "number") return;
    const info = fieldInfo(name);
    if (info?.kind === "time") {
      const at = Date.parse(String(value));
      const minute = Math.floor(at / 60_000) * 60_000;
      pivot.open(
        { pairs: [], label: cellText(name, value, scope.tz), instants: { from: minute, to: minute + 60_000 } },
        anchor,
      );
    } else pivot.open({ pairs: [{ field, value }], label: explainValue(field, value) }, anchor);
  };
  const cellElement = (at: Place) => document.getElementById(`cell-${at.row}-${at.column}`);
  const copy = (text: string, what: string) => void navigator.clipboard?.writeText(text).then(() => announce(what));

  const act = (key: string, shift: boolean): boolean => {
    const column = Math.min(place.column, columns.length - 1);
    if (key === "ArrowDown" || key === "j") moveTo(current + 1, column);
    else if (key === "ArrowUp" || key === "k") moveTo(Math.max(0, current - 1), column);
    else if (key === "ArrowRight") moveTo(Math.max(0, current), column + 1);
    else if (key === "ArrowLeft") moveTo(Math.max(0, current), column - 1);
    else if (key === "PageDown") moveTo(current + 20, column);
    else if (key === "PageUp") moveTo(current - 20, column);
    else if (key === "Home") moveTo(0, column);
    else if (key === "End") moveTo(rows.length - 1, column);
    else if (key === "Enter" && current >= 0) open(current);
    else if (key === "Escape" && scope.selected !== "") setScope({ selected: "" });
    else if (key === "p" && current >= 0) {
      const element = cellElement({ row: current, column });
      if (element) pivotAt(current, columns[column] ?? "", element);
    } else if (key.toLowerCase() === "y" && current >= 0) {
      const row = rows[current];
      if (shift) copy(JSON.stringify(row), "Record copied");
      else copy(String(row?.[shownField(columns[column] ?? "", scope.raw)] ?? ""), "Cell copied");
    } else return false;
    return true;
  };
  const latest = useRef(act);
  latest.current = act;

  // `j` and `k` work from anywhere on the page, as in a mail reader.
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (!["j", "k", "Escape"].includes(event.key) || document.querySelector("dialog[open]")) return;
      if (latest.current(event.key, event.shiftKey)) {
        event.preventDefault();
        if (event.key !== "Escape") scroller.current?.focus({ preventScroll: true });
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== scroller.current) return;
    if (act(event.key, event.shiftKey)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const onClick = (event: MouseEvent) => {
    if (!(event.target instanceof HTMLElement)) return;
    const element = event.target.closest<HTMLElement>("[data-row]");
    if (!element || String(window.getSelection() ?? "") !== "") return;
    const row = Number(element.dataset.row);
    const value = event.target.closest<HTMLElement>("[data-value]");
    const name = value?.dataset.value;
    if (value && name) {
      event.preventDefault();
      setPlace({ row, column: columns.indexOf(name) });
      pivotAt(row, name, value);
    } else if (event.type === "click") open(row);
  };

  const inView = current >= 0 && items.some((item) => item.index === current);
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      aria-label="Records, newest first"
      aria-rowcount={matched + 1}
      aria-colcount={columns.length}
      aria-activedescendant={
        focused && inView ? `cell-${current}-${Math.min(place.column, columns.length - 1)}` : undefined
      }
      tabIndex={0}
      onKeyDown={onKey}
      onClick={onClick}
      onContextMenu={onClick}
      onScroll={(event) => onScrolled(event.currentTarget.scrollTop > 60)}
      onFocus={(event) => {
        if (event.target !== event.currentTarget) return;
        setFocused(true);
        if (current < 0) setPlace({ row: 0, column: 0 });
      }}
      onBlur={() => setFocused(false)}
    >
      <div role="rowgroup" className={styles.head} style={{ minWidth: total }}>
        {/* biome-ignore lint/a11y/useFocusableInteractive: the grid itself keeps the focus */}
        <div role="row" aria-rowindex={1} className={styles.header} style={{ gridTemplateColumns: template }}>
          <span aria-hidden="true" />
          {headers.map((header, index) => {
            const name = header.column.id;
            const field = shownField(name, scope.raw);
            const zone = fieldInfo(name)?.kind === "time" ? ` (${zoneName(scope.tz)})` : "";
            return (
              // biome-ignore lint/a11y/useFocusableInteractive: the grid itself keeps the focus
              <div
                key={header.id}
                role="columnheader"
                aria-colindex={index + 1}
                className={isNumeric(name) ? `${styles.title} ${styles.right}` : styles.title}
                title={`${fieldLabel(field)}: ${fieldInfo(field)?.doc ?? ""}`}
              >
                <span className={styles.heading}>
                  {shortLabel(name)}
                  {zone}
                </span>
                <span
                  className={styles.grip}
                  aria-hidden="true"
                  onMouseDown={header.getResizeHandler()}
                  onTouchStart={header.getResizeHandler()}
                  onDoubleClick={() => header.column.resetSize()}
                />
              </div>
            );
          })}
        </div>
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize(), minWidth: total }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <Line
              key={item.index}
              index={item.index}
              row={row}
              columns={columns}
              raw={scope.raw}
              zone={scope.tz}
              top={item.start}
              height={height}
              template={template}
              selected={item.index === selected}
              column={focused && item.index === current ? Math.min(place.column, columns.length - 1) : -1}
              marked={item.index === current}
            />
          );
        })}
      </div>
    </div>
  );
}

const NO_ROWS: Row[] = [];

interface LineProps {
  index: number;
  row: Row;
  columns: readonly string[];
  /** Counters as exported. */
  raw: boolean;
  zone: string;
  top: number;
  height: number;
  template: string;
  selected: boolean;
  /** The active cell's column, or -1. */
  column: number;
  marked: boolean;
}

const Line = memo(function Line({
  index,
  row,
  columns,
  raw,
  zone,
  top,
  height,
  template,
  selected,
  column,
  marked,
}: LineProps) {
  const look = [styles.row, selected ? styles.selected : "", marked ? styles.marked : ""].join(" ");
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid itself keeps the focus
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-row={index}
      className={look}
      style={{ transform: `translateY(${top}px)`, height, gridTemplateColumns: template }}
    >
      <span className={styles.opener} aria-hidden="true">
        ›
      </span>
      {columns.map((name, at) => {
        const field = shownField(name, raw);
        const value = row[field];
        const adjusted = field !== name && value !== row[name];
        // Exporters say "no flags" of what has none, such as UDP; of TCP it is a finding.
        const flagless = name === "tcp_flags" && value === 0 && row.protocol !== 6;
        const missing = value === null || value === undefined || value === "" || flagless;
        const classes = [
          styles.cell,
          isNumeric(name) ? styles.right : "",
          isMono(name) ? styles.mono : "",
          column === at ? styles.active : "",
        ].join(" ");
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: the grid itself keeps the focus
          <div key={name} id={`cell-${index}-${at}`} role="gridcell" aria-colindex={at + 1} className={classes}>
            {missing ? (
              <span className={styles.missing}>–</span>
            ) : (
              <span
                data-value={name}
                className={styles.value}
                title={adjusted ? `${cellText(name, row[name], zone)} as exported` : undefined}
              >
                {adjusted ? "≈\u2009" : ""}
                {cellText(field, value, zone)}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
});
