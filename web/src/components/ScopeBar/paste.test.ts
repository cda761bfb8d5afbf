import { expect, it } from "vitest";
import { addressesOf, pasted } from "./paste";

const LIST = "10.0.0.1\n10.0.0.2, 192.0.2.0/24;2001:db8::1\n10.0.0.1\n";
const WRITTEN = "10.0.0.1, 10.0.0.2, 192.0.2.0/24, 2001:db8::1";

it("knows a list of addresses, and nothing else, for one", () => {
  expect(addressesOf(LIST)).toEqual(WRITTEN.split(", "));
  for (const text of [
    "10.0.0.1",
    "src_ip = 10.0.0.1",
    "10.0.0.1 and 10.0.0.2",
    "12:34 12:35",
    "00:1b:21:00:00:01 00:1b:21:00:00:02",
  ]) {
    expect(addressesOf(text), text).toBeNull();
  }
});

it("writes it as what fits its place", () => {
  expect(pasted(LIST, "")).toBe(`ip in (${WRITTEN})`);
  expect(pasted(LIST, "port = 80 and ")).toBe(`ip in (${WRITTEN})`);
  expect(pasted(LIST, "port = 80 and (")).toBe(`ip in (${WRITTEN})`);
  expect(pasted(LIST, "src_ip in ")).toBe(`(${WRITTEN})`);
  expect(pasted(LIST, "src_ip = ")).toBe(`(${WRITTEN})`);
  expect(pasted(LIST, "src_ip in (")).toBe(WRITTEN);
  expect(pasted(LIST, "src_ip in (10.9.9.9, ")).toBe(WRITTEN);
  expect(pasted(LIST, "dst_ip")).toBe(` in (${WRITTEN})`);
  expect(pasted("service = https", "port = 80 and ")).toBe("service = https");
});
