/** Asks why a rule is switched off: the answer stays with the rule. */

import { ReasonDialog } from "../ReasonDialog/ReasonDialog";

interface Props {
  title: string;
  /** Rejects with the reason when the server refuses. */
  onSend: (reason: string) => Promise<void>;
  onClose: () => void;
}

export function SwitchDialog({ title, onSend, onClose }: Props) {
  return (
    <ReasonDialog
      title={`Switch off “${title}”`}
      label="Why (kept with the rule)"
      action="Switch off"
      most={1000}
      onSend={onSend}
      onClose={onClose}
    />
  );
}
