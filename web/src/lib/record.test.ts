import { expect, it } from "vitest";
import { bothDirections, recordId, timeOfId } from "./record";

const row = {
  time: "2025-01-01T00:00:00.123456Z",
  src_ip: "10.0.0.1",
  dst_ip: "10.0.0.2",
  src_port: 1234,
  dst_port: 443,
  protocol: 6,
  bytes: 10,
  packets: 1,
};

it("names a record by its identity, not by the columns that were asked for", () => {
  expect(recordId({ ...row, tos: 8, domain_id: null })).toBe(recordId(row));
  expect(recordId({ ...row, bytes: 11 })).not.toBe(recordId(row));
  expect(timeOfId(recordId(row))).toBe(Date.parse("2025-01-01T00:00:00.123Z"));
  expect(timeOfId("nonsense")).toBeNull();
});

it("asks for a flow both ways round", () => {
  expect(bothDirections(row)).toBe(
    "protocol = 6 and ((src_ip = 10.0.0.1 and dst_ip = 10.0.0.2 and src_port = 1234 and dst_port = 443) or (src_ip = 10.0.0.2 and dst_ip = 10.0.0.1 and src_port = 443 and dst_port = 1234))",
  );
  expect(bothDirections({ time: row.time })).toBeNull();
});
