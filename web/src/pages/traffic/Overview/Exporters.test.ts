import { expect, it } from "vitest";
import type { ExporterStatus } from "../../../api/client";
import { stateSummary, worstFirst } from "./Exporters";

const NOW = Date.parse("2025-01-10T10:00:00Z");

function exporter(name: string, change: Partial<ExporterStatus["gaps"]> & { seen?: number; rejected?: number }) {
  const { seen = NOW, rejected = 0, ...gaps } = change;
  const status: ExporterStatus = {
    exporter: name,
    domain: 0,
    protocol: "ipfix",
    transport: "udp",
    options_records: 0,
    counter_rows: 0,
    templates_changed: null,
    held_sets: 0,
    held_bytes: 0,
    delay_ms: null,
    records_per_second: 0,
    bytes_per_second: 0,
    last_error: null,
    events: 0,
    clock_off: 0,
    doubts: {},
    port: 1,
    datagrams: 1,
    bytes: 1,
    records: 1000,
    rows: 1000,
    first_seen: "2025-01-01T00:00:00Z",
    last_seen: new Date(seen).toISOString(),
    gaps: { unit: "records", count: 0, estimated_records: 0, reordered: 0, duplicates: 0, restarts: 0, ...gaps },
    sampling: null,
    sampling_origin: null,
    templates: 1,
    clock_skew_ms: null,
    rejected: rejected > 0 ? { truncated: rejected } : {},
  };
  return status;
}

it("puts exporters that need a look first and counts the states", () => {
  const all = [
    exporter("well", {}),
    exporter("rejects", { rejected: 3 }),
    exporter("gaps", { count: 1, estimated_records: 1 }),
    exporter("silent", { seen: NOW - 600_000 }),
    exporter("loses", { count: 9, estimated_records: 90 }),
    exporter("also well", {}),
  ];
  expect(worstFirst(all, NOW).map((one) => one.exporter)).toEqual([
    "silent",
    "loses",
    "gaps",
    "rejects",
    "well",
    "also well",
  ]);
  expect(stateSummary(all, NOW)).toBe("1 silent, 1 losing, 1 gaps, 1 errors, 2 sending");
});
