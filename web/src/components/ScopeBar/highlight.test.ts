import { expect, it } from "vitest";
import { optionsOf } from "./CodeField";
import { looks } from "./highlight";

it("tells fields from values, also after a parenthesis and in lists", () => {
  const text = 'not (src_ip in (10.0.0.1, 10.0.0.2) or app ~ "^dns") and bytes > 10MB';
  const seen = looks(text).map(({ from, to, look }) => [text.slice(from, to), look]);
  expect(seen).toEqual([
    ["not", "joint"],
    ["src_ip", "fieldName"],
    ["in", "operator"],
    ["10.0.0.1", "value"],
    ["10.0.0.2", "value"],
    ["or", "joint"],
    ["app", "fieldName"],
    ["~", "operator"],
    ['"^dns"', "quoted"],
    ["and", "joint"],
    ["bytes", "fieldName"],
    [">", "operator"],
    ["10MB", "value"],
  ]);
  expect(looks("")).toEqual([]);
});

it("says of a value how many records have it", () => {
  const options = optionsOf({
    start: 0,
    end: 0,
    expects: "value",
    fields: ["protocol"],
    complete: true,
    items: [{ text: "tcp", rows: 1234 }, { text: "udp" }, { text: "has", detail: "all of these bits are set" }],
  });
  expect(options.map(({ label, detail }) => [label, detail])).toEqual([
    ["tcp", "1\u2009234 records"],
    ["udp", ""],
    ["has", "all of these bits are set"],
  ]);
});
