/** The frame of every chart: a panel with its numbers as a table, and with pictures and data to take away. */

import { Menu } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import type { Meta } from "../../api/client";
import { announce } from "../Announcer/Announcer";
import { Button } from "../Button/Button";
import { Panel } from "../Panel/Panel";
import type { Request } from "../Panel/QueryCard";
import pivot from "../Pivot/Pivot.module.css";
import numbers from "../Table/Table.module.css";
import styles from "./Chart.module.css";
import { csvOf, type DataTable, download, pngOf, svgOf } from "./export";

interface Props<T> {
  title: string;
  note?: ReactNode;
  query: UseQueryResult<T, Error>;
  request: Request;
  meta: (data: T) => Meta;
  isEmpty: (data: T) => boolean;
  counters: boolean;
  height: number;
  actions?: ReactNode;
  /** The numbers behind the picture; null until there are any. */
  table: DataTable | null;
  /** What colours mean, for pictures that leave the page. */
  legend?: readonly { label: string; colour: string }[];
  /** False while the content is no drawing, so that there is no picture to save. */
  picture?: boolean;
  children: (data: T) => ReactNode;
}

export function Chart<T>({ title, table, legend = [], picture = true, actions, height, children, ...panel }: Props<T>) {
  const [asTable, setAsTable] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const take = async (kind: "csv" | "svg" | "png") => {
    if (kind === "csv" && table) download(`${name}.csv`, new Blob([csvOf(table)], { type: "text/csv" }));
    if (kind !== "csv" && body.current) {
      const svg = svgOf(body.current, title, legend);
      const picture = kind === "svg" ? new Blob([svg.text], { type: "image/svg+xml" }) : await pngOf(svg);
      download(`${name}.${kind}`, picture);
    }
    announce(`${name}.${kind} saved`);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "v" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setAsTable(!asTable);
  };
  return (
    <Panel
      title={title}
      {...panel}
      height={height}
      actions={
        <>
          {actions}
          <Button
            look="plain"
            icon="table"
            aria-label={`${title} as a table`}
            aria-pressed={asTable}
            className={styles.tool}
            onClick={() => setAsTable(!asTable)}
          />
          <Menu position="bottom-end" transitionProps={{ duration: 0 }} withinPortal>
            <Menu.Target>
              <Button look="plain" icon="down" aria-label={`Save ${title}`} className={styles.tool} />
            </Menu.Target>
            <Menu.Dropdown className={pivot.menu}>
              {(["png", "svg", "csv"] as const).map((kind) => (
                <Menu.Item
                  key={kind}
                  className={pivot.item}
                  disabled={(asTable || !picture) && kind !== "csv"}
                  onClick={() => void take(kind)}
                >
                  Save as {kind.toUpperCase()}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      {(data) =>
        asTable && table ? (
          <NumberTable table={table} height={height} label={`${title}: values`} />
        ) : (
          // biome-ignore lint/a11y/noStaticElementInteractions: `v` is heard from whatever of the chart has the focus
          <div ref={body} className={styles.body} onKeyDown={onKey}>
            {children(data)}
          </div>
        )
      }
    </Panel>
  );
}

/** The numbers of a chart, exact, in the order of the chart. */
function NumberTable({ table, height, label }: { table: DataTable; height: number; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={styles.scroll} style={{ maxHeight: Math.max(height, 240) }} tabIndex={0} aria-label={label}>
      <table className={numbers.numbers}>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of an answer have no name and never move
            <tr key={index}>
              {row.map((cell, at) => (
                <td key={table.columns[at]} className={typeof cell === "number" ? numbers.right : undefined}>
                  {typeof cell === "number" ? (table.format?.(cell) ?? cell) : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
