/** Asks for what an action needs: a verdict and a reason to close an alert, a text for a note. */

import { useState } from "react";
import type { Alert, AlertAction, AlertVerdict } from "../../../api/client";
import { ReasonDialog } from "../ReasonDialog/ReasonDialog";
import styles from "../ReasonDialog/ReasonDialog.module.css";
import { VERDICTS } from "./wording";

/** Letters of a text at most. */
const MOST = 4000;

interface Props {
  act: "close" | "note";
  alert: Alert;
  /** Rejects with the reason when the server refuses. */
  onSend: (more: Partial<AlertAction>) => Promise<void>;
  onClose: () => void;
}

export function ActionDialog({ act, alert, onSend, onClose }: Props) {
  const [verdict, setVerdict] = useState<AlertVerdict | null>(null);
  if (act === "note")
    return (
      <ReasonDialog
        title={`Note on “${alert.title}”`}
        label="Text (kept in the history)"
        action="Write"
        most={MOST}
        onSend={(text) => onSend({ text })}
        onClose={onClose}
      />
    );
  return (
    <ReasonDialog
      title={`Close “${alert.title}”`}
      label="Why (kept in the history)"
      action="Close the alert"
      most={MOST}
      isComplete={() => verdict !== null}
      onSend={(text) => onSend({ verdict, reason: text === "" ? null : text })}
      onClose={onClose}
    >
      <fieldset className={styles.choice}>
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
    </ReasonDialog>
  );
}
