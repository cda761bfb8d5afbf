/** Flows as they arrive, under the filter of the screen. */

import { useMemo, useState } from "react";
import { Button } from "../../../components/Button/Button";
import { FlowsLink } from "../../../components/FlowsLink";
import { Failure } from "../../../components/Panel/Panel";
import panel from "../../../components/Panel/Panel.module.css";
import { DEFAULT_COLUMNS, shownField } from "../../../lib/columns";
import { IDENTITY } from "../../../lib/record";
import { formatClock, isoTime } from "../../../lib/time";
import { formatCount, formatValue } from "../../../lib/units";
import { usePreferences } from "../../../state/preferences";
import { useScope, useSetScope } from "../../../state/scope";
import { useKeys } from "../../security/Alerts/useActions";
import { ColumnChooser } from "../../traffic/Flows/ColumnChooser";
import { Drawer } from "../../traffic/Flows/Drawer";
import flows from "../../traffic/Flows/Flows.module.css";
import { RecordTable } from "../../traffic/Flows/RecordTable";
import styles from "./Tail.module.css";
import { MOST_KEPT, useTail } from "./useTail";

export function Tail() {
  const scope = useScope();
  const setScope = useSetScope();
  const { compact } = usePreferences();
  const [stopped, setStopped] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  // Rows must not move under a reader who has scrolled or opened one.
  const paused = stopped || scrolled || scope.selected !== "";
  const columns = scope.columns.length > 0 ? scope.columns : DEFAULT_COLUMNS;
  const asked = useMemo(
    () => [...new Set([...columns.map((name) => shownField(name, scope.raw)), ...IDENTITY])],
    [columns, scope.raw],
  );
  const { rows, rate, unshown, from, to, error, clear } = useTail(scope.filter, asked, paused);
  useKeys((key) => {
    if (key !== "p" || document.activeElement?.closest('[role="grid"]')) return false;
    setStopped(!stopped);
    return true;
  });
  const resume = () => {
    setStopped(false);
    setScrolled(false);
    if (scope.selected !== "") setScope({ selected: "" }, { replace: true });
    document.querySelector("#tail [role='grid']")?.scrollTo({ top: 0 });
  };
  const span = from !== null && to !== null ? { from: from - 15 * 60_000, to } : null;
  return (
    <div className={scope.selected ? `${flows.page} ${flows.withDrawer}` : flows.page}>
      <title>Live tail · Weir</title>
      <h1 className="visually-hidden">Live tail</h1>
      <div className={flows.lists}>
        <section
          id="tail"
          className={`${panel.panel} ${flows.records}`}
          aria-labelledby="tail-title"
          aria-busy={from === null && error === null}
        >
          <header className={panel.header}>
            <h2 id="tail-title" className={panel.title}>
              Live tail
            </h2>
            <span className={panel.note}>
              <span className={paused ? styles.paused : styles.live} aria-hidden="true" />{" "}
              {paused
                ? `paused${to === null ? "" : ` at ${formatClock(to, scope.tz)}`}`
                : `${formatValue(rate, "")} records a second`}
              {unshown > 0 ? ` · ${formatCount(unshown)} came too fast to be shown` : ""}
              {` · the newest ${formatCount(MOST_KEPT)} are kept`}
            </span>
            <span className={panel.space} />
            {span && from !== null && to !== null ? (
              <FlowsLink
                terms={[`received >= ${isoTime(from)}`, `received < ${isoTime(to)}`]}
                instants={span}
                className={styles.link ?? ""}
                label="These records in Flows"
              >
                In Flows
              </FlowsLink>
            ) : null}
            <ColumnChooser columns={columns} />
            <Button onClick={clear}>Clear</Button>
            <Button look="primary" title="p" onClick={paused ? resume : () => setStopped(true)}>
              {paused ? "Go on" : "Pause"}
            </Button>
          </header>
          <div className={flows.tableSpace}>
            {error ? <Failure error={error} onRetry={resume} compact={rows.length > 0} /> : null}
            {rows.length > 0 ? (
              <RecordTable
                rows={rows}
                matched={rows.length}
                columns={columns}
                compact={compact}
                onScrolled={setScrolled}
                more={null}
              />
            ) : error ? null : (
              <p className={styles.none} role="status">
                {from === null ? "Listening …" : "Nothing has arrived that the filter lets through."}
              </p>
            )}
          </div>
        </section>
      </div>
      {scope.selected ? <Drawer id={scope.selected} rows={rows} /> : null}
    </div>
  );
}
