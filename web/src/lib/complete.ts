/** Completion for the filter field: what may stand at the caret, and the values worth offering. */

import { FIELDS } from "../generated/fields";
import { fieldInfo, fieldLabel } from "./fields";
import { connective, type Token, tokenize } from "./filter";

export interface Suggestion {
  /** Replaces the text from `start` to the caret. */
  insert: string;
  label: string;
  detail: string;
}

export interface Completion {
  start: number;
  end: number;
  items: Suggestion[];
  /** The field whose values are wanted, when the caret stands where a value does. */
  valuesOf: string | null;
}

const PAIRS = [
  ["ip", "Either address"],
  ["port", "Either port"],
  ["as", "Either AS"],
  ["mac", "Either MAC address"],
] as const;

const WORD_OPERATORS = new Set(["in", "has", "lacks"]);

/** Values that are known without asking. */
const STATIC_VALUES: Record<string, readonly string[]> = {
  protocol: ["tcp", "udp", "icmp", "icmp6", "gre", "esp", "sctp"],
  tcp_flags: ["syn", "ack", "fin", "rst", "psh", "urg"],
  flow_protocol: ["netflow5", "netflow9", "ipfix", "sflow5"],
};

function operatorsFor(field: string): readonly (readonly [string, string])[] {
  const kind = fieldInfo(field)?.kind ?? (field === "ip" ? "ip" : "u32");
  if (field === "tcp_flags")
    return [
      ["has", "is set"],
      ["lacks", "is not set"],
      ["=", "equals"],
    ];
  if (kind === "ip")
    return [
      ["=", "equals"],
      ["in", "in network or list"],
      ["!=", "differs"],
    ];
  if (kind === "text" || kind === "service")
    return [
      ["=", "equals"],
      ["!=", "differs"],
      ["in", "in list"],
      ["~", "matches expression"],
    ];
  return [
    ["=", "equals"],
    ["!=", "differs"],
    [">", "greater"],
    [">=", "at least"],
    ["<", "less"],
    ["<=", "at most"],
    ["in", "in list"],
  ];
} // prettier-ignore

type Expected =
  | { place: "field" }
  | { place: "operator"; field: string }
  | { place: "value"; field: string; listed: boolean }
  | { place: "joint" };

/** What the grammar wants after these tokens. */
export function expectedAfter(tokens: readonly Token[]): Expected {
  let state: Expected = { place: "field" };
  let listOf: string | null = null;
  for (const token of tokens) {
    const word = token.text.toLowerCase();
    if (listOf !== null && state.place !== "field") {
      if (token.kind === "close") {
        listOf = null;
        state = { place: "joint" };
      } else {
        state = token.kind === "comma" ? { place: "value", field: listOf, listed: true } : { place: "joint" };
      }
    } else if (state.place === "field") {
      if (token.kind === "word" && connective(token) === null) state = { place: "operator", field: token.text };
    } else if (state.place === "operator") {
      if (word === "exists") state = { place: "joint" };
      else if (token.kind === "operator" || WORD_OPERATORS.has(word))
        state = { place: "value", field: state.field, listed: word === "in" };
    } else if (state.place === "value") {
      if (token.kind === "open") {
        listOf = state.field;
      } else {
        state = { place: "joint" };
      }
    } else if (connective(token) === "and" || connective(token) === "or") {
      state = { place: "field" };
    }
  }
  return state;
}

const rank = (candidate: string, typed: string) => {
  const at = candidate.toLowerCase().indexOf(typed);
  return at < 0 ? null : at === 0 ? 0 : candidate[at - 1] === "_" ? 1 : 2;
};

function matching(items: Suggestion[], typed: string): Suggestion[] {
  const lower = typed.toLowerCase();
  return items
    .map((item) => ({ item, rank: lower === "" ? 0 : rank(item.label, lower) }))
    .filter((entry): entry is { item: Suggestion; rank: number } => entry.rank !== null)
    .sort((a, b) => a.rank - b.rank)
    .map((entry) => entry.item);
}

/** Fields most asked for, first in an empty list. */
const FREQUENT = [
  "src_ip",
  "dst_ip",
  "ip",
  "service",
  "dst_port",
  "src_port",
  "port",
  "protocol",
  "exporter",
  "bytes",
  "packets",
  "tcp_flags",
  "src_as",
  "dst_as",
  "in_if",
  "out_if",
];

const FIELD_ITEMS: Suggestion[] = (() => {
  const all = new Map<string, Suggestion>();
  for (const [name, detail] of PAIRS) all.set(name, { insert: `${name} `, label: name, detail });
  for (const field of FIELDS) {
    if (field.kind !== "map")
      all.set(field.name, { insert: `${field.name} `, label: field.name, detail: fieldLabel(field.name) });
  }
  const first = FREQUENT.map((name) => all.get(name)).filter((item) => item !== undefined);
  return [...first, ...[...all.values()].filter((item) => !FREQUENT.includes(item.label))];
})();

export function complete(source: string, caret: number): Completion {
  const before = tokenize(source.slice(0, caret));
  const last = before.at(-1);
  const partial = last && last.end === caret && last.kind === "word" ? last : null;
  const typed = partial?.text ?? "";
  const start = partial?.start ?? caret;
  const expected = expectedAfter(partial ? before.slice(0, -1) : before);
  const result = (items: Suggestion[], valuesOf: string | null = null): Completion => ({
    start,
    end: caret,
    items: matching(items, typed).slice(0, 40),
    valuesOf,
  });
  switch (expected.place) {
    case "field": {
      const not = { insert: "not ", label: "not", detail: "Excludes what follows" };
      return result([...FIELD_ITEMS, not]);
    }
    case "operator":
      return result(
        [...operatorsFor(expected.field), ["exists", "is present"] as const].map(([op, detail]) => ({
          insert: `${op} `,
          label: op,
          detail,
        })),
      );
    case "value":
      return result(
        (STATIC_VALUES[expected.field] ?? []).map((value) => ({ insert: `${value} `, label: value, detail: "" })),
        expected.field,
      );
    case "joint":
      return result([
        { insert: "and ", label: "and", detail: "Both must match" },
        { insert: "or ", label: "or", detail: "One must match" },
      ]);
  }
}
