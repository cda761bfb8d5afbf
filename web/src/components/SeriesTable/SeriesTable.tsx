/** A chart's numbers as a table: bucket by bucket, newest first. */

import { type ChartData, isComplete } from "../../lib/series";
import { formatTime } from "../../lib/time";
import { zoneName } from "../../lib/zone";
import table from "../Table/Table.module.css";
import styles from "./SeriesTable.module.css";

interface Props {
  data: ChartData;
  zone: string;
  format: (value: number) => string;
  height: number;
}

export function SeriesTable({ data, zone, format, height }: Props) {
  const buckets = Array.from({ length: data.count }, (_, index) => data.count - 1 - index);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={styles.scroll} style={{ height }} tabIndex={0} aria-label="Values by time">
      <table className={table.numbers}>
        <thead>
          <tr>
            <th scope="col">Time ({zoneName(zone)})</th>
            {data.series.map((series) => (
              <th key={series.id} scope="col" className={table.right}>
                {series.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {buckets.map((bucket) => (
            <tr key={bucket}>
              <th scope="row">
                {formatTime(data.start + bucket * data.step, zone, data.step < 60_000 ? "second" : "minute")}
                {isComplete(data, bucket) ? null : <span className={table.quiet}> incomplete</span>}
              </th>
              {data.series.map((series) => (
                <td key={series.id} className={table.right}>
                  {format(series.values[bucket] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
