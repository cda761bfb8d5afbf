import { expect, it } from "vitest";
import { entitiesOf } from "./entities";

const terms = (text: string) => entitiesOf(text).map((entity) => entity.term);

it("knows what a text names", () => {
  expect(terms("10.0.0.1")).toEqual(["ip = 10.0.0.1", "exporter = 10.0.0.1"]);
  expect(terms(" 2001:db8::1 ")).toEqual(["ip = 2001:db8::1", "exporter = 2001:db8::1"]);
  expect(terms("10.0.0.0/8")).toEqual(["ip in 10.0.0.0/8"]);
  expect(terms("2001:db8::/32")).toEqual(["ip in 2001:db8::/32"]);
  expect(terms("AS64500")).toEqual(["as = 64500"]);
  expect(terms("443")).toEqual(["port = 443", "as = 443"]);
  expect(terms("64500000")).toEqual(["as = 64500000"]);
  expect(terms("00:1b:21:00:00:01")).toEqual(["mac = 00:1b:21:00:00:01"]);
  expect(terms("1:LQU9qZlK+B5F3KDmev6m5PMibrg=")).toEqual(['community_id = "1:LQU9qZlK+B5F3KDmev6m5PMibrg="']);
});

it("makes nothing of what is none", () => {
  for (const text of ["", "10.0.0.300", "10.0.0.0/33", "https", "99999999999", "12:34", "a b"]) {
    expect(terms(text), text).toEqual([]);
  }
});
