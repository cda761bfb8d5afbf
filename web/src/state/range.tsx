/** One "now" for the whole screen: every panel asks for the same instants and arrivals, so that their numbers agree. */

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { Health } from "../api/client";
import type { Scope } from "../lib/scope";
import { durationMs, frozen, type Instants, isLive, isoTime, resolveRange } from "../lib/time";
import { useScope } from "./scope";

export interface ScreenRange {
  instants: Instants;
  live: boolean;
  /** Records that arrived later are not counted; null for a range so old that none are expected any more. */
  asOf: number | null;
  /**
   * The scope of a link to what the screen counts: absolute times, and the moment up to which arrivals count.
   * `whole`: the range is that of an answer, not a part of it.
   */
  freeze: (instants: Instants, whole?: boolean) => Pick<Scope, "from" | "to" | "asOf">;
  /** False when the range in the URL cannot be read and the last hour stands in for it. */
  valid: boolean;
  refresh: () => void;
}

const RangeContext = createContext<ScreenRange | null>(null);

/** Questions without a time: how the server is. */
const STATUS = ["health", "accounting", "exporters", "alerts", "rules", "suppressions"];

/** What was received this long ago can be found by every query; what comes from the network just now may not yet. */
export const SETTLING_MS = 2000;
/** Flows are reported when they end or time out. This long after a range's end, its numbers no longer grow. */
const LATE_MS = 15 * 60_000;

/** The latest whole second, by the server's clock, up to which everything that arrived can be found. */
export function settledSecond(client: QueryClient): number {
  const skew = client.getQueryData<Health>(["health"])?.skew_ms ?? 0;
  return Math.floor((Date.now() + skew - SETTLING_MS) / 1000) * 1000;
}

/** The moment up to which arrivals are counted: the link's own, else the screen's while some may still come. */
export function arrivalsUpTo(instants: Instants, fromLink: string, now: number): number | null {
  if (fromLink !== "") return Date.parse(fromLink);
  return instants.to > now - LATE_MS ? now : null;
}

export function RangeProvider({ children }: { children: ReactNode }) {
  const scope = useScope();
  const client = useQueryClient();
  const live = isLive(scope);
  const wanted = `${scope.from}|${scope.to}|${scope.tz}`;
  const [clock, setClock] = useState(() => ({ wanted, now: settledSecond(client) }));
  // A new range is read at once, in the same render; the time of an unchanged one moves only by a refresh.
  if (clock.wanted !== wanted) setClock({ wanted, now: settledSecond(client) });

  const refresh = useCallback(() => {
    // A live range gets new questions by itself; one that stands still asks the same again, lists from their start.
    setClock((previous) => ({ ...previous, now: settledSecond(client) }));
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
    const instants = found ?? { from: clock.now - 3_600_000, to: clock.now };
    const asOf = arrivalsUpTo(instants, scope.asOf, clock.now);
    return {
      instants,
      live,
      asOf,
      freeze: (shown, whole = false) => {
        // An answer of a live screen ends at the moment that it counts up to, also one from before the last refresh.
        const upTo = live && whole ? shown.to : asOf;
        return { ...frozen(shown), asOf: upTo === null ? "" : isoTime(upTo) };
      },
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
