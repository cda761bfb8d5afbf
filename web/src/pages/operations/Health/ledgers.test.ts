import { expect, it } from "vitest";
import type { Accounting, Health } from "../../../api/client";
import { ledgersOf, ratesBetween, retention } from "./ledgers";

const ACCOUNTING: Accounting = {
  datagrams: { received: 10, decoded: 7, rejected: { truncated: 2 }, dropped: { decode: 1 }, kernel_dropped: 4 },
  sets: { rejected: { unknown_template: 1 }, held: 3, decoded_late: 2 },
  records: { decoded: 70, stored: 60, waiting: 9, rejected: {}, lost: { journal: 1 } },
  rows: {
    stored: 61,
    added_by_splitting: 1,
    counters: { decoded: 5, stored: 5, waiting: 0, lost: {} },
  },
  exporters: [],
};

it("adds up, and says by how much when it does not", () => {
  const [datagrams, records] = ledgersOf(ACCOUNTING);
  expect(datagrams?.balance).toBe(0);
  expect(datagrams?.lines.map(({ label }) => label)).toEqual([
    "received",
    "decoded",
    "rejected: truncated",
    "dropped: decode",
    "dropped by the kernel before",
  ]);
  expect(records?.balance).toBe(0);
  const lost = ledgersOf({ ...ACCOUNTING, records: { ...ACCOUNTING.records, stored: 50 } });
  expect(lost[1]?.balance).toBe(10);
});

it("tells rates between two answers, and none across a restart", () => {
  const later = { ...ACCOUNTING, datagrams: { ...ACCOUNTING.datagrams, received: 30 } };
  const first = { at: 1000, accounting: ACCOUNTING };
  expect(ratesBetween(first, { at: 6000, accounting: later })?.received).toBe(4);
  expect(ratesBetween({ at: 1000, accounting: later }, { at: 6000, accounting: ACCOUNTING })).toBeNull();
  expect(ratesBetween(first, undefined)).toBeNull();
});

it("forecasts how long the store holds, once it has seen enough", () => {
  const store = { segments: 1, rows: 1, bytes: 1e9, hot_rows: 0, oldest: "2025-01-01T00:00:00Z" };
  const health = (newest: string, max: number) =>
    ({
      store: { ...store, newest },
      counters: { ...store, bytes: 0, newest },
      disk: { directory: "d", total_bytes: 1e12, free_bytes: 5e11, min_free_bytes: 1e11, max_size_bytes: max },
    }) as unknown as Health;
  expect(retention(health("2025-01-01T00:10:00Z", 1e11))).toBeNull();
  expect(retention(health("2025-01-02T00:00:00Z", 1e11))).toBe("about 100 days");
  // The disk is smaller than what may be kept.
  expect(retention(health("2025-01-02T00:00:00Z", 1e15))).toBe("about 401 days");
});
