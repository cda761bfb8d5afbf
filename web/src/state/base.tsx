/** What a page is about, beside the filter: every question, link and menu inside counts only records of that. */

import { createContext, type ReactNode, useContext, useMemo } from "react";

const BaseContext = createContext<readonly string[]>([]);

/** Narrows what is inside by more terms. */
export function Narrowed({ terms, children }: { terms: readonly string[]; children: ReactNode }) {
  const outer = useContext(BaseContext);
  const text = JSON.stringify([...outer, ...terms]);
  // The same array while it says the same, so that questions keep their identity.
  const all = useMemo(() => JSON.parse(text) as string[], [text]);
  return <BaseContext value={all}>{children}</BaseContext>;
}

export function useBase(): readonly string[] {
  return useContext(BaseContext);
}
