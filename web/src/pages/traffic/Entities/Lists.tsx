/** Hosts, services and autonomous systems: what each sends, receives, and with how many it talks. */

import type { ReactNode } from "react";
import { keyOf, numberOf, type QueryBody, type Row, spanOf } from "../../../api/client";
import { useAnswer, useOldest } from "../../../api/queries";
import { EntityLink } from "../../../components/EntityLink";
import { FlowsLink } from "../../../components/FlowsLink";
import { Panel } from "../../../components/Panel/Panel";
import { pairTerm } from "../../../components/Pivot/pivot";
import table from "../../../components/Table/Table.module.css";
import { coverage, coverageNote } from "../../../lib/coverage";
import { displayValue } from "../../../lib/fields";
import { absent, joinTerms, quoteValue } from "../../../lib/filter";
import { formatClock } from "../../../lib/time";
import { formatCount, formatUnit, formatValue, measureOf, toUnit, UNIT_LABELS } from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import styles from "./Entities.module.css";

/** The most that are listed; the note says so when there are more. */
const MOST = 100;

interface Kind {
  title: string;
  column: string;
  /** The field on the side that sends, and on the side that receives; the same for what has no sides. */
  src: string;
  dst: string;
  mono?: boolean;
  /** The field with the name of a value, where values are numbers: `src_as_name` for `src_as`. */
  named?: string;
  /** What is no entity, though the field has a value for it. */
  unlisted?: Unlisted;
}

interface Unlisted {
  /** The term of those that are listed, for a field. */
  listed: (field: string) => string;
  label: string;
}

export function Hosts() {
  return <EntityList title="Hosts" column="Host" src="src_ip" dst="dst_ip" mono />;
}

export function Services() {
  return <EntityList title="Services" column="Service" src="service" dst="service" />;
}

export function Systems() {
  return (
    <EntityList
      title="AS traffic"
      column="AS"
      src="src_as"
      dst="dst_as"
      named="Operator"
      unlisted={{
        // Exporters write 0 for what they have no route for, and for their own networks.
        listed: (field) => `${field} > 0`,
        label: "Of no known AS: private addresses, and what neither the exporter nor a database has one for",
      }}
    />
  );
}

function EntityList({ title, column, src, dst, mono = false, named, unlisted }: Kind) {
  const scope = useScope();
  const setScope = useSetScope();
  const question = useQuestion();
  const oldest = useOldest();
  const { asOf } = useRange();
  const sides = src !== dst;
  const inbound = sides && scope.sort === "-received";
  const measure = measureOf(scope.unit, scope.raw);
  const narrowed = (field: string, terms: readonly string[]) =>
    joinTerms([question.filter ?? "", ...(unlisted ? [unlisted.listed(field)] : []), ...terms].filter(Boolean));
  const ask = (field: string, terms: readonly string[] = []): QueryBody => ({
    ...question,
    filter: narrowed(field, terms),
    by: [field],
    measures: [...new Set([measure, "flows", "rows", "unique(src_ip)", "unique(dst_ip)", "min(time)", "max(time)"])],
    top: MOST,
  });
  const [first, second] = inbound ? [dst, src] : [src, dst];
  const body = ask(first);
  const query = useAnswer(body);
  const rows = query.data?.rows ?? [];
  const values = rows.map((row) => keyOf(row, first)).filter((value) => value !== null);
  const terms = [
    ...(values.length > 0 ? [`${second} in (${values.map((value) => quoteValue(second, value)).join(", ")})`] : []),
    ...(values.length < rows.length ? [absent(second)] : []),
  ];
  const same = terms.length > 1 ? `(${terms.join(" or ")})` : (terms[0] ?? "");
  const other = useAnswer(ask(second, [same]), sides && rows.length > 0 && !query.isPlaceholderData);
  const found = new Map((other.data?.rows ?? []).map((row) => [String(keyOf(row, second)), row]));
  const covered = query.data ? coverage(spanOf(query.data.meta), oldest, asOf) : null;
  const find = scope.find.toLowerCase();
  const names = useNames(named === undefined ? null : first, narrowed(first, []));
  return (
    <div className={styles.page}>
      <title>{`${title} · Weir`}</title>
      <h1 className="visually-hidden">{title}</h1>
      <Panel
        title={title}
        note={[
          UNIT_LABELS[scope.unit],
          covered ? coverageNote(covered, scope.unit) : null,
          query.data?.meta.truncated ? `the ${MOST} largest` : null,
        ]
          .filter(Boolean)
          .join(" · ")}
        query={query}
        request={{ key: ["query", body], path: "/api/v1/query", body }}
        meta={(answer) => answer.meta}
        isEmpty={(answer) => answer.meta.rows_matched === 0}
        counters={measure !== "flows"}
        height={480}
        actions={
          <input
            className={table.search}
            type="search"
            aria-label={`Find in ${title}`}
            placeholder={`Find in ${title}`}
            value={scope.find}
            onChange={(event) => setScope({ find: event.currentTarget.value }, { replace: true })}
          />
        }
      >
        {(answer) => {
          const instants = spanOf(answer.meta);
          const seconds = coverage(instants, oldest, asOf).seconds;
          const nameOf = (row: Row) => names.get(String(keyOf(row, first))) ?? "";
          const shown = answer.rows.filter((row) =>
            `${displayValue(first, keyOf(row, first))} ${nameOf(row)}`.toLowerCase().includes(find),
          );
          const top = Math.max(0, ...answer.rows.map((row) => numberOf(row, measure)));
          return (
            <>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
              <div className={table.scroll} tabIndex={0} role="region" aria-label={title}>
                <table className={`${table.table} ${table.numeric}`}>
                  <thead>
                    <tr>
                      <th scope="col">{column}</th>
                      {named ? (
                        <th scope="col" className={table.left}>
                          {named}
                        </th>
                      ) : null}
                      {sides ? (
                        <>
                          <Sorted name="sent" down={!inbound} onSort={() => setScope({ sort: "" }, { replace: true })}>
                            Sent
                          </Sorted>
                          <Sorted
                            name="received"
                            down={inbound}
                            onSort={() => setScope({ sort: "-received" }, { replace: true })}
                          >
                            Received
                          </Sorted>
                          <th scope="col">Flows sent</th>
                          <th scope="col">Flows received</th>
                          <th scope="col">{src === "src_ip" ? "Peers" : "Hosts"}</th>
                        </>
                      ) : (
                        <>
                          <th scope="col">{UNIT_LABELS[scope.unit]}</th>
                          <th scope="col">Flows</th>
                          <th scope="col">Sources</th>
                          <th scope="col">Destinations</th>
                        </>
                      )}
                      <th scope="col">First</th>
                      <th scope="col">Last</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((row) => {
                      const value = keyOf(row, first);
                      const opposite = found.get(String(value));
                      const [out, into] = inbound ? [opposite, row] : [row, opposite];
                      const label = value === null ? "none" : displayValue(first, value);
                      const known = other.data !== undefined && !other.isPlaceholderData;
                      const amount = (of: Row | undefined, sure: boolean) =>
                        sure ? formatUnit(toUnit(numberOf(of, measure), scope.unit, seconds), scope.unit) : "…";
                      const link = (of: Row | undefined, field: string, what: string) =>
                        of ? (
                          <FlowsLink
                            terms={[pairTerm({ field, value })]}
                            counted={of}
                            instants={instants}
                            label={`${formatCount(numberOf(of, "flows"))} flows ${what} ${label}`}
                          >
                            {formatCount(numberOf(of, "flows"))}
                          </FlowsLink>
                        ) : known ? (
                          "0"
                        ) : (
                          "…"
                        );
                      return (
                        <tr key={String(value)}>
                          <th scope="row">
                            <span
                              className={table.bar}
                              style={{ width: `${top > 0 ? (numberOf(row, measure) / top) * 100 : 0}%` }}
                            />
                            <EntityLink mono={mono} target={{ pairs: [{ field: first, value }], label }} />
                          </th>
                          {named ? <td className={table.left}>{nameOf(row)}</td> : null}
                          <td>{amount(out, !inbound || known)}</td>
                          {sides ? (
                            <>
                              <td>{amount(into, inbound || known)}</td>
                              <td>{link(out, src, "from")}</td>
                              <td>{link(into, dst, "to")}</td>
                              <td>{formatValue(numberOf(row, `unique(${inbound ? "src" : "dst"}_ip)`), "")}</td>
                            </>
                          ) : (
                            <>
                              <td>{link(row, src, "of")}</td>
                              <td>{formatCount(numberOf(row, "unique(src_ip)"))}</td>
                              <td>{formatCount(numberOf(row, "unique(dst_ip)"))}</td>
                            </>
                          )}
                          <td>{clock(row, "min(time)", scope.tz)}</td>
                          <td>{clock(row, "max(time)", scope.tz)}</td>
                        </tr>
                      );
                    })}
                  </tbody>
                </table>
              </div>
              {unlisted ? <NotListed src={src} dst={dst} instants={instants} {...unlisted} /> : null}
              {shown.length === 0 ? (
                <p className={table.none}>
                  None of the {formatCount(answer.rows.length)} listed contains “{scope.find}”.
                </p>
              ) : null}
            </>
          );
        }}
      </Panel>
    </div>
  );
}

/** The names of the values of a field, by their text. */
function useNames(field: string | null, filter: string): Map<string, string> {
  const question = useQuestion();
  const name = `${field}_name`;
  const by = field === null ? [] : [field, name];
  const { data } = useAnswer({ ...question, filter, by, measures: ["rows"], top: 2 * MOST }, field !== null);
  const found = new Map<string, string>();
  for (const row of data?.rows ?? []) {
    const [value, text] = [keyOf(row, field ?? ""), keyOf(row, name)];
    // The most frequent name comes first.
    if (value !== null && typeof text === "string" && !found.has(String(value))) found.set(String(value), text);
  }
  return found;
}

/** How much is left out of the list, on either side, as links to it. */
function NotListed(props: Unlisted & { src: string; dst: string; instants: { from: number; to: number } }) {
  const { src, dst, instants, listed, label } = props;
  return (
    <p className={styles.unlisted}>
      {label}: <Left term={`not ${listed(src)}`} word="sent" instants={instants} />,{" "}
      <Left term={`not ${listed(dst)}`} word="received" instants={instants} />.
    </p>
  );
}

function Left({ term, word, instants }: { term: string; word: string; instants: { from: number; to: number } }) {
  const question = useQuestion();
  const filter = joinTerms([question.filter ?? "", term].filter(Boolean));
  const { data } = useAnswer({ ...question, filter, measures: ["flows", "rows"] });
  const row = data?.rows[0];
  if (!row) return "…";
  return (
    <FlowsLink terms={[term]} counted={row} instants={instants}>
      {formatCount(numberOf(row, "flows"))} flows {word}
    </FlowsLink>
  );
}

function Sorted(props: { name: string; down: boolean; onSort: () => void; children: ReactNode }) {
  return (
    <th scope="col" aria-sort={props.down ? "descending" : "none"}>
      <button type="button" onClick={props.onSort} title={`Sort by ${props.name}`}>
        {props.children}
        <span aria-hidden="true">{props.down ? " ↓" : ""}</span>
      </button>
    </th>
  );
}

function clock(row: Row, key: string, zone: string): string {
  const value = keyOf(row, key);
  return typeof value === "string" ? formatClock(Date.parse(value), zone) : "–";
}
