/** When it was active: two weeks, hour by hour. The range of the screen does not change it, the filter does. */

import { useTimeseries } from "../../api/queries";
import { isoTime } from "../../lib/time";
import { formatCount } from "../../lib/units";
import { useQuestion } from "../../state/question";
import { useRange } from "../../state/range";
import { Chart } from "../Chart/Chart";
import { Calendar, calendarHeight, calendarTable, daysOf } from "../charts/Calendar";

const DAYS = 14;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function Activity({ name }: { name: string }) {
  const question = useQuestion();
  const { instants } = useRange();
  const to = Math.ceil(instants.to / HOUR_MS) * HOUR_MS;
  const from = Math.floor((to - 1) / DAY_MS) * DAY_MS - (DAYS - 1) * DAY_MS;
  const body = { ...question, from: isoTime(from), to: isoTime(to), measures: ["flows"], every: "1h" };
  const query = useTimeseries(body);
  const days = daysOf(query.data, { from, to });
  return (
    <Chart
      title="Activity"
      note={`flows an hour, ${DAYS} days to the end of the range`}
      query={query}
      request={{ key: ["timeseries", body], path: "/api/v1/query/timeseries", body }}
      meta={(answer) => answer.meta}
      isEmpty={(answer) => answer.meta.rows_matched === 0}
      counters={false}
      height={calendarHeight(DAYS)}
      table={calendarTable(days, formatCount)}
    >
      {() => (
        <Calendar
          days={days}
          range={{ from, to }}
          label={`Activity of ${name}, day by hour`}
          format={(value) => `${formatCount(value)} flows`}
        />
      )}
    </Chart>
  );
}
