/** Hides what this alert's rule says of its entity: with a reason, for a time, and after a look at what that would hide. */

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { type Alert, previewSuppression } from "../../../api/client";
import { useSuppress } from "../../../api/queries";
import { announce } from "../../../components/Announcer/Announcer";
import { Button } from "../../../components/Button/Button";
import { formatCount } from "../../../lib/units";
import styles from "./Alerts.module.css";

const LENGTHS = [
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["90d", "90 days"],
  ["never", "without an end"],
] as const;

interface Props {
  alert: Alert;
  onDone: () => void;
  onClose: () => void;
}

export function SuppressDialog({ alert, onDone, onClose }: Props) {
  const title = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [length, setLength] = useState<string>(LENGTHS[0][0]);
  const mutation = useSuppress();
  const preview = useQuery({
    queryKey: ["suppressions", "preview", alert.id],
    queryFn: ({ signal }) => previewSuppression(alert.id, signal),
    retry: false,
    staleTime: 0,
  });
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await mutation.mutateAsync({ alert: alert.id, reason: reason.trim(), for: length });
      announce(`Suppressed: ${alert.title}`);
      onDone();
      dialog.current?.close();
    } catch {
      // The dialog says why.
    }
  };
  const found = preview.data;
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={title} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={title}>Suppress “{alert.title}”</h2>
        <p className={styles.hidden} role="status">
          {found
            ? `Of ${alert.entity.map(({ value }) => String(value)).join(" → ")} only. It would have hidden ${formatCount(found.alerts)} of ${formatCount(found.of)} alerts of the last 30 days${found.true_positives > 0 ? `, ${formatCount(found.true_positives)} of them true positives` : ""}.`
            : preview.isError
              ? `What it would hide is not known: ${preview.error.message}`
              : "Looking what it would have hidden …"}
        </p>
        {found?.warning ? (
          <p role="alert" className={styles.refusal}>
            {found.warning}
          </p>
        ) : null}
        <fieldset className={styles.verdicts}>
          <legend>For how long?</legend>
          {LENGTHS.map(([value, label]) => (
            <label key={value}>
              <input type="radio" name="length" checked={length === value} onChange={() => setLength(value)} />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        <label className={styles.text}>
          Why (listed under Rules, Exceptions)
          <textarea
            rows={3}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {mutation.isError ? (
          <p role="alert" className={styles.refusal}>
            Not done: {mutation.error.message}
          </p>
        ) : null}
        <div className={styles.dialogButtons}>
          <Button onClick={() => dialog.current?.close()}>Cancel</Button>
          <Button type="submit" look="primary" disabled={reason.trim() === "" || mutation.isPending}>
            Suppress
          </Button>
        </div>
      </form>
    </dialog>
  );
}
