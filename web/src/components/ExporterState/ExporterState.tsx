import styles from "./ExporterState.module.css";
import { STATES, type StateName } from "./state";

/** The state of an exporter: shape, colour and word say the same. */
export function ExporterState({ name }: { name: StateName }) {
  const { shape, level, says } = STATES[name];
  return (
    <span className={styles.state} title={says}>
      <span className={styles[level]} aria-hidden="true">
        {shape}
      </span>{" "}
      {name}
    </span>
  );
}
