import { describe, expect, it } from "vitest";
import {
  absent,
  addTerm,
  eitherSide,
  equals,
  joinTerms,
  negateTerm,
  onlyFlows,
  quoteValue,
  removeTerm,
  replaceTerm,
  splitTerms,
  tokenize,
} from "./filter";
import { random } from "./random.testing";

const TERMS = [
  "src_ip = 10.0.0.1",
  "dst_port in (22, 3389)",
  "not service = https",
  'app ~ "^a and b"',
  "(a = 1 or b = 2)",
  "tcp_flags has syn",
  "not (a = 1 and b = 2)",
  "ip in 2001:db8::/32",
];

describe("terms", () => {
  it("are cut at the top level only", () => {
    expect(splitTerms('a = "x and y" and (b = 1 and c = 2) and not d = 3')).toEqual([
      'a = "x and y"',
      "(b = 1 and c = 2)",
      "not d = 3",
    ]);
    expect(splitTerms("a = 1 && b = 2 AND c = 3")).toEqual(["a = 1", "b = 2", "c = 3"]);
    expect(splitTerms("a = 1 and b = 2 or c = 3")).toEqual(["a = 1 and b = 2 or c = 3"]);
    expect(splitTerms("   ")).toEqual([]);
    expect(splitTerms('a = "never closed and b')).toEqual(['a = "never closed and b']);
  });

  it("survive being cut and joined", () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const { int, pick } = random(seed);
      const terms = Array.from({ length: 1 + int(5) }, () => pick(TERMS));
      expect(splitTerms(joinTerms(terms)), `seed ${seed}`).toEqual(terms);
    }
  });

  it("return from a double negation", () => {
    for (const term of TERMS)
      expect(negateTerm(negateTerm(term)).replace(/^\((.*)\)$/, "$1"), term).toBe(term.replace(/^\((.*)\)$/, "$1"));
    expect(negateTerm("a = 1")).toBe("not a = 1");
    expect(negateTerm("a = 1 or b = 2")).toBe("not (a = 1 or b = 2)");
    expect(negateTerm("! a = 1")).toBe("a = 1");
  });

  it("are added once, and push their opposite out", () => {
    expect(addTerm("", "a = 1")).toBe("a = 1");
    expect(addTerm("a = 1", "a =  1")).toBe("a = 1");
    expect(addTerm("not a = 1 and b = 2", "a = 1")).toBe("b = 2 and a = 1");
    expect(addTerm("a = 1 or b = 2", "c = 3")).toBe("(a = 1 or b = 2) and c = 3");
  });

  it("are removed and replaced by their place", () => {
    expect(removeTerm("a = 1 and b = 2 and c = 3", 1)).toBe("a = 1 and c = 3");
    expect(replaceTerm("a = 1 and b = 2", 0, "x = 9")).toBe("x = 9 and b = 2");
    expect(removeTerm("a = 1", 0)).toBe("");
  });
});

describe("values", () => {
  it("are quoted where the language needs it", () => {
    expect(equals("src_ip", "2001:db8::1")).toBe("src_ip = 2001:db8::1");
    expect(equals("service", "https")).toBe("service = https");
    expect(equals("service", "tcp/8443")).toBe("service = tcp/8443");
    expect(equals("dst_port", 443)).toBe("dst_port = 443");
    expect(equals("app", 'say "hi" \\ there')).toBe('app = "say \\"hi\\" \\\\ there"');
    expect(quoteValue("app", "and")).toBe('"and"');
    expect(quoteValue("user", "")).toBe('""');
    expect(quoteValue("user", "10MB")).toBe('"10MB"');
  });

  it("on either side use the name without its prefix", () => {
    expect(eitherSide("src_ip", "10.0.0.1")).toBe("ip = 10.0.0.1");
    expect(eitherSide("nat_dst_port", 80)).toBe("nat_port = 80");
    expect(eitherSide("service", "https")).toBeNull();
    expect(absent("src_as")).toBe("not src_as exists");
  });

  it("stay one token, whatever they hold", () => {
    const letters = "ab \"\\'()and,=~ ";
    for (let seed = 0; seed < 500; seed += 1) {
      const { int, pick } = random(seed);
      const value = Array.from({ length: int(12) }, () => pick([...letters])).join("");
      expect(tokenize(equals("app", value)).length, `seed ${seed}: ${value}`).toBe(3);
    }
  });
});

describe("the rows behind a count of flows", () => {
  it("leaves events out where there are any", () => {
    expect(onlyFlows({ flows: 3, rows: 5 })).toEqual(["kind = flow"]);
    expect(onlyFlows({ flows: 5, rows: 5 })).toEqual([]);
    expect(onlyFlows(undefined)).toEqual([]);
  });
});
