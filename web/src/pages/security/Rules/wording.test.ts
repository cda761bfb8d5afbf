import { expect, it } from "vitest";
import type { Rule } from "../../../api/client";
import { listed, precision } from "./wording";

const NONE = { alerts: 0, undecided: 0, true_positive: 0, benign: 0, false_positive: 0, duplicate: 0 };

function rule(title: string, level: Rule["level"], alerts: number): Rule {
  const tally = { ...NONE, alerts };
  return {
    id: title,
    name: null,
    title,
    kind: "rule",
    state: "on",
    level,
    techniques: [{ id: "T1046", name: "Network Service Discovery", tactics: [] }],
    alerts: { day: tally, week: tally, month: tally },
    cost: null,
  } as unknown as Rule;
}

const RULES = [rule("b", "low", 1), rule("a", "critical", 0), rule("c", "medium", 9)];
const titles = (sort: string, find = "") => listed(RULES, find, sort).map(({ title }) => title);

it("puts the rules with most alerts first, or the order that is asked for", () => {
  expect(titles("")).toEqual(["c", "b", "a"]);
  expect(titles("level")).toEqual(["a", "c", "b"]);
  expect(titles("title")).toEqual(["a", "b", "c"]);
});

it("finds by technique and severity", () => {
  expect(titles("title", "t1046")).toHaveLength(3);
  expect(titles("title", "critical")).toEqual(["a"]);
});

it("knows no precision without verdicts, and leaves duplicates out of it", () => {
  expect(precision(NONE)).toBeNull();
  expect(precision({ ...NONE, true_positive: 3, false_positive: 1, duplicate: 5 })).toBe(0.75);
});
