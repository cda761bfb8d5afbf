/** The sticky bar that says what every panel shows: filter, time, unit; and the chips of the filter's terms. */

import { Menu } from "@mantine/core";
import { useIsFetching } from "@tanstack/react-query";
import { useState } from "react";
import { REFRESH, type Refresh, scopeHref } from "../../lib/scope";
import { shiftRange, zoomRange } from "../../lib/time";
import { UNIT_LABELS, UNITS, type Unit } from "../../lib/units";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { announce } from "../Announcer/Announcer";
import { Button } from "../Button/Button";
import { Icon } from "../Icon/Icon";
import { Chips } from "./Chips";
import { FilterEditor } from "./FilterEditor";
import styles from "./ScopeBar.module.css";
import { TimePicker } from "./TimePicker";

export function ScopeBar() {
  const scope = useScope();
  const setScope = useSetScope();
  const range = useRange();
  /** Text handed to the editor by a chip that was clicked. */
  const [edit, setEdit] = useState<{ from: number; to: number; at: number } | null>(null);
  return (
    <header className={styles.bar}>
      <div className={styles.controls}>
        <FilterEditor edit={edit} />
        <div className={styles.time} role="group" aria-label="Time range">
          <Button
            icon="left"
            aria-label="One range back"
            onClick={() => setScope(shiftRange(range.instants, -1, Date.now()))}
            className={styles.first}
          />
          <TimePicker />
          <Button
            icon="right"
            aria-label="One range forward"
            disabled={range.live}
            onClick={() => setScope(shiftRange(range.instants, 1, Date.now()))}
            className={styles.last}
          />
          <Button
            icon="minus"
            aria-label="Zoom out"
            onClick={() => setScope(zoomRange(scope, range.instants, 2))}
            className={styles.zoom}
          />
        </div>
        <RefreshControl />
        <label className={styles.unit}>
          <span className="visually-hidden">Unit</span>
          <select
            value={scope.unit}
            onChange={(event) =>
              setScope({ unit: UNITS.find((unit): unit is Unit => unit === event.currentTarget.value) ?? "bps" })
            }
          >
            {UNITS.map((unit) => (
              <option key={unit} value={unit}>
                {UNIT_LABELS[unit]}
              </option>
            ))}
          </select>
        </label>
        <Share />
      </div>
      <Chips onEdit={(from, to) => setEdit({ from, to, at: Date.now() })} />
    </header>
  );
}

const REFRESH_LABELS: Record<Refresh, string> = {
  off: "Off",
  "5s": "Every 5 s",
  "30s": "Every 30 s",
  "1m": "Every minute",
  "5m": "Every 5 min",
};

function RefreshControl() {
  const scope = useScope();
  const setScope = useSetScope();
  const range = useRange();
  const busy =
    useIsFetching({ predicate: (query) => ["query", "timeseries", "flows"].includes(String(query.queryKey[0])) }) > 0;
  const shown = range.live ? scope.refresh : "off";
  return (
    <div className={styles.refresh} role="group" aria-label="Refresh">
      <Button
        aria-label="Refresh"
        onClick={range.refresh}
        className={`${styles.first} ${busy ? styles.busy : ""}`}
        icon="refresh"
      />
      <Menu
        position="bottom-end"
        transitionProps={{ duration: 0 }}
        withInitialFocusPlaceholder={false}
        width={170}
        withinPortal
      >
        <Menu.Target>
          <Button
            className={styles.last}
            aria-label={`Refresh by itself: ${REFRESH_LABELS[shown]}`}
            disabled={!range.live}
            title={range.live ? undefined : "Only a range that ends now is refreshed by itself"}
          >
            <span className={styles.interval}>{shown === "off" ? "" : shown}</span>
            <Icon name="down" size={12} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={styles.menu}>
          {REFRESH.map((every) => (
            <Menu.Item
              key={every}
              onClick={() => setScope({ refresh: every }, { replace: true })}
              className={styles.item}
              leftSection={
                every === scope.refresh ? <Icon name="check" size={14} /> : <span className={styles.blank} />
              }
            >
              {REFRESH_LABELS[every]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

function Share() {
  const scope = useScope();
  const { instants, freeze } = useRange();
  const copy = (href: string, what: string) => {
    void navigator.clipboard?.writeText(location.origin + href).then(() => announce(what));
  };
  return (
    <Menu
      position="bottom-end"
      transitionProps={{ duration: 0 }}
      withInitialFocusPlaceholder={false}
      width={280}
      withinPortal
    >
      <Menu.Target>
        <Button icon="link" data-shortcut="share" className={styles.share} aria-label="Share" />
      </Menu.Target>
      <Menu.Dropdown className={styles.menu}>
        <Menu.Item
          className={styles.item}
          onClick={() =>
            copy(scopeHref(location.pathname, { ...scope, ...freeze(instants), refresh: "off" }), "Link copied")
          }
        >
          Copy link
          <span className={styles.explain}>These very times, now and later</span>
        </Menu.Item>
        <Menu.Item
          className={styles.item}
          onClick={() => copy(scopeHref(location.pathname, scope), "Live link copied")}
        >
          Copy live link
          <span className={styles.explain}>{range(scope.from, scope.to)}, whenever it is opened</span>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const range = (from: string, to: string) => `${from} to ${to}`;
