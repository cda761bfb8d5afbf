/** Columns of the record table: sets for common tasks, widths and alignment. */

import { fieldInfo } from "./fields";

export interface ColumnSet {
  name: string;
  columns: readonly string[];
}

export const COLUMN_SETS: readonly ColumnSet[] = [
  {
    name: "Network",
    columns: [
      "time",
      "src_ip",
      "src_port",
      "dst_ip",
      "dst_port",
      "protocol",
      "service",
      "bytes",
      "packets",
      "tcp_flags",
      "duration",
      "exporter",
      "in_if",
      "out_if",
    ],
  },
  {
    name: "Security",
    columns: [
      "time",
      "src_ip",
      "src_port",
      "dst_ip",
      "dst_port",
      "protocol",
      "tcp_flags",
      "packets",
      "bytes",
      "duration",
      "icmp_type",
      "icmp_code",
      "firewall_event",
      "user",
      "flow_end_reason",
    ],
  },
  {
    name: "Routing",
    columns: [
      "time",
      "src_ip",
      "dst_ip",
      "src_as",
      "dst_as",
      "src_mask",
      "dst_mask",
      "next_hop",
      "bgp_next_hop",
      "prev_as",
      "next_as",
      "as_path",
      "bytes",
    ],
  },
  {
    name: "Interfaces",
    columns: [
      "time",
      "exporter",
      "in_if",
      "in_if_name",
      "out_if",
      "flow_direction",
      "src_ip",
      "dst_ip",
      "dscp",
      "forwarding_status",
      "bytes",
      "packets",
    ],
  },
  {
    name: "DNS and web",
    columns: [
      "time",
      "src_ip",
      "dst_ip",
      "service",
      "app",
      "dns_query",
      "tls_sni",
      "http_host",
      "http_method",
      "http_status",
      "bytes",
    ],
  },
  {
    name: "NAT",
    columns: [
      "time",
      "src_ip",
      "src_port",
      "nat_src_ip",
      "nat_src_port",
      "dst_ip",
      "dst_port",
      "nat_dst_ip",
      "nat_dst_port",
      "protocol",
      "nat_event",
    ],
  },
  {
    name: "Layer 2",
    columns: [
      "time",
      "src_mac",
      "dst_mac",
      "vlan",
      "post_vlan",
      "ethertype",
      "src_ip",
      "dst_ip",
      "mpls_label_1",
      "bytes",
    ],
  },
  {
    name: "Exporter",
    columns: [
      "time",
      "received",
      "export_time",
      "exporter",
      "domain_id",
      "flow_protocol",
      "template_id",
      "sampling",
      "sampling_origin",
      "sequence",
      "src_ip",
      "dst_ip",
      "bytes",
    ],
  },
]; // prettier-ignore

export const DEFAULT_COLUMNS: readonly string[] = COLUMN_SETS[0]?.columns ?? [];

const WIDTHS: Record<string, number> = {
  src_port: 70,
  dst_port: 70,
  protocol: 58,
  service: 104,
  bytes: 92,
  packets: 72,
  tcp_flags: 78,
  duration: 78,
  in_if: 56,
  out_if: 56,
  src_mask: 56,
  dst_mask: 56,
  domain_id: 76,
  exporter: 116,
  src_as: 76,
  dst_as: 76,
}; // prettier-ignore

export function columnWidth(name: string): number {
  const known = WIDTHS[name];
  if (known) return known;
  switch (fieldInfo(name)?.kind) {
    case "time":
      return 196;
    case "ip":
      return 158;
    case "mac":
      return 136;
    case "text":
    case "map":
      return 160;
    default:
      return 96;
  }
}

const ADJUSTED: Readonly<Record<string, string>> = { bytes: "bytes_scaled", packets: "packets_scaled" };

/** Counters that the sampling switch changes. */
export function isAdjustable(name: string): boolean {
  return name in ADJUSTED;
}

/** The field that a column shows: the adjusted counter, unless counters are wanted as exported. */
export function shownField(name: string, raw: boolean): string {
  return raw ? name : (ADJUSTED[name] ?? name);
}

/** Codes such as ports and AS numbers line up as numbers too; flags and names do not. */
export function isNumeric(name: string): boolean {
  const kind = fieldInfo(name)?.kind;
  return (
    (kind === "duration" || kind?.startsWith("u") === true) &&
    !["protocol", "tcp_flags", "dscp", "flow_end_reason", "flow_direction", "firewall_event", "ethertype"].includes(
      name,
    )
  );
}

export function isMono(name: string): boolean {
  const kind = fieldInfo(name)?.kind;
  return kind === "ip" || kind === "mac" || name === "tcp_flags";
}
