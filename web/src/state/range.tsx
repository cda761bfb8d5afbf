/** One "now" for the whole screen: every panel asks for the same instants, so that their numbers agree. */

import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { durationMs, type Instants, isLive, resolveRange } from "../lib/time";
import { useScope } from "./scope";

export interface ScreenRange {
  instants: Instants;
  live: boolean;
  /** False when the range in the URL cannot be read and the last hour stands in for it. */
  valid: boolean;
  refresh: () => void;
}

const RangeContext = createContext<ScreenRange | null>(null);

/** Questions without a time: how the server is. */
const STATUS = ["health", "accounting", "exporters"];

function wholeSecond(): number {
  return Math.floor(Date.now() / 1000) * 1000;
}

export function RangeProvider({ children }: { children: ReactNode }) {
  const scope = useScope();
  const client = useQueryClient();
  const live = isLive(scope);
  const wanted = `${scope.from}|${scope.to}|${scope.tz}`;
  const [clock, setClock] = useState({ wanted, now: wholeSecond() });
  // A new range is read at once, in the same render; the time of an unchanged one moves only by a refresh.
  if (clock.wanted !== wanted) setClock({ wanted, now: wholeSecond() });

  const refresh = useCallback(() => {
    // A live range gets new questions by itself; one that stands still asks the same again, lists from their start.
    setClock((previous) => ({ ...previous, now: wholeSecond() }));
    for (const key of STATUS) void client.invalidateQueries({ queryKey: [key] });
    if (live) return;
    for (const key of ["query", "timeseries"]) void client.invalidateQueries({ queryKey: [key] });
    void client.resetQueries({ queryKey: ["flows"] });
  }, [client, live]);

  const every = live && scope.refresh !== "off" ? durationMs(scope.refresh) : null;
  const latest = useRef(refresh);
  latest.current = refresh;
  useEffect(() => {
    if (every === null) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible" && client.isFetching() === 0) latest.current();
    }, every);
    return () => clearInterval(timer);
  }, [every, client]);

  const value = useMemo<ScreenRange>(() => {
    const found = resolveRange(scope, clock.now, scope.tz);
    return {
      instants: found ?? { from: clock.now - 3_600_000, to: clock.now },
      live,
      valid: found !== null,
      refresh,
    };
  }, [scope, clock.now, live, refresh]);
  return <RangeContext value={value}>{children}</RangeContext>;
}

export function useRange(): ScreenRange {
  const value = useContext(RangeContext);
  if (!value) throw new Error("useRange outside of RangeProvider");
  return value;
}
