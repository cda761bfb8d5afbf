import { describe, expect, it } from "vitest";
import { FIELDS } from "../generated/fields";
import { COMPARE } from "./compare";
import { type Random, random } from "./random.testing";
import {
  ALERT_TABS,
  BUCKET_LENGTHS,
  CHARTS,
  DEFAULTS,
  parseScope,
  parseSearchText,
  REFRESH,
  type Scope,
  scopeHref,
  searchText,
  writeScope,
} from "./scope";
import { UNITS } from "./units";

const TEXTS = [
  "service = https",
  "src_ip in 10.0.0.0/8 and not dst_port = 443",
  'app ~ "^dns & more" or user = "ä+ö=%25#?"',
  "a = 'b' && !c = d",
  "ip = 2001:db8::1",
  "",
];

function randomFields(pick: Random["pick"], count: number): Pick<Scope, "by" | "also"> {
  const fields = [...new Set(Array.from({ length: count }, () => pick(FIELDS).name))];
  const [by = "", ...also] = fields.slice(0, 5);
  return { by, also };
}

function randomScope({ pick, int, next }: Random): Scope {
  const columns = Array.from({ length: int(5) }, () => pick(FIELDS).name);
  const relative = next() < 0.5;
  return {
    from: relative ? `now-${1 + int(90)}${pick(["m", "h", "d"])}` : new Date(1.7e12 + int(1e9)).toISOString(),
    to: relative ? "now" : new Date(1.8e12 + int(1e9)).toISOString(),
    asOf: relative || next() < 0.5 ? "" : new Date(1.8e12 + int(1e9)).toISOString(),
    tz: pick(["UTC", "browser", "Asia/Kolkata", "Europe/Berlin"]),
    filter: pick(TEXTS),
    unit: pick(UNITS),
    raw: next() < 0.5,
    refresh: pick(REFRESH),
    compare: pick(COMPARE),
    ...randomFields(pick, int(7)),
    top: 1 + int(50),
    chart: pick(CHARTS),
    bucket: pick(BUCKET_LENGTHS),
    other: next() < 0.5,
    columns: [...new Set(columns)],
    selected: next() < 0.5 ? "" : `${int(2 ** 31)}~abc9`,
    find: pick(["", "10.0.0.1", "192.0.2."]),
    sort: pick(["", "-records", "exporter"]),
    pairs: pick(["dst", "conv"]),
    side: pick(["src", "dst"]),
    tab: pick(ALERT_TABS),
  };
}

describe("the scope in the URL", () => {
  it("has a moment to count up to only where the range stands still", () => {
    const asof = "2025-01-01T00:00:00Z";
    expect(parseScope({ from: asof, to: asof, asof }).asOf).toBe(asof);
    expect(parseScope({ from: "now-1h", to: "now", asof }).asOf).toBe("");
    expect(parseScope({ from: asof, to: asof, asof: "yesterday" }).asOf).toBe("");
  });

  it("comes back from its link, whatever it holds", () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const scope = randomScope(random(seed));
      const href = scopeHref("/flows", scope);
      const search = parseSearchText(href.slice(href.indexOf("?") + 1));
      expect(parseScope(href.includes("?") ? search : {}), `seed ${seed}: ${href}`).toEqual(scope);
    }
  });

  it("leaves defaults out, so that the plain address is the plain screen", () => {
    expect(writeScope(DEFAULTS)).toEqual({});
    expect(searchText(writeScope(DEFAULTS))).toBe("");
    expect(parseScope({})).toEqual(DEFAULTS);
  });

  it("ignores keys it does not know and values it cannot read", () => {
    const scope = parseScope({
      colour: "red",
      m: "parsec",
      r: "7s",
      by: "nothing",
      top: "-3",
      tz: "Mars/Base",
      chart: "pie",
      cols: "src_ip,nonsense",
      v: "99",
    });
    expect(scope).toEqual({ ...DEFAULTS, columns: ["src_ip"] });
  });

  it("stays readable", () => {
    const scope: Scope = {
      ...DEFAULTS,
      from: "now-6h",
      filter: "src_ip in 10.0.0.0/8 and dst_port in (22, 3389)",
      unit: "pps",
    };
    expect(scopeHref("/", scope)).toBe(
      "/?from=now-6h&to=now&f=src_ip+in+10.0.0.0/8+and+dst_port+in+(22,+3389)&m=pps&v=1",
    );
  });

  it("reads the links that earlier versions wrote", () => {
    expect(
      parseScope(
        parseSearchText("from=now-6h&to=now&tz=UTC&f=service+%3D+https&by=service&m=bps&chart=stack&top=8&v=1"),
      ),
    ).toEqual({
      ...DEFAULTS,
      from: "now-6h",
      filter: "service = https",
    });
  });
});
