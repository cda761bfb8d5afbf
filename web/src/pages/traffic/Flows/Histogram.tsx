/** How many records there were over time, by the chosen field. */

import { useState } from "react";
import { AlertMarks } from "../../../components/AlertMarks/AlertMarks";
import { Panel } from "../../../components/Panel/Panel";
import { usePivot } from "../../../components/Pivot/PivotProvider";
import { PivotValue } from "../../../components/Pivot/PivotValue";
import { SplitBy } from "../../../components/SplitBy/SplitBy";
import { useReference, useSplit } from "../../../components/SplitBy/split";
import { TimeChart } from "../../../components/TimeChart/TimeChart";
import { seriesTarget } from "../../../components/TimeChart/target";
import { COMPARE_LABELS } from "../../../lib/compare";
import { fieldLabel } from "../../../lib/fields";
import { bucketInstants } from "../../../lib/series";
import { frozen } from "../../../lib/time";
import { formatCount, formatTick, formatValue } from "../../../lib/units";
import { useScope, useSetScope } from "../../../state/scope";
import styles from "./Flows.module.css";

const FIELDS = [
  "service",
  "protocol",
  "exporter",
  "flow_protocol",
  "src_ip",
  "dst_ip",
  "dst_port",
  "tcp_flags",
  "in_if",
  "out_if",
];
const HEIGHT = 132;
const asCounted = (total: number) => total;

export function Histogram() {
  const scope = useScope();
  const setScope = useSetScope();
  const pivot = usePivot();
  const [emphasis, setEmphasis] = useState<number | null>(null);
  // Rows, not flows: events of firewalls are in the list as well.
  const { body, query, bucket, by, data } = useSplit("rows", asCounted);
  const reference = useReference("rows", asCounted, data);
  return (
    <Panel
      title="Records over time"
      note={
        reference === null
          ? `per ${bucket.label}`
          : `per ${bucket.label} · dashed: ${COMPARE_LABELS[scope.compare].toLowerCase()}`
      }
      query={query}
      request={{ key: ["timeseries", body], path: "/api/v1/query/timeseries", body }}
      meta={(answer) => answer.meta}
      isEmpty={() => false}
      height={HEIGHT + 26}
      actions={<SplitBy fields={FIELDS} />}
    >
      {() =>
        data === null ? null : (
          <div className={styles.histogram}>
            <TimeChart
              data={data}
              kind="stack"
              zone={scope.tz}
              height={HEIGHT}
              label={`Records by ${fieldLabel(by)} over time`}
              format={(value) => formatValue(value, "")}
              tick={(value) => formatTick(value, "")}
              emphasis={emphasis}
              reference={reference}
              referenceLabel={COMPARE_LABELS[scope.compare].toLowerCase()}
              onBrush={(brushed) => setScope(frozen(brushed))}
              onMark={(mark) =>
                pivot.open(
                  seriesTarget(
                    data,
                    mark.series === null ? undefined : data.series[mark.series],
                    by,
                    bucketInstants(data, mark.bucket),
                    scope.tz,
                  ),
                  mark,
                )
              }
            >
              <AlertMarks instants={data.instants} />
            </TimeChart>
            <ul className={styles.legend} aria-label="Series" onMouseLeave={() => setEmphasis(null)}>
              {data.series.map((series, index) => (
                <li
                  key={series.id}
                  onMouseEnter={() => setEmphasis(index)}
                  onFocus={() => setEmphasis(index)}
                  onBlur={() => setEmphasis(null)}
                >
                  <span
                    className={styles.swatch}
                    style={{
                      background: series.slot === null ? "var(--series-other)" : `var(--series-${series.slot + 1})`,
                    }}
                  />
                  <PivotValue target={seriesTarget(data, series, by, null, scope.tz)} />
                  <span className={styles.count}>{formatCount(series.total)}</span>
                </li>
              ))}
            </ul>
          </div>
        )
      }
    </Panel>
  );
}
