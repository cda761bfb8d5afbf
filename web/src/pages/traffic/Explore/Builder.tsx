/** The question of Explore: measure, fields, how many, how long a bucket, and how it is drawn. */

import { Button } from "../../../components/Button/Button";
import type { IconName } from "../../../components/Icon/Icon";
import { FIELDS } from "../../../generated/fields";
import { fieldLabel, GROUP_ORDER, groupLabel } from "../../../lib/fields";
import { BUCKET_LENGTHS, type BucketLength, type ChartKind, MOST_FIELDS } from "../../../lib/scope";
import { UNIT_LABELS, UNITS, type Unit } from "../../../lib/units";
import { useScope, useSetScope } from "../../../state/scope";
import styles from "./Explore.module.css";

const KINDS: readonly [ChartKind, string, IconName][] = [
  ["stack", "Stacked", "chart"],
  ["share", "100 %", "columns"],
  ["lines", "Lines", "lines"],
  ["multiples", "Small multiples", "overview"],
  ["bars", "Bars", "rows"],
  ["table", "Table", "table"],
  ["sankey", "Sankey", "flows"],
  ["heat", "Heat map", "exporters"],
  ["tree", "Treemap", "rail"],
  ["calendar", "Calendar", "matrix"],
];
const TOPS = [3, 5, 8, 10, 15, 20, 30, 50];
/** Fields whose values group records, not count or date them. */
const GROUPABLE = FIELDS.filter(
  ({ kind, group, name }) =>
    kind !== "map" && kind !== "time" && group !== "counters" && group !== "time" && name !== "extra",
);
const GROUPS = [...new Set([...GROUP_ORDER, ...GROUPABLE.map(({ group }) => group)])];

export function Builder({ fields }: { fields: readonly string[] }) {
  const scope = useScope();
  const setScope = useSetScope();
  const setFields = (wanted: readonly string[]) => {
    const [by = "", ...also] = [...new Set(wanted.filter((field) => field !== ""))];
    setScope({ by, also });
  };
  const slots = fields.length < MOST_FIELDS ? [...fields, ""] : fields;
  return (
    <section className={styles.builder} aria-label="Question">
      <label>
        <span>Measure</span>
        <select value={scope.unit} onChange={(event) => setScope({ unit: event.currentTarget.value as Unit })}>
          {UNITS.map((unit) => (
            <option key={unit} value={unit}>
              {unit === "total" ? "bytes" : UNIT_LABELS[unit]}
            </option>
          ))}
        </select>
      </label>
      <fieldset className={styles.fields}>
        <legend>Group by</legend>
        {slots.map((field, index) => (
          <select
            key={field === "" ? "+" : field}
            aria-label={field === "" ? "Add a field" : `Field ${index + 1}`}
            value={field}
            onChange={(event) =>
              setFields([...fields.slice(0, index), event.currentTarget.value, ...fields.slice(index + 1)])
            }
          >
            <option value="">{field === "" ? (fields.length === 0 ? "nothing" : "+ field") : "– remove –"}</option>
            {GROUPS.map((group) => (
              <optgroup key={group} label={groupLabel(group)}>
                {GROUPABLE.filter((one) => one.group === group).map(({ name }) => (
                  <option key={name} value={name} disabled={name !== field && fields.includes(name)}>
                    {fieldLabel(name)}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        ))}
      </fieldset>
      <label>
        <span>Top</span>
        <select value={scope.top} onChange={(event) => setScope({ top: Number(event.currentTarget.value) })}>
          {[...new Set([...TOPS, scope.top])]
            .sort((a, b) => a - b)
            .map((top) => (
              <option key={top}>{top}</option>
            ))}
        </select>
      </label>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={scope.other}
          onChange={(event) => setScope({ other: event.currentTarget.checked })}
        />
        <span>Other</span>
      </label>
      <label>
        <span>Bucket</span>
        <select
          value={scope.bucket}
          onChange={(event) => setScope({ bucket: event.currentTarget.value as BucketLength })}
        >
          {BUCKET_LENGTHS.map((length) => (
            <option key={length} value={length}>
              {length === "" ? "auto" : length}
            </option>
          ))}
        </select>
      </label>
      <span className={styles.kinds} role="group" aria-label="Chart">
        {KINDS.map(([kind, label, icon]) => (
          <Button
            key={kind}
            look="plain"
            icon={icon}
            aria-label={label}
            aria-pressed={scope.chart === kind}
            onClick={() => setScope({ chart: kind })}
          />
        ))}
      </span>
    </section>
  );
}
