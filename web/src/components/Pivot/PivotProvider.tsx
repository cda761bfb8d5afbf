/** The pivot menu: one for the whole screen, opened by any mark or value, by pointer or by keyboard. */

import { Menu } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import {
  createContext,
  type ReactNode,
  type Ref,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { entityPage } from "../../lib/entity";
import { fieldLabel } from "../../lib/fields";
import { addTerm } from "../../lib/filter";
import { writeScope } from "../../lib/scope";
import { frozen } from "../../lib/time";
import { useBase } from "../../state/base";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { announce } from "../Announcer/Announcer";
import styles from "./Pivot.module.css";
import { filterActions, type PivotTarget, targetTerm } from "./pivot";

export interface Anchor {
  x: number;
  y: number;
}

interface Pivot {
  open: (target: PivotTarget, anchor: HTMLElement | Anchor) => void;
}

const PivotContext = createContext<Pivot | null>(null);

export function usePivot(): Pivot {
  const value = useContext(PivotContext);
  if (!value) throw new Error("usePivot outside of PivotProvider");
  const base = useBase();
  return useMemo(
    () => (base.length === 0 ? value : { open: (target, anchor) => value.open({ ...target, base }, anchor) }),
    [value, base],
  );
}

interface Opened {
  target: PivotTarget;
  at: Anchor;
  /** Where the focus goes back to. */
  source: HTMLElement | null;
}

interface Item {
  key: string;
  label: string;
  hint?: string;
  run: () => void;
}

export function PivotProvider({ children }: { children: ReactNode }) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [shown, setShown] = useState(false);
  const scope = useScope();
  const setScope = useSetScope();
  const range = useRange();
  const navigate = useNavigate();

  const open = useCallback<Pivot["open"]>((target, anchor) => {
    const active = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    if (anchor instanceof HTMLElement) {
      const box = anchor.getBoundingClientRect();
      setOpened({ target, at: { x: box.left, y: box.bottom + 2 }, source: anchor });
    } else {
      setOpened({ target, at: anchor, source: active });
    }
    setShown(true);
  }, []);
  const pivot = useMemo(() => ({ open }), [open]);

  const close = () => {
    setShown(false);
    opened?.source?.focus({ preventScroll: true });
  };

  const groups: { title: string | null; items: Item[] }[] = [];
  if (opened) {
    const { target } = opened;
    const term = targetTerm(target);
    const filters = filterActions(target, scope.filter);
    if (filters.length > 0) {
      groups.push({
        title: null,
        items: filters.map(({ key, label, hint, filter }) => ({ key, label, hint, run: () => setScope({ filter }) })),
      });
    }
    const more: Item[] = [];
    const instants = target.instants ?? range.instants;
    more.push({
      key: "l",
      label: "Show flows",
      run: () =>
        setScope(
          {
            ...range.freeze(instants),
            filter: [...(target.base ?? []), ...(term ? [term] : [])].reduce(addTerm, scope.filter),
          },
          { to: "/flows" },
        ),
    });
    if (target.instants) {
      const { instants: bucket } = target;
      more.push({ key: "z", label: "Zoom to this time", run: () => setScope(frozen(bucket)) });
    }
    const field = target.pairs[0]?.field;
    if (field && field !== scope.by) {
      more.push({ key: "g", label: `Group by ${fieldLabel(field)}`, run: () => setScope({ by: field, also: [] }) });
    }
    const page = entityPage(target);
    if (page) {
      more.unshift({
        key: "o",
        label: `Open ${page.what} page`,
        run: () => void navigate({ to: page.path, search: writeScope({ ...scope, selected: "", find: "", sort: "" }) }),
      });
    }
    groups.push({ title: null, items: more });
    const text = target.pairs.map(({ value }) => String(value ?? "")).join(" ");
    const copies: Item[] = [];
    const copy = (what: string) => () => {
      void navigator.clipboard?.writeText(what).then(() => announce("Copied"));
    };
    if (text.trim() !== "") copies.push({ key: "c", label: "Copy value", run: copy(text) });
    if (term) copies.push({ key: "", label: "Copy as filter", hint: term, run: copy(term) });
    if (copies.length > 0) groups.push({ title: null, items: copies });
  }
  const items = groups.flatMap((group) => group.items);

  const run = (item: Item) => {
    close();
    item.run();
  };
  const onKey = (event: globalThis.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = items.find((candidate) => candidate.key !== "" && candidate.key === event.key.toLowerCase());
    if (!item) return;
    event.preventDefault();
    event.stopPropagation();
    run(item);
  };

  const latest = useRef(onKey);
  latest.current = onKey;
  // On the window, since the focus reaches the menu a moment after it is open.
  useEffect(() => {
    if (!shown) return;
    const listen = (event: globalThis.KeyboardEvent) => latest.current(event);
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, [shown]);

  return (
    <PivotContext value={pivot}>
      {children}
      <Menu
        opened={shown}
        onChange={(next) => {
          if (!next) close();
        }}
        position="bottom-start"
        offset={2}
        width={268}
        returnFocus={false}
        withInitialFocusPlaceholder={false}
        transitionProps={{ duration: 0 }}
        loop
        withinPortal
      >
        <Menu.Target>
          <AnchorPoint left={opened?.at.x ?? 0} top={opened?.at.y ?? 0} />
        </Menu.Target>
        <Menu.Dropdown
          className={styles.menu}
          aria-label={`Actions for ${opened?.target.label ?? ""}`}
          aria-labelledby={undefined}
        >
          <div className={styles.head}>
            <span className={styles.field}>
              {opened?.target.pairs.map(({ field }) => fieldLabel(field)).join(" → ")}
            </span>
            <span className={styles.value}>{opened?.target.label}</span>
          </div>
          {groups.map((group, index) => (
            <div key={group.items[0]?.label ?? index} className={styles.group}>
              {group.items.map((item, at) => (
                <Menu.Item
                  key={item.label}
                  onClick={() => run(item)}
                  className={styles.item}
                  closeMenuOnClick={false}
                  data-autofocus={(index === 0 && at === 0) || undefined}
                >
                  <span className={styles.label}>{item.label}</span>
                  {item.hint ? <span className={styles.hint}>{item.hint}</span> : null}
                  {item.key ? <kbd className={styles.key}>{item.key}</kbd> : null}
                </Menu.Item>
              ))}
            </div>
          ))}
        </Menu.Dropdown>
      </Menu>
    </PivotContext>
  );
}

/** The point that the menu hangs on. It is no control: what the menu says about its target stays off it. */
function AnchorPoint({ left, top, ref }: { left: number; top: number; ref?: Ref<HTMLSpanElement> }) {
  return <span ref={ref} className={styles.anchor} style={{ left, top }} />;
}
