import { describe, expect, it } from "vitest";
import { filterActions, targetTerm } from "./pivot";

const filterAfter = (label: string, actions: ReturnType<typeof filterActions>) =>
  actions.find((action) => action.label === label)?.filter;

describe("the pivot menu", () => {
  const host = { pairs: [{ field: "src_ip", value: "10.0.0.1" }], label: "10.0.0.1" };

  it("filters, excludes, and turns sides", () => {
    const actions = filterActions(host, "service = https");
    expect(filterAfter("Filter to it", actions)).toBe("service = https and src_ip = 10.0.0.1");
    expect(filterAfter("Exclude it", actions)).toBe("service = https and not src_ip = 10.0.0.1");
    expect(filterAfter("As destination", actions)).toBe("service = https and dst_ip = 10.0.0.1");
    expect(filterAfter("On either side", actions)).toBe("service = https and ip = 10.0.0.1");
    expect(filterAfter("Show only this", actions)).toBe("src_ip = 10.0.0.1");
  });

  it("undoes an exclusion when the value is wanted after all", () => {
    expect(filterAfter("Filter to it", filterActions(host, "not src_ip = 10.0.0.1"))).toBe("src_ip = 10.0.0.1");
  });

  it("says what Other, an absent value and a pair mean", () => {
    expect(
      targetTerm({ pairs: [{ field: "service", value: null }], label: "Other", except: ["https", "domain", null] }),
    ).toBe("not service in (https, domain)");
    expect(targetTerm({ pairs: [{ field: "src_as", value: null }], label: "none" })).toBe("not src_as exists");
    const pair = {
      pairs: [
        { field: "src_ip", value: "10.0.0.1" },
        { field: "dst_ip", value: "10.0.0.2" },
      ],
      label: "pair",
    };
    expect(filterAfter("Exclude it", filterActions(pair, ""))).toBe("not (src_ip = 10.0.0.1 and dst_ip = 10.0.0.2)");
    expect(filterAfter("Both directions", filterActions(pair, ""))).toBe(
      "((src_ip = 10.0.0.1 and dst_ip = 10.0.0.2) or (src_ip = 10.0.0.2 and dst_ip = 10.0.0.1))",
    );
  });

  it("has no filter for a mark that stands for a time only", () => {
    expect(filterActions({ pairs: [], label: "10:00" }, "")).toEqual([]);
  });
});
