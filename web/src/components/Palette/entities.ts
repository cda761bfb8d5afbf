/** What a text in the command palette may be: an address, a network, an AS, a port, a filter. */

import { quoteValue } from "../../lib/filter";

export interface Entity {
  /** What it is. */
  kind: string;
  /** The filter that means it. */
  term: string;
}

const V4 = /^(\d{1,3}\.){3}\d{1,3}$/;
const V6 = /^[0-9a-f]*:[0-9a-f:]*(\d{1,3}(\.\d{1,3}){3})?$/i;
const MAC = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
const COMMUNITY = /^1:[A-Za-z0-9+/]{27}=$/;

const isV4 = (text: string) => V4.test(text) && text.split(".").every((octet) => Number(octet) <= 255);
const isV6 = (text: string) => V6.test(text) && text.includes(":") && (text.match(/:/g)?.length ?? 0) >= 2;

/** Never guesses wildly: what is none of these has no entity. The server judges the filter in the end. */
export function entitiesOf(text: string): Entity[] {
  const typed = text.trim();
  if (MAC.test(typed)) return [{ kind: "MAC address", term: `mac = ${typed}` }];
  if (COMMUNITY.test(typed))
    return [{ kind: "Community ID", term: `community_id = ${quoteValue("community_id", typed)}` }];
  if (isV4(typed) || isV6(typed)) {
    return [
      { kind: "Host", term: `ip = ${typed}` },
      { kind: "Exporter", term: `exporter = ${typed}` },
    ];
  }
  const [address, prefix, ...rest] = typed.split("/");
  if (address && prefix && rest.length === 0 && /^\d{1,3}$/.test(prefix)) {
    const most = isV4(address) ? 32 : isV6(address) ? 128 : -1;
    if (Number(prefix) <= most) return [{ kind: "Network", term: `ip in ${typed}` }];
  }
  const as = /^as\s*(\d{1,10})$/i.exec(typed);
  if (as && Number(as[1]) < 2 ** 32) return [{ kind: "AS", term: `as = ${as[1]}` }];
  if (/^\d{1,10}$/.test(typed)) {
    const number = Number(typed);
    const found: Entity[] = [];
    if (number < 65_536) found.push({ kind: "Port", term: `port = ${typed}` });
    if (number > 0 && number < 2 ** 32) found.push({ kind: "AS", term: `as = ${typed}` });
    return found;
  }
  return [];
}
