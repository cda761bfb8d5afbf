/** The series of a chart with their numbers; each entry opens the pivot menu and brings its series out. */

import { type ChartData, peakOf } from "../../lib/series";
import { formatSpan } from "../../lib/time";
import { formatShare } from "../../lib/units";
import { PivotValue } from "../Pivot/PivotValue";
import { seriesTarget } from "../TimeChart/target";
import styles from "./Legend.module.css";

interface Props {
  data: ChartData;
  field: string;
  format: (value: number) => string;
  zone: string;
  /** True when the numbers are per second: the first column is then an average, else a sum. */
  rate: boolean;
  onEmphasis: (index: number | null) => void;
}

export function Legend({ data, field, format, zone, rate, onEmphasis }: Props) {
  const total = data.series.reduce((sum, series) => sum + series.total, 0);
  return (
    <table className={styles.legend} onMouseLeave={() => onEmphasis(null)}>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Series</span>
          </th>
          <th scope="col" title={`${rate ? "Average" : "Sum"} over ${formatSpan(data.covered, zone)}`}>
            {rate ? "avg" : "total"}
          </th>
          <th scope="col" title="Highest complete bucket">
            max
          </th>
          <th scope="col">share</th>
        </tr>
      </thead>
      <tbody>
        {data.series.map((series, index) => {
          const colour =
            series.kind === "all"
              ? "var(--accent)"
              : series.slot === null
                ? "var(--series-other)"
                : `var(--series-${series.slot + 1})`;
          return (
            <tr
              key={series.id}
              onMouseEnter={() => onEmphasis(index)}
              onFocus={() => onEmphasis(index)}
              onBlur={() => onEmphasis(null)}
            >
              <th scope="row">
                <span className={styles.entry}>
                  <span className={styles.swatch} style={{ background: colour }} />
                  <PivotValue target={seriesTarget(data, series, field, null, zone)} />
                </span>
              </th>
              <td>{format(series.overall)}</td>
              <td>{format(peakOf(data, series))}</td>
              <td>{formatShare(total > 0 ? series.total / total : 0)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
