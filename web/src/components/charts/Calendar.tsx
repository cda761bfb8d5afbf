/** Hours of days as cells: when something is done, and when not. Days are those of UTC. */

import type { TimeseriesAnswer } from "../../api/client";
import { formatDate, type Instants } from "../../lib/time";
import type { DataTable } from "../Chart/export";
import { HeatMap, type HeatRow } from "./HeatMap";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const two = (hour: number) => String(hour).padStart(2, "0");

export interface Day extends HeatRow {
  begin: number;
}

/** Days of a range, the newest first, from an answer with a value for each hour. */
export function daysOf(answer: TimeseriesAnswer | undefined, { from, to }: Instants): Day[] {
  const values = answer?.series[0]?.values[0] ?? [];
  const start = answer?.start_ms ?? from;
  const first = Math.floor(from / DAY_MS) * DAY_MS;
  const count = Math.max(1, Math.ceil((to - first) / DAY_MS));
  return Array.from({ length: count }, (_, day) => {
    const begin = first + day * DAY_MS;
    const label = formatDate(begin, "UTC");
    return {
      id: String(begin),
      label,
      begin,
      target: {
        pairs: [],
        label,
        instants: { from: Math.max(begin, from), to: Math.min(begin + DAY_MS, to) },
      },
      values: HOURS.map((hour) => values[(begin - start) / HOUR_MS + hour] ?? 0),
    };
  }).reverse();
}

export const calendarHeight = (days: number) => days * 24 + 30;

/** The same as numbers. */
export function calendarTable(days: readonly Day[], format: (value: number) => string): DataTable {
  return {
    columns: ["Day (UTC)", ...HOURS.map(two)],
    rows: days.map((day) => [day.label, ...day.values]),
    format,
  };
}

interface Props {
  days: readonly Day[];
  range: Instants;
  label: string;
  format: (value: number) => string;
}

export function Calendar({ days, range, label, format }: Props) {
  const hour = (column: number) => `${two(column)}:00 UTC`;
  return (
    <HeatMap
      rows={days}
      label={label}
      columnLabel={hour}
      ends={["00:00 UTC", "24:00 UTC"]}
      cellTarget={(row, column) => {
        const begin = (days[row]?.begin ?? range.from) + column * HOUR_MS;
        const instants = { from: Math.max(begin, range.from), to: Math.min(begin + HOUR_MS, range.to) };
        return instants.from < instants.to
          ? { pairs: [], label: `${formatDate(begin, "UTC")} ${hour(column)}`, instants }
          : null;
      }}
      format={format}
    />
  );
}
