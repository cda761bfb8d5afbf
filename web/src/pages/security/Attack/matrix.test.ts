import { expect, it } from "vitest";
import { stepped } from "./matrix";

const PLACES = [
  { column: 0, row: 0 },
  { column: 0, row: 1 },
  { column: 0, row: 2 },
  { column: 1, row: 0 },
  { column: 1, row: 1 },
];

it("moves within a column and to the nearest row of its neighbour", () => {
  expect(stepped(PLACES, 0, "ArrowDown")).toBe(1);
  expect(stepped(PLACES, 2, "ArrowRight")).toBe(4);
  expect(stepped(PLACES, 4, "ArrowLeft")).toBe(1);
});

it("stays at the edges and for other keys", () => {
  expect(stepped(PLACES, 2, "ArrowDown")).toBeNull();
  expect(stepped(PLACES, 0, "ArrowUp")).toBeNull();
  expect(stepped(PLACES, 3, "ArrowRight")).toBeNull();
  expect(stepped(PLACES, 0, "Enter")).toBeNull();
  expect(stepped(PLACES, -1, "ArrowDown")).toBeNull();
});
