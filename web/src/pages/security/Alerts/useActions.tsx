/** Acting on an alert by button or key: the dialogs, what is said afterwards, and taking it back. */

import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import type { Alert, AlertAction } from "../../../api/client";
import { useAlertAction } from "../../../api/queries";
import { announce } from "../../../components/Announcer/Announcer";
import { Button } from "../../../components/Button/Button";
import { isTyping } from "../../../components/Frame/Shortcuts";
import { usePreferences } from "../../../state/preferences";
import { ActionDialog } from "./ActionDialog";
import { SuppressDialog } from "./SuppressDialog";
import { ACTS, type Act, actsOf } from "./wording";

/** As long as the server takes an action back. */
const UNDO_MS = 30_000;

interface Actions {
  act: (act: Act, alert: Alert) => void;
  undo: () => void;
  /** The button that takes back what was done last, while that is possible. */
  undoButton: ReactNode;
  dialog: ReactNode;
}

/** `done` is told which alert something was done about, as soon as the server has done it. */
export function useActions(done?: (act: Act, alert: Alert) => void): Actions {
  const mutation = useAlertAction();
  const [asked, setAsked] = useState<{ act: "close" | "note" | "suppress"; alert: Alert } | null>(null);
  const [token, setToken] = useState<string | null>(null);
  useEffect(() => {
    if (token === null) return;
    const timer = setTimeout(() => setToken(null), UNDO_MS);
    return () => clearTimeout(timer);
  }, [token]);
  const { mutateAsync } = mutation;

  const send = useCallback(
    async (act: Exclude<Act, "suppress">, alert: Alert, more: Partial<AlertAction>) => {
      const outcome = await mutateAsync({ action: act, ids: [alert.id], ...more });
      setToken(outcome.undo);
      announce(`${ACTS[act].done}: ${alert.title}`);
      done?.(act, alert);
    },
    [mutateAsync, done],
  );
  const refused = (error: unknown) => announce(`Not done: ${error instanceof Error ? error.message : String(error)}`);
  const act = (what: Act, alert: Alert) => {
    if (!actsOf(alert.state).includes(what)) return;
    if (what === "close" || what === "note" || what === "suppress") setAsked({ act: what, alert });
    else send(what, alert, {}).catch(refused);
  };
  const undo = () => {
    if (token === null) return;
    setToken(null);
    mutateAsync({ action: "undo", undo: token }).then(() => announce("Taken back"), refused);
  };
  return {
    act,
    undo,
    undoButton:
      token === null ? null : (
        <Button onClick={undo} title="z">
          Take back
        </Button>
      ),
    dialog:
      asked?.act === "suppress" ? (
        <SuppressDialog
          key={asked.alert.id}
          alert={asked.alert}
          onDone={() => done?.("suppress", asked.alert)}
          onClose={() => setAsked(null)}
        />
      ) : asked ? (
        <ActionDialog
          key={`${asked.act} ${asked.alert.id}`}
          act={asked.act}
          alert={asked.alert}
          onSend={(more) => send(asked.act === "note" ? "note" : "close", asked.alert, more)}
          onClose={() => setAsked(null)}
        />
      ) : null,
  };
}

/**
 * Single keys of a page. They come before those of the frame, which has a `c` of its own, but not after a `g`, which
 * makes the next key the name of a page.
 */
export function useKeys(onKey: (key: string) => boolean): void {
  const { shortcuts } = usePreferences();
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    if (!shortcuts) return;
    let afterG = Number.NEGATIVE_INFINITY;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      // Something that is open, such as the menu of a value, has its own keys.
      if (document.querySelector('[role="menu"], dialog[open]')) return;
      // Enter on a link or a button is for that.
      if (event.key === "Enter" && event.target instanceof Element && event.target.closest("a, button")) return;
      const page = performance.now() - afterG < 1200;
      afterG = event.key === "g" ? performance.now() : Number.NEGATIVE_INFINITY;
      if (!page && latest.current(event.key)) event.preventDefault();
    };
    window.addEventListener("keydown", listen, { capture: true });
    return () => window.removeEventListener("keydown", listen, { capture: true });
  }, [shortcuts]);
}

/** The action of a key. */
export function actOfKey(key: string): Act | undefined {
  return (Object.keys(ACTS) as Act[]).find((act) => ACTS[act].key === key);
}
