/** The range as a button; behind it presets, a field that reads what people type, and the zone. */

import { Popover } from "@mantine/core";
import { useId, useState } from "react";
import { COMPARE, COMPARE_LABELS } from "../../lib/compare";
import {
  durationText,
  formatSpan,
  isLive,
  lastDuration,
  lastLabel,
  PRESETS,
  parseRange,
  rangeLabel,
  resolveRange,
} from "../../lib/time";
import { isZone, zoneName, zoneNames } from "../../lib/zone";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { Button } from "../Button/Button";
import styles from "./ScopeBar.module.css";

export function TimePicker() {
  const scope = useScope();
  const setScope = useSetScope();
  const range = useRange();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const field = useId();
  const hint = useId();
  const label = rangeLabel(scope, range.instants, scope.tz);
  const parsed = parseRange(text, Date.now(), scope.tz);
  const preview = parsed ? resolveRange(parsed, Date.now(), scope.tz) : null;
  const last = lastDuration(scope);
  const close = () => {
    setOpen(false);
    setText("");
  };
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      width={348}
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
      withinPortal
    >
      <Popover.Target>
        <Button
          icon="clock"
          data-shortcut="time"
          aria-expanded={open}
          aria-label={`Time range: ${label}`}
          title={`${formatSpan(range.instants, scope.tz)} ${zoneName(scope.tz)}`}
          onClick={() => setOpen(!open)}
          className={styles.picker}
        >
          <span className="number">{label}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={styles.popover} aria-label="Time range">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!parsed) return;
            setScope(parsed);
            close();
          }}
        >
          <label htmlFor={field} className={styles.legend}>
            Type a range
          </label>
          <div className={styles.entry}>
            <input
              id={field}
              data-autofocus
              className={styles.typed}
              value={text}
              placeholder="yesterday, now-3h, 10:00 to 12:00"
              aria-describedby={hint}
              aria-invalid={text !== "" && !parsed}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Button type="submit" look="primary" disabled={!parsed}>
              Apply
            </Button>
          </div>
          <p id={hint} className={styles.preview} aria-live="polite">
            {text === ""
              ? `Now: ${formatSpan(range.instants, scope.tz)}`
              : preview
                ? formatSpan(preview, scope.tz)
                : "Not a time range yet"}
          </p>
        </form>
        <p className={`${styles.legend} ${styles.presetsTitle}`}>Or the last</p>
        <div className={styles.presets}>
          {PRESETS.map((preset) => (
            <button
              key={preset}
              type="button"
              aria-pressed={isLive(scope) && last !== null && durationText(last) === (preset === "24h" ? "1d" : preset)}
              className={styles.preset}
              onClick={() => {
                setScope({ from: `now-${preset}`, to: "now" });
                close();
              }}
            >
              {lastLabel(preset).replace(/^Last (\w)/, (_, first: string) => first.toUpperCase())}
            </button>
          ))}
        </div>
        <fieldset className={styles.zones}>
          <legend className={styles.legend}>Compare with</legend>
          <select
            className={styles.choice}
            aria-label="Compare with"
            value={scope.compare}
            onChange={(event) =>
              setScope({ compare: COMPARE.find((one) => one === event.currentTarget.value) ?? "" }, { replace: true })
            }
          >
            {COMPARE.map((one) => (
              <option key={one} value={one}>
                {COMPARE_LABELS[one]}
              </option>
            ))}
          </select>
        </fieldset>
        <fieldset className={styles.zones}>
          <legend className={styles.legend}>Time zone</legend>
          {["UTC", "browser"].map((zone) => (
            <label key={zone}>
              <input
                type="radio"
                name="zone"
                checked={scope.tz === zone}
                onChange={() => setScope({ tz: zone }, { replace: true })}
              />
              {zone === "UTC" ? "UTC" : `Browser (${zoneName("browser")})`}
            </label>
          ))}
          <NamedZone zone={scope.tz} onChange={(tz) => setScope({ tz }, { replace: true })} />
        </fieldset>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Any zone that the browser knows, by its name. */
function NamedZone({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
  const named = zone !== "UTC" && zone !== "browser";
  const [text, setText] = useState(named ? zone : "");
  const list = useId();
  return (
    <label className={styles.named}>
      <input
        type="radio"
        name="zone"
        aria-label="Named zone"
        checked={named}
        disabled={!isZone(text) || text === ""}
        onChange={() => onChange(text)}
      />
      <input
        className={styles.typed}
        list={list}
        aria-label="Name of a time zone"
        placeholder="Europe/Berlin"
        value={text}
        aria-invalid={text !== "" && !isZone(text)}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          const next = event.currentTarget.value;
          setText(next);
          if (next.includes("/") && isZone(next)) onChange(next);
        }}
      />
      <datalist id={list}>
        {zoneNames().map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}
