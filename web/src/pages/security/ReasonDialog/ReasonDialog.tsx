/** Asks for a text, and whatever else is put before it, and stays open until the server took the answer. */

import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Button } from "../../../components/Button/Button";
import styles from "./ReasonDialog.module.css";

interface Props {
  title: ReactNode;
  /** What the text is for. */
  label: string;
  /** What the button that sends says. */
  action: string;
  /** Letters of the text at most. */
  most: number;
  /** Whether there is enough to send, with this text; by default there must be one. */
  isComplete?: (text: string) => boolean;
  children?: ReactNode;
  /** Rejects with the reason when the server refuses. */
  onSend: (text: string) => Promise<void>;
  onClose: () => void;
}

export function ReasonDialog({ title, label, action, most, isComplete, children, onSend, onClose }: Props) {
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [sending, setSending] = useState(false);
  const [refusal, setRefusal] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const written = text.trim();
  const complete = isComplete ? isComplete(written) : written !== "";
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!complete || sending) return;
    setSending(true);
    try {
      await onSend(written);
      dialog.current?.close();
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
      setSending(false);
    }
  };
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={heading} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={heading}>{title}</h2>
        {children}
        <label className={styles.text}>
          {label}
          <textarea rows={3} maxLength={most} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        </label>
        {refusal ? (
          <p role="alert" className={styles.refusal}>
            Not done: {refusal}
          </p>
        ) : null}
        <div className={styles.buttons}>
          <Button onClick={() => dialog.current?.close()}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!complete || sending}>
            {action}
          </Button>
        </div>
      </form>
    </dialog>
  );
}
