/** Which fields the table shows: a set for a task, or any choice of one's own. */

import { Popover } from "@mantine/core";
import { useState } from "react";
import { Button } from "../../../components/Button/Button";
import { FIELDS } from "../../../generated/fields";
import { COLUMN_SETS } from "../../../lib/columns";
import { fieldLabel, GROUP_ORDER, groupLabel } from "../../../lib/fields";
import { useSetScope } from "../../../state/scope";
import styles from "./Flows.module.css";

export function ColumnChooser({ columns }: { columns: readonly string[] }) {
  const setScope = useSetScope();
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState("");
  const set = COLUMN_SETS.find((one) => one.columns.join() === columns.join());
  const choose = (next: readonly string[]) =>
    setScope({ columns: next.join() === COLUMN_SETS[0]?.columns.join() ? [] : next });
  const wanted = search.trim().toLowerCase();
  const matches = (name: string) =>
    wanted === "" || name.includes(wanted) || fieldLabel(name).toLowerCase().includes(wanted);
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      width={400}
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
      withinPortal
    >
      <Popover.Target>
        <Button look="plain" icon="columns" aria-expanded={open} onClick={() => setOpen(!open)}>
          {set ? set.name : `${columns.length} columns`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={styles.chooser} aria-label="Columns">
        <div className={styles.sets} role="group" aria-label="Column sets">
          {COLUMN_SETS.map((one) => (
            <button key={one.name} type="button" aria-pressed={one === set} onClick={() => choose(one.columns)}>
              {one.name}
            </button>
          ))}
        </div>
        <input
          className={styles.search}
          data-autofocus
          aria-label="Find a field"
          placeholder="Find a field"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <div className={styles.fields}>
          {GROUP_ORDER.map((group) => {
            const fields = FIELDS.filter(
              (field) => field.group === group && field.kind !== "map" && matches(field.name),
            );
            if (fields.length === 0) return null;
            return (
              <fieldset key={group}>
                <legend>{groupLabel(group)}</legend>
                {fields.map((field) => (
                  <label key={field.name} title={field.doc}>
                    <input
                      type="checkbox"
                      checked={columns.includes(field.name)}
                      disabled={columns.length === 1 && columns[0] === field.name}
                      onChange={(event) =>
                        choose(
                          event.currentTarget.checked
                            ? [...columns, field.name]
                            : columns.filter((name) => name !== field.name),
                        )
                      }
                    />
                    <span>{fieldLabel(field.name)}</span>
                    <code>{field.name}</code>
                  </label>
                ))}
              </fieldset>
            );
          })}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
