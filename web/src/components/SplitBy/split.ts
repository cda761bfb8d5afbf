/** One measure over time, split by the field of the scope. */

import { useMemo } from "react";
import { useOldest, useTimeseries } from "../../api/queries";
import { alignedValues, comparedInstants, compareShift } from "../../lib/compare";
import { bucketLength, type ChartData, chartData } from "../../lib/series";
import { isoTime } from "../../lib/time";
import { useQuestion } from "../../state/question";
import { useRange } from "../../state/range";
import { useScope } from "../../state/scope";

/** Buckets that fit the width of a chart. */
const BUCKETS = 150;

/**
 * Asks and keeps what a chart draws. `convert` makes of a total over some seconds what is shown; it must stay the same function while its result does.
 */
export function useSplit(measure: string, convert: (total: number, seconds: number) => number) {
  const scope = useScope();
  const question = useQuestion();
  const { instants, asOf } = useRange();
  const oldest = useOldest();
  const bucket = bucketLength(instants, BUCKETS);
  const body = {
    ...question,
    by: scope.by === "" ? [] : [scope.by],
    measures: [measure],
    every: bucket.every,
    top: scope.top,
    other: true,
  };
  const query = useTimeseries(body);
  const answer = query.data;
  // An older answer, shown until the new one comes, keeps its own field.
  const by = answer?.series[0] ? (Object.keys(answer.series[0].key)[0] ?? "") : scope.by;
  // Converted only when an answer comes, not with every move of the pointer.
  const data = useMemo(
    () => (answer ? chartData(answer, by, convert, oldest, asOf) : null),
    [answer, by, convert, oldest, asOf],
  );
  return { body, query, bucket, by, data };
}

/**
 * The sum of all series in the range that the screen is compared with, at the buckets of `data`; null without a
 * comparison, and until there is an answer.
 */
export function useReference(
  measure: string,
  convert: (total: number, seconds: number) => number,
  data: ChartData | null,
): readonly (number | null)[] | null {
  const { compare } = useScope();
  const question = useQuestion();
  const { instants } = useRange();
  const oldest = useOldest();
  const earlier = comparedInstants(compare, instants);
  const known = oldest !== null && oldest < earlier.to;
  const { data: answer } = useTimeseries(
    {
      ...question,
      from: isoTime(earlier.from),
      to: isoTime(earlier.to),
      measures: [measure],
      every: bucketLength(instants, BUCKETS).every,
    },
    compare !== "" && known,
  );
  const shift = compareShift(compare, instants);
  return useMemo(() => {
    const values = answer?.series[0]?.values[0];
    if (compare === "" || !known || !answer || !values || !data) return null;
    const seconds = answer.step_ms / 1000;
    const other = {
      start: answer.start_ms,
      step: answer.step_ms,
      values: values.map((value) => convert(value, seconds)),
    };
    // What is from before the first record is unknown, not zero.
    return alignedValues(data, other, shift).map((value, bucket) =>
      data.start + bucket * data.step - shift < (oldest ?? 0) - data.step ? null : value,
    );
  }, [answer, compare, convert, data, known, oldest, shift]);
}
