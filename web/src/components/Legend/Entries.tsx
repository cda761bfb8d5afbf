/** The series of a chart in a line; each entry is a handle and brings its series out. */

import type { ChartData, ChartSeries } from "../../lib/series";
import { usePivot } from "../Pivot/PivotProvider";
import { seriesTarget } from "../TimeChart/target";
import styles from "./Entries.module.css";

export const seriesColour = ({ slot, kind }: Pick<ChartSeries, "slot" | "kind">) =>
  kind === "all" ? "var(--accent)" : slot === null ? "var(--series-other)" : `var(--series-${slot + 1})`;

export function Entries(props: {
  data: ChartData;
  field: string;
  zone: string;
  onEmphasis: (index: number | null) => void;
}) {
  const { data, field, zone, onEmphasis } = props;
  const pivot = usePivot();
  return (
    <ul className={styles.entries} aria-label="Series" onMouseLeave={() => onEmphasis(null)}>
      {data.series.map((series, index) => (
        <li key={series.id} onMouseEnter={() => onEmphasis(index)}>
          <button
            type="button"
            onFocus={() => onEmphasis(index)}
            onBlur={() => onEmphasis(null)}
            onClick={(event) => pivot.open(seriesTarget(data, series, field, null, zone), event.currentTarget)}
          >
            <span className={styles.swatch} style={{ background: seriesColour(series) }} />
            {series.label}
          </button>
        </li>
      ))}
    </ul>
  );
}
