/** The measure by day and hour, whatever it is grouped by. */

import { useOldest, useTimeseries } from "../../../api/queries";
import { Chart } from "../../../components/Chart/Chart";
import { Calendar, calendarHeight, calendarTable, daysOf } from "../../../components/charts/Calendar";
import { coverage, coveredSeconds } from "../../../lib/coverage";
import { formatUnit, measureOf, toUnit, UNIT_LABELS } from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope } from "../../../state/scope";

/** More hours than this the server does not give. */
const MOST_DAYS = 80;
const HOUR_MS = 3_600_000;

export function ByHour({ title, hint }: { title: string; hint: string | undefined }) {
  const { unit, raw } = useScope();
  const question = useQuestion();
  const { instants, asOf } = useRange();
  const oldest = useOldest();
  const measure = measureOf(unit, raw);
  const body = { ...question, measures: [measure], every: "1h" };
  const tooLong = instants.to - instants.from > MOST_DAYS * 24 * HOUR_MS;
  const query = useTimeseries(body, !tooLong);
  const covered = coverage(instants, oldest, asOf);
  // An hour that is covered in part is divided by that part.
  const days = daysOf(query.data, instants).map((day) => ({
    ...day,
    values: day.values.map((value, hour) => {
      const begin = day.begin + hour * HOUR_MS;
      return value === 0 ? 0 : toUnit(value, unit, coveredSeconds(covered, begin, begin + HOUR_MS));
    }),
  }));
  const format = (value: number) => formatUnit(value, unit);
  if (tooLong) return <p className={hint}>A calendar shows {MOST_DAYS} days at most: choose a shorter range.</p>;
  return (
    <Chart
      title={title}
      note={`${unit === "total" ? "bytes an hour" : UNIT_LABELS[unit]} · by day and hour`}
      query={query}
      request={{ key: ["timeseries", body], path: "/api/v1/query/timeseries", body }}
      meta={(answer) => answer.meta}
      isEmpty={(answer) => answer.meta.rows_matched === 0}
      counters={measure !== "flows"}
      height={calendarHeight(days.length)}
      table={calendarTable(days, format)}
    >
      {() => <Calendar days={days} range={instants} label={`${title}, day by hour`} format={format} />}
    </Chart>
  );
}
