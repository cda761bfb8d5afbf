/** What packet headers say: TCP, ICMP, quality of service, VLAN, IP. */

import { Link, useParams } from "@tanstack/react-router";
import { Throughput } from "../../../components/Throughput/Throughput";
import { TopTable } from "../../../components/TopTable/TopTable";
import { writeScope } from "../../../lib/scope";
import { Narrowed } from "../../../state/base";
import { useScope } from "../../../state/scope";
import styles from "./Attributes.module.css";

interface Table {
  title: string;
  fields: readonly string[];
  column: string;
  terms?: readonly string[];
}

interface Section {
  key: string;
  label: string;
  /** What all of the section is about. */
  terms: readonly string[];
  tables: readonly Table[];
}

const SECTIONS: readonly Section[] = [
  {
    key: "tcp",
    label: "TCP",
    terms: ["protocol = tcp"],
    tables: [
      { title: "Flags", fields: ["tcp_flags"], column: "Flags" },
      {
        title: "Only SYN, by source",
        fields: ["src_ip"],
        column: "Host",
        terms: ["tcp_flags has syn and tcp_flags lacks ack|rst|fin"],
      },
      {
        title: "Reset, by destination",
        fields: ["dst_ip", "dst_port"],
        column: "Host and port",
        terms: ["tcp_flags has rst"],
      },
      { title: "No flag at all, by source", fields: ["src_ip"], column: "Host", terms: ["tcp_flags = 0"] },
      {
        title: "FIN, PSH and URG, by source",
        fields: ["src_ip"],
        column: "Host",
        terms: ["tcp_flags has fin and tcp_flags has psh and tcp_flags has urg"],
      },
      { title: "How flows ended", fields: ["flow_end_reason"], column: "Reason" },
    ],
  },
  {
    key: "icmp",
    label: "ICMP",
    terms: ["protocol in (1, 58)"],
    tables: [
      { title: "Types and codes", fields: ["protocol", "icmp_type", "icmp_code"], column: "Protocol → type → code" },
      { title: "Sources", fields: ["src_ip"], column: "Host" },
      { title: "Destinations", fields: ["dst_ip"], column: "Host" },
    ],
  },
  {
    key: "qos",
    label: "QoS",
    terms: [],
    tables: [
      { title: "DSCP", fields: ["dscp"], column: "Class" },
      { title: "ECN", fields: ["ecn"], column: "ECN" },
      {
        title: "DSCP by input interface",
        fields: ["exporter", "in_if", "dscp"],
        column: "Exporter → interface → class",
      },
      { title: "ToS in and out", fields: ["tos", "post_tos"], column: "In → out", terms: ["post_tos exists"] },
      { title: "Services by DSCP", fields: ["dscp", "service"], column: "Class → service" },
      { title: "VLAN priority", fields: ["vlan_priority"], column: "Priority", terms: ["vlan_priority exists"] },
    ],
  },
  {
    key: "vlan",
    label: "VLAN",
    terms: ["vlan exists"],
    tables: [
      { title: "VLANs", fields: ["vlan"], column: "VLAN" },
      { title: "In and out", fields: ["vlan", "post_vlan"], column: "In → out", terms: ["post_vlan exists"] },
      { title: "By exporter", fields: ["exporter", "vlan"], column: "Exporter → VLAN" },
      { title: "Sources", fields: ["src_ip"], column: "Host" },
      { title: "EtherTypes", fields: ["ethertype"], column: "Type" },
      { title: "Source MAC addresses", fields: ["src_mac"], column: "MAC" },
    ],
  },
  {
    key: "ip",
    label: "IP",
    terms: [],
    tables: [
      { title: "Protocols", fields: ["protocol"], column: "Protocol" },
      { title: "IP versions", fields: ["ip_version"], column: "Version" },
      { title: "Smallest TTL", fields: ["min_ttl"], column: "TTL", terms: ["min_ttl exists"] },
      { title: "Ways", fields: ["locality"], column: "Seen from inside" },
      { title: "Tunnels", fields: ["tunnel"], column: "Encapsulation", terms: ["tunnel exists"] },
      { title: "MPLS labels", fields: ["mpls_label_1"], column: "Top label", terms: ["mpls_label_1 exists"] },
    ],
  },
];

export function Attributes() {
  const { kind } = useParams({ strict: false }) as { kind?: string };
  const scope = useScope();
  const section = SECTIONS.find(({ key }) => key === kind) ?? SECTIONS[0];
  if (!section) return null;
  return (
    <div className={styles.page}>
      <title>{`${section.label} · Weir`}</title>
      <h1 className="visually-hidden">{`Attributes: ${section.label}`}</h1>
      <nav className={styles.sections} aria-label="Attributes">
        {SECTIONS.map(({ key, label }) => (
          <Link
            key={key}
            to="/attributes/$kind"
            params={{ kind: key }}
            search={writeScope({ ...scope, selected: "" })}
            aria-current={key === section.key ? "page" : undefined}
          >
            {label}
          </Link>
        ))}
      </nav>
      <Narrowed terms={section.terms}>
        <div className={styles.wide}>
          <Throughput />
        </div>
        {section.tables.map(({ terms = [], ...table }) => (
          <TopTable key={`${section.key} ${table.title}`} {...table} terms={terms} />
        ))}
      </Narrowed>
    </div>
  );
}
