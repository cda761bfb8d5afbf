/** A small reading of the filter language for the mock server: enough to click through the UI, not a reference. */

const PROTOCOLS = { tcp: 6, udp: 17, icmp: 1, icmp6: 58, gre: 47 };
const FLAGS = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 };

class ParseError extends Error {
  constructor(message, start, end, expected = [], suggestion = null) {
    super(message);
    this.detail = { message, start, end, expected, suggestion };
  }
}

function lex(source) {
  const tokens = [];
  const pattern = /\s*(?:("(?:[^"\\]|\\.)*"?)|(!=|<=|>=|[=<>~(),])|([^\s"=<>~(),!]+))/gy;
  let match;
  while (pattern.lastIndex < source.trimEnd().length && (match = pattern.exec(source))) {
    const text = match[1] ?? match[2] ?? match[3];
    const end = match.index + match[0].length;
    tokens.push({ text, quoted: match[1] !== undefined, start: end - text.length, end });
  }
  return tokens;
}

function inNetwork(address, network) {
  const [base, bits] = network.split("/");
  if (base.includes(":") !== String(address).includes(":")) return false;
  if (base.includes(":")) return String(address).startsWith(base.replace(/::?$/, ""));
  const number = (ip) => ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(address) / size) === Math.floor(number(base) / size);
}

export function parseFilter(source, fields) {
  const tokens = lex(source);
  let at = 0;
  const end = source.length;
  const terms = [];
  const peek = () => tokens[at]?.text.toLowerCase();
  const take = (what) => {
    const token = tokens[at];
    if (!token) throw new ParseError(`expected ${what}, found the end`, end, end, [what]);
    at += 1;
    return token;
  };
  function value(field, token) {
    const text = token.quoted ? token.text.slice(1, -1).replace(/\\(.)/g, "$1") : token.text;
    if (field === "protocol" && PROTOCOLS[text.toLowerCase()]) return PROTOCOLS[text.toLowerCase()];
    const number = /^(\d+(?:\.\d+)?)([kMGT])?B?$/.exec(text);
    if (number && !token.quoted && !text.includes("."))
      return Number(number[1]) * { k: 1e3, M: 1e6, G: 1e9, T: 1e12 }[number[2]] || Number(number[1]);
    return text;
  }
  const test = (op, actual, wanted) => {
    if (actual === undefined) return false;
    if (op === "=")
      return String(wanted).includes("/") && /^[\d.:a-f]+\/\d+$/.test(wanted)
        ? inNetwork(actual, wanted)
        : String(actual) === String(wanted);
    if (op === "!=") return String(actual) !== String(wanted);
    if (op === "~") return new RegExp(wanted).test(String(actual));
    if (op === "<") return actual < wanted;
    if (op === ">") return actual > wanted;
    if (op === "<=") return actual <= wanted;
    if (op === ">=") return actual >= wanted;
    if (op === "in") return wanted.some((one) => test("=", actual, one));
    if (op === "has") return (actual & (FLAGS[wanted] ?? 0)) !== 0;
    return (actual & (FLAGS[wanted] ?? 0)) === 0;
  };
  function comparison() {
    if (peek() === "(") {
      take("(");
      const inner = or();
      const close = take("`)`");
      if (close.text !== ")") throw new ParseError("expected `)`", close.start, close.end, ["`)`"]);
      return inner;
    }
    if (peek() === "not") {
      take("not");
      const inner = comparison();
      return (row) => !inner(row);
    }
    const name = take("a field");
    const sides = fields.has(`src_${name.text}`) ? [`src_${name.text}`, `dst_${name.text}`] : [name.text];
    if (!fields.has(sides[0])) {
      const near = [...fields].find((field) => field.startsWith(name.text.slice(0, 4)));
      throw new ParseError(`unknown field \`${name.text}\``, name.start, name.end, ["a field"], near ?? null);
    }
    const op = take("an operator");
    if (!["=", "!=", "<", ">", "<=", ">=", "~", "in", "has", "lacks"].includes(op.text))
      throw new ParseError(`expected an operator after \`${name.text}\``, op.start, op.end, ["=", "!=", "in", "~"]);
    let wanted;
    if (op.text === "in" && peek() === "(") {
      take("(");
      wanted = [];
      do wanted.push(value(sides[0], take("a value")));
      while (take("`,` or `)`").text === ",");
    } else wanted = value(sides[0], take("a value"));
    if (op.text === "in" && !Array.isArray(wanted)) wanted = [wanted];
    return (row) => sides.some((side) => test(op.text, row[side], wanted));
  }
  function and(top) {
    const parts = [];
    do {
      const first = tokens[at];
      parts.push(comparison());
      if (top && first)
        terms.push({
          text: source.slice(first.start, tokens[at - 1].end),
          start: first.start,
          end: tokens[at - 1].end,
        });
    } while (peek() === "and" && ++at);
    return (row) => parts.every((part) => part(row));
  }
  function or(top = false) {
    const parts = [and(top)];
    while (peek() === "or" && ++at) parts.push(and(false));
    if (top && parts.length > 1) terms.splice(0, terms.length, { text: source.trim(), start: 0, end });
    return (row) => parts.some((part) => part(row));
  }
  if (tokens.length === 0) return { ok: true, canonical: "", terms: [], mask: () => true };
  try {
    const mask = or(true);
    if (at < tokens.length)
      throw new ParseError(
        `expected \`and\`, \`or\` or the end, found \`${tokens[at].text}\``,
        tokens[at].start,
        tokens[at].end,
        ["and", "or"],
      );
    return { ok: true, canonical: source.trim().replace(/\s+/g, " "), terms, mask };
  } catch (error) {
    if (error instanceof ParseError) return { ok: false, errors: [error.detail] };
    return { ok: false, errors: [{ message: String(error.message), start: 0, end, expected: [] }] };
  }
}
