/** Asks every second for what has arrived since, and keeps so much of it as is worth looking at. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type FlowsBody, fetchFlows, type Row } from "../../../api/client";
import { joinTerms } from "../../../lib/filter";
import { isoTime } from "../../../lib/time";
import { settledSecond } from "../../../state/range";

/** The most that one second brings to the screen, and the most that stays on it. */
const MOST_A_SECOND = 200;
export const MOST_KEPT = 2000;
const EVERY_MS = 1000;
/** Flows are reported up to this long after they ended, and clocks of exporters are this far ahead at most. */
const LATE_MS = 15 * 60_000;
const AHEAD_MS = 5 * 60_000;

export interface TailState {
  rows: readonly Row[];
  /** Records a second, of those that the filter lets through. */
  rate: number;
  /** Came, and were too many to be shown. */
  unshown: number;
  /** The time of arrival of the first and the last second that was asked for. */
  from: number | null;
  to: number | null;
  error: Error | null;
}

const EMPTY: TailState = { rows: [], rate: 0, unshown: 0, from: null, to: null, error: null };

/** The newest first, as many as are kept. */
export function appended(state: TailState, rows: readonly Row[], matched: number, from: number, to: number): TailState {
  return {
    rows: [...rows, ...state.rows].slice(0, MOST_KEPT),
    rate: matched / Math.max(1, (to - from) / 1000),
    unshown: state.unshown + matched - rows.length,
    from: state.from ?? from,
    to,
    error: null,
  };
}

/** What arrived in a span of whole seconds. */
export function arrivals(filter: string, columns: readonly string[], from: number, to: number): FlowsBody {
  return {
    from: isoTime(from - LATE_MS),
    to: isoTime(to + AHEAD_MS),
    filter: joinTerms([`received >= ${isoTime(from)}`, `received < ${isoTime(to)}`, filter].filter(Boolean)),
    columns: [...columns],
    limit: MOST_A_SECOND,
  };
}

/** Starts anew with another filter or other columns; while `paused` nothing is asked. */
export function useTail(filter: string, columns: readonly string[], paused: boolean) {
  const client = useQueryClient();
  const question = JSON.stringify([filter, columns]);
  const [state, setState] = useState(EMPTY);
  const upTo = useRef<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question starts anew
  useEffect(() => {
    upTo.current = null;
    setState(EMPTY);
  }, [question]);
  useEffect(() => {
    if (paused) return;
    // What came during a pause is not made up for: the tail is of now.
    upTo.current = null;
    const [wanted, asked] = JSON.parse(question) as [string, string[]];
    const stop = new AbortController();
    let timer = 0;
    const step = async () => {
      const to = settledSecond(client);
      const from = upTo.current ?? to - 1000;
      if (to > from && document.visibilityState === "visible") {
        try {
          const answer = await fetchFlows(arrivals(wanted, asked, from, to), stop.signal);
          if (stop.signal.aborted) return;
          upTo.current = to;
          setState((before) => appended(before, answer.rows, answer.meta.rows_matched, from, to));
        } catch (error) {
          if (stop.signal.aborted) return;
          setState((before) => ({ ...before, error: error instanceof Error ? error : new Error(String(error)) }));
        }
      }
      timer = window.setTimeout(() => void step(), EVERY_MS);
    };
    void step();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [question, paused, client]);
  return { ...state, clear: () => setState({ ...EMPTY, from: null }) };
}
