/** Edits of filter text by its top-level `and` terms. The server judges the text; here it is only cut and joined. */

import { fieldInfo, sidesOf } from "./fields";

export interface Token {
  text: string;
  start: number;
  end: number;
  kind: "word" | "text" | "operator" | "open" | "close" | "comma" | "unknown";
}

const SYMBOLS = ["==", "=~", "!=", "<>", "<=", ">=", "!~", "&&", "||", "=", "<", ">", "~", "!"];

/** Cuts filter text into tokens; never fails, an unclosed quote runs to the end. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (end: number, kind: Token["kind"]) => {
    tokens.push({ text: source.slice(at, end), start: at, end, kind });
    at = end;
  };
  while (at < source.length) {
    const char = source[at] ?? "";
    if (/\s/.test(char)) {
      at += 1;
    } else if (char === "#") {
      const line = source.indexOf("\n", at);
      at = line < 0 ? source.length : line;
    } else if (char === '"' || char === "'") {
      let end = at + 1;
      while (end < source.length && source[end] !== char) end += source[end] === "\\" ? 2 : 1;
      push(Math.min(source.length, end + 1), "text");
    } else if (char === "(" || char === "[") {
      push(at + 1, "open");
    } else if (char === ")" || char === "]") {
      push(at + 1, "close");
    } else if (char === ",") {
      push(at + 1, "comma");
    } else {
      const symbol = SYMBOLS.find((candidate) => source.startsWith(candidate, at));
      if (symbol) {
        push(at + symbol.length, "operator");
      } else {
        const word = /^[^\s()[\],"'=<>!~&|#;]+(\|[^\s()[\],"'=<>!~&|#;]+)*/.exec(source.slice(at));
        push(at + (word ? word[0].length : 1), word ? "word" : "unknown");
      }
    }
  }
  return tokens;
}

const SPELLINGS: Record<string, string> = { "&&": "and", "||": "or", "!": "not" };

/** `and`, `or` or `not`, in either spelling; null for any other token. */
export function connective(token: Token): "and" | "or" | "not" | null {
  const word =
    token.kind === "word" ? token.text.toLowerCase() : token.kind === "operator" ? SPELLINGS[token.text] : undefined;
  return word === "and" || word === "or" || word === "not" ? word : null;
}

/** The terms that top-level `and`s join. A top-level `or` makes the whole filter one term. */
export function splitTerms(filter: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let start = 0;
  for (const token of tokenize(filter)) {
    if (token.kind === "open") depth += 1;
    else if (token.kind === "close") depth -= 1;
    else if (depth === 0 && connective(token) === "or") return filter.trim() === "" ? [] : [filter.trim()];
    else if (depth === 0 && connective(token) === "and") {
      terms.push(filter.slice(start, token.start).trim());
      start = token.end;
    }
  }
  terms.push(filter.slice(start).trim());
  return terms.filter((term) => term !== "");
}

function hasTopLevel(term: string, word: "and" | "or"): boolean {
  let depth = 0;
  for (const token of tokenize(term)) {
    if (token.kind === "open") depth += 1;
    else if (token.kind === "close") depth -= 1;
    else if (depth === 0 && connective(token) === word) return true;
  }
  return false;
}

export function joinTerms(terms: readonly string[]): string {
  if (terms.length === 1) return terms[0] ?? "";
  return terms.map((term) => (hasTopLevel(term, "or") ? `(${term})` : term)).join(" and ");
}

/** True when one pair of parentheses encloses the whole term. */
function isEnclosed(term: string): boolean {
  const tokens = tokenize(term);
  if (tokens[0]?.text !== "(" || tokens.at(-1)?.text !== ")") return false;
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "open") depth += 1;
    if (token.kind === "close") depth -= 1;
    if (depth === 0 && index < tokens.length - 1) return false;
  }
  return true;
}

/** `x` becomes `not x`, and `not x` becomes `x`. */
export function negateTerm(term: string): string {
  const tokens = tokenize(term);
  const first = tokens[0];
  if (first && connective(first) === "not" && !hasTopLevel(term, "and") && !hasTopLevel(term, "or")) {
    const rest = term.slice(first.end).trim();
    return isEnclosed(rest) ? rest.slice(1, -1).trim() : rest;
  }
  const compound = hasTopLevel(term, "and") || hasTopLevel(term, "or");
  return compound ? `not (${term})` : `not ${term}`;
}

const sameTerm = (a: string, b: string) =>
  tokenize(a)
    .map((token) => token.text)
    .join(" ") ===
  tokenize(b)
    .map((token) => token.text)
    .join(" ");

/** Adds a term unless it stands there already; its opposite goes, since both together match nothing. */
export function addTerm(filter: string, term: string): string {
  const terms = splitTerms(filter);
  if (terms.some((present) => sameTerm(present, term))) return joinTerms(terms);
  const opposite = negateTerm(term);
  return joinTerms([...terms.filter((present) => !sameTerm(present, opposite)), term]);
}

export function removeTerm(filter: string, index: number): string {
  return joinTerms(splitTerms(filter).filter((_, at) => at !== index));
}

export function replaceTerm(filter: string, index: number, term: string): string {
  return joinTerms(splitTerms(filter).map((present, at) => (at === index ? term : present)));
}

const RESERVED = new Set(["and", "or", "not", "in", "has", "lacks", "exists", "true", "false"]);

/** Writes a value as the language reads it: bare where that is safe, else in quotes. */
export function quoteValue(field: string, value: string | number): string {
  if (typeof value === "number") return String(value);
  const kind = fieldInfo(field)?.kind;
  if (kind === "ip" || kind === "mac" || (kind?.startsWith("u") && /^\d+$/.test(value))) return value;
  if (/^[A-Za-z_][A-Za-z0-9_./-]*$/.test(value) && !RESERVED.has(value.toLowerCase())) return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

export function equals(field: string, value: string | number): string {
  return `${field} = ${quoteValue(field, value)}`;
}

/** The term for a field that a record does not have. */
export function absent(field: string): string {
  return `not ${field} exists`;
}

/**
 * The term that makes of the rows of an answer those that its `flows` counted. Events of firewalls and translators are
 * rows, not flows; where the answer has none, nothing needs saying.
 */
export function onlyFlows(counted: Readonly<Record<string, unknown>> | undefined): string[] {
  const { flows, rows } = counted ?? {};
  return typeof flows === "number" && typeof rows === "number" && rows > flows ? ["kind = flow"] : [];
}

/** The term that matches a value on either side: `ip`, `port`, `as`, … */
export function eitherSide(field: string, value: string | number): string | null {
  const sides = sidesOf(field);
  return sides ? `${sides.either} = ${quoteValue(field, value)}` : null;
}
