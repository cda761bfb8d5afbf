import { expect, it } from "vitest";
import { exporterOf } from "../../../answers.testing";
import type { Accounting } from "../../../api/client";
import { completeness } from "./completeness";

function ledgers(change: {
  decoded?: number;
  missing?: number;
  lost?: Record<string, number>;
  rejected?: Record<string, number>;
}): Accounting {
  return {
    datagrams: { received: 10, decoded: 10, rejected: change.rejected ?? {}, dropped: {}, kernel_dropped: 0 },
    sets: { rejected: {}, held: 0, decoded_late: 0 },
    records: {
      decoded: change.decoded ?? 1000,
      stored: change.decoded ?? 1000,
      waiting: 0,
      rejected: {},
      lost: change.lost ?? {},
    },
    rows: { stored: 1000, added_by_splitting: 0, counters: { decoded: 0, stored: 0, waiting: 0, lost: {} } },
    exporters: [
      exporterOf({
        protocol: "netflow9",
        gaps: {
          ...exporterOf().gaps,
          unit: "packets",
          count: change.missing ? 1 : 0,
          estimated_records: change.missing ?? 0,
        },
      }),
    ],
  };
}

it("is complete only when nothing is missing", () => {
  expect(completeness(ledgers({}))).toMatchObject({ level: "good", summary: "complete" });
  expect(completeness(ledgers({ decoded: 0 }))).toMatchObject({ share: "–", summary: "no records yet" });
});

it("never rounds a loss up to a hundred per cent", () => {
  expect(completeness(ledgers({ decoded: 1_000_000, missing: 1 })).share).toContain(">99.9");
  expect(completeness(ledgers({ missing: 10 }))).toMatchObject({ level: "watch", summary: "1 exporter with gaps" });
});

it("is bad when Weir itself lost something", () => {
  expect(completeness(ledgers({ lost: { output: 5 } }))).toMatchObject({ level: "bad" });
});
