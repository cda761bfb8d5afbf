/** What the UI knows about fields beyond the generated table: labels, sides, and names for well-known numbers. */

import { FIELDS, type FieldInfo } from "../generated/fields";
import { countryName, isCountry } from "./countries";
import { formatCount, formatDuration } from "./units";

const byName = new Map(FIELDS.map((field) => [field.name, field]));

export function fieldInfo(name: string): FieldInfo | undefined {
  return byName.get(name);
}

const WORDS: Record<string, string> = {
  src: "source",
  dst: "destination",
  ip: "IP",
  as: "AS",
  tcp: "TCP",
  icmp: "ICMP",
  igmp: "IGMP",
  tos: "ToS",
  dscp: "DSCP",
  ecn: "ECN",
  ttl: "TTL",
  if: "interface",
  vrf: "VRF",
  bgp: "BGP",
  mac: "MAC",
  vlan: "VLAN",
  nat: "NAT",
  mpls: "MPLS",
  id: "ID",
  http: "HTTP",
  dns: "DNS",
  tls: "TLS",
  sni: "SNI",
  ssid: "SSID",
  phys: "physical",
  in: "input",
  out: "output",
  ipv6: "IPv6",
  min: "smallest",
  max: "largest",
  prev: "previous",
  ext: "extended",
  app: "application",
  ethertype: "EtherType",
}; // prettier-ignore

/** Labels that the words alone would not give. */
const LABELS: Record<string, string> = {
  out_bytes: "Bytes out",
  out_packets: "Packets out",
  bytes_scaled: "Bytes, adjusted",
  packets_scaled: "Packets, adjusted",
  min_ttl: "Smallest TTL",
  max_ttl: "Largest TTL",
  flow_protocol: "Export protocol",
  post_tos: "ToS on leaving",
  post_vlan: "VLAN on leaving",
  app: "Application",
  app_id: "Application ID",
  src_mask: "Source prefix length",
  dst_mask: "Destination prefix length",
  prev_as: "Previous AS",
  next_as: "Next AS",
  in_if: "Input interface",
  out_if: "Output interface",
  extra: "Other elements",
};

const labels = new Map<string, string>();

/** A heading for people: `src_ip` is `Source IP`. */
export function fieldLabel(name: string): string {
  const known = labels.get(name);
  if (known) return known;
  const words = name.split("_").map((word) => WORDS[word] ?? word);
  const text = LABELS[name] ?? words.join(" ");
  const label = text.charAt(0).toUpperCase() + text.slice(1);
  labels.set(name, label);
  return label;
}

const SHORT: Record<string, string> = {
  src_ip: "Source",
  dst_ip: "Destination",
  src_port: "Src port",
  dst_port: "Dst port",
  protocol: "Proto",
  tcp_flags: "Flags",
  flow_protocol: "Export",
  src_as: "Src AS",
  dst_as: "Dst AS",
  in_if: "In if",
  out_if: "Out if",
  src_mask: "Src /",
  dst_mask: "Dst /",
  src_mac: "Source MAC",
  dst_mac: "Dest. MAC",
  nat_src_ip: "NAT source",
  nat_dst_ip: "NAT destination",
  nat_src_port: "NAT src port",
  nat_dst_port: "NAT dst port",
  flow_end_reason: "End reason",
  flow_direction: "Direction",
};

/** The heading for a narrow column. */
export function shortLabel(name: string): string {
  return SHORT[name] ?? fieldLabel(name);
}

const GROUPS: Record<string, string> = {
  time: "Time",
  exporter: "Exporter",
  flow: "Flow",
  counters: "Counters",
  header: "Packet header",
  interface: "Interfaces",
  routing: "Routing",
  layer2: "Layer 2",
  mpls: "MPLS",
  nat: "NAT and firewall",
  application: "Application",
  vendor: "Other elements",
};

export function groupLabel(group: string): string {
  return GROUPS[group] ?? group.charAt(0).toUpperCase() + group.slice(1);
}

/** Field groups in the order in which a reader wants them: the flow first. */
export const GROUP_ORDER = [
  "flow",
  "counters",
  "time",
  "application",
  "header",
  "interface",
  "routing",
  "layer2",
  "mpls",
  "nat",
  "exporter",
  "vendor",
]; // prettier-ignore

export interface Sides {
  src: string;
  dst: string;
  either: string;
}

/** Both sides of a field that has a source and a destination, and the name that means either. */
export function sidesOf(name: string): Sides | null {
  const match = /^(.*?)(src|dst)_(.+)$/.exec(name);
  if (!match) return null;
  const [, prefix = "", , rest = ""] = match;
  const src = `${prefix}src_${rest}`;
  const dst = `${prefix}dst_${rest}`;
  if (!byName.has(src) || !byName.has(dst)) return null;
  return { src, dst, either: `${prefix}${rest}` };
}

const PROTOCOLS: Record<number, string> = {
  1: "ICMP",
  2: "IGMP",
  4: "IPIP",
  6: "TCP",
  17: "UDP",
  41: "IPv6",
  47: "GRE",
  50: "ESP",
  51: "AH",
  58: "ICMPv6",
  88: "EIGRP",
  89: "OSPF",
  103: "PIM",
  112: "VRRP",
  115: "L2TP",
  132: "SCTP",
  136: "UDPLite",
}; // prettier-ignore
const END_REASONS: Record<number, string> = {
  1: "idle",
  2: "active timeout",
  3: "end of flow",
  4: "forced",
  5: "no resources",
};
const FIREWALL: Record<number, string> = { 1: "created", 2: "deleted", 3: "denied", 4: "alert", 5: "update" };
const DIRECTIONS: Record<number, string> = { 0: "ingress", 1: "egress" };
const DSCP: Record<number, string> = {
  0: "CS0",
  8: "CS1",
  10: "AF11",
  12: "AF12",
  14: "AF13",
  16: "CS2",
  18: "AF21",
  20: "AF22",
  22: "AF23",
  24: "CS3",
  26: "AF31",
  28: "AF32",
  30: "AF33",
  32: "CS4",
  34: "AF41",
  36: "AF42",
  38: "AF43",
  40: "CS5",
  44: "VA",
  46: "EF",
  48: "CS6",
  56: "CS7",
}; // prettier-ignore
const ETHERTYPES: Record<number, string> = { 2048: "IPv4", 2054: "ARP", 33024: "802.1Q", 34525: "IPv6", 34887: "MPLS" };
const EXPORT_PROTOCOLS: Record<string, string> = {
  netflow1: "NetFlow v1",
  netflow7: "NetFlow v7",
  netflow5: "NetFlow v5",
  netflow9: "NetFlow v9",
  ipfix: "IPFIX",
  sflow5: "sFlow v5",
};

const NAMES: Record<string, Record<number, string>> = {
  protocol: PROTOCOLS,
  flow_end_reason: END_REASONS,
  firewall_event: FIREWALL,
  flow_direction: DIRECTIONS,
  dscp: DSCP,
  ethertype: ETHERTYPES,
};

const FLAG_LETTERS = "FSRPAUEC";
const FLAG_NAMES = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];

/** TCP flags as eight letters, dots where one is not set. */
export function flagLetters(bits: number): string {
  let text = "";
  for (let bit = 7; bit >= 0; bit -= 1) text += bits & (1 << bit) ? FLAG_LETTERS[bit] : "·";
  return text;
}

export function flagNames(bits: number): string {
  const names = FLAG_NAMES.filter((_, bit) => bits & (1 << bit));
  return names.length === 0 ? "none" : names.join(" ");
}

export function exportProtocolLabel(name: string): string {
  return EXPORT_PROTOCOLS[name] ?? name;
}

export type FieldValue = string | number | boolean | null | undefined | Record<string, unknown>;

/** A value of a record as a person reads it; times are left to the caller, who knows the zone. */
export function displayValue(field: string, value: FieldValue): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value === "number") {
    const name = NAMES[field]?.[value];
    if (name) return name;
    if (field === "tcp_flags") return flagLetters(value);
    // No network has the number 0: it stands for "not known" and for the exporter's own.
    if (value === 0 && /(^|_)as$/.test(field)) return "0 (unknown)";
    const info = fieldInfo(field);
    if (info?.kind === "duration") return formatDuration(value);
    if (info?.group === "counters" || info?.unit) return formatCount(value);
    return String(value);
  }
  if (field === "flow_protocol") return exportProtocolLabel(String(value));
  if (isCountry(field)) return countryName(String(value));
  return String(value);
}

/** The full story of a value for a tooltip or the drawer: `TCP (6)`, `SYN ACK (18)`. */
export function explainValue(field: string, value: FieldValue): string {
  if (typeof value === "number") {
    if (field === "tcp_flags") return `${flagNames(value)} (${value})`;
    const name = NAMES[field]?.[value];
    if (name) return `${name} (${value})`;
  }
  if (typeof value === "string" && isCountry(field)) return `${countryName(value)} (${value})`;
  return displayValue(field, value);
}
