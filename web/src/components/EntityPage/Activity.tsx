/** When it was active: two weeks, hour by hour. The range of the screen does not change it, the filter does. */

import { useTimeseries } from "../../api/queries";
import { formatDate, isoTime } from "../../lib/time";
import { formatCount } from "../../lib/units";
import { useQuestion } from "../../state/question";
import { useRange } from "../../state/range";
import { Chart } from "../Chart/Chart";
import { HeatMap } from "../charts/HeatMap";

const DAYS = 14;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function Activity({ name }: { name: string }) {
  const question = useQuestion();
  const { instants } = useRange();
  const to = Math.ceil(instants.to / HOUR_MS) * HOUR_MS;
  const from = Math.floor(to / DAY_MS) * DAY_MS - (DAYS - 1) * DAY_MS;
  const body = { ...question, from: isoTime(from), to: isoTime(to), measures: ["flows"], every: "1h" };
  const query = useTimeseries(body);
  const values = query.data?.series[0]?.values[0] ?? [];
  const start = query.data?.start_ms ?? from;
  const days = Array.from({ length: DAYS }, (_, day) => {
    const begin = from + day * DAY_MS;
    return {
      id: String(day),
      label: formatDate(begin, "UTC"),
      target: {
        pairs: [],
        label: formatDate(begin, "UTC"),
        instants: { from: begin, to: Math.min(begin + DAY_MS, to) },
      },
      values: Array.from({ length: 24 }, (_hour, hour) => values[(begin - start) / HOUR_MS + hour] ?? 0),
    };
  }).reverse();
  const hour = (column: number) => `${String(column).padStart(2, "0")}:00 UTC`;
  return (
    <Chart
      title="Activity"
      note={`flows an hour, ${DAYS} days to the end of the range`}
      query={query}
      request={{ key: ["timeseries", body], path: "/api/v1/query/timeseries", body }}
      meta={(answer) => answer.meta}
      isEmpty={(answer) => answer.meta.rows_matched === 0}
      counters={false}
      height={DAYS * 24 + 30}
      table={{
        columns: ["Day (UTC)", ...Array.from({ length: 24 }, (_, column) => String(column).padStart(2, "0"))],
        rows: days.map((day) => [day.label, ...day.values]),
        format: formatCount,
      }}
    >
      {() => (
        <HeatMap
          rows={days}
          label={`Activity of ${name}, day by hour`}
          columnLabel={hour}
          ends={["00:00 UTC", "24:00 UTC"]}
          cellTarget={(row, column) => {
            const begin = (days[row]?.target.instants.from ?? from) + column * HOUR_MS;
            return begin < to
              ? {
                  pairs: [],
                  label: `${formatDate(begin, "UTC")} ${hour(column)}`,
                  instants: { from: begin, to: begin + HOUR_MS },
                }
              : null;
          }}
          format={(value) => `${formatCount(value)} flows`}
        />
      )}
    </Chart>
  );
}
