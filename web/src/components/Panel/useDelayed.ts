import { useEffect, useState } from "react";

/** True once `active` has been true for `delay_ms`: quick answers never flicker. */
export function useDelayed(active: boolean, delay_ms: number): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    if (!active) return;
    const timer = setTimeout(() => setPassed(true), delay_ms);
    return () => {
      clearTimeout(timer);
      setPassed(false);
    };
  }, [active, delay_ms]);
  return active && passed;
}
