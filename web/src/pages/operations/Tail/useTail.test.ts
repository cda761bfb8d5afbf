import { expect, it } from "vitest";
import { appended, arrivals, MOST_KEPT, type TailState } from "./useTail";

const NOW = Date.parse("2025-01-10T10:00:00Z");
const NOTHING: TailState = { rows: [], rate: 0, unshown: 0, from: null, to: null, error: null };
const rows = (count: number, start = 0) => Array.from({ length: count }, (_, index) => ({ n: start + index }));

it("keeps the newest first and no more than it may", () => {
  let state = NOTHING;
  for (let second = 0; second < 15; second += 1)
    state = appended(state, rows(200, second * 200), 450, NOW + second * 1000, NOW + (second + 1) * 1000);
  expect(state.rows).toHaveLength(MOST_KEPT);
  expect(state.rows[0]).toEqual({ n: 14 * 200 });
  expect(state).toMatchObject({ rate: 450, unshown: 15 * 250, from: NOW, to: NOW + 15_000 });
});

it("asks for what arrived in a span, also if it ended long before", () => {
  const body = arrivals("a = 1 or b = 2", ["time"], NOW, NOW + 1000);
  expect(body.filter).toBe("received >= 2025-01-10T10:00:00Z and received < 2025-01-10T10:00:01Z and (a = 1 or b = 2)");
  expect(body.from).toBe("2025-01-10T09:45:00Z");
});
