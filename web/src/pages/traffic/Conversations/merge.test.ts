import { expect, it } from "vitest";
import { conversations } from "./merge";

const row = (src_ip: string | null, dst_ip: string | null, bytes: number) => ({ src_ip, dst_ip, bytes });

it("puts both directions together, the larger one first", () => {
  const found = conversations(
    [row("10.0.0.1", "10.0.0.2", 10), row("10.0.0.3", "10.0.0.4", 25), row("10.0.0.2", "10.0.0.1", 30)],
    "bytes",
  );
  expect(found.map(({ id, total }) => [id, total])).toEqual([
    ["10.0.0.2>10.0.0.1", 40],
    ["10.0.0.3>10.0.0.4", 25],
  ]);
  expect(found[0]?.back?.bytes).toBe(10);
  expect(found[1]?.back).toBeNull();
});

it("counts a host that talks to itself once, and leaves out what has no two ends", () => {
  const found = conversations([row("::1", "::1", 5), row(null, "10.0.0.1", 9)], "bytes");
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ total: 5, back: null });
});
