/** Every interface that flows name: what comes in by it, what goes out by it, and how full it is. */

import { Link } from "@tanstack/react-router";
import { numberOf, type Row, spanOf } from "../../../api/client";
import { useAnswer, useOldest } from "../../../api/queries";
import { FlowsLink } from "../../../components/FlowsLink";
import { Panel } from "../../../components/Panel/Panel";
import { PivotValue } from "../../../components/Pivot/PivotValue";
import { type Pair, pairTerm } from "../../../components/Pivot/pivot";
import table from "../../../components/Table/Table.module.css";
import { coverage, coverageNote } from "../../../lib/coverage";
import { joinTerms } from "../../../lib/filter";
import { writeScope } from "../../../lib/scope";
import { formatCount, formatShare, formatUnit, formatValue, measureOf, toUnit, UNIT_LABELS } from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import { interfaceId, useCounters } from "./counters";
import styles from "./Interfaces.module.css";

/** The most of each direction that are asked for; the panel says so when there are more. */
const MOST = 1000;

interface Listed {
  id: string;
  exporter: string;
  index: number;
  name: string | null;
  into?: Row;
  out?: Row;
}

export function useNamedInterfaces(term = "") {
  const question = useQuestion();
  const filter = joinTerms([question.filter ?? "", ...(term === "" ? [] : [term])].filter(Boolean));
  const measures = ["rows"];
  const into = useAnswer({ ...question, filter, by: ["exporter", "in_if", "in_if_name"], measures, top: MOST });
  const out = useAnswer({ ...question, filter, by: ["exporter", "out_if", "out_if_name"], measures, top: MOST });
  const names = new Map<string, string>();
  for (const [rows, field] of [
    [into.data?.rows, "in_if"],
    [out.data?.rows, "out_if"],
  ] as const) {
    for (const row of rows ?? []) {
      const name = row[`${field}_name`];
      if (typeof name === "string" && name !== "")
        names.set(interfaceId(String(row.exporter), String(row[field])), name);
    }
  }
  return names;
}

/** An interface by its name, where it is known, and always by its number. */
export function interfaceLabel(index: number, name: string | null): string {
  return name === null ? `interface ${index}` : `${name} (${index})`;
}

export function Interfaces() {
  const scope = useScope();
  const setScope = useSetScope();
  const question = useQuestion();
  const oldest = useOldest();
  const { asOf } = useRange();
  const measure = measureOf(scope.unit, scope.raw);
  const measures = [...new Set([measure, "bytes_scaled", "flows", "rows"])];
  const ask = (field: string) => ({
    ...question,
    filter: joinTerms([question.filter ?? "", `${field} exists`].filter(Boolean)),
    by: ["exporter", field],
    measures,
    top: MOST,
  });
  const body = ask("in_if");
  const query = useAnswer(body);
  const outgoing = useAnswer(ask("out_if"));
  const names = useNamedInterfaces();
  const counters = useCounters();
  const found = new Map<string, Listed>();
  for (const [rows, field, side] of [
    [query.data?.rows, "in_if", "into"],
    [outgoing.data?.rows, "out_if", "out"],
  ] as const) {
    for (const row of rows ?? []) {
      const [exporter, index] = [String(row.exporter), Number(row[field])];
      const id = interfaceId(exporter, index);
      found.set(id, { ...(found.get(id) ?? { id, exporter, index, name: names.get(id) ?? null }), [side]: row });
    }
  }
  const amount = (of: Row | undefined) => numberOf(of, measure);
  const all = [...found.values()].sort((a, b) => amount(b.into) + amount(b.out) - amount(a.into) - amount(a.out));
  const find = scope.find.toLowerCase();
  const shown = all.filter(({ exporter, index, name }) =>
    `${exporter} ${interfaceLabel(index, name)}`.toLowerCase().includes(find),
  );
  const covered = query.data ? coverage(spanOf(query.data.meta), oldest, asOf) : null;
  const top = Math.max(0, ...all.map(({ into, out }) => Math.max(amount(into), amount(out))));
  return (
    <div className={styles.page}>
      <title>Interfaces · Weir</title>
      <h1 className="visually-hidden">Interfaces</h1>
      <Panel
        title="Interfaces"
        note={[
          UNIT_LABELS[scope.unit],
          covered ? coverageNote(covered, scope.unit) : null,
          "as flows name them; how full only where the router tells the speed",
          query.data?.meta.truncated || outgoing.data?.meta.truncated ? `of the ${MOST} largest` : null,
        ]
          .filter(Boolean)
          .join(" · ")}
        query={query}
        request={{ key: ["query", body], path: "/api/v1/query", body }}
        meta={(answer) => answer.meta}
        isEmpty={(answer) => answer.meta.rows_matched === 0 && outgoing.data?.meta.rows_matched === 0}
        counters={measure !== "flows"}
        height={480}
        actions={
          <input
            className={table.search}
            type="search"
            aria-label="Find in interfaces"
            placeholder="Find in interfaces"
            value={scope.find}
            onChange={(event) => setScope({ find: event.currentTarget.value }, { replace: true })}
          />
        }
      >
        {(answer) => {
          const instants = spanOf(answer.meta);
          const seconds = coverage(instants, oldest, asOf).seconds;
          const write = (of: Row | undefined) => formatUnit(toUnit(amount(of), scope.unit, seconds), scope.unit);
          return (
            <>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
              <div className={table.scroll} tabIndex={0} role="region" aria-label="Interfaces">
                <table className={`${table.table} ${table.numeric}`}>
                  <thead>
                    <tr>
                      <th scope="col">Interface</th>
                      <th scope="col" className={table.left}>
                        Exporter
                      </th>
                      <th scope="col">In</th>
                      <th scope="col">Out</th>
                      <th scope="col">Speed</th>
                      <th scope="col">Used in</th>
                      <th scope="col">Used out</th>
                      <th scope="col">Flows in</th>
                      <th scope="col">Flows out</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map(({ id, exporter, index, name, into, out }) => {
                      const label = interfaceLabel(index, name);
                      const speed = counters.get(id)?.speed ?? null;
                      const used = (of: Row | undefined) =>
                        speed === null || seconds <= 0
                          ? "–"
                          : formatShare((numberOf(of, "bytes_scaled") * 8) / seconds / speed);
                      const link = (of: Row | undefined, field: string, way: string) => {
                        const pairs: Pair[] = [
                          { field: "exporter", value: exporter },
                          { field, value: index },
                        ];
                        return of ? (
                          <FlowsLink
                            terms={pairs.map(pairTerm)}
                            counted={of}
                            instants={instants}
                            label={`${formatCount(numberOf(of, "flows"))} flows ${way} ${label} of ${exporter}`}
                          >
                            {formatCount(numberOf(of, "flows"))}
                          </FlowsLink>
                        ) : (
                          "0"
                        );
                      };
                      return (
                        <tr key={id}>
                          <th scope="row">
                            <span
                              className={table.bar}
                              style={{ width: `${top > 0 ? (Math.max(amount(into), amount(out)) / top) * 100 : 0}%` }}
                            />
                            <Link
                              to="/interfaces/$exporter/$index"
                              params={{ exporter, index: String(index) }}
                              search={writeScope({ ...scope, selected: "", find: "", sort: "" })}
                              className={styles.name}
                              title={index === 0 ? "What the router sends or drops itself has no interface" : undefined}
                            >
                              {label}
                            </Link>
                          </th>
                          <td className={table.left}>
                            <PivotValue
                              mono
                              target={{ pairs: [{ field: "exporter", value: exporter }], label: exporter }}
                            />
                          </td>
                          <td>{write(into)}</td>
                          <td>{write(out)}</td>
                          <td>{speed === null ? "–" : formatValue(speed, "bit/s")}</td>
                          <td>{used(into)}</td>
                          <td>{used(out)}</td>
                          <td>{link(into, "in_if", "into")}</td>
                          <td>{link(out, "out_if", "out of")}</td>
                        </tr>
                      );
                    })}
                  </tbody>
                </table>
              </div>
              {shown.length === 0 ? (
                <p className={table.none}>
                  {scope.find === ""
                    ? "These flows do not say by which interface they came or went."
                    : `None of the ${formatCount(all.length)} listed contains “${scope.find}”.`}
                </p>
              ) : null}
            </>
          );
        }}
      </Panel>
    </div>
  );
}
