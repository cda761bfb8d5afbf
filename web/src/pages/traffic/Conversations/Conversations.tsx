/** Who talks to whom: both directions together, as a table, a matrix or a sankey. */

import { numberOf, spanOf } from "../../../api/client";
import { useAnswer, useOldest, useTimeseries } from "../../../api/queries";
import { Button } from "../../../components/Button/Button";
import { Chart } from "../../../components/Chart/Chart";
import { HeatMap } from "../../../components/charts/HeatMap";
import { itemsOf } from "../../../components/charts/items";
import { Sankey } from "../../../components/charts/Sankey";
import { EntityLink } from "../../../components/EntityLink";
import { FlowsLink } from "../../../components/FlowsLink";
import { Sparkline } from "../../../components/Sparkline";
import table from "../../../components/Table/Table.module.css";
import { coverage } from "../../../lib/coverage";
import { equals, joinTerms } from "../../../lib/filter";
import { bucketLength } from "../../../lib/series";
import { formatCount, formatShare, formatUnit, measureOf, toUnit, UNIT_LABELS } from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import entities from "../Entities/Entities.module.css";
import { conversations } from "./merge";

/** Directions that are asked for; the other direction of each is then asked for by name. */
const ASKED = 60;
const SHOWN = 40;
const MATRIX = 14;

export function Conversations() {
  const scope = useScope();
  const setScope = useSetScope();
  const question = useQuestion();
  const oldest = useOldest();
  const { instants, asOf } = useRange();
  const measure = measureOf(scope.unit, scope.raw);
  const measures = [...new Set([measure, "flows", "rows"])];
  const filter = joinTerms([question.filter ?? "", "src_ip exists and dst_ip exists"].filter((term) => term !== ""));
  const body = { ...question, filter, by: ["src_ip", "dst_ip"], measures, top: ASKED };
  const query = useAnswer(body);
  const first = query.data?.rows ?? [];
  const sources = [...new Set(first.map((row) => String(row.src_ip)))];
  const targets = [...new Set(first.map((row) => String(row.dst_ip)))];
  const back = useAnswer(
    {
      ...body,
      filter: joinTerms([filter, `src_ip in (${targets.join(", ")})`, `dst_ip in (${sources.join(", ")})`]),
      top: 10_000,
    },
    first.length > 0 && !query.isPlaceholderData,
  );
  const series = useTimeseries({
    ...body,
    measures: [measure],
    top: 50,
    every: bucketLength(instants, 40).every,
  });
  const course = new Map(
    (series.data?.series ?? []).map((one) => [`${one.key.src_ip}>${one.key.dst_ip}`, one.values[0] ?? []]),
  );
  const merged = conversations([...first, ...(back.isPlaceholderData ? [] : (back.data?.rows ?? []))], measure);
  const seconds = query.data ? coverage(spanOf(query.data.meta), oldest, asOf).seconds : 1;
  const write = (value: number) => formatUnit(toUnit(value, scope.unit, seconds), scope.unit);
  const view = scope.chart === "heat" || scope.chart === "sankey" ? scope.chart : "table";
  const names = [...new Set(merged.slice(0, MATRIX).flatMap(({ a, b }) => [a, b]))].slice(0, MATRIX + 8);
  const amounts = new Map(
    merged.flatMap(({ a, b, out, back: reverse }) => [
      [`${a}>${b}`, numberOf(out ?? undefined, measure)],
      [`${b}>${a}`, numberOf(reverse ?? undefined, measure)],
    ]),
  );
  const directed = (a: string, b: string) => ({
    pairs: [
      { field: "src_ip", value: a },
      { field: "dst_ip", value: b },
    ],
    label: `${a} → ${b}`,
  });
  return (
    <div className={entities.page}>
      <title>Conversations · Weir</title>
      <h1 className="visually-hidden">Conversations</h1>
      <Chart
        title="Conversations"
        note={`${UNIT_LABELS[scope.unit]} · both directions together · the largest`}
        query={query}
        request={{ key: ["query", body], path: "/api/v1/query", body }}
        meta={(answer) => answer.meta}
        isEmpty={(answer) => answer.rows.length === 0}
        counters={measure !== "flows"}
        height={480}
        picture={view !== "table"}
        actions={
          <span className={entities.kinds} role="group" aria-label="View">
            {(
              [
                ["table", "List", "rows"],
                ["heat", "Matrix", "exporters"],
                ["sankey", "Sankey", "flows"],
              ] as const
            ).map(([kind, label, icon]) => (
              <Button
                key={kind}
                look="plain"
                icon={icon}
                aria-label={label}
                aria-pressed={view === kind}
                onClick={() => setScope({ chart: kind })}
              />
            ))}
          </span>
        }
        table={{
          columns: ["A", "B", `A to B, ${UNIT_LABELS[scope.unit]}`, `B to A, ${UNIT_LABELS[scope.unit]}`, "flows"],
          rows: merged.map(({ a, b, out, back: reverse }) => [
            a,
            b,
            toUnit(numberOf(out ?? undefined, measure), scope.unit, seconds),
            toUnit(numberOf(reverse ?? undefined, measure), scope.unit, seconds),
            numberOf(out ?? undefined, "flows") + numberOf(reverse ?? undefined, "flows"),
          ]),
        }}
      >
        {(answer) =>
          view === "heat" ? (
            <HeatMap
              rows={names.map((name) => ({
                id: name,
                label: name,
                target: { pairs: [{ field: "src_ip", value: name }], label: name },
                values: names.map((other) => amounts.get(`${name}>${other}`) ?? 0),
              }))}
              label="Conversations as a matrix: rows send, columns receive"
              columnLabel={(column) => `to ${names[column] ?? ""}`}
              ends={[`to ${names[0] ?? ""}`, `to ${names.at(-1) ?? ""}`]}
              cellTarget={(row, column) => directed(names[row] ?? "", names[column] ?? "")}
              format={write}
            />
          ) : view === "sankey" ? (
            <Sankey
              items={itemsOf(answer.rows.slice(0, SHOWN), ["src_ip", "dst_ip"], (row) => numberOf(row, measure))}
              fields={["src_ip", "dst_ip"]}
              label="Conversations as a sankey"
              height={620}
              format={write}
            />
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
            <div className={table.scroll} tabIndex={0} role="region" aria-label="Conversations">
              <table className={`${table.table} ${table.numeric}`}>
                <thead>
                  <tr>
                    <th scope="col">A</th>
                    <th scope="col" className={table.left}>
                      B
                    </th>
                    <th scope="col">A → B</th>
                    <th scope="col">B → A</th>
                    <th scope="col">back</th>
                    <th scope="col">Flows</th>
                    <th scope="col" className={table.left}>
                      A → B over time
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {merged.slice(0, SHOWN).map(({ id, a, b, out, back: reverse, total }) => {
                    const flows = numberOf(out ?? undefined, "flows") + numberOf(reverse ?? undefined, "flows");
                    const rows = numberOf(out ?? undefined, "rows") + numberOf(reverse ?? undefined, "rows");
                    const there = `${equals("src_ip", a)} and ${equals("dst_ip", b)}`;
                    const here = `${equals("src_ip", b)} and ${equals("dst_ip", a)}`;
                    return (
                      <tr key={id}>
                        <th scope="row">
                          <span
                            className={table.bar}
                            style={{ width: `${(total / Math.max(1, merged[0]?.total ?? 1)) * 100}%` }}
                          />
                          <EntityLink mono target={{ pairs: [{ field: "src_ip", value: a }], label: a }} />
                        </th>
                        <td className={table.left}>
                          <EntityLink mono target={{ pairs: [{ field: "dst_ip", value: b }], label: b }} />
                        </td>
                        <td>{write(numberOf(out ?? undefined, measure))}</td>
                        <td>{back.data ? write(numberOf(reverse ?? undefined, measure)) : "…"}</td>
                        <td>{formatShare(total > 0 ? numberOf(reverse ?? undefined, measure) / total : 0)}</td>
                        <td>
                          <FlowsLink
                            terms={[a === b ? there : `((${there}) or (${here}))`]}
                            counted={{ flows, rows }}
                            instants={spanOf(answer.meta)}
                            label={`${formatCount(flows)} flows between ${a} and ${b}`}
                          >
                            {formatCount(flows)}
                          </FlowsLink>
                        </td>
                        <td className={table.left}>
                          <Sparkline className={table.spark} values={course.get(id) ?? []} />
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          )
        }
      </Chart>
    </div>
  );
}
