/**
 * The state of the screen, and its text in the URL: plain values, short keys, defaults left out.
 *
 *   from to tz   time range and zone            f    filter
 *   by top       fields to group by, series     m    unit
 *   chart        how Explore draws, see CHARTS  adj  `raw`: counters as exported
 *   every other  length of a bucket; `off`: no "Other"
 *   cmp          prev | 1d | 7d | 28d: compared with an earlier range
 *   r            refresh interval               cols columns of the record table
 *   q sort       what a list is searched for, and its order (`-` first: downwards)
 *   sel          the open record, exporter, alert, …         talk which pairs the Overview's third table shows
 *   side         `src`: the map shows where traffic comes from, else where it goes
 *   tab          which alerts are listed, see ALERT_TABS
 *   asof         counts only what had arrived by then, so that the numbers of a link stay
 *   v            schema version of these keys
 */

import { COMPARE, type Compare } from "./compare";
import { fieldInfo } from "./fields";
import { isLive } from "./time";
import { UNITS, type Unit } from "./units";
import { isZone } from "./zone";

export const SCHEMA_VERSION = 1;
export const REFRESH = ["off", "5s", "30s", "1m", "5m"] as const;
export type Refresh = (typeof REFRESH)[number];
/** How Explore draws an answer; other pages draw what is not `lines` as `stack`. */
export const CHARTS = [
  "stack",
  "share",
  "lines",
  "multiples",
  "bars",
  "table",
  "sankey",
  "heat",
  "tree",
  "calendar",
] as const;
export type ChartKind = (typeof CHARTS)[number];
/** Lengths of a bucket that can be asked for; empty is one that suits the range. */
export const BUCKET_LENGTHS = ["", "1s", "10s", "1m", "5m", "15m", "1h", "6h", "1d"] as const;
export type BucketLength = (typeof BUCKET_LENGTHS)[number];
/** As many series as the server gives. */
const MOST_SERIES = 50;
export const MOST_FIELDS = 5;
export type Pairs = "dst" | "conv";
export type Side = "src" | "dst";
/** What has been done about the alerts that are listed. */
export const ALERT_TABS = ["triage", "acknowledged", "suppressed", "closed", "all"] as const;
export type AlertTab = (typeof ALERT_TABS)[number];

export interface Scope {
  from: string;
  to: string;
  /** RFC 3339; empty for a screen that counts what has arrived until now. */
  asOf: string;
  tz: string;
  filter: string;
  unit: Unit;
  raw: boolean;
  refresh: Refresh;
  compare: Compare;
  /** The first field to group by; empty for none. */
  by: string;
  /** Further fields to group by, where a page takes several. */
  also: readonly string[];
  top: number;
  chart: ChartKind;
  bucket: BucketLength;
  other: boolean;
  columns: readonly string[];
  selected: string;
  find: string;
  sort: string;
  pairs: Pairs;
  side: Side;
  tab: AlertTab;
}

export const DEFAULTS: Scope = {
  from: "now-1h",
  to: "now",
  asOf: "",
  tz: "UTC",
  filter: "",
  unit: "bps",
  raw: false,
  refresh: "off",
  compare: "",
  by: "service",
  also: [],
  top: 8,
  chart: "stack",
  bucket: "",
  other: true,
  columns: [],
  selected: "",
  find: "",
  sort: "",
  pairs: "dst",
  side: "dst",
  tab: "triage",
};

/** Stands in the link for grouping by nothing. */
const NO_FIELD = "none";

export type Search = Readonly<Record<string, string>>;

const oneOf = <T extends string>(options: readonly T[], text: string | undefined, fallback: T): T =>
  options.find((option) => option === text) ?? fallback;

/** Never fails: what it cannot read takes its default, unknown keys are ignored. */
export function parseScope(search: Search): Scope {
  const top = Number(search.top);
  const asked = (search.by ?? "").split(",").filter((name) => fieldInfo(name));
  const [by = DEFAULTS.by, ...also] = search.by === NO_FIELD ? [""] : [...new Set(asked)].slice(0, MOST_FIELDS);
  const asOf = search.asof?.trim() ?? "";
  const live = isLive({ to: search.to?.trim() || DEFAULTS.to });
  return {
    from: search.from?.trim() || DEFAULTS.from,
    to: search.to?.trim() || DEFAULTS.to,
    asOf: live || !/^\d{4}-.+Z$/.test(asOf) || Number.isNaN(Date.parse(asOf)) ? DEFAULTS.asOf : asOf,
    tz: search.tz && isZone(search.tz) ? search.tz : DEFAULTS.tz,
    filter: search.f?.trim() ?? DEFAULTS.filter,
    unit: oneOf(UNITS, search.m, DEFAULTS.unit),
    raw: search.adj === "raw",
    refresh: oneOf(REFRESH, search.r, DEFAULTS.refresh),
    compare: oneOf(COMPARE, search.cmp, DEFAULTS.compare),
    by,
    also,
    top: Number.isInteger(top) && top >= 1 && top <= MOST_SERIES ? top : DEFAULTS.top,
    chart: oneOf(CHARTS, search.chart, DEFAULTS.chart),
    bucket: oneOf(BUCKET_LENGTHS, search.every, DEFAULTS.bucket),
    other: search.other !== "off",
    columns: [...new Set((search.cols ?? "").split(",").filter((name) => fieldInfo(name)))],
    selected: search.sel ?? DEFAULTS.selected,
    find: search.q?.trim() ?? DEFAULTS.find,
    sort: /^-?[a-z_]{1,24}$/.test(search.sort ?? "") ? (search.sort ?? "") : DEFAULTS.sort,
    pairs: search.talk === "conv" ? "conv" : "dst",
    side: search.side === "src" ? "src" : "dst",
    tab: oneOf(ALERT_TABS, search.tab, DEFAULTS.tab),
  };
}

export function writeScope(scope: Scope): Record<string, string> {
  const out: Record<string, string> = {};
  const put = (key: string, value: string, fallback: string) => {
    if (value !== fallback) out[key] = value;
  };
  if (scope.from !== DEFAULTS.from || scope.to !== DEFAULTS.to) {
    out.from = scope.from;
    out.to = scope.to;
  }
  put("asof", scope.asOf, DEFAULTS.asOf);
  put("tz", scope.tz, DEFAULTS.tz);
  put("f", scope.filter, DEFAULTS.filter);
  put("cmp", scope.compare, DEFAULTS.compare);
  put("by", [scope.by || NO_FIELD, ...scope.also].join(","), DEFAULTS.by);
  put("m", scope.unit, DEFAULTS.unit);
  put("adj", scope.raw ? "raw" : "", "");
  put("chart", scope.chart, DEFAULTS.chart);
  put("every", scope.bucket, DEFAULTS.bucket);
  put("other", scope.other ? "" : "off", "");
  put("top", String(scope.top), String(DEFAULTS.top));
  put("talk", scope.pairs, DEFAULTS.pairs);
  put("side", scope.side, DEFAULTS.side);
  put("cols", scope.columns.join(","), "");
  put("r", scope.refresh, DEFAULTS.refresh);
  put("q", scope.find, "");
  put("sort", scope.sort, "");
  put("tab", scope.tab, DEFAULTS.tab);
  put("sel", scope.selected, "");
  if (Object.keys(out).length > 0) out.v = String(SCHEMA_VERSION);
  return out;
}

/** Percent-encodes only what a query value needs, so that a person can read the link. */
function encode(value: string): string {
  return encodeURIComponent(value)
    .replace(/%(3A|2C|2F|3D|40|5B|5D|7E|21|27|28|29)/g, (code) => decodeURIComponent(code))
    .replaceAll("%20", "+");
}

export function searchText(search: Search): string {
  const pairs = Object.entries(search).map(([key, value]) => `${key}=${encode(value)}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

export function parseSearchText(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(text)) out[key] ??= value;
  return out;
}

/** A link to a page in this scope. */
export function scopeHref(path: string, scope: Scope): string {
  return path + searchText(writeScope(scope));
}
