/** The scope of the screen, read from and written to the URL. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useRef } from "react";
import type { PagePath } from "../components/Frame/pages";
import { parseScope, type Scope, type Search, writeScope } from "../lib/scope";

export function useScope(): Scope {
  const search: Search = useSearch({ strict: false });
  return useMemo(() => parseScope(search), [search]);
}

export interface Move {
  /** Another page; the current one when absent. */
  to?: PagePath;
  /** True when the step is not worth an entry in the history: moving a selection, say. */
  replace?: boolean;
}

export type SetScope = (patch: Partial<Scope>, move?: Move) => void;

/** Changes parts of the scope. A selection belongs to its list and `asOf` to its range: another one drops them. */
export function useSetScope(): SetScope {
  const scope = useScope();
  const navigate = useNavigate();
  const latest = useRef(scope);
  latest.current = scope;
  return useCallback(
    (patch, move = {}) => {
      const otherList = "from" in patch || "to" in patch || "filter" in patch || move.to !== undefined;
      const otherTime = "from" in patch || "to" in patch;
      const next = {
        ...latest.current,
        ...(otherList ? { selected: "" } : {}),
        ...(otherTime ? { asOf: "" } : {}),
        ...(move.to !== undefined ? { find: "", sort: "", tab: "triage" as const } : {}),
        ...patch,
      };
      void navigate({ to: move.to ?? ".", search: writeScope(next), replace: move.replace ?? false });
    },
    [navigate],
  );
}
