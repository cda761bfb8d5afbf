/** What a page is about, beside the filter: every question, link and menu inside counts only records of that. */

import { createContext, type ReactNode, useContext } from "react";

const BaseContext = createContext<readonly string[]>([]);

/** `terms` must stay the same array while it says the same. */
export function Base({ terms, children }: { terms: readonly string[]; children: ReactNode }) {
  return <BaseContext value={terms}>{children}</BaseContext>;
}

export function useBase(): readonly string[] {
  return useContext(BaseContext);
}
