/** The filter field as an editor: coloured tokens, marked mistakes, completion by the server. Loaded when it is wanted. */

import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  closeCompletion,
  completionStatus,
  moveCompletionSelection,
  pickedCompletion,
  selectedCompletion,
  startCompletion,
} from "@codemirror/autocomplete";
import { history, historyKeymap, standardKeymap } from "@codemirror/commands";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, hoverTooltip, keymap, placeholder } from "@codemirror/view";
import { useEffect, useLayoutEffect, useRef } from "react";
import type { Completions } from "../../api/client";
import { fieldInfo } from "../../lib/fields";
import { formatCount } from "../../lib/units";
import { mistakes, setMistakes } from "../code/mistakes";
import type { FieldProps } from "./FilterEditor";
import { colours, looks } from "./highlight";
import { pasted } from "./paste";
import styles from "./ScopeBar.module.css";

/** What a field is, where the pointer rests on its name. */
const explainFields = hoverTooltip((view, position) => {
  const text = view.state.doc.toString();
  const found = looks(text).find(({ from, to, look }) => look === "fieldName" && from <= position && position <= to);
  if (!found) return null;
  const name = text.slice(found.from, found.to);
  const doc = fieldInfo(name)?.doc ?? (fieldInfo(`src_${name}`) ? `Either side: src_${name} or dst_${name}.` : null);
  if (!doc) return null;
  return {
    pos: found.from,
    end: found.to,
    above: false,
    create: () => {
      const dom = document.createElement("div");
      dom.className = styles.explanation ?? "";
      dom.textContent = doc.replaceAll("`", "");
      return { dom };
    },
  };
});

/** The server's items as the editor shows them. */
export function optionsOf(answer: Completions): Completion[] {
  return answer.items.map(({ text, detail, rows }) => ({
    label: text,
    detail: [detail, typeof rows === "number" ? `${formatCount(rows)} records` : ""].filter(Boolean).join(", "),
    apply: (view: EditorView, completion: Completion, from: number, to: number) => {
      const insert = `${text} `;
      const rest = view.state.sliceDoc(to, to + 1);
      view.dispatch({
        changes: { from, to: rest === " " ? to + 1 : to, insert },
        selection: { anchor: from + insert.length },
        annotations: pickedCompletion.of(completion),
      });
      startCompletion(view);
    },
  }));
}

export function CodeField(props: FieldProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const describedBy = useRef(new Compartment());

  // Before the next key press: it belongs to the editor already.
  useLayoutEffect(() => {
    const parent = host.current;
    if (!parent) return;
    const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
      const stop = new AbortController();
      context.addEventListener("abort", () => stop.abort(), { onDocChange: true });
      try {
        const answer = await latest.current.complete(context.state.doc.toString(), context.pos, stop.signal);
        return { from: answer.start, to: answer.end, options: optionsOf(answer), filter: false };
      } catch {
        // Without the server, or after more was typed, there is nothing to offer.
        return null;
      }
    };
    const open = (editor: EditorView) => completionStatus(editor.state) === "active";
    const keys = keymap.of([
      {
        key: "Enter",
        run: (editor) => (open(editor) && selectedCompletion(editor.state) ? acceptCompletion(editor) : apply(editor)),
      },
      { key: "Mod-Enter", run: (editor) => apply(editor) },
      { key: "Shift-Enter", run: (editor) => breakLine(editor) },
      {
        key: "Tab",
        run: (editor) => {
          if (!open(editor)) return false;
          return selectedCompletion(editor.state) !== null
            ? acceptCompletion(editor)
            : moveCompletionSelection(true)(editor) && acceptCompletion(editor);
        },
      },
      {
        key: "ArrowDown",
        run: (editor) =>
          open(editor) ? moveCompletionSelection(true)(editor) : onLastLine(editor) && startCompletion(editor),
      },
      {
        key: "ArrowUp",
        run: (editor) => {
          if (open(editor) && selectedCompletion(editor.state)) return moveCompletionSelection(false)(editor);
          return onFirstLine(editor) ? recall(1) : false;
        },
      },
      { key: "Mod-Space", run: startCompletion },
      {
        key: "Escape",
        run: (editor) => {
          if (completionStatus(editor.state) !== null && closeCompletion(editor)) return true;
          latest.current.onEscape();
          return true;
        },
      },
    ]);
    const apply = (editor: EditorView) => {
      closeCompletion(editor);
      latest.current.onApply();
      return true;
    };
    const recall = (step: 1 | -1) => {
      latest.current.onRecall(step);
      return true;
    };
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          Prec.highest(keys),
          history(),
          keymap.of([...historyKeymap, ...standardKeymap]),
          autocompletion({
            override: [complete],
            defaultKeymap: false,
            icons: false,
            selectOnOpen: false,
            activateOnTypingDelay: 60,
            // As many as fit without scrolling: the keys move what is shown.
            maxRenderedOptions: 12,
            optionClass: () => styles.option ?? "",
            tooltipClass: () => styles.completions ?? "",
          }),
          EditorView.lineWrapping,
          EditorView.clipboardInputFilter.of((text, state) =>
            pasted(text, state.sliceDoc(0, state.selection.main.from)),
          ),
          explainFields,
          EditorView.cspNonce.of(latest.current.nonce),
          EditorView.contentAttributes.of({
            "aria-label": "Filter",
            "data-shortcut": "filter",
            autocapitalize: "off",
            autocorrect: "off",
            spellcheck: "false",
          }),
          describedBy.current.of([]),
          placeholder(latest.current.placeholder),
          colours,
          mistakes,
          EditorView.updateListener.of((update) => {
            if (update.docChanged)
              latest.current.onChange(update.state.doc.toString(), update.state.selection.main.head);
            if (update.focusChanged) latest.current.onFocus(update.view.hasFocus);
          }),
        ],
      }),
    });
    view.current = editor;
    // The plain field had the focus, and the reader has gone on typing in it.
    const { focused, caret } = latest.current;
    if (focused) {
      editor.focus();
      editor.dispatch({ selection: { anchor: Math.min(caret, editor.state.doc.length) } });
    }
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);

  const { value, problems, edit, caret } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caret goes where a text from outside wants it, and nowhere else
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: value },
      selection: { anchor: Math.min(caret, value.length) },
    });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: setMistakes.of(problems) });
  }, [problems]);
  useEffect(() => {
    const editor = view.current;
    if (!editor || !edit) return;
    const length = editor.state.doc.length;
    editor.focus();
    editor.dispatch({ selection: { anchor: Math.min(edit.from, length), head: Math.min(edit.to, length) } });
  }, [edit]);
  const { messageId } = props;
  useEffect(() => {
    const attributes: Record<string, string> = messageId
      ? { "aria-invalid": "true", "aria-describedby": messageId }
      : {};
    view.current?.dispatch({
      effects: describedBy.current.reconfigure(EditorView.contentAttributes.of(attributes)),
    });
  }, [messageId]);

  return <div ref={host} className={styles.code} />;
}

const breakLine = (editor: EditorView) => {
  editor.dispatch(editor.state.replaceSelection("\n"));
  return true;
};
const onFirstLine = (editor: EditorView) => editor.state.doc.lineAt(editor.state.selection.main.head).number === 1;
const onLastLine = (editor: EditorView) =>
  editor.state.doc.lineAt(editor.state.selection.main.head).number === editor.state.doc.lines;
