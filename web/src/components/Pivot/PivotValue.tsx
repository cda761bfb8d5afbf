import type { ReactNode } from "react";
import styles from "./Pivot.module.css";
import { usePivot } from "./PivotProvider";
import type { PivotTarget } from "./pivot";

/** A value as a handle: click or `Enter` opens the pivot menu, a right click too. */
export function PivotValue({
  target,
  mono = false,
  children,
}: {
  target: PivotTarget;
  mono?: boolean;
  children?: ReactNode;
}) {
  const pivot = usePivot();
  return (
    <button
      type="button"
      className={`${styles.mark} ${mono ? styles.mono : ""}`}
      aria-haspopup="menu"
      title={target.label}
      onClick={(event) => pivot.open(target, event.currentTarget)}
      onContextMenu={(event) => {
        event.preventDefault();
        pivot.open(target, event.currentTarget);
      }}
    >
      {children ?? target.label}
    </button>
  );
}
