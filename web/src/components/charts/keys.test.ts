import type { KeyboardEvent } from "react";
import { expect, it } from "vitest";
import { onChartKey } from "./keys";

function press(key: string, more: Partial<KeyboardEvent> = {}, chosen = true) {
  const heard: string[] = [];
  let kept = false;
  const event = {
    key,
    shiftKey: false,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    preventDefault: () => {
      kept = true;
    },
    stopPropagation: () => {},
    ...more,
  } as KeyboardEvent;
  onChartKey(event, {
    move: (right, down) => down !== 1 && heard.push(`${right},${down}`) > 0,
    first: () => heard.push("first"),
    last: () => heard.push("last"),
    open: () => chosen && heard.push("open") > 0,
    other: (name) => name === "v" && heard.push("table") > 0,
  });
  return { heard, kept };
}

it("moves with arrows, by ten with Shift, and jumps", () => {
  expect(press("ArrowRight").heard).toEqual(["1,0"]);
  expect(press("ArrowUp", { shiftKey: true }).heard).toEqual(["0,-10"]);
  expect(press("Home").heard).toEqual(["first"]);
  expect(press("End")).toEqual({ heard: ["last"], kept: true });
});

it("keeps only the keys that mean something", () => {
  expect(press("Enter", {}, false).kept).toBe(false);
  expect(press("ArrowDown")).toEqual({ heard: [], kept: false });
  expect(press("v")).toEqual({ heard: ["table"], kept: true });
  expect(press("x").kept).toBe(false);
  expect(press("ArrowRight", { ctrlKey: true })).toEqual({ heard: [], kept: false });
});
