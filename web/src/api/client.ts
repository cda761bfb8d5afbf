/** The generated client, plus errors that say what happened. */

import createClient from "openapi-fetch";
import type { paths } from "./schema";

const client = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  // Looked up with every call, so that tests can answer in the server's place.
  fetch: (request) => globalThis.fetch(request),
});

export class ApiError extends Error {
  constructor(
    message: string,
    /** HTTP status; 0 when the server could not be reached. */
    readonly status: number,
    readonly code: string,
    readonly help: string | null,
    /** The query that failed, as it appears in the server's log. */
    readonly queryId: string | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  get offline(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

function textAt(value: unknown, ...path: string[]): string | null {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null) return null;
    at = Reflect.get(at, key);
  }
  return typeof at === "string" ? at : null;
}

async function reached<A>(call: Promise<A>): Promise<A> {
  try {
    return await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError("the server cannot be reached", 0, "offline", null);
  }
}

async function unwrap<T>(call: Promise<Answer<T>>): Promise<{ data: T }> {
  const { data, error, response } = await reached(call);
  if (data !== undefined && response.ok) return { data };
  throw refusal(error, response);
}

function refusal(error: unknown, response: Response): ApiError {
  return new ApiError(
    textAt(error, "error", "message") ?? `the server answered ${response.status}`,
    response.status,
    textAt(error, "error", "code") ?? "unknown",
    textAt(error, "error", "help"),
    textAt(error, "error", "query_id"),
  );
}

type Body<P extends keyof paths> = paths[P] extends {
  post: { requestBody: { content: { "application/json": infer B } } };
}
  ? B
  : never;

export type QueryBody = Body<"/api/v1/query">;
export type TimeseriesBody = Body<"/api/v1/query/timeseries">;
export type FlowsBody = Body<"/api/v1/flows">;

export async function fetchQuery(body: QueryBody, signal: AbortSignal) {
  return (await unwrap(client.POST("/api/v1/query", { body, signal }))).data;
}

export async function fetchTimeseries(body: TimeseriesBody, signal: AbortSignal) {
  return (await unwrap(client.POST("/api/v1/query/timeseries", { body, signal }))).data;
}

export async function fetchFlows(body: FlowsBody, signal: AbortSignal) {
  return (await unwrap(client.POST("/api/v1/flows", { body, signal }))).data;
}

export async function fetchParse(filter: string, signal: AbortSignal) {
  return (await unwrap(client.POST("/api/v1/filter/parse", { body: { filter }, signal }))).data;
}

export type CompleteBody = Body<"/api/v1/filter/complete">;

export async function fetchCompletions(body: CompleteBody, signal: AbortSignal) {
  return (await unwrap(client.POST("/api/v1/filter/complete", { body, signal }))).data;
}

export async function fetchAccounting(signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/accounting", { signal }))).data;
}

export async function fetchExporters(signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/exporters", { signal }))).data;
}

export async function fetchExporter(exporter: string, signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/exporters/{exporter}", { params: { path: { exporter } }, signal }))).data;
}

export type AlertQuestion = NonNullable<paths["/api/v1/alerts"]["get"]["parameters"]["query"]>;

export async function fetchAlerts(query: AlertQuestion, signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/alerts", { params: { query }, signal }))).data;
}

export async function fetchAlert(id: string, signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/alerts/{id}", { params: { path: { id } }, signal }))).data;
}

export async function fetchAlertHistory(id: string, signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/alerts/{id}/history", { params: { path: { id } }, signal }))).data;
}

export type AlertAction = Body<"/api/v1/alerts/actions">;

export async function actOnAlerts(body: AlertAction) {
  return (await unwrap(client.POST("/api/v1/alerts/actions", { body }))).data;
}

export async function fetchRules(signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/rules", { signal }))).data;
}

export async function fetchRule(id: string, signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/rules/{id}", { params: { path: { id } }, signal }))).data;
}

export async function checkRule(text: string, signal: AbortSignal) {
  return (await unwrap(client.POST("/api/v1/rules/check", { body: { text }, signal }))).data;
}

export type SwitchBody = Body<"/api/v1/rules/{id}/enabled">;

export async function switchRule({ id, ...body }: SwitchBody & { id: string }) {
  return (await unwrap(client.POST("/api/v1/rules/{id}/enabled", { params: { path: { id } }, body }))).data;
}

export type HuntBody = Body<"/api/v1/hunt">;

export async function startHunt(body: HuntBody) {
  return (await unwrap(client.POST("/api/v1/hunt", { body }))).data;
}

export async function fetchHunt(id: string, signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/hunt/{id}", { params: { path: { id } }, signal }))).data;
}

export async function stopHunt(id: string) {
  return (await unwrap(client.DELETE("/api/v1/hunt/{id}", { params: { path: { id } } }))).data;
}

export async function fetchAttack(query: { from: string; to: string }, signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/attack", { params: { query }, signal }))).data;
}

export async function fetchSuppressions(signal: AbortSignal) {
  return (await unwrap(client.GET("/api/v1/suppressions", { params: { query: { state: "all" } }, signal }))).data;
}

export async function previewSuppression(alert: number, signal: AbortSignal) {
  return (await unwrap(client.POST("/api/v1/suppressions/preview", { body: { alert }, signal }))).data;
}

export type SuppressBody = Body<"/api/v1/suppressions">;

export async function suppress(body: SuppressBody) {
  return (await unwrap(client.POST("/api/v1/suppressions", { body }))).data;
}

export async function endSuppression(id: number) {
  return (await unwrap(client.DELETE("/api/v1/suppressions/{id}", { params: { path: { id: String(id) } } }))).data;
}

export async function fetchMarkers(range: { from: string; to: string }, signal: AbortSignal) {
  const query = { ...range, state: "all", limit: 500 };
  return (await unwrap(client.GET("/api/v1/alerts/timeline", { params: { query }, signal }))).data;
}

/**
 * Health, and how far the server's clock is ahead of the browser's. A server that fails to store answers 503 with its
 * health: it is reached, and says what the matter is.
 */
export async function fetchHealth(signal: AbortSignal) {
  const { data, error, response } = await reached(client.GET("/api/v1/health", { signal }));
  const health = data ?? (textAt(error, "status") !== null && textAt(error, "now") !== null ? error : undefined);
  if (health === undefined) throw refusal(error, response);
  return { ...health, skew_ms: Date.parse(health.now) - Date.now() };
}

export type FilterReading = Awaited<ReturnType<typeof fetchParse>>;
export type FilterProblem = FilterReading["errors"][number];
export type Completions = Awaited<ReturnType<typeof fetchCompletions>>;
export type QueryAnswer = Awaited<ReturnType<typeof fetchQuery>>;
export type TimeseriesAnswer = Awaited<ReturnType<typeof fetchTimeseries>>;
export type FlowsAnswer = Awaited<ReturnType<typeof fetchFlows>>;
export type Health = Awaited<ReturnType<typeof fetchHealth>>;
export type Accounting = Awaited<ReturnType<typeof fetchAccounting>>;
export type ExporterStatus = Awaited<ReturnType<typeof fetchExporters>>["exporters"][number];
export type Template = Awaited<ReturnType<typeof fetchExporter>>["templates"][number];
export type AlertList = Awaited<ReturnType<typeof fetchAlerts>>;
export type Alert = AlertList["alerts"][number];
export type AlertLevel = Alert["level"];
export type AlertVerdict = NonNullable<Alert["verdict"]>;
export type HistoryEntry = Awaited<ReturnType<typeof fetchAlertHistory>>["entries"][number];
export type RuleList = Awaited<ReturnType<typeof fetchRules>>;
export type Rule = RuleList["rules"][number];
export type RuleDetail = Awaited<ReturnType<typeof fetchRule>>;
export type RuleExplanation = NonNullable<RuleDetail["explanation"]>;
export type RuleCheck = Awaited<ReturnType<typeof checkRule>>;
export type HuntJob = Awaited<ReturnType<typeof fetchHunt>>;
export type HuntResult = NonNullable<HuntJob["result"]>;
export type AttackMatrix = Awaited<ReturnType<typeof fetchAttack>>;
export type AttackTechnique = AttackMatrix["tactics"][number]["techniques"][number];
export type Suppression = Awaited<ReturnType<typeof fetchSuppressions>>["suppressions"][number];
export type Marker = Awaited<ReturnType<typeof fetchMarkers>>["markers"][number];
export type Meta = QueryAnswer["meta"];
export type Row = Readonly<Record<string, unknown>>;

/** A number of an answer's row; 0 where there is none. */
export function numberOf(row: Row | undefined, key: string): number {
  const value = row?.[key];
  return typeof value === "number" ? value : 0;
}

/** A key of an answer's row as field values are: text, number or absent. */
export function keyOf(row: Row | undefined, key: string): string | number | null {
  const value = row?.[key];
  return typeof value === "string" || typeof value === "number" ? value : null;
}

/** The range that an answer is of. */
export function spanOf(meta: Meta): { from: number; to: number } {
  return { from: Date.parse(meta.from), to: Date.parse(meta.to) };
}
