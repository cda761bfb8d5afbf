/** For tests: parts of the API's answers in which nothing is remarkable but what a test changes. */

import type { ExporterStatus, Meta } from "./api/client";

/** How an answer came about. */
export function metaOf(change: Partial<Meta> = {}): Meta {
  return {
    query_id: "q",
    exact: true,
    sampled: false,
    resolution: "raw",
    rows_scanned: 1,
    rows_total: 1,
    rows_matched: 1,
    elapsed_ms: 1,
    incomplete_from: null,
    truncated: false,
    warnings: [],
    from: "",
    to: "",
    ...change,
  };
}

/** An exporter that does well. */
export function exporterOf(change: Partial<ExporterStatus> = {}): ExporterStatus {
  return {
    exporter: "192.0.2.1",
    domain: 0,
    protocol: "ipfix",
    transport: "udp",
    port: 1,
    datagrams: 1,
    bytes: 1,
    records: 1000,
    rows: 1000,
    options_records: 0,
    counter_rows: 0,
    events: 0,
    first_seen: "2025-01-01T00:00:00Z",
    last_seen: "2025-01-01T00:00:00Z",
    gaps: { unit: "records", count: 0, estimated_records: 0, reordered: 0, duplicates: 0, restarts: 0 },
    sampling: null,
    sampling_origin: null,
    templates: 1,
    templates_changed: null,
    held_sets: 0,
    held_bytes: 0,
    clock_skew_ms: null,
    delay_ms: null,
    records_per_second: 0,
    bytes_per_second: 0,
    clock_off: 0,
    rejected: {},
    doubts: {},
    last_error: null,
    ...change,
  };
}
