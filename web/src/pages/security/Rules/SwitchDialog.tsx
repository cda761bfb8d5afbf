/** Asks why a rule is switched off: the answer stays with the rule. */

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Button } from "../../../components/Button/Button";
import alerts from "../Alerts/Alerts.module.css";

interface Props {
  title: string;
  /** Rejects with the reason when the server refuses. */
  onSend: (reason: string) => Promise<void>;
  onClose: () => void;
}

export function SwitchDialog({ title, onSend, onClose }: Props) {
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [refusal, setRefusal] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await onSend(reason.trim());
      dialog.current?.close();
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <dialog ref={dialog} className={alerts.dialog} aria-labelledby={heading} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={heading}>Switch off “{title}”</h2>
        <label className={alerts.text}>
          Why (kept with the rule)
          <textarea
            rows={3}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {refusal ? (
          <p role="alert" className={alerts.refusal}>
            Not done: {refusal}
          </p>
        ) : null}
        <div className={alerts.dialogButtons}>
          <Button onClick={() => dialog.current?.close()}>Cancel</Button>
          <Button type="submit" look="primary" disabled={reason.trim() === ""}>
            Switch off
          </Button>
        </div>
      </form>
    </dialog>
  );
}
