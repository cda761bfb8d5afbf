import type { AlertLevel } from "../../api/client";
import styles from "./Severity.module.css";

/** A sign for each level, so that colour alone says nothing. */
export const SHAPES: Record<AlertLevel, string> = {
  critical: "◆",
  high: "▲",
  medium: "■",
  low: "●",
  informational: "○",
};

/** How bad an alert is if its rule is right: shape, colour and word say the same. */
export function Severity({ level }: { level: AlertLevel }) {
  return (
    <span className={styles.severity}>
      <span className={styles[level]} aria-hidden="true">
        {SHAPES[level]}
      </span>{" "}
      {level === "informational" ? "info" : level}
    </span>
  );
}
