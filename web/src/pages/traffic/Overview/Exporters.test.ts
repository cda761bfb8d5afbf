import { expect, it } from "vitest";
import { exporterOf } from "../../../answers.testing";
import type { ExporterStatus } from "../../../api/client";
import { stateSummary, worstFirst } from "./Exporters";

const NOW = Date.parse("2025-01-10T10:00:00Z");

function exporter(name: string, change: Partial<ExporterStatus["gaps"]> & { seen?: number; rejected?: number }) {
  const { seen = NOW, rejected = 0, ...gaps } = change;
  return exporterOf({
    exporter: name,
    last_seen: new Date(seen).toISOString(),
    gaps: { ...exporterOf().gaps, ...gaps },
    rejected: rejected > 0 ? { truncated: rejected } : {},
  });
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
