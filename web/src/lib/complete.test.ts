import { describe, expect, it } from "vitest";
import { complete } from "./complete";

const at = (text: string) => complete(text, text.length);
const labels = (text: string) => at(text).items.map((item) => item.label);

describe("completion", () => {
  it("offers fields where a field may stand", () => {
    expect(labels("")[0]).toBe("src_ip");
    expect(labels("src").slice(0, 2)).toEqual(["src_ip", "src_port"]);
    expect(labels("service = https and dst_p")[0]).toBe("dst_port");
    expect(labels("not (exp")[0]).toBe("exporter");
  });

  it("offers the operators that suit the field", () => {
    expect(labels("tcp_flags ")).toContain("has");
    expect(labels("bytes ")).toContain(">=");
    expect(labels("src_ip ")).toContain("in");
    expect(labels("src_ip ")).not.toContain(">");
  });

  it("asks for the field's values where a value stands", () => {
    expect(at("service = ").valuesOf).toBe("service");
    expect(at("service = ht")).toMatchObject({ valuesOf: "service", start: 10 });
    expect(at("dst_port in (22, ").valuesOf).toBe("dst_port");
    expect(labels("protocol = t")[0]).toBe("tcp");
  });

  it("offers to go on after a term", () => {
    expect(labels("service = https ")).toEqual(["and", "or"]);
    expect(labels("dst_port in (22, 23) ")).toEqual(["and", "or"]);
    expect(labels("src_as exists ")).toEqual(["and", "or"]);
  });

  it("replaces the word at the caret, not the rest", () => {
    expect(complete("sr = 1", 2)).toMatchObject({ start: 0, end: 2 });
  });
});
