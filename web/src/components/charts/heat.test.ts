import { expect, it } from "vitest";
import { HEAT_STEPS, heatFloor, heatStep } from "./heat";

it("gives the largest the last step, and each decade two", () => {
  expect([1000, 100, 10, 1, 0.001].map((value) => heatStep(value, 1000))).toEqual([7, 5, 3, 1, 1]);
});

it("begins each step where its floor says", () => {
  for (let step = 2; step <= HEAT_STEPS; step += 1) {
    expect(heatStep(heatFloor(step, 5e9) * 1.001, 5e9)).toBe(step);
    expect(heatStep(heatFloor(step, 5e9) * 0.999, 5e9)).toBe(step - 1);
  }
});
