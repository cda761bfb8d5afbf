import { expect, it } from "vitest";
import { entityPage } from "./entity";

const page = (field: string, value: string | number | null) => entityPage({ pairs: [{ field, value }] })?.path;

it("knows which values have a page of their own", () => {
  expect(page("src_ip", "10.0.0.1")).toBe("/hosts/10.0.0.1");
  expect(page("dst_ip", "2001:db8::1")).toBe("/hosts/2001:db8::1");
  expect(page("ip", "10.0.0.1")).toBe("/hosts/10.0.0.1");
  expect(page("service", "tcp/10000")).toBe("/services/tcp%2F10000");
  expect(page("dst_as", 64500)).toBe("/as/64500");
  expect(page("dst_as", 0)).toBeUndefined();
  expect(page("src_ip", null)).toBeUndefined();
  expect(page("protocol", 6)).toBeUndefined();
});
