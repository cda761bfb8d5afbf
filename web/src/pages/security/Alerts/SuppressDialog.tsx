/** Hides what this alert's rule says of its entity: with a reason, for a time, and after a look at what that would hide. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Alert, previewSuppression } from "../../../api/client";
import { useSuppress } from "../../../api/queries";
import { announce } from "../../../components/Announcer/Announcer";
import { formatCount } from "../../../lib/units";
import { ReasonDialog } from "../ReasonDialog/ReasonDialog";
import styles from "../ReasonDialog/ReasonDialog.module.css";

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
  const [length, setLength] = useState<string>(LENGTHS[0][0]);
  const mutation = useSuppress();
  const preview = useQuery({
    queryKey: ["suppressions", "preview", alert.id],
    queryFn: ({ signal }) => previewSuppression(alert.id, signal),
    retry: false,
    staleTime: 0,
  });
  const send = async (reason: string) => {
    await mutation.mutateAsync({ alert: alert.id, reason, for: length });
    announce(`Suppressed: ${alert.title}`);
    onDone();
  };
  const found = preview.data;
  return (
    <ReasonDialog
      title={`Suppress “${alert.title}”`}
      label="Why (listed under Rules, Exceptions)"
      action="Suppress"
      most={1000}
      onSend={send}
      onClose={onClose}
    >
      <p className={styles.preview} role="status">
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
      <fieldset className={styles.choice}>
        <legend>For how long?</legend>
        {LENGTHS.map(([value, label]) => (
          <label key={value}>
            <input type="radio" name="length" checked={length === value} onChange={() => setLength(value)} />
            <span>{label}</span>
          </label>
        ))}
      </fieldset>
    </ReasonDialog>
  );
}
