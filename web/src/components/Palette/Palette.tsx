/** Everything by name: pages, times, fields, actions, and what a typed address, number or filter may mean. */

import { useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { fetchParse } from "../../api/client";
import { FIELDS } from "../../generated/fields";
import { COMPARE, COMPARE_LABELS } from "../../lib/compare";
import { fieldLabel } from "../../lib/fields";
import { addTerm } from "../../lib/filter";
import { scopeHref, writeScope } from "../../lib/scope";
import { lastLabel, PRESETS, parseRange } from "../../lib/time";
import { UNIT_LABELS, UNITS } from "../../lib/units";
import { setPreferences, usePreferences } from "../../state/preferences";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { announce } from "../Announcer/Announcer";
import { PAGES } from "../Frame/pages";
import { useShortcuts } from "../Frame/Shortcuts";
import { remembered } from "../ScopeBar/filterHistory";
import { entitiesOf } from "./entities";
import styles from "./Palette.module.css";

interface Command {
  group: string;
  label: string;
  hint?: string;
  run: () => void;
}

const MOST = 40;

/** How well a label answers what is typed: every word must be in it, an early place is better; null when it does not. */
function likeness(label: string, words: readonly string[]): number | null {
  const lower = label.toLowerCase();
  let score = 0;
  for (const word of words) {
    const at = lower.indexOf(word);
    if (at < 0) return null;
    score += at === 0 ? 0 : /[\s_(]/.test(lower[at - 1] ?? "") ? 1 : 3;
  }
  return score;
}

export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const commands = useCommands();
  const meanings = useMeanings(text);
  const words = useMemo(() => text.toLowerCase().split(/\s+/).filter(Boolean), [text]);
  const found = useMemo(() => {
    const ranked = commands
      .map((command) => ({ command, score: likeness(`${command.label} ${command.hint ?? ""}`, words) }))
      .filter((entry): entry is { command: Command; score: number } => entry.score !== null);
    if (words.length > 0) ranked.sort((a, b) => a.score - b.score);
    return ranked.slice(0, MOST).map(({ command }) => command);
  }, [commands, words]);
  const items = [...meanings, ...found];
  const at = Math.min(active, items.length - 1);

  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setActive(Math.min(items.length - 1, at + 1));
    else if (event.key === "ArrowUp") setActive(Math.max(0, at - 1));
    else if (event.key === "PageDown") setActive(Math.min(items.length - 1, at + 8));
    else if (event.key === "PageUp") setActive(Math.max(0, at - 8));
    else if (event.key === "Enter") run(items[at]);
    else return;
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it, as Escape does
    <dialog
      ref={dialog}
      className={styles.palette}
      aria-label="Command palette"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <input
        className={styles.input}
        role="combobox"
        aria-label="Command"
        aria-expanded="true"
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={items.length > 0 ? `${list}-${at}` : undefined}
        placeholder="Page, field, time, address, AS, port, or a filter"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKey}
      />
      <div id={list} role="listbox" aria-label="Commands" className={styles.list} tabIndex={-1}>
        {items.map((item, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the field, which keeps the focus
          <div
            key={`${item.group} ${item.label}`}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            ref={index === at ? (element) => element?.scrollIntoView?.({ block: "nearest" }) : undefined}
            className={index === at ? `${styles.item} ${styles.active}` : styles.item}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => run(item)}
          >
            <span className={styles.group}>{items[index - 1]?.group === item.group ? "" : item.group}</span>
            <span className={styles.label}>{item.label}</span>
            {item.hint ? <span className={styles.hint}>{item.hint}</span> : null}
          </div>
        ))}
      </div>
      {items.length === 0 ? <p className={styles.none}>Nothing is called that.</p> : null}
    </dialog>
  );
}

/** What the text itself may stand for: entities first, then a time, then a filter that the server understands. */
function useMeanings(text: string): Command[] {
  const scope = useScope();
  const setScope = useSetScope();
  const navigate = useNavigate();
  const typed = text.trim();
  const entities = entitiesOf(typed);
  const isFilter = entities.length === 0 && /[=<>~]|\b(in|has|lacks|like|exists|ip|port|net|proto|host)\b/i.test(typed);
  const { data: reading } = useQuery({
    queryKey: ["parse", typed],
    queryFn: ({ signal }) => fetchParse(typed, signal),
    enabled: isFilter,
    retry: false,
  });
  const found: Command[] = [];
  for (const { kind, term } of entities) {
    const filter = addTerm(scope.filter, term);
    found.push({ group: kind, label: `Filter to ${term}`, run: () => setScope({ filter }) });
    found.push({ group: kind, label: `Flows of ${term}`, run: () => setScope({ filter: term }, { to: "/flows" }) });
    const page = kind === "Host" ? `/hosts/${typed}` : kind === "AS" ? `/as/${typed.replace(/\D/g, "")}` : null;
    if (page) {
      const search = writeScope({ ...scope, selected: "", find: "", sort: "" });
      found.push({ group: kind, label: `Page of ${typed}`, run: () => void navigate({ to: page, search }) });
    }
  }
  const range = parseRange(typed, Date.now(), scope.tz);
  if (range && entities.length === 0) {
    found.push({
      group: "Time",
      label: `Show ${typed}`,
      hint: `${range.from} to ${range.to}`,
      run: () => setScope(range),
    });
  }
  if (isFilter && reading?.ok && reading.canonical) {
    const { canonical } = reading;
    found.push({ group: "Filter", label: `Filter to ${canonical}`, run: () => setScope({ filter: canonical }) });
    found.push({
      group: "Filter",
      label: `Flows of ${canonical}`,
      run: () => setScope({ filter: canonical }, { to: "/flows" }),
    });
  }
  return found;
}

function useCommands(): Command[] {
  const scope = useScope();
  const setScope = useSetScope();
  const range = useRange();
  const { compact, railOpen } = usePreferences();
  const { setColorScheme } = useMantineColorScheme();
  const { showHelp } = useShortcuts();
  return useMemo(() => {
    const copy = (href: string, what: string) => {
      void navigator.clipboard?.writeText(location.origin + href).then(() => announce(what));
    };
    const frozen = { ...scope, ...range.freeze(range.instants), refresh: "off" as const };
    return [
      ...PAGES.map(({ to, label }) => ({ group: "Pages", label, run: () => setScope({}, { to }) })),
      ...remembered()
        .filter((filter) => filter !== scope.filter)
        .slice(0, 5)
        .map((filter) => ({ group: "Filters used before", label: filter, run: () => setScope({ filter }) })),
      ...(scope.filter === ""
        ? []
        : [{ group: "Filter", label: "Clear the filter", run: () => setScope({ filter: "" }) }]),
      ...PRESETS.map((preset) => ({
        group: "Time",
        label: lastLabel(preset),
        run: () => setScope({ from: `now-${preset}`, to: "now" }),
      })),
      ...COMPARE.filter((one) => one !== scope.compare).map((one) => ({
        group: "Compare",
        label: `Compare with ${COMPARE_LABELS[one].toLowerCase()}`,
        run: () => setScope({ compare: one }),
      })),
      { group: "Actions", label: "Refresh now", hint: "r", run: range.refresh },
      {
        group: "Actions",
        label: "Copy link",
        hint: "these very times",
        run: () => copy(scopeHref(location.pathname, frozen), "Link copied"),
      },
      {
        group: "Actions",
        label: "Copy live link",
        hint: "the same range whenever it is opened",
        run: () => copy(scopeHref(location.pathname, scope), "Live link copied"),
      },
      {
        group: "Actions",
        label: scope.raw ? "Adjust counters for sampling" : "Show counters as exported",
        run: () => setScope({ raw: !scope.raw }),
      },
      ...UNITS.filter((unit) => unit !== scope.unit).map((unit) => ({
        group: "Unit",
        label: `Show ${UNIT_LABELS[unit]}`,
        run: () => setScope({ unit }),
      })),
      { group: "Display", label: "Light theme", run: () => setColorScheme("light") },
      { group: "Display", label: "Dark theme", run: () => setColorScheme("dark") },
      {
        group: "Display",
        label: compact ? "Roomy rows" : "Compact rows",
        run: () => setPreferences({ compact: !compact }),
      },
      {
        group: "Display",
        label: railOpen ? "Collapse navigation" : "Expand navigation",
        run: () => setPreferences({ railOpen: !railOpen }),
      },
      { group: "Display", label: "Keyboard shortcuts", hint: "?", run: showHelp },
      ...FIELDS.filter((field) => field.kind !== "map" && field.kind !== "time").map((field) => ({
        group: "Group by",
        label: `Group by ${fieldLabel(field.name)}`,
        hint: field.name,
        run: () => setScope({ by: field.name }),
      })),
    ];
  }, [scope, setScope, range, compact, railOpen, setColorScheme, showHelp]);
}
