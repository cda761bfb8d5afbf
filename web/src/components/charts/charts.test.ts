import { expect, it } from "vitest";
import { targetTerm } from "../Pivot/pivot";
import { itemsOf } from "./items";
import { flowGraph } from "./Sankey";

const rows = [
  { src_ip: "10.0.0.1", service: "https", dst_ip: "10.0.0.9", bytes: 30 },
  { src_ip: "10.0.0.2", service: "https", dst_ip: "10.0.0.9", bytes: 20 },
  { src_ip: "10.0.0.1", service: null, dst_ip: "10.0.0.1", bytes: 5 },
  { src_ip: null, service: null, dst_ip: null, other: true, bytes: 45 },
];
const items = itemsOf(rows, ["src_ip", "service", "dst_ip"], (row) => Number(row.bytes));

it("adds up what flows through each node, and keeps Other out", () => {
  const { nodes, links } = flowGraph(items);
  expect(nodes.map(({ id }) => id)).toEqual([
    "0=10.0.0.1",
    "1=https",
    "2=10.0.0.9",
    "0=10.0.0.2",
    "1=null",
    "2=10.0.0.1",
  ]);
  expect(links.map(({ source, target, value }) => `${source} ${target} ${value}`)).toContain("1=https 2=10.0.0.9 50");
  // The same address on both sides is two nodes: the picture never runs in a circle.
  expect(links.every(({ source, target }) => source[0] !== target[0])).toBe(true);
});

it("says what each mark stands for, Other as well", () => {
  expect(targetTerm(items[0]?.target ?? { pairs: [], label: "" })).toBe(
    "src_ip = 10.0.0.1 and service = https and dst_ip = 10.0.0.9",
  );
  expect(targetTerm(items[3]?.target ?? { pairs: [], label: "" })).toBe(
    "not ((src_ip = 10.0.0.1 and service = https and dst_ip = 10.0.0.9) or " +
      "(src_ip = 10.0.0.2 and service = https and dst_ip = 10.0.0.9) or " +
      "(src_ip = 10.0.0.1 and not service exists and dst_ip = 10.0.0.1))",
  );
});
