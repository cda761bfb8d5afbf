/** Keyboard shortcuts of the frame, and the dialog that lists them. They never fire in text fields or open menus. */

import { createContext, lazy, type ReactNode, Suspense, useContext, useEffect, useMemo, useRef, useState } from "react";
import { shiftRange, zoomRange } from "../../lib/time";
import { setPreferences, usePreferences } from "../../state/preferences";
import { useRange } from "../../state/range";
import { useScope, useSetScope } from "../../state/scope";
import { Button } from "../Button/Button";
import styles from "./Frame.module.css";
import { PAGES } from "./pages";

interface Shortcuts {
  showHelp: () => void;
  showPalette: () => void;
}

const ShortcutsContext = createContext<Shortcuts>({ showHelp: () => {}, showPalette: () => {} });

const Palette = lazy(async () => ({ default: (await import("../Palette/Palette")).Palette }));

export function useShortcuts(): Shortcuts {
  return useContext(ShortcutsContext);
}

/** True when a key press belongs to whatever has the focus. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) ||
    target.closest('[role="menu"], [role="listbox"], dialog') !== null
  );
}

const GROUPS: readonly [string, readonly (readonly [string, string])[]][] = [
  [
    "Anywhere",
    [
      ["/", "Filter"],
      ["t", "Time range"],
      ["[ ]", "One range back, forward"],
      ["- =", "Zoom out, in"],
      ["r", "Refresh"],
      ["c", "Compare with the period before"],
      ["s", "Share"],
      ...PAGES.map(({ key, label }) => [`g ${key}`, label] as const),
      ["Ctrl K", "Commands"],
      ["?", "This list"],
    ],
  ],
  [
    "Record table",
    [
      ["j k  ↓ ↑", "Next, previous record"],
      ["← →", "Cell to the left, right"],
      ["Enter", "Open the record"],
      ["p", "Actions for the cell"],
      ["y", "Copy the cell"],
      ["Shift y", "Copy the record"],
      ["Esc", "Close, back"],
    ],
  ],
  [
    "Alerts",
    [
      ["j k", "Next, previous alert"],
      ["Enter", "Open the alert"],
      ["a", "Acknowledge"],
      ["c", "Close"],
      ["o", "Open again"],
      ["u", "Suppress"],
      ["n", "Write a note"],
      ["e", "Flows behind an open alert"],
      ["z", "Take back, for 30 seconds"],
      ["Esc", "Back to the list"],
    ],
  ],
  [
    "Charts",
    [
      ["← →", "Move the cursor (with Shift by 10)"],
      ["Space", "Start, end a selection"],
      ["Enter", "Actions for the bar"],
      ["v", "Show as a table"],
    ],
  ],
  [
    "Actions menu",
    [
      ["f x", "Filter to it, exclude it"],
      ["1 2 3", "As source, destination, either"],
      ["s", "Show only this"],
      ["l", "Show flows"],
      ["g", "Group by its field"],
      ["c", "Copy"],
    ],
  ],
]; // prettier-ignore

export function ShortcutsProvider({ children }: { children: ReactNode }) {
  const { shortcuts } = usePreferences();
  const scope = useScope();
  const setScope = useSetScope();
  const range = useRange();
  const dialog = useRef<HTMLDialogElement>(null);
  const [palette, setPalette] = useState(false);
  const value = useMemo(
    () => ({ showHelp: () => dialog.current?.showModal(), showPalette: () => setPalette(true) }),
    [],
  );
  // Also where single keys are off, and in text fields: no text is typed with Ctrl.
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k")
        return;
      event.preventDefault();
      setPalette((shown) => !shown);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const latest = useRef({ scope, setScope, range });
  latest.current = { scope, setScope, range };

  useEffect(() => {
    if (!shortcuts) return;
    let afterG = 0;
    const click = (name: string) => {
      const control = document.querySelector<HTMLElement>(`[data-shortcut="${name}"]`);
      // Focused first, so that closing what it opens leads back to it.
      control?.focus();
      control?.click();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const now = latest.current;
      const page = performance.now() - afterG < 1200 ? PAGES.find(({ key }) => key === event.key) : undefined;
      if (page) {
        afterG = 0;
        now.setScope({}, { to: page.to });
      } else if (event.key === "g") afterG = performance.now();
      else if (event.key === "/") document.querySelector<HTMLElement>('[data-shortcut="filter"]')?.focus();
      else if (event.key === "t") click("time");
      else if (event.key === "s") click("share");
      else if (event.key === "r") now.range.refresh();
      else if (event.key === "c") now.setScope({ compare: now.scope.compare === "" ? "prev" : "" });
      else if (event.key === "?") dialog.current?.showModal();
      else if (event.key === "[") now.setScope(shiftRange(now.range.instants, -1, Date.now()));
      else if (event.key === "]") now.setScope(shiftRange(now.range.instants, 1, Date.now()));
      else if (event.key === "-") now.setScope(zoomRange(now.scope, now.range.instants, 2));
      else if (event.key === "=" || event.key === "+") now.setScope(zoomRange(now.scope, now.range.instants, 0.5));
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [shortcuts]);

  return (
    <ShortcutsContext value={value}>
      {children}
      {palette ? (
        <Suspense>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      ) : null}
      <dialog ref={dialog} className={styles.help} aria-labelledby="shortcuts-title">
        <div className={styles.helpHead}>
          <h2 id="shortcuts-title">Keyboard shortcuts</h2>
          <Button look="plain" icon="close" aria-label="Close" onClick={() => dialog.current?.close()} />
        </div>
        <div className={styles.helpGroups}>
          {GROUPS.map(([title, keys]) => (
            <section key={title}>
              <h3>{title}</h3>
              <dl>
                {keys.map(([key, what]) => (
                  <div key={key}>
                    <dt>
                      {key
                        .split(" ")
                        .filter(Boolean)
                        .map((part) => (
                          <kbd key={part}>{part}</kbd>
                        ))}
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
        <label className={styles.switch}>
          <input
            type="checkbox"
            checked={shortcuts}
            onChange={(event) => setPreferences({ shortcuts: event.currentTarget.checked })}
          />
          Single-key shortcuts
        </label>
      </dialog>
    </ShortcutsContext>
  );
}
