/** A pasted list of addresses becomes a set: `in (…)` after a field, `ip in (…)` where a condition begins. */

import { connective, tokenize } from "../../lib/filter";

const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)(\/\d{1,3})?$/i;

/** The addresses and networks of a text that is nothing but a list of them. */
export function addressesOf(text: string): string[] | null {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== "");
  // A MAC address or a time of day has colons, too, but no list of addresses is without a dot or two colons together.
  const sound = parts.every(
    (part) => ADDRESS.test(part) && (part.includes(".") || part.includes("::") || part.split(":").length === 8),
  );
  return parts.length > 1 && sound ? [...new Set(parts)] : null;
}

/** What to insert for a pasted text, after the text that stands before it. */
export function pasted(text: string, before: string): string {
  const addresses = addressesOf(text);
  if (!addresses) return text;
  const list = addresses.join(", ");
  const tokens = tokenize(before);
  const last = tokens.at(-1);
  if (last === undefined || connective(last) !== null) return `ip in (${list})`;
  if (last.kind === "open" || last.kind === "comma") {
    // Inside a list it goes on; a parenthesis that opens a condition does not hold values.
    const opener = tokens.at(-2);
    const holdsValues = last.kind === "comma" || (opener !== undefined && connective(opener) === null);
    return holdsValues ? list : `ip in (${list})`;
  }
  if (last.kind === "operator" || /^(in)$/i.test(last.text)) return `(${list})`;
  return last.kind === "word" && tokens.length === 1 ? ` in (${list})` : text;
}
