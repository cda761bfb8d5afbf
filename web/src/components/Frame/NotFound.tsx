import { Link } from "@tanstack/react-router";
import styles from "./Frame.module.css";

export function NotFound() {
  return (
    <div className={styles.missing}>
      <h1>There is no page at this address</h1>
      <p>
        <Link to="/">Go to the Overview</Link>
      </p>
    </div>
  );
}
