/** Both directions of a conversation as one. */

import { keyOf, numberOf, type Row } from "../../../api/client";

export interface Conversation {
  id: string;
  a: string;
  b: string;
  /** What A sent to B, and B to A; null where nothing was. */
  out: Row | null;
  back: Row | null;
  /** The sum of the measure over both. */
  total: number;
}

/** Rows by `src_ip` and `dst_ip`; A is the side that the larger direction comes from. Largest first. */
export function conversations(rows: readonly Row[], measure: string): Conversation[] {
  const byPair = new Map<string, Row>();
  for (const row of rows) byPair.set(`${keyOf(row, "src_ip")}>${keyOf(row, "dst_ip")}`, row);
  const found: Conversation[] = [];
  const seen = new Set<string>();
  for (const [pair, row] of byPair) {
    const [a, b] = [keyOf(row, "src_ip"), keyOf(row, "dst_ip")];
    if (typeof a !== "string" || typeof b !== "string" || seen.has(pair)) continue;
    const reverse = a === b ? undefined : byPair.get(`${b}>${a}`);
    seen.add(pair);
    seen.add(`${b}>${a}`);
    const swap = reverse !== undefined && numberOf(reverse, measure) > numberOf(row, measure);
    const [from, to, out, back] = swap ? [b, a, reverse, row] : [a, b, row, reverse ?? null];
    found.push({
      id: `${from}>${to}`,
      a: from,
      b: to,
      out,
      back,
      total: numberOf(row, measure) + numberOf(reverse, measure),
    });
  }
  return found.sort((x, y) => y.total - x.total);
}
