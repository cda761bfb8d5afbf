/** What a series, or one of its bars, stands for in the pivot menu. */

import type { ChartData, ChartSeries } from "../../lib/series";
import { formatSpan, type Instants } from "../../lib/time";
import type { PivotTarget } from "../Pivot/pivot";

export function seriesTarget(
  data: ChartData,
  series: ChartSeries | undefined,
  field: string,
  instants: Instants | null,
  zone: string,
): PivotTarget {
  const time = instants ? { instants } : {};
  if (!series || series.kind === "all")
    return { pairs: [], label: instants ? formatSpan(instants, zone) : "All", ...time };
  if (series.kind === "other") {
    const shown = data.series.filter((one) => one.kind === "value" || one.kind === "absent");
    if (shown.some((one) => one.key.length > 1))
      return { pairs: [], label: "Other", without: shown.map((one) => one.key), ...time };
    const values = shown.filter((one) => one.kind === "value").map((one) => one.value);
    return { pairs: [{ field, value: null }], label: "Other", except: values, ...time };
  }
  return { pairs: series.key, label: series.label, ...time };
}
