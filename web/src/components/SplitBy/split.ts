/** One measure over time, split by the field of the scope. */

import { useMemo } from "react";
import { useOldest, useTimeseries } from "../../api/queries";
import { bucketLength, chartData } from "../../lib/series";
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
  const body = { ...question, by: [scope.by], measures: [measure], every: bucket.every, top: scope.top, other: true };
  const query = useTimeseries(body);
  const answer = query.data;
  // An older answer, shown until the new one comes, keeps its own field.
  const by = answer?.series[0] ? (Object.keys(answer.series[0].key)[0] ?? scope.by) : scope.by;
  // Converted only when an answer comes, not with every move of the pointer.
  const data = useMemo(
    () => (answer ? chartData(answer, by, convert, oldest, asOf) : null),
    [answer, by, convert, oldest, asOf],
  );
  return { body, query, bucket, by, data };
}
