import { beforeEach, describe, expect, it } from "vitest";
import { reloadColours, SLOTS, slotOf, slotsFor } from "./colour";
import { random } from "./random.testing";

beforeEach(() => {
  localStorage.clear();
  reloadColours();
});

const SERVICES = ["https", "quic", "smb", "dns", "http", "ssh", "ntp", "imaps", "rdp", "ldap", "smtp", "rsync"];
const coloursOf = (values: readonly string[]) => {
  const slots = slotsFor("service", values);
  return new Map(values.map((value, index) => [value, slots[index]]));
};

describe("colours of values", () => {
  it("are the same on a first visit, whatever the order of the values", () => {
    const values = SERVICES.slice(0, SLOTS);
    const first = coloursOf(values);
    localStorage.clear();
    reloadColours();
    const again = coloursOf([...values].reverse());
    for (const value of values) expect(again.get(value)).toBe(first.get(value));
  });

  it("differ within a chart, and those known before keep theirs through refreshes and reloads", async () => {
    for (let seed = 0; seed < 200; seed += 1) {
      localStorage.clear();
      reloadColours();
      const { int, next } = random(seed);
      const shuffled = () => [...SERVICES].sort(() => next() - 0.5);
      const before = coloursOf(shuffled().slice(0, SLOTS));
      // Another page shows another set: what both show has one colour.
      const other = shuffled().slice(0, 3 + int(SLOTS - 3));
      await Promise.resolve();
      reloadColours();
      const after = coloursOf(other);
      expect(new Set(after.values()).size, `seed ${seed}`).toBe(other.length);
      for (const value of other)
        if (before.has(value)) expect(after.get(value), `seed ${seed} ${value}`).toBe(before.get(value));
    }
  });

  it("are shared by source and destination, and only those that a chart gave are known", () => {
    const [slot] = slotsFor("src_ip", ["10.0.0.1"]);
    expect(slotOf("dst_ip", "10.0.0.1")).toBe(slot);
    expect(slotOf("dst_ip", "10.0.0.2")).toBeNull();
  });

  it("repeat only when there are more values than colours", () => {
    const many = Array.from({ length: 12 }, (_, index) => `value-${index}`);
    const slots = slotsFor("app", many);
    expect(new Set(slots).size).toBe(SLOTS);
    expect(slotsFor("app", many)).toEqual(slots);
  });

  it("survive a storage full of nonsense", () => {
    localStorage.setItem("weir-colours", '{"service":[["https",99],["quic"],7],"app":1}');
    reloadColours();
    const slot = slotsFor("service", ["https"])[0] ?? -1;
    expect(slot).toBeGreaterThanOrEqual(0);
    expect(slot).toBeLessThan(SLOTS);
  });
});
