/** Labels of a time axis: 24-hour clock, ISO dates, the date written once where the day begins, the year where it does. */

import { partsAt } from "../../lib/zone";

const two = (n: number) => String(n).padStart(2, "0");

export function axisLabels(splits: readonly number[], increment: number, zone: string): string[] {
  let lastDay = "";
  let lastYear = 0;
  let lastOffset: string | null = null;
  return splits.map((ms, index) => {
    const p = partsAt(ms, zone);
    const day = `${p.year}-${two(p.month)}-${two(p.day)}`;
    if (increment >= 86_400_000) {
      const year = p.year === lastYear ? "" : `\n${p.year}`;
      lastYear = p.year;
      return day.slice(5) + year;
    }
    const clock =
      increment < 60_000 ? `${two(p.hour)}:${two(p.minute)}:${two(p.second)}` : `${two(p.hour)}:${two(p.minute)}`;
    // Minutes between the zone's clock and UTC: a step in it is a change of daylight-saving time.
    const offset = String(
      Math.round(
        (Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(ms / 1000) * 1000) / 60_000,
      ),
    );
    const changed = lastOffset !== null && lastOffset !== offset;
    lastOffset = offset;
    const second = index === 0 || day !== lastDay ? `\n${day}` : changed ? "\nclock change" : "";
    lastDay = day;
    return clock + second;
  });
}
