/** Colours of the tokens in the filter editor. Filters are short: all of it is looked at with every change. */

import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { connective, tokenize } from "../../lib/filter";
import styles from "./ScopeBar.module.css";

type Look = "joint" | "quoted" | "operator" | "fieldName" | "value";

const WORD_OPERATORS = /^(in|has|lacks|like|exists)$/i;

/** What each token of a filter looks like; parentheses and commas have no look of their own. */
export function looks(text: string): { from: number; to: number; look: Look }[] {
  const found: { from: number; to: number; look: Look }[] = [];
  let expectField = true;
  for (const token of tokenize(text)) {
    const joint = connective(token);
    const look: Look | null = joint
      ? "joint"
      : token.kind === "text"
        ? "quoted"
        : token.kind === "operator"
          ? "operator"
          : token.kind !== "word"
            ? null
            : WORD_OPERATORS.test(token.text)
              ? "operator"
              : expectField
                ? "fieldName"
                : "value";
    if (look) found.push({ from: token.start, to: token.end, look });
    if (joint) expectField = true;
    else if (token.kind !== "open") expectField = false;
  }
  return found;
}

const marks: Record<Look, Decoration> = {
  joint: Decoration.mark({ class: styles.joint ?? "" }),
  quoted: Decoration.mark({ class: styles.quoted ?? "" }),
  operator: Decoration.mark({ class: styles.operator ?? "" }),
  fieldName: Decoration.mark({ class: styles.fieldName ?? "" }),
  value: Decoration.mark({ class: styles.value ?? "" }),
};

function decorate(view: EditorView): DecorationSet {
  const text = view.state.doc.toString();
  return Decoration.set(looks(text).map(({ from, to, look }) => marks[look].range(from, to)));
}

export const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = decorate(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = decorate(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
