/** The largest values of something with their traffic, share, change and flows. */

import { type ReactNode, useSyncExternalStore } from "react";
import { keyOf, numberOf, type Row, spanOf } from "../../api/client";
import { useAnswer, useOldest } from "../../api/queries";
import { colours, slotOf, slotVariable } from "../../lib/colour";
import { comparedInstants } from "../../lib/compare";
import { coverage, coverageNote } from "../../lib/coverage";
import { displayValue, fieldInfo } from "../../lib/fields";
import { joinTerms, quoteValue } from "../../lib/filter";
import { isoTime } from "../../lib/time";
import { changeOf, formatCount, formatShare, formatUnit, measureOf, toUnit, UNIT_LABELS } from "../../lib/units";
import { Narrowed } from "../../state/base";
import { useQuestion } from "../../state/question";
import { useRange } from "../../state/range";
import { useScope } from "../../state/scope";
import { FlowsLink } from "../FlowsLink";
import { Panel } from "../Panel/Panel";
import { PivotValue } from "../Pivot/PivotValue";
import { type Pair, type PivotTarget, pairTerm, targetTerm } from "../Pivot/pivot";
import styles from "./TopTable.module.css";

const ROWS = 8;
const NONE: readonly string[] = [];

interface Props {
  title: string;
  fields: readonly string[];
  column: string;
  rows?: number;
  actions?: ReactNode;
}

/** `terms` narrow it: its links and menus then count the same records as it does. */
export function TopTable({ terms = NONE, ...props }: Props & { terms?: readonly string[] }) {
  return (
    <Narrowed terms={terms}>
      <Ranking {...props} />
    </Narrowed>
  );
}

function Ranking({ title, fields, column, rows: most = ROWS, actions }: Props) {
  const scope = useScope();
  const question = useQuestion();
  const measure = measureOf(scope.unit, scope.raw);
  const measures = measure === "flows" ? ["flows", "rows"] : [measure, "flows", "rows"];
  const body = { ...question, by: [...fields], measures, top: most, other: true };
  const query = useAnswer(body);
  const earlier = useEarlier(fields, measure, query.data?.rows ?? []);
  const oldest = useOldest();
  const { asOf } = useRange();
  const shown = query.data ? coverage(spanOf(query.data.meta), oldest, asOf) : null;
  useSyncExternalStore(colours.subscribe, colours.version);
  return (
    <Panel
      title={title}
      note={[UNIT_LABELS[scope.unit], shown ? coverageNote(shown, scope.unit) : null].filter(Boolean).join(" · ")}
      query={query}
      request={{ key: ["query", body], path: "/api/v1/query", body }}
      meta={(answer) => answer.meta}
      isEmpty={(answer) => answer.meta.rows_matched === 0}
      counters={measure !== "flows"}
      terse
      height={(most + 1) * 25 + 24}
      actions={actions}
    >
      {(answer) => {
        const instants = spanOf(answer.meta);
        const { seconds } = coverage(instants, oldest, asOf);
        // An answer to the question before may still be on screen: it is read by its own fields.
        const own = fields.every((field) => answer.rows[0] === undefined || field in answer.rows[0])
          ? fields
          : fieldsOf(answer.rows[0]);
        const total = answer.rows.reduce((sum, row) => sum + numberOf(row, measure), 0);
        const top = Math.max(
          ...answer.rows.filter((row) => row.other !== true).map((row) => numberOf(row, measure)),
          0,
        );
        return (
          <table className={styles.top}>
            <thead>
              <tr>
                <th scope="col">{column}</th>
                <th scope="col">{UNIT_LABELS[scope.unit] === "total" ? "bytes" : UNIT_LABELS[scope.unit]}</th>
                <th scope="col">share</th>
                {earlier ? <th scope="col">change</th> : null}
                {measure === "flows" ? null : <th scope="col">flows</th>}
              </tr>
            </thead>
            <tbody>
              {answer.rows.map((row) => {
                const other = row.other === true;
                const pairs: Pair[] = own.map((field) => ({ field, value: keyOf(row, field) }));
                const target: PivotTarget = other
                  ? otherTarget(own, answer.rows)
                  : { pairs, label: pairs.map(({ field, value }) => displayValue(field, value)).join(" → ") };
                const value = numberOf(row, measure);
                const rate = toUnit(value, scope.unit, seconds);
                const term = other ? targetTerm(target) : null;
                const terms = other ? (term === null ? [] : [term]) : pairs.map(pairTerm);
                return (
                  <tr key={other ? "other" : target.label} className={other ? styles.other : undefined}>
                    <th scope="row">
                      {other ? null : (
                        <span
                          className={styles.bar}
                          style={{
                            width: `${top > 0 ? (value / top) * 100 : 0}%`,
                            background: barColour(own[0] ?? "", pairs),
                          }}
                        />
                      )}
                      <span className={styles.topName}>
                        <Name target={target} pairs={other ? [] : pairs} other={other} />
                      </span>
                    </th>
                    <td title={`${formatCount(value)} in all`}>{formatUnit(rate, scope.unit)}</td>
                    <td className={styles.share}>{formatShare(total > 0 ? value / total : 0)}</td>
                    {earlier ? (
                      <td className={styles.change}>{other ? "" : <Changed now={value} before={earlier(row)} />}</td>
                    ) : null}
                    {measure === "flows" ? null : (
                      <td>
                        <FlowsLink
                          terms={terms}
                          counted={row}
                          instants={instants}
                          label={`${formatCount(numberOf(row, "flows"))} flows of ${target.label}`}
                        >
                          {formatCount(numberOf(row, "flows"))}
                        </FlowsLink>
                      </td>
                    )}
                  </tr>
                );
              })}
            </tbody>
          </table>
        );
      }}
    </Panel>
  );
}

/**
 * What the rows of an answer measured in the range that the screen is compared with; null without a comparison, and where
 * there is nothing to compare with.
 */
function useEarlier(fields: readonly string[], measure: string, rows: readonly Row[]) {
  const { compare } = useScope();
  const { instants } = useRange();
  const question = useQuestion();
  const oldest = useOldest();
  const before = comparedInstants(compare, instants);
  // Every value that is shown must be in the other answer, however small it was then.
  const terms = fields.flatMap((field) => {
    const values = rows.filter((row) => row.other !== true).map((row) => keyOf(row, field));
    const written = [...new Set(values.filter((value) => value !== null))].map((value) => quoteValue(field, value));
    return written.length === 0 ? [] : [`${field} in (${written.join(", ")})`];
  });
  const known = oldest !== null && oldest <= before.from + (before.to - before.from) * 0.1;
  const body = {
    ...question,
    from: isoTime(before.from),
    to: isoTime(before.to),
    filter: joinTerms([question.filter ?? "", ...terms].filter((term) => term !== "")),
    by: [...fields],
    measures: [measure],
    top: 1000,
  };
  const enabled = compare !== "" && known && terms.length === fields.length;
  const { data, isPlaceholderData } = useAnswer(body, enabled);
  if (!enabled || !data || isPlaceholderData) return null;
  const key = (row: Row) => fields.map((field) => String(keyOf(row, field))).join("|");
  const found = new Map(data.rows.map((row) => [key(row), numberOf(row, measure)]));
  return (row: Row) => found.get(key(row)) ?? 0;
}

/** What is not among the rows of an answer. */
export function otherTarget(fields: readonly string[], rows: readonly Row[]): PivotTarget {
  const shown = rows.filter((row) => row.other !== true);
  const [field = ""] = fields;
  if (fields.length === 1)
    return { pairs: [{ field, value: null }], label: "Other", except: shown.map((row) => keyOf(row, field)) };
  const without = shown.map((row) => fields.map((name) => ({ field: name, value: keyOf(row, name) })));
  return { pairs: [], label: "Other", without };
}

function Changed({ now, before }: { now: number; before: number }) {
  if (before === 0) return <span className={styles.fresh}>new</span>;
  const change = changeOf(now, before);
  if (!change) return null;
  return (
    <span title={`${formatCount(before)} before`}>
      <span aria-hidden="true">{change.direction === "up" ? "↑" : change.direction === "down" ? "↓" : "="}</span>{" "}
      {change.text}
    </span>
  );
}

function fieldsOf(row: Row | undefined): string[] {
  return Object.keys(row ?? {}).filter(
    (key) =>
      fieldInfo(key) !== undefined &&
      !["bytes", "packets", "flows", "rows", "bytes_scaled", "packets_scaled"].includes(key),
  );
}

/** A value that has a colour in the chart above keeps it here. */
function barColour(field: string, pairs: readonly Pair[]): string {
  const value = pairs.length === 1 ? pairs[0]?.value : null;
  const slot = value === null || value === undefined ? null : slotOf(field, String(value));
  return slot === null ? "var(--accent)" : slotVariable(slot);
}

function Name({ target, pairs, other }: { target: PivotTarget; pairs: readonly Pair[]; other: boolean }) {
  const mono = !other && pairs.every(({ field }) => fieldInfo(field)?.kind === "ip");
  if (pairs.length < 2) return <PivotValue target={target} mono={mono} />;
  return (
    <PivotValue target={target} mono={mono}>
      {pairs.map(({ field, value }, index) => (
        <span key={field}>
          {index > 0 ? <span className={styles.to}> → </span> : null}
          {displayValue(field, value)}
        </span>
      ))}
    </PivotValue>
  );
}
