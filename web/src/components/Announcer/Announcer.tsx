/** A short message to everyone: a toast for the eye and a live region for screen readers. */

import { useEffect, useState } from "react";
import styles from "./Announcer.module.css";

type Listener = (text: string) => void;
let listener: Listener | null = null;

export function announce(text: string): void {
  listener?.(text);
}

export function Announcer() {
  const [message, setMessage] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    listener = (text) => {
      setMessage(text);
      clearTimeout(timer);
      timer = setTimeout(() => setMessage(""), 2200);
    };
    return () => {
      listener = null;
      clearTimeout(timer);
    };
  }, []);
  return (
    <div role="status" aria-live="polite" className={message ? styles.toast : styles.empty}>
      {message}
    </div>
  );
}
