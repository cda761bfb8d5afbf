/** The records behind a number: their course over time, the table, and one record in full. */

import { useMemo, useRef, useState } from "react";
import { useFlows } from "../../../api/queries";
import { DEFAULT_COLUMNS, shownField } from "../../../lib/columns";
import { IDENTITY } from "../../../lib/record";
import { useQuestion } from "../../../state/question";
import { useRange } from "../../../state/range";
import { useScope } from "../../../state/scope";
import { Drawer } from "./Drawer";
import styles from "./Flows.module.css";
import { Histogram } from "./Histogram";
import { Records } from "./Records";

const PAGE_ROWS = 200;

export function Flows() {
  const scope = useScope();
  const { live } = useRange();
  const question = useQuestion();
  const columns = scope.columns.length > 0 ? scope.columns : DEFAULT_COLUMNS;

  // A refresh would move the rows under a reader who has scrolled or opened a record: the list then stays as it is.
  const [scrolled, setScrolled] = useState(false);
  const wanted = `${scope.from}|${scope.to}|${scope.tz}|${scope.filter}`;
  const held = useRef({ wanted, question });
  const holding = live && (scrolled || scope.selected !== "");
  if (!holding || held.current.wanted !== wanted) held.current = { wanted, question };
  const listed = held.current.question;

  const asked = useMemo(
    () => [...new Set([...columns.map((name) => shownField(name, scope.raw)), ...IDENTITY])],
    [columns, scope.raw],
  );
  const body = { ...listed, columns: asked, limit: PAGE_ROWS };
  const query = useFlows(body);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);

  return (
    <div className={scope.selected ? `${styles.page} ${styles.withDrawer}` : styles.page}>
      <title>Flows · Weir</title>
      <h1 className="visually-hidden">Flows</h1>
      <div className={styles.lists}>
        <Histogram />
        <Records
          query={query}
          body={body}
          rows={rows}
          columns={columns}
          behind={listed !== question}
          onScrolled={setScrolled}
        />
      </div>
      {scope.selected ? <Drawer id={scope.selected} rows={rows} /> : null}
    </div>
  );
}
