import { expect, it } from "vitest";
import { exporterOf } from "../../../answers.testing";
import { advice } from "./advice";
import { exporterId, sorted } from "./columns";

const NOW = Date.parse("2025-01-10T10:00:00Z");
const seen = "2025-01-10T09:59:59Z";
const gaps = { unit: "records", count: 90, estimated_records: 90, reordered: 0, duplicates: 0, restarts: 0 };

it("sorts worst first, then by any column either way", () => {
  const all = [
    exporterOf({ exporter: "10.0.0.10", last_seen: seen, records: 5000 }),
    exporterOf({ exporter: "10.0.0.9", last_seen: seen, records: 100, gaps }),
    exporterOf({ exporter: "10.0.0.1", last_seen: "2025-01-10T09:00:00Z", records: 7000 }),
  ];
  const names = (sort: string) => sorted(all, sort, NOW).map(({ exporter }) => exporter);
  expect(names("")).toEqual(["10.0.0.1", "10.0.0.9", "10.0.0.10"]);
  expect(names("exporter")).toEqual(["10.0.0.1", "10.0.0.9", "10.0.0.10"]);
  expect(names("-records")).toEqual(["10.0.0.1", "10.0.0.10", "10.0.0.9"]);
  expect(names("records")).toEqual(["10.0.0.9", "10.0.0.10", "10.0.0.1"]);
  expect(names("-nonsense")).toHaveLength(3);
  expect(new Set(all.map(exporterId)).size).toBe(3);
});

it("has advice for what a person may change, and none for an exporter that does well", () => {
  expect(advice(exporterOf({ last_seen: seen, sampling: 1 }), NOW)).toEqual([]);
  const troubled = exporterOf({
    last_seen: "2025-01-10T09:00:00Z",
    gaps,
    held_sets: 3,
    clock_skew_ms: -60_000,
    delay_ms: 600_000,
  });
  const text = advice(troubled, NOW).join("\n");
  for (const word of [
    "It sent last",
    "missing",
    "wait for a template",
    "60 s behind",
    "[[exporters.sampling]]",
    "active timeout",
  ]) {
    expect(text).toContain(word);
  }
});
