/** The filter field: coloured text, completion from the field table and the data, errors with their place. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { ApiError, fetchParse, fetchQuery, keyOf } from "../../api/client";
import { complete, type Suggestion } from "../../lib/complete";
import { displayValue, fieldInfo } from "../../lib/fields";
import { connective, quoteValue, tokenize } from "../../lib/filter";
import { isoTime } from "../../lib/time";
import { formatCount } from "../../lib/units";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { Icon } from "../Icon/Icon";
import styles from "./ScopeBar.module.css";

interface Edit {
  from: number;
  to: number;
  /** When it was asked for: the same chip may be clicked twice. */
  at: number;
}

const HISTORY_KEY = "weir-filter-history";

function remembered(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(HISTORY_KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((entry): entry is string => typeof entry === "string") : [];
  } catch {
    return [];
  }
}

function remember(filter: string): void {
  if (filter === "") return;
  try {
    localStorage.setItem(
      HISTORY_KEY,
      JSON.stringify([filter, ...remembered().filter((entry) => entry !== filter)].slice(0, 30)),
    );
  } catch {
    // Without storage there is no history.
  }
}

function useLater<T>(value: T, delay_ms: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), delay_ms);
    return () => clearTimeout(timer);
  }, [value, delay_ms]);
  return later;
}

/** The values of a field that carry most records in the current scope. */
function useFrequentValues(field: string | null) {
  const { instants } = useRange();
  const known =
    field !== null && fieldInfo(field) !== undefined
      ? field
      : field !== null && fieldInfo(`src_${field}`)
        ? `src_${field}`
        : null;
  return useQuery({
    queryKey: ["values", known, instants],
    queryFn: ({ signal }) =>
      fetchQuery(
        { from: isoTime(instants.from), to: isoTime(instants.to), by: [known ?? ""], measures: ["rows"], top: 12 },
        signal,
      ),
    enabled: known !== null,
    select: (answer): Suggestion[] =>
      answer.rows.flatMap((row) => {
        const value = keyOf(row, known ?? "");
        if (value === null) return [];
        const text = quoteValue(known ?? "", value);
        const name = displayValue(known ?? "", value);
        const records = `${formatCount(typeof row.rows === "number" ? row.rows : 0)} records`;
        return [{ insert: `${text} `, label: text, detail: name === String(value) ? records : `${name}, ${records}` }];
      }),
  });
}

export function FilterEditor({ edit }: { edit: Edit | null }) {
  const { filter } = useScope();
  const setScope = useSetScope();
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const backdrop = useRef<HTMLDivElement>(null);
  const [draft, setDraft] = useState(filter);
  const [applied, setApplied] = useState(filter);
  const [caret, setCaret] = useState(0);
  const [focused, setFocused] = useState(false);
  const [listOpen, setListOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [insisted, setInsisted] = useState(false);
  const history = useRef({ at: -1, typed: "" });

  // The URL moved (a chip, the pivot menu, back): the field follows.
  if (applied !== filter) {
    setApplied(filter);
    setDraft(filter);
    setInsisted(false);
  }
  useEffect(() => {
    if (!edit) return;
    input.current?.focus();
    input.current?.setSelectionRange(edit.from, edit.to);
    setCaret(edit.to);
  }, [edit]);

  const settled = useLater(draft, 180);
  const check = useQuery({
    queryKey: ["parse", settled],
    queryFn: ({ signal }) => fetchParse(settled, signal),
    enabled: settled.trim() !== "",
    retry: false,
    placeholderData: keepPreviousData,
  });
  const judged = check.data && !check.isPlaceholderData && settled === draft && draft.trim() !== "" ? check.data : null;
  const problem = judged && !judged.ok ? judged.errors[0] : undefined;
  const typing = focused && draft !== applied;
  // An unfinished filter is not scolded while its end is being typed.
  const atEnd = problem !== undefined && problem.start >= draft.trimEnd().length;
  const shownProblem = problem && (!atEnd || insisted || !typing) ? problem : undefined;

  const completion = useMemo(() => complete(draft, caret), [draft, caret]);
  const values = useFrequentValues(focused && listOpen ? completion.valuesOf : null);
  const typed = draft.slice(completion.start, completion.end).toLowerCase();
  const fromData = (values.data ?? []).filter(
    (item) => item.label.toLowerCase().includes(typed) && !completion.items.some((known) => known.label === item.label),
  );
  const items = completion.valuesOf ? [...fromData, ...completion.items] : completion.items;
  const showList = focused && listOpen && items.length > 0;

  const apply = async () => {
    const text = draft.trim();
    setListOpen(false);
    if (text !== "") {
      try {
        const answer = await fetchParse(text, new AbortController().signal);
        if (!answer.ok) return setInsisted(true);
      } catch (error) {
        // An unreachable server judges later; any other refusal is shown by the panels.
        if (!(error instanceof ApiError)) throw error;
      }
    }
    remember(text);
    setInsisted(false);
    setApplied(text);
    setScope({ filter: text });
  };

  const write = (text: string, position: number) => {
    setDraft(text);
    setCaret(position);
    setActive(-1);
    requestAnimationFrame(() => input.current?.setSelectionRange(position, position));
  };

  const choose = (item: Suggestion) => {
    const after = draft.slice(completion.end);
    const text = draft.slice(0, completion.start) + item.insert + after.replace(/^\s+/, "");
    write(text, completion.start + item.insert.length);
    setListOpen(true);
    input.current?.focus();
  };

  const recall = (step: 1 | -1) => {
    const entries = remembered();
    const at = Math.max(-1, Math.min(entries.length - 1, history.current.at + step));
    if (history.current.at === -1) history.current.typed = draft;
    history.current.at = at;
    const text = at === -1 ? history.current.typed : (entries[at] ?? "");
    write(text, text.length);
  };

  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") {
      event.preventDefault();
      const item = showList ? items[active] : undefined;
      if (item && !event.ctrlKey && !event.metaKey) choose(item);
      else void apply();
    } else if (event.key === "Tab" && showList && !event.shiftKey && typed !== "") {
      const item = items[Math.max(0, active)];
      if (item) {
        event.preventDefault();
        choose(item);
      }
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      if (!listOpen) setListOpen(true);
      else setActive((at) => Math.min(items.length - 1, at + 1));
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      if (active >= 0) setActive((at) => at - 1);
      else recall(1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (showList) setListOpen(false);
      else if (draft !== applied) write(applied, applied.length);
      else input.current?.blur();
    } else if (event.ctrlKey && event.key === " ") {
      event.preventDefault();
      setListOpen(true);
    }
  };

  const message = useId();
  return (
    <div className={styles.filter}>
      <div className={`${styles.field} ${shownProblem ? styles.wrong : ""}`}>
        <Icon name="search" size={15} />
        <div className={styles.text}>
          <div ref={backdrop} className={styles.backdrop} aria-hidden="true">
            <Coloured text={draft} problem={shownProblem} />
          </div>
          <input
            ref={input}
            data-shortcut="filter"
            className={styles.input}
            type="text"
            role="combobox"
            aria-label="Filter"
            aria-expanded={showList}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={showList && active >= 0 ? `${list}-${active}` : undefined}
            aria-invalid={shownProblem !== undefined}
            aria-describedby={shownProblem ? message : undefined}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="Filter, such as  service = https and not src_ip in 10.0.0.0/8"
            value={draft}
            onChange={(event) => {
              setDraft(event.currentTarget.value);
              setCaret(event.currentTarget.selectionStart ?? event.currentTarget.value.length);
              setListOpen(true);
              setActive(-1);
              setInsisted(false);
              history.current.at = -1;
            }}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
            onScroll={(event) => {
              if (backdrop.current) backdrop.current.scrollLeft = event.currentTarget.scrollLeft;
            }}
            onFocus={() => setFocused(true)}
            onClick={() => setListOpen(true)}
            onBlur={() => {
              setFocused(false);
              setListOpen(false);
            }}
            onKeyDown={onKey}
          />
        </div>
        {draft !== applied ? (
          <button
            type="button"
            className={styles.apply}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => void apply()}
          >
            Apply <kbd>↵</kbd>
          </button>
        ) : draft !== "" ? (
          <button
            type="button"
            className={styles.act}
            aria-label="Clear filter"
            title="Clear filter"
            onClick={() => setScope({ filter: "" })}
          >
            <Icon name="close" size={13} />
          </button>
        ) : null}
      </div>
      <div id={list} role="listbox" aria-label="Suggestions" className={showList ? styles.list : styles.hidden}>
        {showList
          ? items.map((item, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the field, which keeps the focus
              <div
                key={item.label}
                id={`${list}-${index}`}
                role="option"
                aria-selected={index === active}
                tabIndex={-1}
                ref={index === active ? (element) => element?.scrollIntoView({ block: "nearest" }) : undefined}
                className={index === active ? `${styles.option} ${styles.active}` : styles.option}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => choose(item)}
              >
                <span className={styles.name}>{item.label}</span>
                <span className={styles.detail}>{item.detail}</span>
              </div>
            ))
          : null}
      </div>
      {shownProblem && !showList ? (
        <div id={message} className={styles.problem} role="alert">
          <p>{shownProblem.message}</p>
          {shownProblem.suggestion ? (
            <button
              type="button"
              className={styles.fix}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => {
                const text =
                  draft.slice(0, shownProblem.start) + shownProblem.suggestion + draft.slice(shownProblem.end);
                write(text, shownProblem.start + (shownProblem.suggestion?.length ?? 0));
                input.current?.focus();
              }}
            >
              Use <code>{shownProblem.suggestion}</code>
            </button>
          ) : shownProblem.expected.length > 0 ? (
            <p className={styles.detail}>Expected {shownProblem.expected.join(", ")}</p>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

/** The same text as in the field, coloured by token, the mistake underlined. */
function Coloured({ text, problem }: { text: string; problem: { start: number; end: number } | undefined }) {
  const tokens = tokenize(text);
  const pieces: { key: string; text: string; className: string }[] = [];
  let at = 0;
  let expectField = true;
  for (const token of tokens) {
    if (token.start > at) pieces.push({ key: `s${at}`, text: text.slice(at, token.start), className: "" });
    const joint = connective(token);
    let look = "";
    if (joint) look = styles.joint ?? "";
    else if (token.kind === "text") look = styles.quoted ?? "";
    else if (token.kind === "operator") look = styles.operator ?? "";
    else if (token.kind === "word")
      look =
        (expectField
          ? styles.fieldName
          : /^(in|has|lacks|exists)$/i.test(token.text)
            ? styles.operator
            : styles.value) ?? "";
    if (joint) expectField = true;
    else if (token.kind !== "open") expectField = false;
    const wrong =
      problem !== undefined && token.start < Math.max(problem.end, problem.start + 1) && token.end > problem.start;
    pieces.push({ key: `t${token.start}`, text: token.text, className: wrong ? `${look} ${styles.mistake}` : look });
    at = token.end;
  }
  if (at < text.length) pieces.push({ key: "rest", text: text.slice(at), className: "" });
  const atEnd = problem !== undefined && problem.start >= text.trimEnd().length;
  return (
    <>
      {pieces.map((piece) => (
        <span key={piece.key} className={piece.className}>
          {piece.text}
        </span>
      ))}
      {atEnd ? <span className={styles.mistake}>{"\u00a0\u00a0"}</span> : null}
    </>
  );
}
