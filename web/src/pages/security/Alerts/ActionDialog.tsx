/** Asks for what an action needs: a verdict and a reason to close an alert, a text for a note. */

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import type { Alert, AlertAction, AlertVerdict } from "../../../api/client";
import { Button } from "../../../components/Button/Button";
import styles from "./Alerts.module.css";
import { VERDICTS } from "./wording";

interface Props {
  act: "close" | "note";
  alert: Alert;
  /** Rejects with the reason when the server refuses. */
  onSend: (more: Partial<AlertAction>) => Promise<void>;
  onClose: () => void;
}

export function ActionDialog({ act, alert, onSend, onClose }: Props) {
  const title = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [verdict, setVerdict] = useState<AlertVerdict | null>(null);
  const [text, setText] = useState("");
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const written = text.trim();
  const complete = act === "close" ? verdict !== null : written !== "";
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!complete || sending) return;
    setSending(true);
    try {
      await onSend(act === "close" ? { verdict, reason: written === "" ? null : written } : { text: written });
      dialog.current?.close();
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
      setSending(false);
    }
  };
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={title} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={title}>
          {act === "close" ? "Close" : "Note on"} “{alert.title}”
        </h2>
        {act === "close" ? (
          <fieldset className={styles.verdicts}>
            <legend>What was it?</legend>
            {(Object.keys(VERDICTS) as AlertVerdict[]).map((name) => (
              <label key={name}>
                <input type="radio" name="verdict" checked={verdict === name} onChange={() => setVerdict(name)} />
                <span>
                  {VERDICTS[name].label} <small>{VERDICTS[name].says}</small>
                </span>
              </label>
            ))}
          </fieldset>
        ) : null}
        <label className={styles.text}>
          {act === "close" ? "Why (kept in the history)" : "Text (kept in the history)"}
          <textarea rows={3} maxLength={4000} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        </label>
        {refusal ? (
          <p role="alert" className={styles.refusal}>
            Not done: {refusal}
          </p>
        ) : null}
        <div className={styles.dialogButtons}>
          <Button onClick={() => dialog.current?.close()}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!complete || sending}>
            {act === "close" ? "Close the alert" : "Write"}
          </Button>
        </div>
      </form>
    </dialog>
  );
}
