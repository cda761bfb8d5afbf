/** The ledgers as lines that add up, rates between two answers, and how long the store will hold. */

import type { Accounting, Health } from "../../../api/client";

export interface Line {
  label: string;
  count: number;
  /** `=` is the sum that the others make; `·` belongs to no sum. */
  sign: "=" | "+" | "·";
  /** True for a line that should be zero. */
  bad: boolean;
}

export interface Ledger {
  name: string;
  lines: Line[];
  /** What is left of the sum after its parts; null where nothing is summed. */
  balance: number | null;
}

const named = (what: string, counts: Readonly<Record<string, number>>): Line[] =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => ({ label: `${what}: ${reason}`, count, sign: "+" as const, bad: true }));

function ledger(name: string, whole: [string, number], parts: Line[], beside: Line[] = []): Ledger {
  const sum = parts.reduce((total, { count }) => total + count, 0);
  return {
    name,
    lines: [{ label: whole[0], count: whole[1], sign: "=", bad: false }, ...parts, ...beside],
    balance: whole[1] - sum,
  };
}

const part = (label: string, count: number): Line => ({ label, count, sign: "+", bad: false });

export function ledgersOf({ datagrams, sets, records, rows }: Accounting): Ledger[] {
  const { counters } = rows;
  return [
    ledger(
      "Datagrams",
      ["received", datagrams.received],
      [
        part("decoded", datagrams.decoded),
        ...named("rejected", datagrams.rejected),
        ...named("dropped", datagrams.dropped),
      ],
      [{ label: "dropped by the kernel before", count: datagrams.kernel_dropped, sign: "·", bad: true }],
    ),
    ledger(
      "Records",
      ["decoded", records.decoded],
      [
        part("stored", records.stored),
        part("waiting for the disk", records.waiting),
        ...named("rejected", records.rejected),
        ...named("lost", records.lost),
      ],
    ),
    ledger(
      "Counters",
      ["decoded", counters.decoded],
      [
        part("stored", counters.stored),
        part("waiting for the disk", counters.waiting),
        ...named("lost", counters.lost),
      ],
    ),
    {
      name: "Sets and rows",
      balance: null,
      lines: [
        { label: "sets that wait for a template", count: sets.held, sign: "·", bad: false },
        { label: "sets that had waited, decoded", count: sets.decoded_late, sign: "·", bad: false },
        ...named("sets rejected", sets.rejected).map((line) => ({ ...line, sign: "·" as const })),
        { label: "rows stored", count: rows.stored, sign: "·", bad: false },
        { label: "rows added by splitting", count: rows.added_by_splitting, sign: "·", bad: false },
      ],
    },
  ];
}

export interface Sample {
  at: number;
  accounting: Accounting;
}

/** Per second between two answers; none before the second, and after a restart, when numbers fall. */
export function ratesBetween(first: Sample | undefined, second: Sample | undefined) {
  if (!first || !second || second.at <= first.at) return null;
  const seconds = (second.at - first.at) / 1000;
  const rate = (of: (accounting: Accounting) => number) => (of(second.accounting) - of(first.accounting)) / seconds;
  const rates = {
    received: rate(({ datagrams }) => datagrams.received),
    decoded: rate(({ records }) => records.decoded),
    stored: rate(({ records }) => records.stored),
    rows: rate(({ rows }) => rows.stored),
  };
  return Object.values(rates).some((value) => value < 0) ? null : rates;
}

const DAY_MS = 86_400_000;
/** Less than this says nothing about how fast the store grows. */
const LEAST_MS = 3_600_000;

/** How many days of flows fit, if they come as they have since the oldest. */
export function retention({ store, counters, disk }: Health): string | null {
  const span = store.oldest && store.newest ? Date.parse(store.newest) - Date.parse(store.oldest) : 0;
  const bytes = store.bytes + counters.bytes;
  if (!disk || span < LEAST_MS || bytes === 0) return null;
  const room = Math.min(disk.max_size_bytes, bytes + Math.max(0, disk.free_bytes - disk.min_free_bytes));
  const days = (room / bytes) * (span / DAY_MS);
  if (days >= 730) return `about ${Math.round(days / 365)} years`;
  if (days >= 2) return `about ${Math.round(days)} days`;
  return `about ${Math.max(1, Math.round(days * 24))} hours`;
}
