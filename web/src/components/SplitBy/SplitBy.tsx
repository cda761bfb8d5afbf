/** Chooses the field that a chart over time is split by; it is part of the link. */

import { fieldLabel } from "../../lib/fields";
import { useScope, useSetScope } from "../../state/scope";
import styles from "./SplitBy.module.css";

export function SplitBy({ fields }: { fields: readonly string[] }) {
  const { by } = useScope();
  const setScope = useSetScope();
  const offered = fields.includes(by) || by === "" ? fields : [by, ...fields];
  return (
    <label className={styles.by}>
      <span>by</span>
      <select value={by} onChange={(event) => setScope({ by: event.currentTarget.value, also: [] })}>
        <option value="">nothing</option>
        {offered.map((field) => (
          <option key={field} value={field}>
            {fieldLabel(field)}
          </option>
        ))}
      </select>
    </label>
  );
}
