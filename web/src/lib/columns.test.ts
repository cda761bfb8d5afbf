import { expect, it } from "vitest";
import { isAdjustable, shownField } from "./columns";
import { fieldInfo } from "./fields";

it("shows counters as the sampling switch says", () => {
  expect(["bytes", "packets", "src_ip"].map((name) => shownField(name, false))).toEqual([
    "bytes_scaled",
    "packets_scaled",
    "src_ip",
  ]);
  expect(["bytes", "packets"].map((name) => shownField(name, true))).toEqual(["bytes", "packets"]);
  for (const name of ["bytes", "packets"]) {
    expect(isAdjustable(name)).toBe(true);
    expect(fieldInfo(shownField(name, false))?.derived).toBe(true);
  }
  expect(isAdjustable("duration")).toBe(false);
});
