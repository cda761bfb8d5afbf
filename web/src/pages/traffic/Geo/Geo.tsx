/** Which countries traffic comes from and goes to, and how much of it has no place on a map. */

import { keyOf, numberOf, type QueryBody, spanOf } from "../../../api/client";
import { useAnswer, useOldest } from "../../../api/queries";
import { Button } from "../../../components/Button/Button";
import { Chart } from "../../../components/Chart/Chart";
import { Fact } from "../../../components/Fact";
import { FlowsLink } from "../../../components/FlowsLink";
import { PivotValue } from "../../../components/Pivot/PivotValue";
import { pairTerm } from "../../../components/Pivot/pivot";
import table from "../../../components/Table/Table.module.css";
import { TopTable } from "../../../components/TopTable/TopTable";
import { countryName } from "../../../lib/countries";
import { coverage, coverageNote } from "../../../lib/coverage";
import { absent, joinTerms } from "../../../lib/filter";
import { formatCount, formatShare, formatUnit, measureOf, toUnit, UNIT_LABELS } from "../../../lib/units";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope, useSetScope } from "../../../state/scope";
import styles from "./Geo.module.css";
import { isDrawn, WorldMap } from "./WorldMap";

/** More than there are countries. */
const MOST = 300;

/** Addresses that belong to no country by their nature: private, shared, link-local, loopback, multicast. */
const PLACELESS = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "127.0.0.0/8",
  "224.0.0.0/4",
  "255.255.255.255",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
  "::1",
].join(", "); // prettier-ignore

const SIDES = [
  ["dst", "To"],
  ["src", "From"],
] as const;

export function Geo() {
  const scope = useScope();
  const setScope = useSetScope();
  const { side } = scope;
  const field = `${side}_country`;
  const way = side === "dst" ? "to" : "from";
  const { query, body, measure, rows, counted, write, note } = useCountries(field);
  const anywhere = counted.length > 0;
  return (
    <div className={styles.page}>
      <title>Geo · Weir</title>
      <h1 className="visually-hidden">Geo</h1>
      <Chart
        title={`Traffic ${way} countries`}
        note={note}
        query={query}
        request={{ key: ["query", body], path: "/api/v1/query", body }}
        meta={(answer) => answer.meta}
        isEmpty={(answer) => answer.meta.rows_matched === 0}
        counters={measure !== "flows"}
        height={420}
        picture={anywhere}
        actions={
          <span className={styles.sides} role="group" aria-label="Direction">
            {SIDES.map(([value, label]) => (
              <Button
                key={value}
                look="plain"
                aria-pressed={side === value}
                onClick={() => setScope({ side: value }, { replace: true })}
              >
                {label}
              </Button>
            ))}
          </span>
        }
        table={{
          columns: ["Country", UNIT_LABELS[scope.unit], "flows"],
          rows: rows.map(({ code, value, row }) => [
            code === null ? "none" : countryName(code),
            value,
            numberOf(row, "flows"),
          ]),
        }}
      >
        {(answer) => (
          <>
            {anywhere ? (
              <WorldMap countries={counted} field={field} label={`Traffic ${way} countries, as a map`} format={write} />
            ) : (
              <p className={table.none}>
                No address of these records has a country. If that is so for public addresses as well, Weir has no geo
                database: the manual says under “Names and places” where it looks for one.
              </p>
            )}
            <Elsewhere field={field} body={body} span={spanOf(answer.meta)} total={sum(rows)} write={write} />
          </>
        )}
      </Chart>
      <div className={styles.list}>
        <TopTable
          title="Countries"
          fields={[field]}
          column="Country"
          rows={anywhere ? MOST : 8}
          terms={[`${field} exists`]}
        />
      </div>
      <TopTable
        title="Country to country"
        fields={["src_country", "dst_country"]}
        column="From → to"
        terms={["src_country exists or dst_country exists"]}
      />
      <TopTable
        title={`Operators ${way}`}
        fields={[`${side}_as_name`]}
        column="Operator"
        terms={[`${side}_as_name exists`]}
      />
      <TopTable title="Services" fields={[field, "service"]} column="Country → service" terms={[`${field} exists`]} />
    </div>
  );
}

interface Counted {
  code: string | null;
  value: number;
  row: Readonly<Record<string, unknown>>;
}

const sum = (rows: readonly Counted[]) => rows.reduce((total, { value }) => total + value, 0);

/** Traffic by the country of one side, with what has none. */
function useCountries(field: string) {
  const { unit, raw } = useScope();
  const question = useQuestion();
  const oldest = useOldest();
  const { asOf } = useRange();
  const measure = measureOf(unit, raw);
  const body = { ...question, by: [field], measures: [...new Set([measure, "flows", "rows"])], top: MOST, other: true };
  const query = useAnswer(body);
  // An older answer, of the other side, is not read by this side's field.
  const fitting = query.data?.rows.filter((row) => field in row) ?? [];
  const covered = query.data ? coverage(spanOf(query.data.meta), oldest, asOf) : null;
  const rows = fitting.map((row): Counted => {
    const code = keyOf(row, field);
    const value = toUnit(numberOf(row, measure), unit, covered?.seconds ?? 1);
    return { code: code === null ? null : String(code), value, row };
  });
  const counted = rows.flatMap(({ code, value }) => (code === null ? [] : [{ code, value }]));
  return {
    query,
    body,
    measure,
    rows,
    counted,
    write: (value: number) => formatUnit(value, unit),
    note: [UNIT_LABELS[unit], covered ? coverageNote(covered, unit) : null].filter(Boolean).join(" · "),
  };
}

interface ElsewhereProps {
  field: string;
  body: QueryBody;
  span: { from: number; to: number };
  /** Of everything, in the unit of the screen. */
  total: number;
  write: (value: number) => string;
}

/** What the map does not show: private addresses, addresses that nothing is known of, countries too small for it. */
function Elsewhere({ field, body, span, total, write }: ElsewhereProps) {
  const { unit, raw } = useScope();
  const oldest = useOldest();
  const { asOf } = useRange();
  const measure = measureOf(unit, raw);
  const address = field.replace("_country", "_ip");
  const placeless = `${address} in (${PLACELESS})`;
  const ask = (terms: readonly string[]): QueryBody => ({
    ...body,
    by: [],
    filter: joinTerms([body.filter ?? "", ...terms].filter((term) => term !== "")),
  });
  const none = absent(field);
  const kinds = [
    { label: "Private and other special addresses", terms: [none, placeless] },
    { label: "Country unknown", terms: [none, `not ${placeless}`] },
  ];
  const own = useAnswer(ask(kinds[0]?.terms ?? []));
  const unknown = useAnswer(ask(kinds[1]?.terms ?? []));
  const countries = useAnswer(body).data?.rows ?? [];
  const small = countries.flatMap((row) => {
    const code = keyOf(row, field);
    return code === null || isDrawn(String(code)) ? [] : [String(code)];
  });
  return (
    <dl className={styles.facts}>
      {[own, unknown].map(({ data }, index) => {
        const row = data?.rows[0];
        const { label = "", terms = [] } = kinds[index] ?? {};
        const value = toUnit(numberOf(row, measure), unit, coverage(span, oldest, asOf).seconds);
        const flows = formatCount(numberOf(row, "flows"));
        return (
          <Fact key={label} label={label}>
            {row ? (
              <>
                {write(value)} <span className={table.quiet}>{formatShare(total > 0 ? value / total : 0)}</span>{" "}
                <FlowsLink terms={terms} counted={row} instants={span} label={`${flows} flows: ${label}`}>
                  {flows} flows
                </FlowsLink>
              </>
            ) : (
              "…"
            )}
          </Fact>
        );
      })}
      {small.length > 0 ? (
        <Fact label="Too small for this map">
          <span className={styles.small}>
            {small.map((code) => {
              const pair = { field, value: code };
              return (
                <span key={pairTerm(pair)}>
                  <PivotValue target={{ pairs: [pair], label: countryName(code) }} />
                </span>
              );
            })}
          </span>
        </Fact>
      ) : null}
    </dl>
  );
}
