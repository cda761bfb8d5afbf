/** An editor for Sigma text: line numbers, keys and comments in their colours, mistakes at their place. */

import { history, historyKeymap, indentWithTab, standardKeymap } from "@codemirror/commands";
import { EditorState, type Text } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  lineNumbers,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { RuleCheck } from "../../../api/client";
import { type Mistake, mistakes, setMistakes } from "../../../components/code/mistakes";
import styles from "./Rules.module.css";

interface Props {
  text: string;
  onChange: (text: string) => void;
  problems: RuleCheck["problems"];
  /** Where the caret is to go. */
  place: { line: number; column: number } | null;
}

const KEY = /^(\s*(?:- )?)([^\s#'"][^:#]*)(:)(?=\s|$)/;
const marks = {
  key: Decoration.mark({ class: styles.key ?? "" }),
  comment: Decoration.mark({ class: styles.comment ?? "" }),
};

/** Only the lines in view are looked at. */
function looks(view: EditorView): DecorationSet {
  const ranges = [];
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      const key = KEY.exec(line.text);
      const comment = /(^|\s)#.*$/.exec(line.text);
      if (key) {
        const start = line.from + (key[1]?.length ?? 0);
        ranges.push(marks.key.range(start, start + (key[2]?.length ?? 0)));
      }
      if (comment) ranges.push(marks.comment.range(line.from + comment.index, line.to));
      at = line.to + 1;
    }
  }
  return Decoration.set(ranges, true);
}

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = looks(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged) this.decorations = looks(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

/** From the place that the server names to the end of its word. */
function mistakeAt(doc: Text, { line, column }: { line: number; column: number }): Mistake {
  const found = doc.line(Math.max(1, Math.min(doc.lines, line)));
  const start = Math.min(found.to, found.from + Math.max(0, column - 1));
  const word = /^\S+/.exec(doc.sliceString(start, found.to));
  return { start, end: start + (word?.[0].length ?? 1) };
}

export function CodeArea(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const parent = host.current;
    if (!parent) return;
    const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [
          lineNumbers(),
          history(),
          // Escape, then Tab leaves the field: otherwise the keyboard would be trapped.
          keymap.of([indentWithTab, ...historyKeymap, ...standardKeymap]),
          EditorState.tabSize.of(4),
          EditorView.lineWrapping,
          EditorView.cspNonce.of(nonce),
          EditorView.contentAttributes.of({ "aria-label": "Sigma rule", spellcheck: "false", autocapitalize: "off" }),
          colours,
          mistakes,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);
  const { text, problems, place } = props;
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    editor.dispatch({ effects: setMistakes.of(problems.map((problem) => mistakeAt(editor.state.doc, problem))) });
  }, [problems]);
  useEffect(() => {
    const editor = view.current;
    if (!editor || !place) return;
    const { start } = mistakeAt(editor.state.doc, place);
    editor.focus();
    editor.dispatch({ selection: { anchor: start }, scrollIntoView: true });
  }, [place]);
  return <div ref={host} className={styles.code} />;
}
