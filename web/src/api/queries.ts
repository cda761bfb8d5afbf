/** Hooks over the client: keys, caching, retry. A question's body is its key, and bodies hold absolute times. */

import {
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import {
  type AlertQuestion,
  ApiError,
  actOnAlerts,
  endSuppression,
  type FlowsBody,
  fetchAccounting,
  fetchAlert,
  fetchAlertHistory,
  fetchAlerts,
  fetchAttack,
  fetchExporter,
  fetchExporters,
  fetchFlows,
  fetchHealth,
  fetchHunt,
  fetchMarkers,
  fetchParse,
  fetchQuery,
  fetchRule,
  fetchRules,
  fetchSuppressions,
  fetchTimeseries,
  type QueryBody,
  suppress,
  switchRule,
  type TimeseriesBody,
} from "./client";

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 120_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (count, error) => error instanceof ApiError && error.offline && count < 2,
        retryDelay: (attempt) => 500 * 2 ** attempt,
        networkMode: "always",
      },
    },
  });
}

export function useAnswer(body: QueryBody, enabled = true) {
  return useQuery({
    queryKey: ["query", body],
    queryFn: ({ signal }) => fetchQuery(body, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export function useTimeseries(body: TimeseriesBody, enabled = true) {
  return useQuery({
    queryKey: ["timeseries", body],
    queryFn: ({ signal }) => fetchTimeseries(body, signal),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Records page by page; each page's cursor leads to the next. */
export function useFlows(body: FlowsBody) {
  return useInfiniteQuery({
    queryKey: ["flows", body],
    queryFn: ({ signal, pageParam }) => fetchFlows(pageParam ? { ...body, cursor: pageParam } : body, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => fetchHealth(signal),
    retry: false,
    staleTime: 0,
    refetchInterval: (query) => {
      if (query.state.status !== "error") return query.state.data?.store.rows ? 15_000 : 2000;
      // Back-off: the longer the server is away, the rarer the question.
      const since = query.state.dataUpdatedAt || performance.timeOrigin;
      return Math.min(30_000, Math.max(1000, (Date.now() - since) / 4));
    },
  });
}

/** Time of the oldest record in the store, in milliseconds. */
export function useOldest(): number | null {
  const oldest = useHealth().data?.store.oldest;
  return oldest ? Date.parse(oldest) : null;
}

/** Thousands of exporters make answers of megabytes: those are asked for less often. */
const statusInterval = (exporters: number | undefined) => ((exporters ?? 0) > 1000 ? 60_000 : 10_000);

export function useAccounting() {
  return useQuery({
    queryKey: ["accounting"],
    queryFn: ({ signal }) => fetchAccounting(signal),
    refetchInterval: (query) => statusInterval(query.state.data?.exporters.length),
    staleTime: 0,
  });
}

export function useExporters() {
  return useQuery({
    queryKey: ["exporters"],
    queryFn: ({ signal }) => fetchExporters(signal),
    refetchInterval: (query) => statusInterval(query.state.data?.exporters.length),
    staleTime: 0,
  });
}

/** One exporter with its templates. `changed` asks again when they have. */
export function useExporter(exporter: string, changed: string | null) {
  return useQuery({
    queryKey: ["exporter", exporter, changed],
    queryFn: ({ signal }) => fetchExporter(exporter, signal),
    retry: false,
  });
}

/** A detector looks at a window of a minute or more: more often there is nothing new. */
const ALERT_INTERVAL = 10_000;

export function useAlerts(question: AlertQuestion) {
  return useQuery({
    queryKey: ["alerts", "list", question],
    queryFn: ({ signal }) => fetchAlerts(question, signal),
    refetchInterval: ALERT_INTERVAL,
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
}

export function useAlert(id: string) {
  return useQuery({
    queryKey: ["alerts", "one", id],
    queryFn: ({ signal }) => fetchAlert(id, signal),
    refetchInterval: ALERT_INTERVAL,
    staleTime: 0,
  });
}

export function useAlertHistory(id: string) {
  return useQuery({
    queryKey: ["alerts", "history", id],
    queryFn: ({ signal }) => fetchAlertHistory(id, signal),
    refetchInterval: ALERT_INTERVAL,
    staleTime: 0,
  });
}

/** Does something about alerts. It has succeeded when everything that shows alerts is up to date again. */
export function useAlertAction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: actOnAlerts,
    networkMode: "always",
    onSuccess: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
}

/** Rules change by files and switches, their numbers with alerts. */
export function useRules() {
  return useQuery({
    queryKey: ["rules", "list"],
    queryFn: ({ signal }) => fetchRules(signal),
    refetchInterval: 30_000,
    staleTime: 0,
  });
}

export function useRule(id: string) {
  return useQuery({
    queryKey: ["rules", "one", id],
    queryFn: ({ signal }) => fetchRule(id, signal),
    enabled: id !== "",
    refetchInterval: 30_000,
    staleTime: 0,
    retry: false,
  });
}

export function useRuleSwitch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: switchRule,
    networkMode: "always",
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["rules"] }),
        client.invalidateQueries({ queryKey: ["attack"] }),
      ]),
  });
}

/** A hunt until it is over; null for none. */
export function useHunt(id: string | null) {
  return useQuery({
    queryKey: ["hunt", id],
    queryFn: ({ signal }) => fetchHunt(id ?? "", signal),
    enabled: id !== null,
    retry: false,
    staleTime: 0,
    refetchInterval: (query) => (query.state.data?.state === "running" ? 500 : false),
  });
}

export function useAttack(range: { from: string; to: string }) {
  return useQuery({
    queryKey: ["attack", range],
    queryFn: ({ signal }) => fetchAttack(range, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

export function useSuppressions() {
  return useQuery({
    queryKey: ["suppressions"],
    queryFn: ({ signal }) => fetchSuppressions(signal),
    refetchInterval: 30_000,
    staleTime: 0,
  });
}

/** What an exception hides is gone from the lists of alerts at once, and back when it ends. */
function useExceptionChange<T>(change: (what: T) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    networkMode: "always",
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["suppressions"] }),
        client.invalidateQueries({ queryKey: ["alerts"] }),
      ]),
  });
}

export const useSuppress = () => useExceptionChange(suppress);
export const useEndSuppression = () => useExceptionChange(endSuppression);

/** Alerts as marks on a time axis, within a range. */
export function useMarkers(range: { from: string; to: string }) {
  return useQuery({
    queryKey: ["alerts", "markers", range],
    queryFn: ({ signal }) => fetchMarkers(range, signal),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

export function useParse(filter: string) {
  return useQuery({
    queryKey: ["parse", filter],
    queryFn: ({ signal }) => fetchParse(filter, signal),
    enabled: filter.trim() !== "",
    retry: false,
  });
}
