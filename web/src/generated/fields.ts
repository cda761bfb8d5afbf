// Generated from schema/fields.toml by `cargo xtask generate`. Do not edit.

export type FieldKind =
  | "time"
  | "duration"
  | "ip"
  | "mac"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "text"
  | "map"
  | "service";

export interface FieldInfo {
  name: string;
  kind: FieldKind;
  group: string;
  unit: string;
  derived: boolean;
  mirror: string | null;
  aliases: readonly string[];
  doc: string;
}

export const FIELDS: readonly FieldInfo[] = [
  { name: "time", kind: "time", group: "time", unit: "", derived: false, mirror: null, aliases: ["@timestamp"], doc: "Time of the record: its end, or when it was received if the exporter's clock is off; ranges select by it." },
  { name: "received", kind: "time", group: "time", unit: "", derived: false, mirror: null, aliases: ["event.ingested"], doc: "When Weir received the datagram." },
  { name: "start", kind: "time", group: "time", unit: "", derived: false, mirror: null, aliases: ["flowStartNanoseconds", "flowStartMicroseconds", "flowStartMilliseconds", "flowStartSeconds", "flowStartDeltaMicroseconds", "flowStartSysUpTime", "minFlowStartMilliseconds", "event.start"], doc: "First packet of the flow, by the exporter's clock." },
  { name: "end", kind: "time", group: "time", unit: "", derived: false, mirror: null, aliases: ["flowEndNanoseconds", "flowEndMicroseconds", "flowEndMilliseconds", "flowEndSeconds", "flowEndDeltaMicroseconds", "flowEndSysUpTime", "maxFlowEndMilliseconds", "observationTimeNanoseconds", "observationTimeMicroseconds", "observationTimeMilliseconds", "observationTimeSeconds", "event.end"], doc: "Last packet of the flow, by the exporter's clock." },
  { name: "export_time", kind: "time", group: "time", unit: "", derived: false, mirror: null, aliases: [], doc: "When the exporter sent the datagram, by its own clock." },
  { name: "duration", kind: "duration", group: "time", unit: "nanoseconds", derived: true, mirror: null, aliases: ["event.duration"], doc: "Time between first and last packet of the flow." },
  { name: "exporter", kind: "ip", group: "exporter", unit: "", derived: false, mirror: null, aliases: ["observer.ip"], doc: "Address of the device that exported the record (sFlow: its agent address)." },
  { name: "exporter_port", kind: "u16", group: "exporter", unit: "", derived: false, mirror: null, aliases: [], doc: "UDP port that the exporter sent from." },
  { name: "domain_id", kind: "u32", group: "exporter", unit: "", derived: false, mirror: null, aliases: [], doc: "Observation domain (IPFIX), source id (v9), engine (v5) or sub-agent (sFlow) within the exporter." },
  { name: "flow_protocol", kind: "text", group: "exporter", unit: "", derived: false, mirror: null, aliases: [], doc: "Export protocol of the record: netflow5, netflow9, ipfix or sflow5." },
  { name: "template_id", kind: "u16", group: "exporter", unit: "", derived: false, mirror: null, aliases: [], doc: "Template that described the record (v9, IPFIX)." },
  { name: "sampling", kind: "u32", group: "exporter", unit: "", derived: false, mirror: null, aliases: ["samplingInterval", "samplerRandomInterval", "samplingPacketInterval"], doc: "Sampling rate, one in N packets; absent means unknown." },
  { name: "sampling_origin", kind: "text", group: "exporter", unit: "", derived: false, mirror: null, aliases: [], doc: "Where the sampling rate came from: record, options, header, configured or assumed." },
  { name: "sampler_id", kind: "u64", group: "exporter", unit: "", derived: false, mirror: null, aliases: ["samplerId", "selectorId"], doc: "Sampler or selector that chose the packets." },
  { name: "sequence", kind: "u32", group: "exporter", unit: "", derived: false, mirror: null, aliases: [], doc: "Sequence number in the header of the datagram that carried the record." },
  { name: "observation_point", kind: "u64", group: "exporter", unit: "", derived: false, mirror: null, aliases: ["observationPointId", "lineCardId"], doc: "Observation point within the domain (sFlow: data source)." },
  { name: "flow_end_reason", kind: "u8", group: "exporter", unit: "", derived: false, mirror: null, aliases: ["flowEndReason"], doc: "Why the exporter ended the flow: 1 idle, 2 active timeout, 3 end of flow, 4 forced, 5 lack of resources." },
  { name: "flow_id", kind: "u64", group: "exporter", unit: "", derived: false, mirror: null, aliases: ["flowId"], doc: "Identifier that the exporter gave the flow." },
  { name: "src_ip", kind: "ip", group: "flow", unit: "", derived: false, mirror: "dst_ip", aliases: ["sourceIPv4Address", "sourceIPv6Address", "source.ip", "SourceIp"], doc: "Address that the flow was sent from." },
  { name: "dst_ip", kind: "ip", group: "flow", unit: "", derived: false, mirror: "src_ip", aliases: ["destinationIPv4Address", "destinationIPv6Address", "destination.ip", "DestinationIp"], doc: "Address that the flow was sent to." },
  { name: "src_port", kind: "u16", group: "flow", unit: "", derived: false, mirror: "dst_port", aliases: ["sourceTransportPort", "tcpSourcePort", "udpSourcePort", "source.port", "SourcePort"], doc: "Transport port that the flow was sent from." },
  { name: "dst_port", kind: "u16", group: "flow", unit: "", derived: false, mirror: "src_port", aliases: ["destinationTransportPort", "tcpDestinationPort", "udpDestinationPort", "destination.port", "DestinationPort"], doc: "Transport port that the flow was sent to." },
  { name: "protocol", kind: "u8", group: "flow", unit: "", derived: false, mirror: null, aliases: ["protocolIdentifier", "network.iana_number", "Protocol"], doc: "IP protocol number (6 TCP, 17 UDP, 1 ICMP)." },
  { name: "service", kind: "service", group: "flow", unit: "", derived: true, mirror: null, aliases: ["network.application"], doc: "Protocol and server port by its registered name, or `tcp/8443` where none is; the server port is the registered or lower one." },
  { name: "ip_version", kind: "u8", group: "flow", unit: "", derived: false, mirror: null, aliases: ["ipVersion"], doc: "IP version, as the exporter said." },
  { name: "bytes", kind: "u64", group: "counters", unit: "bytes", derived: false, mirror: null, aliases: ["octetDeltaCount", "layer2OctetDeltaCount", "octetTotalCount", "network.bytes"], doc: "Bytes of the flow as exported." },
  { name: "packets", kind: "u64", group: "counters", unit: "packets", derived: false, mirror: null, aliases: ["packetDeltaCount", "packetTotalCount", "network.packets"], doc: "Packets of the flow as exported." },
  { name: "flows", kind: "u64", group: "counters", unit: "flows", derived: false, mirror: null, aliases: ["deltaFlowCount"], doc: "Flows that the exporter put together in this record." },
  { name: "bytes_scaled", kind: "u64", group: "counters", unit: "bytes", derived: true, mirror: null, aliases: [], doc: "Bytes times the sampling rate (times one where the rate is unknown)." },
  { name: "packets_scaled", kind: "u64", group: "counters", unit: "packets", derived: true, mirror: null, aliases: [], doc: "Packets times the sampling rate (times one where the rate is unknown)." },
  { name: "out_bytes", kind: "u64", group: "counters", unit: "bytes", derived: false, mirror: null, aliases: ["postOctetDeltaCount", "postOctetTotalCount"], doc: "Bytes of the flow as it left the device." },
  { name: "out_packets", kind: "u64", group: "counters", unit: "packets", derived: false, mirror: null, aliases: ["postPacketDeltaCount", "postPacketTotalCount"], doc: "Packets of the flow as it left the device." },
  { name: "dropped_bytes", kind: "u64", group: "counters", unit: "bytes", derived: false, mirror: null, aliases: ["droppedOctetDeltaCount", "droppedOctetTotalCount"], doc: "Bytes of the flow that the device dropped." },
  { name: "dropped_packets", kind: "u64", group: "counters", unit: "packets", derived: false, mirror: null, aliases: ["droppedPacketDeltaCount", "droppedPacketTotalCount"], doc: "Packets of the flow that the device dropped." },
  { name: "initiator_bytes", kind: "u64", group: "counters", unit: "bytes", derived: false, mirror: null, aliases: ["initiatorOctets", "source.bytes"], doc: "Bytes sent by the side that opened the connection (bidirectional records)." },
  { name: "responder_bytes", kind: "u64", group: "counters", unit: "bytes", derived: false, mirror: null, aliases: ["responderOctets", "destination.bytes"], doc: "Bytes sent by the side that answered (bidirectional records)." },
  { name: "initiator_packets", kind: "u64", group: "counters", unit: "packets", derived: false, mirror: null, aliases: ["initiatorPackets", "source.packets"], doc: "Packets sent by the side that opened the connection (bidirectional records)." },
  { name: "responder_packets", kind: "u64", group: "counters", unit: "packets", derived: false, mirror: null, aliases: ["responderPackets", "destination.packets"], doc: "Packets sent by the side that answered (bidirectional records)." },
  { name: "tcp_flags", kind: "u16", group: "header", unit: "", derived: false, mirror: null, aliases: ["tcpControlBits"], doc: "TCP flags seen in the flow, ored together." },
  { name: "tos", kind: "u8", group: "header", unit: "", derived: false, mirror: null, aliases: ["ipClassOfService"], doc: "Type of service or traffic class byte." },
  { name: "dscp", kind: "u8", group: "header", unit: "", derived: true, mirror: null, aliases: [], doc: "Differentiated services code point: the upper six bits of `tos`." },
  { name: "ecn", kind: "u8", group: "header", unit: "", derived: true, mirror: null, aliases: [], doc: "Explicit congestion notification: the lower two bits of `tos`." },
  { name: "post_tos", kind: "u8", group: "header", unit: "", derived: false, mirror: null, aliases: ["postIpClassOfService"], doc: "Type of service byte as the packet left the device." },
  { name: "icmp_type", kind: "u8", group: "header", unit: "", derived: false, mirror: null, aliases: ["icmpTypeCodeIPv4", "icmpTypeCodeIPv6", "icmpTypeIPv4", "icmpTypeIPv6"], doc: "ICMP or ICMPv6 type." },
  { name: "icmp_code", kind: "u8", group: "header", unit: "", derived: false, mirror: null, aliases: ["icmpCodeIPv4", "icmpCodeIPv6"], doc: "ICMP or ICMPv6 code." },
  { name: "igmp_type", kind: "u8", group: "header", unit: "", derived: false, mirror: null, aliases: ["igmpType"], doc: "IGMP type." },
  { name: "ttl", kind: "u8", group: "header", unit: "", derived: false, mirror: null, aliases: ["ipTTL"], doc: "Time to live or hop limit." },
  { name: "min_ttl", kind: "u8", group: "header", unit: "", derived: false, mirror: null, aliases: ["minimumTTL"], doc: "Smallest time to live seen in the flow." },
  { name: "max_ttl", kind: "u8", group: "header", unit: "", derived: false, mirror: null, aliases: ["maximumTTL"], doc: "Largest time to live seen in the flow." },
  { name: "min_packet_size", kind: "u64", group: "header", unit: "bytes", derived: false, mirror: null, aliases: ["minimumIpTotalLength"], doc: "Smallest packet of the flow." },
  { name: "max_packet_size", kind: "u64", group: "header", unit: "bytes", derived: false, mirror: null, aliases: ["maximumIpTotalLength"], doc: "Largest packet of the flow." },
  { name: "ipv6_flow_label", kind: "u32", group: "header", unit: "", derived: false, mirror: null, aliases: ["flowLabelIPv6"], doc: "IPv6 flow label." },
  { name: "fragment_id", kind: "u32", group: "header", unit: "", derived: false, mirror: null, aliases: ["fragmentIdentification"], doc: "Identification of the fragmented packet." },
  { name: "fragment_offset", kind: "u16", group: "header", unit: "", derived: false, mirror: null, aliases: ["fragmentOffset"], doc: "Offset of the fragment in units of 8 bytes." },
  { name: "fragment_flags", kind: "u8", group: "header", unit: "", derived: false, mirror: null, aliases: ["fragmentFlags"], doc: "Fragmentation flags of the IP header." },
  { name: "tcp_window", kind: "u16", group: "header", unit: "", derived: false, mirror: null, aliases: ["tcpWindowSize"], doc: "TCP window size." },
  { name: "in_if", kind: "u32", group: "interface", unit: "", derived: false, mirror: null, aliases: ["ingressInterface", "observer.ingress.interface.id"], doc: "SNMP index of the interface that the flow came in by." },
  { name: "out_if", kind: "u32", group: "interface", unit: "", derived: false, mirror: null, aliases: ["egressInterface", "observer.egress.interface.id"], doc: "SNMP index of the interface that the flow went out by." },
  { name: "in_phys_if", kind: "u32", group: "interface", unit: "", derived: false, mirror: null, aliases: ["ingressPhysicalInterface"], doc: "SNMP index of the physical interface that the flow came in by." },
  { name: "out_phys_if", kind: "u32", group: "interface", unit: "", derived: false, mirror: null, aliases: ["egressPhysicalInterface"], doc: "SNMP index of the physical interface that the flow went out by." },
  { name: "in_if_name", kind: "text", group: "interface", unit: "", derived: false, mirror: null, aliases: ["interfaceName", "observer.ingress.interface.name"], doc: "Name of the interface that the flow came in by." },
  { name: "in_vrf", kind: "u32", group: "interface", unit: "", derived: false, mirror: null, aliases: ["ingressVRFID"], doc: "VRF that the flow came in by." },
  { name: "out_vrf", kind: "u32", group: "interface", unit: "", derived: false, mirror: null, aliases: ["egressVRFID"], doc: "VRF that the flow went out by." },
  { name: "vrf_name", kind: "text", group: "interface", unit: "", derived: false, mirror: null, aliases: ["VRFname"], doc: "Name of the VRF." },
  { name: "flow_direction", kind: "u8", group: "interface", unit: "", derived: false, mirror: null, aliases: ["flowDirection"], doc: "Where on the interface the flow was seen: 0 ingress, 1 egress." },
  { name: "forwarding_status", kind: "u8", group: "interface", unit: "", derived: false, mirror: null, aliases: ["forwardingStatus"], doc: "What the device did with the packets: forwarded, dropped or consumed, with a reason code." },
  { name: "next_hop", kind: "ip", group: "routing", unit: "", derived: false, mirror: null, aliases: ["ipNextHopIPv4Address", "ipNextHopIPv6Address"], doc: "Router that the flow was forwarded to." },
  { name: "bgp_next_hop", kind: "ip", group: "routing", unit: "", derived: false, mirror: null, aliases: ["bgpNextHopIPv4Address", "bgpNextHopIPv6Address"], doc: "Next hop of the BGP route." },
  { name: "src_as", kind: "u32", group: "routing", unit: "", derived: false, mirror: "dst_as", aliases: ["bgpSourceAsNumber", "source.as.number"], doc: "Autonomous system of the source, as the exporter said." },
  { name: "dst_as", kind: "u32", group: "routing", unit: "", derived: false, mirror: "src_as", aliases: ["bgpDestinationAsNumber", "destination.as.number"], doc: "Autonomous system of the destination, as the exporter said." },
  { name: "src_mask", kind: "u8", group: "routing", unit: "", derived: false, mirror: "dst_mask", aliases: ["sourceIPv4PrefixLength", "sourceIPv6PrefixLength"], doc: "Prefix length of the route to the source." },
  { name: "dst_mask", kind: "u8", group: "routing", unit: "", derived: false, mirror: "src_mask", aliases: ["destinationIPv4PrefixLength", "destinationIPv6PrefixLength"], doc: "Prefix length of the route to the destination." },
  { name: "prev_as", kind: "u32", group: "routing", unit: "", derived: false, mirror: null, aliases: ["bgpPrevAdjacentAsNumber"], doc: "Neighbouring autonomous system that the flow came from." },
  { name: "next_as", kind: "u32", group: "routing", unit: "", derived: false, mirror: null, aliases: ["bgpNextAdjacentAsNumber"], doc: "Neighbouring autonomous system that the flow goes to." },
  { name: "as_path", kind: "text", group: "routing", unit: "", derived: false, mirror: null, aliases: [], doc: "AS path of the route to the destination, numbers separated by spaces (sFlow gateway record)." },
  { name: "communities", kind: "text", group: "routing", unit: "", derived: false, mirror: null, aliases: [], doc: "BGP communities of the route, separated by spaces (sFlow gateway record)." },
  { name: "src_mac", kind: "mac", group: "layer2", unit: "", derived: false, mirror: "dst_mac", aliases: ["sourceMacAddress", "postSourceMacAddress", "source.mac"], doc: "MAC address that the frame was sent from." },
  { name: "dst_mac", kind: "mac", group: "layer2", unit: "", derived: false, mirror: "src_mac", aliases: ["destinationMacAddress", "postDestinationMacAddress", "destination.mac"], doc: "MAC address that the frame was sent to." },
  { name: "vlan", kind: "u16", group: "layer2", unit: "", derived: false, mirror: null, aliases: ["vlanId", "dot1qVlanId", "network.vlan.id"], doc: "VLAN that the frame came in with." },
  { name: "post_vlan", kind: "u16", group: "layer2", unit: "", derived: false, mirror: null, aliases: ["postVlanId", "postDot1qVlanId"], doc: "VLAN that the frame went out with." },
  { name: "inner_vlan", kind: "u16", group: "layer2", unit: "", derived: false, mirror: null, aliases: ["dot1qCustomerVlanId"], doc: "Customer VLAN of a doubly tagged frame." },
  { name: "vlan_priority", kind: "u8", group: "layer2", unit: "", derived: false, mirror: null, aliases: ["dot1qPriority"], doc: "Priority bits of the VLAN tag." },
  { name: "ethertype", kind: "u16", group: "layer2", unit: "", derived: false, mirror: null, aliases: ["ethernetType"], doc: "Ethernet type of the payload." },
  { name: "layer2_segment", kind: "u64", group: "layer2", unit: "", derived: false, mirror: null, aliases: ["layer2SegmentId"], doc: "Overlay segment: VXLAN, NVGRE or GENEVE identifier." },
  { name: "ssid", kind: "text", group: "layer2", unit: "", derived: false, mirror: null, aliases: ["wlanSSID"], doc: "Wireless network name." },
  { name: "mpls_label_1", kind: "u32", group: "mpls", unit: "", derived: false, mirror: null, aliases: ["mplsTopLabelStackSection"], doc: "Top label of the MPLS stack (the 20-bit label)." },
  { name: "mpls_label_2", kind: "u32", group: "mpls", unit: "", derived: false, mirror: null, aliases: ["mplsLabelStackSection2"], doc: "Second label of the MPLS stack." },
  { name: "mpls_label_3", kind: "u32", group: "mpls", unit: "", derived: false, mirror: null, aliases: ["mplsLabelStackSection3"], doc: "Third label of the MPLS stack." },
  { name: "mpls_top_label_type", kind: "u8", group: "mpls", unit: "", derived: false, mirror: null, aliases: ["mplsTopLabelType"], doc: "Protocol that assigned the top label." },
  { name: "mpls_top_label_ip", kind: "ip", group: "mpls", unit: "", derived: false, mirror: null, aliases: ["mplsTopLabelIPv4Address", "mplsTopLabelIPv6Address"], doc: "Address of the router that the top label leads to." },
  { name: "nat_src_ip", kind: "ip", group: "nat", unit: "", derived: false, mirror: "nat_dst_ip", aliases: ["postNATSourceIPv4Address", "postNATSourceIPv6Address", "source.nat.ip"], doc: "Source address after translation." },
  { name: "nat_dst_ip", kind: "ip", group: "nat", unit: "", derived: false, mirror: "nat_src_ip", aliases: ["postNATDestinationIPv4Address", "postNATDestinationIPv6Address", "destination.nat.ip"], doc: "Destination address after translation." },
  { name: "nat_src_port", kind: "u16", group: "nat", unit: "", derived: false, mirror: "nat_dst_port", aliases: ["postNAPTSourceTransportPort", "source.nat.port"], doc: "Source port after translation." },
  { name: "nat_dst_port", kind: "u16", group: "nat", unit: "", derived: false, mirror: "nat_src_port", aliases: ["postNAPTDestinationTransportPort", "destination.nat.port"], doc: "Destination port after translation." },
  { name: "nat_event", kind: "u8", group: "nat", unit: "", derived: false, mirror: null, aliases: ["natEvent"], doc: "What happened to the translation (IANA NAT event type)." },
  { name: "firewall_event", kind: "u8", group: "nat", unit: "", derived: false, mirror: null, aliases: ["firewallEvent"], doc: "What the firewall did: 1 created, 2 deleted, 3 denied, 4 alert, 5 update." },
  { name: "firewall_ext_event", kind: "u16", group: "nat", unit: "", derived: false, mirror: null, aliases: [], doc: "Cisco ASA's extended firewall event code." },
  { name: "app_id", kind: "text", group: "application", unit: "", derived: false, mirror: null, aliases: ["applicationId"], doc: "Application identifier, classification engine and selector (`13:453`)." },
  { name: "app", kind: "text", group: "application", unit: "", derived: false, mirror: null, aliases: ["applicationName"], doc: "Application, as the exporter named it." },
  { name: "user", kind: "text", group: "application", unit: "", derived: false, mirror: null, aliases: ["userName", "user.name", "User"], doc: "User that the flow belongs to." },
  { name: "http_host", kind: "text", group: "application", unit: "", derived: false, mirror: null, aliases: ["httpRequestHost", "url.domain"], doc: "Host of the HTTP request." },
  { name: "http_method", kind: "text", group: "application", unit: "", derived: false, mirror: null, aliases: ["httpRequestMethod", "http.request.method"], doc: "Method of the HTTP request." },
  { name: "http_target", kind: "text", group: "application", unit: "", derived: false, mirror: null, aliases: ["httpRequestTarget", "url.path"], doc: "Target of the HTTP request." },
  { name: "http_status", kind: "u16", group: "application", unit: "", derived: false, mirror: null, aliases: ["httpStatusCode", "http.response.status_code"], doc: "Status code of the HTTP response." },
  { name: "http_user_agent", kind: "text", group: "application", unit: "", derived: false, mirror: null, aliases: ["httpUserAgent", "user_agent.original"], doc: "User agent of the HTTP request." },
  { name: "dns_query", kind: "text", group: "application", unit: "", derived: false, mirror: null, aliases: ["dns.question.name", "QueryName"], doc: "Name asked for in the DNS query." },
  { name: "tls_sni", kind: "text", group: "application", unit: "", derived: false, mirror: null, aliases: ["tls.client.server_name"], doc: "Server name in the TLS client hello." },
  { name: "extra", kind: "map", group: "vendor", unit: "", derived: false, mirror: null, aliases: [], doc: "Every decoded element without a column of its own, by name (`PEN/number` when the name is unknown)." },
];
