/**
 * The HTTP API v1 over seeded traffic, for working on the UI without building the server:
 * `npm run mock [-- --port 8055 --hours 3 --rate 20 --empty]`. It also serves `dist/` with the server's content security policy.
 */

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { makeAlerts } from "./mock-alerts.mjs";
import { parseFilter } from "./mock-filter.mjs";
import { makeTraffic } from "./mock-traffic.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8055" },
    hours: { type: "string", default: "3" },
    rate: { type: "string", default: "20" },
    delay: { type: "string", default: "0" },
    empty: { type: "boolean", default: false },
  },
});

const dist = new URL("../dist/", import.meta.url).pathname;
const source = readFileSync(new URL("../src/generated/fields.ts", import.meta.url), "utf8");
const fields = new Set([...source.matchAll(/name: "([a-z0-9_]+)"/g)].map((match) => match[1]));
const traffic = makeTraffic();
const started = Date.now();
const alerts = makeAlerts(started, options.empty);
const rows = [];
let filledTo = Math.floor((started - (options.empty ? 0 : Number(options.hours)) * 3_600_000) / 1000) * 1000;

function fill() {
  if (options.empty) return;
  for (const until = Date.now() - 1000; filledTo <= until; filledTo += 1000)
    rows.push(...traffic.second(filledTo, Number(options.rate)));
}
fill();
setInterval(fill, 1000).unref();

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
function instant(value) {
  if (typeof value === "number") return value;
  const relative = /^now(?:-(\d+)([smhd]))?$/.exec(value);
  if (relative) return Date.now() - (relative[1] ? Number(relative[1]) * UNITS[relative[2]] : 0);
  const parsed = Date.parse(value);
  if (Number.isNaN(parsed)) throw Object.assign(new Error(`cannot read the time \`${value}\``), { status: 400 });
  return parsed;
}

function lowerBound(ms) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].ms < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function select(body) {
  const began = performance.now();
  const [from, to] = [instant(body.from), instant(body.to)];
  const filter = parseFilter(body.filter ?? "", fields);
  if (!filter.ok)
    throw Object.assign(new Error(filter.errors[0].message), { status: 400, code: "filter", detail: filter.errors });
  const span = rows.slice(lowerBound(from), lowerBound(to));
  const matched = span.filter(filter.mask);
  const meta = {
    query_id: randomBytes(6).toString("hex"),
    exact: true,
    sampled: matched.some((row) => row.sampling > 1),
    resolution: "raw",
    rows_scanned: span.length,
    rows_total: rows.length,
    rows_matched: matched.length,
    elapsed_ms: Math.round((performance.now() - began) * 10) / 10,
    incomplete_from: to > Date.now() - 5000 ? new Date(Date.now() - 5000).toISOString() : null,
    truncated: false,
    warnings: [],
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  };
  return { from, to, matched, meta };
}

function measure(name, list) {
  if (name === "flows" || name === "rows") return list.length;
  const call = /^(\w+)\((\w+)\)$/.exec(name);
  if (call?.[1] === "unique") return new Set(list.map((row) => row[call[2]])).size;
  if (call?.[1] === "max") return list.reduce((most, row) => Math.max(most, row[call[2]] ?? 0), 0);
  return list.reduce((sum, row) => sum + (row[call ? call[2] : name] ?? 0), 0);
}

function groups(matched, by) {
  const out = new Map();
  for (const row of matched) {
    const key = by.map((field) => row[field] ?? null);
    const id = JSON.stringify(key);
    const group = out.get(id);
    if (group) group.list.push(row);
    else out.set(id, { key: Object.fromEntries(by.map((field, i) => [field, key[i]])), list: [row] });
  }
  return [...out.values()];
}

function query(body) {
  const { matched, meta } = select(body);
  const measures = body.measures ?? ["bytes", "packets", "flows"];
  const order = body.order ?? measures[0];
  let out = groups(matched, body.by ?? []).map(({ key, list }) => ({
    ...key,
    ...Object.fromEntries(measures.map((name) => [name, measure(name, list)])),
  }));
  if (out.length === 0 && (body.by ?? []).length === 0) out = [Object.fromEntries(measures.map((name) => [name, 0]))];
  out.sort((a, b) => b[order] - a[order]);
  const top = body.top ? out.slice(0, body.top) : out;
  const rest = body.top ? out.slice(body.top) : [];
  if (body.other && rest.length > 0) {
    const sum = (name) => rest.reduce((total, row) => total + row[name], 0);
    top.push({
      ...Object.fromEntries((body.by ?? []).map((field) => [field, null])),
      ...Object.fromEntries(measures.map((name) => [name, sum(name)])),
      other: true,
    });
  }
  return { rows: top, meta };
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map(
  (s) => s * 1000,
);
function timeseries(body) {
  const { matched, meta, from, to } = select(body);
  const measures = body.measures ?? ["bytes_scaled"];
  const every = /^(\d+)([smhd])$/.exec(body.every ?? "");
  const step_ms = every
    ? Number(every[1]) * UNITS[every[2]]
    : (STEPS.find((step) => step >= (to - from) / 120) ?? STEPS.at(-1));
  const start_ms = Math.floor(from / step_ms) * step_ms;
  const count = Math.ceil((to - start_ms) / step_ms);
  const columns = (list) => {
    const buckets = Array.from({ length: count }, () => []);
    for (const row of list) buckets[Math.floor((row.ms - start_ms) / step_ms)].push(row);
    return {
      values: measures.map((name) => buckets.map((bucket) => measure(name, bucket))),
      totals: measures.map((name) => measure(name, list)),
    };
  };
  const ordered = groups(matched, body.by ?? []).map((group) => ({ ...group, size: measure(measures[0], group.list) }));
  ordered.sort((a, b) => b.size - a.size);
  const top = body.top ?? 10;
  const rest = ordered.slice(top).flatMap((group) => group.list);
  const series = ordered.slice(0, top).map(({ key, list }) => ({ key, ...columns(list) }));
  if (series.length === 0 && (body.by ?? []).length === 0) series.push({ key: {}, ...columns([]) });
  return {
    start_ms,
    step_ms,
    count,
    measures,
    series,
    other: body.other && rest.length > 0 ? columns(rest) : null,
    meta,
  };
}

function flows(body) {
  const { matched, meta } = select(body);
  const limit = Math.min(body.limit ?? 100, 5000);
  const offset = Number(body.cursor ?? 0);
  const newest = matched.slice().reverse();
  const page = newest.slice(offset, offset + limit).map(({ ms: _, bytes_scaled, packets_scaled, ...row }) => {
    if (!body.columns?.length) return row;
    return Object.fromEntries(
      body.columns
        .filter((name) => row[name] !== undefined || name.endsWith("_scaled"))
        .map((name) => [name, row[name] ?? { bytes_scaled, packets_scaled }[name]]),
    );
  });
  return { rows: page, next: offset + limit < newest.length ? String(offset + limit) : null, meta };
}

function exporters() {
  return traffic.exporters.map(([exporter, domain, protocol, sampling], index) => {
    const own = rows.filter((row) => row.exporter === exporter);
    const records = own.length;
    return {
      exporter,
      domain,
      protocol,
      port: 50_000,
      datagrams: Math.ceil(records / 24),
      records,
      rows: records,
      bytes: records * 62,
      first_seen: own[0]?.received ?? new Date(started).toISOString(),
      last_seen: own.at(-1)?.received ?? new Date(started).toISOString(),
      gaps: {
        unit: ["flows", "packets", "records", "datagrams"][index],
        count: index === 1 ? 12 : 0,
        estimated_records: index === 1 ? 288 : 0,
        reordered: 0,
        restarts: 0,
      },
      sampling: sampling > 1 ? sampling : null,
      templates: index === 1 || index === 2 ? 3 : 0,
      rejected: index === 0 ? { bad_count: 2 } : {},
      clock_skew_ms: 40 * index,
      sampling_origin: sampling > 1 ? "options" : null,
    };
  });
}

const handlers = {
  "GET /api/v1/health": () => ({
    status: "ok",
    version: "0.1.0-mock",
    started: new Date(started).toISOString(),
    now: new Date().toISOString(),
    demo: true,
    listeners: [2055, 4739, 6343, 9995].map((port, i) => ({
      transport: "udp",
      address: `0.0.0.0:${port}`,
      protocols: ["netflow5", "netflow9", "ipfix", "sflow5"],
      receive_buffer_bytes: 8_388_608,
      datagrams: options.empty ? 0 : 5000 * (4 - i),
      connections: 0,
    })),
    store: {
      segments: 3,
      rows: rows.length,
      bytes: rows.length * 26,
      hot_rows: 0,
      oldest: rows[0]?.time ?? null,
      newest: rows.at(-1)?.time ?? null,
    },
  }),
  "GET /api/v1/accounting": () => ({
    datagrams: {
      received: Math.ceil(rows.length / 24) + (options.empty ? 0 : 2),
      decoded: Math.ceil(rows.length / 24),
      rejected: options.empty ? {} : { bad_count: 2 },
      dropped: {},
      kernel_dropped: 0,
    },
    records: { decoded: rows.length, stored: rows.length, waiting: 0, rejected: {}, lost: {} },
    rows: { stored: rows.length, added_by_splitting: 0 },
    sets: { rejected: {} },
    exporters: options.empty ? [] : exporters(),
  }),
  "GET /api/v1/exporters": () => ({ exporters: options.empty ? [] : exporters() }),
  "GET /api/v1/alerts": (_, { searchParams }) => alerts.list(searchParams),
  "POST /api/v1/alerts/actions": (body) => alerts.act(body),
  "POST /api/v1/query": query,
  "POST /api/v1/query/timeseries": timeseries,
  "POST /api/v1/flows": flows,
  "POST /api/v1/filter/parse": (body) => {
    const { mask: _, ...answer } = parseFilter(body.filter ?? "", fields);
    return { canonical: null, terms: [], translations: [], errors: [], ...answer };
  },
  // Fields only: what belongs where is the server's knowledge.
  "POST /api/v1/filter/complete": ({ filter = "", cursor = filter.length }) => {
    const typed = /[\w.]*$/.exec(filter.slice(0, cursor))?.[0] ?? "";
    const items = [...fields].filter((name) => name.startsWith(typed)).map((text) => ({ text }));
    return { start: cursor - typed.length, end: cursor, expects: "field", fields: [], items, complete: true };
  },
};

function ofOneAlert(path) {
  const found = /^\/api\/v1\/alerts\/(\d+)(\/history)?$/.exec(path);
  return found ? () => (found[2] ? alerts.history(found[1]) : alerts.one(found[1])) : undefined;
}

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
function asset(path, response) {
  const wanted = join(dist, normalize(path));
  const found = extname(path) !== "" && existsSync(wanted) ? wanted : join(dist, "index.html");
  if (!existsSync(found)) return response.writeHead(404).end("run `npm run build` first\n");
  const nonce = randomBytes(16).toString("base64");
  const html = found.endsWith(".html");
  const policy = `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
  response.writeHead(200, {
    "content-type": TYPES[extname(found)] ?? "application/octet-stream",
    ...(html ? { "content-security-policy": policy } : {}),
  });
  const content = readFileSync(found);
  return response.end(html ? content.toString().replaceAll("__WEIR_NONCE__", nonce) : content);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const path = url.pathname;
  const handler = handlers[`${request.method} ${path}`] ?? ofOneAlert(path);
  if (!handler) return path.startsWith("/api/") ? response.writeHead(404).end() : asset(path, response);
  let text = "";
  for await (const chunk of request) text += chunk;
  let status = 200;
  let answer;
  try {
    answer = handler(text ? JSON.parse(text) : {}, url);
  } catch (error) {
    status = error.status ?? 500;
    answer = { error: { code: error.code ?? "internal", message: error.message, detail: error.detail } };
  }
  setTimeout(
    () => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer)),
    Number(options.delay),
  );
});
server.listen(Number(options.port), "127.0.0.1", () =>
  console.log(`mock server on http://127.0.0.1:${server.address().port} with ${rows.length} records`),
);
