/** Marks below what is wrong in an editor's text; they move with it until they are set anew. */

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import styles from "./code.module.css";

export interface Mistake {
  start: number;
  end: number;
}

export const setMistakes = StateEffect.define<readonly Mistake[]>();

export const mistakes = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let now = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setMistakes)) continue;
      const length = transaction.newDoc.length;
      const ranges = effect.value.flatMap(({ start, end }) => {
        // A mistake at the end of the text is marked on its last character.
        const from = Math.min(start, Math.max(0, length - 1));
        const to = Math.min(length, Math.max(end, from + 1));
        return from < to ? [Decoration.mark({ class: styles.mistake ?? "" }).range(from, to)] : [];
      });
      now = Decoration.set(ranges, true);
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});
