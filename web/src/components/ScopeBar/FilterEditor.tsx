/** The filter field: what is typed, whether it is understood, and when it counts. The editor itself is loaded later. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ComponentType, useEffect, useId, useMemo, useRef, useState } from "react";
import { ApiError, type Completions, type FilterProblem, fetchCompletions, fetchParse } from "../../api/client";
import { isoTime } from "../../lib/time";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { announce } from "../Announcer/Announcer";
import { Icon } from "../Icon/Icon";
import { remember, remembered } from "./filterHistory";
import styles from "./ScopeBar.module.css";

export interface Edit {
  from: number;
  to: number;
  /** When it was asked for: the same chip may be clicked twice. */
  at: number;
}

/** What the plain field and the editor are given alike. */
export interface FieldProps {
  value: string;
  caret: number;
  focused: boolean;
  placeholder: string;
  problems: readonly FilterProblem[];
  /** The message that says what is wrong, when one is shown. */
  messageId: string | undefined;
  edit: Edit | null;
  nonce: string;
  complete: (text: string, caret: number, signal: AbortSignal) => Promise<Completions>;
  onChange: (text: string, caret: number) => void;
  onFocus: (focused: boolean) => void;
  onApply: () => void;
  onEscape: () => void;
  onRecall: (step: 1 | -1) => void;
}

const NO_PROBLEMS: readonly FilterProblem[] = [];
const PLACEHOLDER = "Filter, such as  service = https and not src_ip in 10.0.0.0/8";

function useLater<T>(value: T, delay_ms: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), delay_ms);
    return () => clearTimeout(timer);
  }, [value, delay_ms]);
  return later;
}

const nonceOf = () => document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

/** The editor's code, fetched when the page has settled or the field is wanted; until then a plain field does. */
function useEditor(wanted: boolean, load: () => Promise<ComponentType<FieldProps>>) {
  const [editor, setEditor] = useState<{ Field: ComponentType<FieldProps> } | null>(null);
  useEffect(() => {
    let gone = false;
    const fetch = () =>
      void load()
        .then((Field) => {
          if (!gone) setEditor({ Field });
        })
        .catch(() => {
          // A chunk that cannot be had leaves the plain field, which filters as well.
        });
    if (wanted) {
      fetch();
      return () => {
        gone = true;
      };
    }
    const timer = setTimeout(fetch, 1500);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [wanted, load]);
  return editor?.Field ?? PlainField;
}

const loadCodeField = async () => (await import("./CodeField")).CodeField;

export function FilterEditor({ edit, load = loadCodeField }: { edit: Edit | null; load?: typeof loadCodeField }) {
  const { filter } = useScope();
  const setScope = useSetScope();
  const { instants } = useRange();
  const [draft, setDraft] = useState(filter);
  const [applied, setApplied] = useState(filter);
  const [caret, setCaret] = useState(filter.length);
  const [focused, setFocused] = useState(false);
  const [insisted, setInsisted] = useState(false);
  const history = useRef({ at: -1, typed: "" });
  const Field = useEditor(focused || edit !== null, load);
  const nonce = useMemo(nonceOf, []);
  const messageId = useId();

  // The URL moved (a chip, the pivot menu, back): the field follows.
  if (applied !== filter) {
    setApplied(filter);
    setDraft(filter);
    setCaret(filter.length);
    setInsisted(false);
  }

  const settled = useLater(draft, 180);
  const check = useQuery({
    queryKey: ["parse", settled],
    queryFn: ({ signal }) => fetchParse(settled, signal),
    enabled: settled.trim() !== "",
    retry: false,
    placeholderData: keepPreviousData,
  });
  const judged = check.data && !check.isPlaceholderData && settled === draft && draft.trim() !== "" ? check.data : null;
  const problems = judged && !judged.ok ? judged.errors : NO_PROBLEMS;
  const typing = focused && draft !== applied;
  // An unfinished filter is not scolded while its end is being typed.
  const unfinished = problems.every(({ start }) => start >= draft.trimEnd().length);
  const shown = problems.length > 0 && (!unfinished || insisted || !typing) ? problems : NO_PROBLEMS;
  const translated = judged?.ok && judged.translations.length > 0 ? judged.canonical : null;

  const write = (text: string, position: number) => {
    setDraft(text);
    setCaret(position);
    setInsisted(false);
  };

  const apply = async () => {
    let text = draft.trim();
    if (text !== "") {
      try {
        const answer = await fetchParse(text, new AbortController().signal);
        if (!answer.ok) return setInsisted(true);
        if (answer.translations.length > 0 && answer.canonical !== null) {
          text = answer.canonical;
          announce("Read as nfdump's syntax and written in Weir's");
        }
      } catch (error) {
        // An unreachable server judges later; any other refusal is shown by the panels.
        if (!(error instanceof ApiError)) throw error;
      }
    }
    remember(text);
    history.current.at = -1;
    setInsisted(false);
    setApplied(text);
    write(text, text.length);
    setScope({ filter: text });
  };

  const recall = (step: 1 | -1) => {
    const entries = remembered();
    const at = Math.max(-1, Math.min(entries.length - 1, history.current.at + step));
    if (history.current.at === -1) history.current.typed = draft;
    history.current.at = at;
    const text = at === -1 ? history.current.typed : (entries[at] ?? "");
    write(text, text.length);
  };

  const complete = (text: string, cursor: number, signal: AbortSignal) =>
    fetchCompletions(
      { filter: text, cursor, from: isoTime(instants.from), to: isoTime(instants.to), values: true },
      signal,
    );

  return (
    <div className={styles.filter}>
      <div className={`${styles.field} ${shown.length > 0 ? styles.wrong : ""}`}>
        <Icon name="search" size={15} />
        <Field
          value={draft}
          caret={caret}
          focused={focused}
          placeholder={PLACEHOLDER}
          problems={shown}
          messageId={shown.length > 0 ? messageId : undefined}
          edit={edit}
          nonce={nonce}
          complete={complete}
          onChange={(text, position) => {
            write(text, position);
          }}
          onFocus={setFocused}
          onApply={() => void apply()}
          onEscape={() => {
            if (draft !== applied) write(applied, applied.length);
            else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
          }}
          onRecall={recall}
        />
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
      {shown.length > 0 ? (
        <Problems
          id={messageId}
          text={draft}
          problems={shown}
          onFix={(problem, suggestion) => {
            const text = draft.slice(0, problem.start) + suggestion + draft.slice(problem.end);
            write(text, problem.start + suggestion.length);
          }}
        />
      ) : translated !== null && typing ? (
        <div className={styles.translation} role="status">
          <span className={styles.detail}>nfdump's syntax; in Weir's words</span>
          <code>{translated || "every record"}</code>
        </div>
      ) : null}
    </div>
  );
}

/** What stands between backticks is text of the filter. */
function spelled(message: string) {
  const parts = message.split(/(`[^`]*`)/).filter((part) => part !== "");
  return parts.map((part) => (part.startsWith("`") ? <code key={part}>{part.slice(1, -1)}</code> : part));
}

/** Mistakes shown at once; the rest is counted. */
const MOST_SHOWN = 4;

function Problems({
  id,
  text,
  problems,
  onFix,
}: {
  id: string;
  text: string;
  problems: readonly FilterProblem[];
  onFix: (problem: FilterProblem, suggestion: string) => void;
}) {
  const rest = problems.length - MOST_SHOWN;
  return (
    <div id={id} className={styles.problems} role="alert">
      <ul>
        {problems.slice(0, MOST_SHOWN).map((problem) => {
          const { message, start, end, expected, suggestion } = problem;
          return (
            <li key={`${start} ${message}`}>
              <span className={styles.place}>{start >= text.length ? "end" : `column ${start + 1}`}</span>
              <span className={styles.message}>{spelled(message)}</span>
              {suggestion ? (
                <button
                  type="button"
                  className={styles.fix}
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => onFix(problem, suggestion)}
                  title={`In place of ${text.slice(start, end)}`}
                >
                  Use <code>{suggestion}</code>
                </button>
              ) : expected.length > 0 ? (
                <span className={styles.detail}>expected {spelled(expected.join(", "))}</span>
              ) : null}
            </li>
          );
        })}
      </ul>
      {rest > 0 ? <p className={styles.detail}>and {rest} more</p> : null}
    </div>
  );
}

/** Does until the editor is there, and where it cannot be loaded. */
function PlainField({
  value,
  placeholder,
  messageId,
  edit,
  onChange,
  onFocus,
  onApply,
  onEscape,
  onRecall,
}: FieldProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!edit) return;
    input.current?.focus();
    input.current?.setSelectionRange(edit.from, edit.to);
  }, [edit]);
  return (
    <input
      ref={input}
      data-shortcut="filter"
      className={styles.plain}
      type="text"
      aria-label="Filter"
      aria-invalid={messageId !== undefined}
      aria-describedby={messageId}
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={false}
      placeholder={placeholder}
      value={value}
      onChange={(event) => {
        const { value: text, selectionStart } = event.currentTarget;
        onChange(text, selectionStart ?? text.length);
      }}
      onFocus={() => onFocus(true)}
      onBlur={() => onFocus(false)}
      onKeyDown={(event) => {
        if (event.key === "Enter") onApply();
        else if (event.key === "Escape") onEscape();
        else if (event.key === "ArrowUp") onRecall(1);
        else if (event.key === "ArrowDown") onRecall(-1);
        else return;
        event.preventDefault();
      }}
    />
  );
}
