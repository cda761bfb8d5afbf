/** The groups of an answer as charts draw them: name, value, colour, and what each stands for. */

import { keyOf, type Row } from "../../api/client";
import { slotsFor, slotVariable } from "../../lib/colour";
import { displayValue } from "../../lib/fields";
import type { Pair, PivotTarget } from "../Pivot/pivot";
import { otherTarget } from "../TopTable/TopTable";

export interface Item {
  id: string;
  label: string;
  /** A value for each field; empty for "Other". */
  key: readonly Pair[];
  value: number;
  colour: string;
  target: PivotTarget;
  row: Row;
}

export function itemsOf(rows: readonly Row[], fields: readonly string[], measured: (row: Row) => number): Item[] {
  const keys = rows.map((row) => fields.map((field) => ({ field, value: keyOf(row, field) })));
  const [first = ""] = fields;
  const slots = slotsFor(
    first,
    keys.map(([pair]) => String(pair?.value ?? "")),
  );
  return rows.map((row, index) => {
    const other = row.other === true;
    const key = other ? [] : (keys[index] ?? []);
    const texts = key.map(({ field, value }) => (value === null ? "none" : displayValue(field, value)));
    const label = other ? "Other" : key.length === 0 ? "All" : texts.join(" · ");
    return {
      id: other ? "other" : JSON.stringify(key.map(({ value }) => value)),
      label,
      key,
      value: measured(row),
      colour:
        fields.length === 0
          ? "var(--accent)"
          : other || key[0]?.value === null
            ? "var(--series-other)"
            : slotVariable(slots[index] ?? 0),
      target: other ? otherTarget(fields, rows) : { pairs: key, label },
      row,
    };
  });
}
