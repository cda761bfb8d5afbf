/** Is each device sending, complete, on time, decoded and correctly scaled? */

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useMemo, useRef } from "react";
import type { ExporterStatus } from "../../../api/client";
import { useExporters } from "../../../api/queries";
import { stateSummary } from "../../../components/ExporterState/state";
import { Panel } from "../../../components/Panel/Panel";
import { formatCount } from "../../../lib/units";
import { usePreferences } from "../../../state/preferences";
import { useScope, useSetScope } from "../../../state/scope";
import { COLUMNS, exporterId, sorted } from "./columns";
import { Detail } from "./Detail";
import styles from "./Exporters.module.css";

export function Exporters() {
  const scope = useScope();
  const list = useExporters();
  const now = list.dataUpdatedAt;
  const all = list.data?.exporters;
  const open = all?.find((exporter) => exporterId(exporter) === scope.selected);
  return (
    <div className={scope.selected ? `${styles.page} ${styles.withDetail}` : styles.page}>
      <title>Exporters · Weir</title>
      <h1 className="visually-hidden">Exporters</h1>
      <Panel
        title="Exporters"
        note={all ? `${stateSummary(all, now) || "none"} · since Weir was started` : "since Weir was started"}
        query={list}
        isEmpty={() => false}
        height={400}
        actions={<Search />}
      >
        {({ exporters }) => <List exporters={exporters} now={now} />}
      </Panel>
      {scope.selected ? <Detail exporter={open} known={all !== undefined} now={now} /> : null}
    </div>
  );
}

function Search() {
  const { find } = useScope();
  const setScope = useSetScope();
  return (
    <input
      className={styles.search}
      type="search"
      aria-label="Find an exporter by its address"
      placeholder="Find an address"
      value={find}
      onChange={(event) => setScope({ find: event.currentTarget.value }, { replace: true })}
    />
  );
}

const WIDTH = COLUMNS.reduce((sum, { width }) => sum + width, 0);

function List({ exporters, now }: { exporters: readonly ExporterStatus[]; now: number }) {
  const { find, sort, selected } = useScope();
  const setScope = useSetScope();
  const { compact } = usePreferences();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(
    () =>
      sorted(
        exporters.filter(({ exporter }) => exporter.includes(find)),
        sort,
        now,
      ),
    [exporters, find, sort, now],
  );
  const height = compact ? 26 : 32;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    getItemKey: (index) => {
      const row = rows[index];
      return row ? exporterId(row) : index;
    },
  });
  const move = (event: KeyboardEvent) => {
    const at = rows.findIndex((row) => exporterId(row) === selected);
    const step =
      event.key === "ArrowDown" || event.key === "j" ? 1 : event.key === "ArrowUp" || event.key === "k" ? -1 : 0;
    if (event.key === "Escape" && selected !== "") setScope({ selected: "" }, { replace: true });
    else if (step !== 0) {
      const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
      if (!next) return;
      virtual.scrollToIndex(rows.indexOf(next));
      setScope({ selected: exporterId(next) }, { replace: true });
    } else return;
    event.preventDefault();
  };
  return (
    <div
      ref={scroller}
      className={styles.scroll}
      role="grid"
      aria-label="Exporters"
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      onKeyDown={move}
    >
      <div className={styles.inner} style={{ minWidth: WIDTH }}>
        <div className={styles.head} role="row" aria-rowindex={1} tabIndex={-1}>
          {COLUMNS.map(({ name, label, width, right }) => {
            const down = sort === `-${name}` || (sort === "" && name === "state");
            const up = sort === name;
            return (
              <div
                key={name}
                role="columnheader"
                aria-sort={down ? "descending" : up ? "ascending" : "none"}
                tabIndex={-1}
                className={right ? `${styles.cell} ${styles.right}` : styles.cell}
                style={{ width }}
              >
                <button
                  type="button"
                  onClick={() => setScope({ sort: down ? name : `-${name}` }, { replace: true })}
                  title={`Sort by ${label.toLowerCase()}`}
                >
                  {label}
                  <span aria-hidden="true">{down ? " ↓" : up ? " ↑" : ""}</span>
                </button>
              </div>
            );
          })}
        </div>
        <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="rowgroup">
          {virtual.getVirtualItems().map((item) => {
            const exporter = rows[item.index];
            if (!exporter) return null;
            const id = exporterId(exporter);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys of the grid open the next and previous row
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={id === selected}
                tabIndex={-1}
                className={id === selected ? `${styles.row} ${styles.selected}` : styles.row}
                style={{ transform: `translateY(${item.start}px)`, height }}
                onClick={(event) => {
                  // A value opens its own menu.
                  if (event.target instanceof Element && event.target.closest("button")) return;
                  setScope({ selected: id === selected ? "" : id }, { replace: true });
                }}
              >
                {COLUMNS.map(({ name, width, right, show }) => (
                  <div
                    key={name}
                    role="gridcell"
                    tabIndex={-1}
                    className={right ? `${styles.cell} ${styles.right}` : styles.cell}
                    style={{ width }}
                  >
                    {show(exporter, now)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {rows.length === 0 ? (
        <p className={styles.none}>
          {exporters.length === 0
            ? "No exporter has been heard since Weir was started."
            : `None of ${formatCount(exporters.length)} addresses contains ${find}.`}
        </p>
      ) : null}
    </div>
  );
}
