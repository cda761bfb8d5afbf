// Generated from schema/fields.toml by `cargo xtask generate`. Do not edit.

use crate::{FieldInfo, Kind};

/// A field of a flow record. The order is the column order everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u16)]
pub enum Field {
    /// Time of the record: its end, or when it was received if the exporter's clock is off; ranges select by it.
    Time,
    /// When Weir received the datagram.
    Received,
    /// First packet of the flow, by the exporter's clock.
    Start,
    /// Last packet of the flow, by the exporter's clock.
    End,
    /// When the exporter sent the datagram, by its own clock.
    ExportTime,
    /// Time between first and last packet of the flow.
    Duration,
    /// Address of the device that exported the record (sFlow: its agent address).
    Exporter,
    /// UDP port that the exporter sent from.
    ExporterPort,
    /// Observation domain (IPFIX), source id (v9), engine (v5) or sub-agent (sFlow) within the exporter.
    DomainId,
    /// Name of the observation domain, as the exporter tells it in options records.
    DomainName,
    /// Export protocol of the record: netflow5, netflow9, ipfix or sflow5.
    FlowProtocol,
    /// Template that described the record (v9, IPFIX).
    TemplateId,
    /// Sampling rate, one in N packets; absent means unknown.
    Sampling,
    /// Where the sampling rate came from: record, options, header, configured or assumed.
    SamplingOrigin,
    /// Sampler or selector that chose the packets.
    SamplerId,
    /// Sequence number in the header of the datagram that carried the record.
    Sequence,
    /// Observation point within the domain (sFlow: data source).
    ObservationPoint,
    /// Why the exporter ended the flow: 1 idle, 2 active timeout, 3 end of flow, 4 forced, 5 lack of resources.
    FlowEndReason,
    /// Identifier that the exporter gave the flow.
    FlowId,
    /// What the record is: `flow` (traffic), `event` (a firewall's or translator's decision, a dropped packet), `counters` or `options`. Rows of earlier versions have none and count as `flow`.
    Kind,
    /// Set on both rows that a bidirectional record became: `forward` (from the side that opened the connection) or `reverse`.
    BiflowSide,
    /// Address that the flow was sent from.
    SrcIp,
    /// Address that the flow was sent to.
    DstIp,
    /// Transport port that the flow was sent from.
    SrcPort,
    /// Transport port that the flow was sent to.
    DstPort,
    /// IP protocol number (6 TCP, 17 UDP, 1 ICMP).
    Protocol,
    /// Protocol and server port by its registered name, or `tcp/60443` where none is; the server port is the registered or lower one.
    Service,
    /// Community ID (version 1, seed 0): one text for both directions of a flow, the same in other tools.
    CommunityId,
    /// IP version, as the exporter said.
    IpVersion,
    /// Bytes of the flow as exported.
    Bytes,
    /// Packets of the flow as exported.
    Packets,
    /// Flows that the exporter put together in this record.
    Flows,
    /// Bytes times the sampling rate (times one where the rate is unknown).
    BytesScaled,
    /// Packets times the sampling rate (times one where the rate is unknown).
    PacketsScaled,
    /// Bits per second over the duration of the flow; absent for a flow of no duration.
    Bps,
    /// Packets per second over the duration of the flow; absent for a flow of no duration.
    Pps,
    /// Bytes per packet of the flow, rounded down.
    BytesPerPacket,
    /// Bytes of the flow as it left the device.
    OutBytes,
    /// Packets of the flow as it left the device.
    OutPackets,
    /// Bytes of the flow that the device dropped.
    DroppedBytes,
    /// Packets of the flow that the device dropped.
    DroppedPackets,
    /// Bytes sent by the side that opened the connection (bidirectional records).
    InitiatorBytes,
    /// Bytes sent by the side that answered (bidirectional records).
    ResponderBytes,
    /// Packets sent by the side that opened the connection (bidirectional records).
    InitiatorPackets,
    /// Packets sent by the side that answered (bidirectional records).
    ResponderPackets,
    /// TCP flags seen in the flow, ored together.
    TcpFlags,
    /// Type of service or traffic class byte.
    Tos,
    /// Differentiated services code point: the upper six bits of `tos`.
    Dscp,
    /// Explicit congestion notification: the lower two bits of `tos`.
    Ecn,
    /// Type of service byte as the packet left the device.
    PostTos,
    /// ICMP or ICMPv6 type.
    IcmpType,
    /// ICMP or ICMPv6 code.
    IcmpCode,
    /// IGMP type.
    IgmpType,
    /// Time to live or hop limit.
    Ttl,
    /// Smallest time to live seen in the flow.
    MinTtl,
    /// Largest time to live seen in the flow.
    MaxTtl,
    /// Smallest packet of the flow.
    MinPacketSize,
    /// Largest packet of the flow.
    MaxPacketSize,
    /// IPv6 flow label.
    Ipv6FlowLabel,
    /// Identification of the fragmented packet.
    FragmentId,
    /// Offset of the fragment in units of 8 bytes.
    FragmentOffset,
    /// Fragmentation flags of the IP header.
    FragmentFlags,
    /// TCP window size.
    TcpWindow,
    /// SNMP index of the interface that the flow came in by.
    InIf,
    /// SNMP index of the interface that the flow went out by.
    OutIf,
    /// SNMP index of the physical interface that the flow came in by.
    InPhysIf,
    /// SNMP index of the physical interface that the flow went out by.
    OutPhysIf,
    /// Name of the interface that the flow came in by.
    InIfName,
    /// Name of the interface that the flow went out by.
    OutIfName,
    /// VRF that the flow came in by.
    InVrf,
    /// VRF that the flow went out by.
    OutVrf,
    /// Name of the VRF.
    VrfName,
    /// Where on the interface the flow was seen: 0 ingress, 1 egress.
    FlowDirection,
    /// What the device did with the packets: forwarded, dropped or consumed, with a reason code.
    ForwardingStatus,
    /// Router that the flow was forwarded to.
    NextHop,
    /// Next hop of the BGP route.
    BgpNextHop,
    /// Autonomous system of the source, as the exporter said; where it said nothing, by the AS database.
    SrcAs,
    /// Autonomous system of the destination, as the exporter said; where it said nothing, by the AS database.
    DstAs,
    /// Who runs the autonomous system of the source.
    SrcAsName,
    /// Who runs the autonomous system of the destination.
    DstAsName,
    /// Prefix length of the route to the source.
    SrcMask,
    /// Prefix length of the route to the destination.
    DstMask,
    /// Neighbouring autonomous system that the flow came from.
    PrevAs,
    /// Neighbouring autonomous system that the flow goes to.
    NextAs,
    /// AS path of the route to the destination, numbers separated by spaces (sFlow gateway record).
    AsPath,
    /// BGP communities of the route, separated by spaces (sFlow gateway record).
    Communities,
    /// Name of the configured network that the source belongs to.
    SrcNet,
    /// Name of the configured network that the destination belongs to.
    DstNet,
    /// Site of the source's network.
    SrcSite,
    /// Site of the destination's network.
    DstSite,
    /// Role of the source's network, like servers or guests.
    SrcRole,
    /// Role of the destination's network, like servers or guests.
    DstRole,
    /// Tenant that the source's network belongs to.
    SrcTenant,
    /// Tenant that the destination's network belongs to.
    DstTenant,
    /// Tags of the source's network, separated by spaces.
    SrcTags,
    /// Tags of the destination's network, separated by spaces.
    DstTags,
    /// Which way the flow goes, seen from the internal networks: `internal`, `inbound`, `outbound` or `transit`.
    Locality,
    /// Country of the source, two letters (ISO 3166-1).
    SrcCountry,
    /// Country of the destination, two letters (ISO 3166-1).
    DstCountry,
    /// Region of the source, where the database tells regions.
    SrcRegion,
    /// Region of the destination, where the database tells regions.
    DstRegion,
    /// City of the source, where the database tells cities.
    SrcCity,
    /// City of the destination, where the database tells cities.
    DstCity,
    /// Latitude and longitude of the source (`52.52,13.4`), where the database tells them.
    SrcLocation,
    /// Latitude and longitude of the destination (`52.52,13.4`), where the database tells them.
    DstLocation,
    /// MAC address that the frame was sent from.
    SrcMac,
    /// MAC address that the frame was sent to.
    DstMac,
    /// VLAN that the frame came in with.
    Vlan,
    /// VLAN that the frame went out with.
    PostVlan,
    /// Customer VLAN of a doubly tagged frame.
    InnerVlan,
    /// Priority bits of the VLAN tag.
    VlanPriority,
    /// Ethernet type of the payload.
    Ethertype,
    /// Overlay segment: VXLAN, NVGRE or GENEVE identifier.
    Layer2Segment,
    /// Encapsulation that a sampled packet travelled in, outermost first: gre, ipip, vxlan, geneve, srv6.
    Tunnel,
    /// Source address of the packet inside the tunnel.
    InnerSrcIp,
    /// Destination address of the packet inside the tunnel.
    InnerDstIp,
    /// Source port of the packet inside the tunnel.
    InnerSrcPort,
    /// Destination port of the packet inside the tunnel.
    InnerDstPort,
    /// IP protocol number of the packet inside the tunnel.
    InnerProtocol,
    /// Wireless network name.
    Ssid,
    /// Top label of the MPLS stack (the 20-bit label).
    MplsLabel1,
    /// Second label of the MPLS stack.
    MplsLabel2,
    /// Third label of the MPLS stack.
    MplsLabel3,
    /// Protocol that assigned the top label.
    MplsTopLabelType,
    /// Address of the router that the top label leads to.
    MplsTopLabelIp,
    /// Source address after translation.
    NatSrcIp,
    /// Destination address after translation.
    NatDstIp,
    /// Source port after translation.
    NatSrcPort,
    /// Destination port after translation.
    NatDstPort,
    /// What happened to the translation (IANA NAT event type).
    NatEvent,
    /// What the firewall did: 1 created, 2 deleted, 3 denied, 4 alert, 5 update.
    FirewallEvent,
    /// Cisco ASA's extended firewall event code.
    FirewallExtEvent,
    /// Why the device discarded the packet (sFlow drop reason code).
    DropReason,
    /// Application identifier, classification engine and selector (`13:453`).
    AppId,
    /// Application, as the exporter named it.
    App,
    /// User that the flow belongs to.
    User,
    /// Host of the HTTP request.
    HttpHost,
    /// Method of the HTTP request.
    HttpMethod,
    /// Target of the HTTP request.
    HttpTarget,
    /// Status code of the HTTP response.
    HttpStatus,
    /// User agent of the HTTP request.
    HttpUserAgent,
    /// Name asked for in the DNS query.
    DnsQuery,
    /// Server name in the TLS client hello.
    TlsSni,
    /// Name of the counter (table `counters`): an ifTable object, or an IPFIX element of an options record.
    Counter,
    /// The counter as the exporter sent it.
    Value,
    /// How much the counter grew since the exporter's last report; absent at the first report and after a restart.
    Delta,
    /// Every decoded element without a column of its own, by name (`PEN/number` when the name is unknown).
    Extra,
}

/// What the table says of each field, in the order of `Field`.
pub(crate) static FIELDS: &[FieldInfo] = &[
    FieldInfo { field: Field::Time, name: "time", kind: Kind::Time, group: "time", unit: "", aliases: &["@timestamp"], ecs: "@timestamp", derived: &[], mirror: None, doc: "Time of the record: its end, or when it was received if the exporter's clock is off; ranges select by it." },
    FieldInfo { field: Field::Received, name: "received", kind: Kind::Time, group: "time", unit: "", aliases: &["event.ingested"], ecs: "event.ingested", derived: &[], mirror: None, doc: "When Weir received the datagram." },
    FieldInfo { field: Field::Start, name: "start", kind: Kind::Time, group: "time", unit: "", aliases: &["flowStartNanoseconds", "flowStartMicroseconds", "flowStartMilliseconds", "flowStartSeconds", "flowStartDeltaMicroseconds", "flowStartSysUpTime", "minFlowStartMilliseconds", "event.start"], ecs: "event.start", derived: &[], mirror: None, doc: "First packet of the flow, by the exporter's clock." },
    FieldInfo { field: Field::End, name: "end", kind: Kind::Time, group: "time", unit: "", aliases: &["flowEndNanoseconds", "flowEndMicroseconds", "flowEndMilliseconds", "flowEndSeconds", "flowEndDeltaMicroseconds", "flowEndSysUpTime", "maxFlowEndMilliseconds", "observationTimeNanoseconds", "observationTimeMicroseconds", "observationTimeMilliseconds", "observationTimeSeconds", "event.end"], ecs: "event.end", derived: &[], mirror: None, doc: "Last packet of the flow, by the exporter's clock." },
    FieldInfo { field: Field::ExportTime, name: "export_time", kind: Kind::Time, group: "time", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "When the exporter sent the datagram, by its own clock." },
    FieldInfo { field: Field::Duration, name: "duration", kind: Kind::Duration, group: "time", unit: "nanoseconds", aliases: &["event.duration"], ecs: "event.duration", derived: &[Field::Start, Field::End], mirror: None, doc: "Time between first and last packet of the flow." },
    FieldInfo { field: Field::Exporter, name: "exporter", kind: Kind::Ip, group: "exporter", unit: "", aliases: &["observer.ip"], ecs: "observer.ip", derived: &[], mirror: None, doc: "Address of the device that exported the record (sFlow: its agent address)." },
    FieldInfo { field: Field::ExporterPort, name: "exporter_port", kind: Kind::U16, group: "exporter", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "UDP port that the exporter sent from." },
    FieldInfo { field: Field::DomainId, name: "domain_id", kind: Kind::U32, group: "exporter", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Observation domain (IPFIX), source id (v9), engine (v5) or sub-agent (sFlow) within the exporter." },
    FieldInfo { field: Field::DomainName, name: "domain_name", kind: Kind::Text, group: "exporter", unit: "", aliases: &["observationDomainName"], ecs: "", derived: &[], mirror: None, doc: "Name of the observation domain, as the exporter tells it in options records." },
    FieldInfo { field: Field::FlowProtocol, name: "flow_protocol", kind: Kind::Text, group: "exporter", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Export protocol of the record: netflow5, netflow9, ipfix or sflow5." },
    FieldInfo { field: Field::TemplateId, name: "template_id", kind: Kind::U16, group: "exporter", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Template that described the record (v9, IPFIX)." },
    FieldInfo { field: Field::Sampling, name: "sampling", kind: Kind::U32, group: "exporter", unit: "", aliases: &["samplingInterval", "samplerRandomInterval", "samplingPacketInterval"], ecs: "", derived: &[], mirror: None, doc: "Sampling rate, one in N packets; absent means unknown." },
    FieldInfo { field: Field::SamplingOrigin, name: "sampling_origin", kind: Kind::Text, group: "exporter", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Where the sampling rate came from: record, options, header, configured or assumed." },
    FieldInfo { field: Field::SamplerId, name: "sampler_id", kind: Kind::U64, group: "exporter", unit: "", aliases: &["samplerId", "selectorId"], ecs: "", derived: &[], mirror: None, doc: "Sampler or selector that chose the packets." },
    FieldInfo { field: Field::Sequence, name: "sequence", kind: Kind::U32, group: "exporter", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Sequence number in the header of the datagram that carried the record." },
    FieldInfo { field: Field::ObservationPoint, name: "observation_point", kind: Kind::U64, group: "exporter", unit: "", aliases: &["observationPointId", "lineCardId"], ecs: "", derived: &[], mirror: None, doc: "Observation point within the domain (sFlow: data source)." },
    FieldInfo { field: Field::FlowEndReason, name: "flow_end_reason", kind: Kind::U8, group: "exporter", unit: "", aliases: &["flowEndReason"], ecs: "", derived: &[], mirror: None, doc: "Why the exporter ended the flow: 1 idle, 2 active timeout, 3 end of flow, 4 forced, 5 lack of resources." },
    FieldInfo { field: Field::FlowId, name: "flow_id", kind: Kind::U64, group: "exporter", unit: "", aliases: &["flowId"], ecs: "", derived: &[], mirror: None, doc: "Identifier that the exporter gave the flow." },
    FieldInfo { field: Field::Kind, name: "kind", kind: Kind::Text, group: "exporter", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "What the record is: `flow` (traffic), `event` (a firewall's or translator's decision, a dropped packet), `counters` or `options`. Rows of earlier versions have none and count as `flow`." },
    FieldInfo { field: Field::BiflowSide, name: "biflow_side", kind: Kind::Text, group: "exporter", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Set on both rows that a bidirectional record became: `forward` (from the side that opened the connection) or `reverse`." },
    FieldInfo { field: Field::SrcIp, name: "src_ip", kind: Kind::Ip, group: "flow", unit: "", aliases: &["sourceIPv4Address", "sourceIPv6Address", "source.ip", "SourceIp"], ecs: "source.ip", derived: &[], mirror: Some(Field::DstIp), doc: "Address that the flow was sent from." },
    FieldInfo { field: Field::DstIp, name: "dst_ip", kind: Kind::Ip, group: "flow", unit: "", aliases: &["destinationIPv4Address", "destinationIPv6Address", "destination.ip", "DestinationIp"], ecs: "destination.ip", derived: &[], mirror: Some(Field::SrcIp), doc: "Address that the flow was sent to." },
    FieldInfo { field: Field::SrcPort, name: "src_port", kind: Kind::U16, group: "flow", unit: "", aliases: &["sourceTransportPort", "tcpSourcePort", "udpSourcePort", "source.port", "SourcePort"], ecs: "source.port", derived: &[], mirror: Some(Field::DstPort), doc: "Transport port that the flow was sent from." },
    FieldInfo { field: Field::DstPort, name: "dst_port", kind: Kind::U16, group: "flow", unit: "", aliases: &["destinationTransportPort", "tcpDestinationPort", "udpDestinationPort", "destination.port", "DestinationPort"], ecs: "destination.port", derived: &[], mirror: Some(Field::SrcPort), doc: "Transport port that the flow was sent to." },
    FieldInfo { field: Field::Protocol, name: "protocol", kind: Kind::U8, group: "flow", unit: "", aliases: &["protocolIdentifier", "network.iana_number", "Protocol"], ecs: "network.iana_number", derived: &[], mirror: None, doc: "IP protocol number (6 TCP, 17 UDP, 1 ICMP)." },
    FieldInfo { field: Field::Service, name: "service", kind: Kind::Service, group: "flow", unit: "", aliases: &["network.application"], ecs: "network.application", derived: &[Field::Protocol, Field::SrcPort, Field::DstPort], mirror: None, doc: "Protocol and server port by its registered name, or `tcp/60443` where none is; the server port is the registered or lower one." },
    FieldInfo { field: Field::CommunityId, name: "community_id", kind: Kind::Text, group: "flow", unit: "", aliases: &["network.community_id"], ecs: "network.community_id", derived: &[Field::SrcIp, Field::DstIp, Field::SrcPort, Field::DstPort, Field::Protocol, Field::IcmpType, Field::IcmpCode], mirror: None, doc: "Community ID (version 1, seed 0): one text for both directions of a flow, the same in other tools." },
    FieldInfo { field: Field::IpVersion, name: "ip_version", kind: Kind::U8, group: "flow", unit: "", aliases: &["ipVersion"], ecs: "", derived: &[], mirror: None, doc: "IP version, as the exporter said." },
    FieldInfo { field: Field::Bytes, name: "bytes", kind: Kind::U64, group: "counters", unit: "bytes", aliases: &["octetDeltaCount", "layer2OctetDeltaCount", "octetTotalCount", "network.bytes"], ecs: "network.bytes", derived: &[], mirror: None, doc: "Bytes of the flow as exported." },
    FieldInfo { field: Field::Packets, name: "packets", kind: Kind::U64, group: "counters", unit: "packets", aliases: &["packetDeltaCount", "packetTotalCount", "network.packets"], ecs: "network.packets", derived: &[], mirror: None, doc: "Packets of the flow as exported." },
    FieldInfo { field: Field::Flows, name: "flows", kind: Kind::U64, group: "counters", unit: "flows", aliases: &["deltaFlowCount"], ecs: "", derived: &[], mirror: None, doc: "Flows that the exporter put together in this record." },
    FieldInfo { field: Field::BytesScaled, name: "bytes_scaled", kind: Kind::U64, group: "counters", unit: "bytes", aliases: &[], ecs: "", derived: &[Field::Bytes, Field::Sampling], mirror: None, doc: "Bytes times the sampling rate (times one where the rate is unknown)." },
    FieldInfo { field: Field::PacketsScaled, name: "packets_scaled", kind: Kind::U64, group: "counters", unit: "packets", aliases: &[], ecs: "", derived: &[Field::Packets, Field::Sampling], mirror: None, doc: "Packets times the sampling rate (times one where the rate is unknown)." },
    FieldInfo { field: Field::Bps, name: "bps", kind: Kind::U64, group: "counters", unit: "bits/s", aliases: &[], ecs: "", derived: &[Field::Bytes, Field::Start, Field::End], mirror: None, doc: "Bits per second over the duration of the flow; absent for a flow of no duration." },
    FieldInfo { field: Field::Pps, name: "pps", kind: Kind::U64, group: "counters", unit: "packets/s", aliases: &[], ecs: "", derived: &[Field::Packets, Field::Start, Field::End], mirror: None, doc: "Packets per second over the duration of the flow; absent for a flow of no duration." },
    FieldInfo { field: Field::BytesPerPacket, name: "bytes_per_packet", kind: Kind::U64, group: "counters", unit: "bytes", aliases: &[], ecs: "", derived: &[Field::Bytes, Field::Packets], mirror: None, doc: "Bytes per packet of the flow, rounded down." },
    FieldInfo { field: Field::OutBytes, name: "out_bytes", kind: Kind::U64, group: "counters", unit: "bytes", aliases: &["postOctetDeltaCount", "postOctetTotalCount"], ecs: "", derived: &[], mirror: None, doc: "Bytes of the flow as it left the device." },
    FieldInfo { field: Field::OutPackets, name: "out_packets", kind: Kind::U64, group: "counters", unit: "packets", aliases: &["postPacketDeltaCount", "postPacketTotalCount"], ecs: "", derived: &[], mirror: None, doc: "Packets of the flow as it left the device." },
    FieldInfo { field: Field::DroppedBytes, name: "dropped_bytes", kind: Kind::U64, group: "counters", unit: "bytes", aliases: &["droppedOctetDeltaCount", "droppedOctetTotalCount"], ecs: "", derived: &[], mirror: None, doc: "Bytes of the flow that the device dropped." },
    FieldInfo { field: Field::DroppedPackets, name: "dropped_packets", kind: Kind::U64, group: "counters", unit: "packets", aliases: &["droppedPacketDeltaCount", "droppedPacketTotalCount"], ecs: "", derived: &[], mirror: None, doc: "Packets of the flow that the device dropped." },
    FieldInfo { field: Field::InitiatorBytes, name: "initiator_bytes", kind: Kind::U64, group: "counters", unit: "bytes", aliases: &["initiatorOctets", "source.bytes"], ecs: "source.bytes", derived: &[], mirror: None, doc: "Bytes sent by the side that opened the connection (bidirectional records)." },
    FieldInfo { field: Field::ResponderBytes, name: "responder_bytes", kind: Kind::U64, group: "counters", unit: "bytes", aliases: &["responderOctets", "destination.bytes"], ecs: "destination.bytes", derived: &[], mirror: None, doc: "Bytes sent by the side that answered (bidirectional records)." },
    FieldInfo { field: Field::InitiatorPackets, name: "initiator_packets", kind: Kind::U64, group: "counters", unit: "packets", aliases: &["initiatorPackets", "source.packets"], ecs: "source.packets", derived: &[], mirror: None, doc: "Packets sent by the side that opened the connection (bidirectional records)." },
    FieldInfo { field: Field::ResponderPackets, name: "responder_packets", kind: Kind::U64, group: "counters", unit: "packets", aliases: &["responderPackets", "destination.packets"], ecs: "destination.packets", derived: &[], mirror: None, doc: "Packets sent by the side that answered (bidirectional records)." },
    FieldInfo { field: Field::TcpFlags, name: "tcp_flags", kind: Kind::U16, group: "header", unit: "", aliases: &["tcpControlBits"], ecs: "", derived: &[], mirror: None, doc: "TCP flags seen in the flow, ored together." },
    FieldInfo { field: Field::Tos, name: "tos", kind: Kind::U8, group: "header", unit: "", aliases: &["ipClassOfService"], ecs: "", derived: &[], mirror: None, doc: "Type of service or traffic class byte." },
    FieldInfo { field: Field::Dscp, name: "dscp", kind: Kind::U8, group: "header", unit: "", aliases: &[], ecs: "", derived: &[Field::Tos], mirror: None, doc: "Differentiated services code point: the upper six bits of `tos`." },
    FieldInfo { field: Field::Ecn, name: "ecn", kind: Kind::U8, group: "header", unit: "", aliases: &[], ecs: "", derived: &[Field::Tos], mirror: None, doc: "Explicit congestion notification: the lower two bits of `tos`." },
    FieldInfo { field: Field::PostTos, name: "post_tos", kind: Kind::U8, group: "header", unit: "", aliases: &["postIpClassOfService"], ecs: "", derived: &[], mirror: None, doc: "Type of service byte as the packet left the device." },
    FieldInfo { field: Field::IcmpType, name: "icmp_type", kind: Kind::U8, group: "header", unit: "", aliases: &["icmpTypeCodeIPv4", "icmpTypeCodeIPv6", "icmpTypeIPv4", "icmpTypeIPv6"], ecs: "", derived: &[], mirror: None, doc: "ICMP or ICMPv6 type." },
    FieldInfo { field: Field::IcmpCode, name: "icmp_code", kind: Kind::U8, group: "header", unit: "", aliases: &["icmpCodeIPv4", "icmpCodeIPv6"], ecs: "", derived: &[], mirror: None, doc: "ICMP or ICMPv6 code." },
    FieldInfo { field: Field::IgmpType, name: "igmp_type", kind: Kind::U8, group: "header", unit: "", aliases: &["igmpType"], ecs: "", derived: &[], mirror: None, doc: "IGMP type." },
    FieldInfo { field: Field::Ttl, name: "ttl", kind: Kind::U8, group: "header", unit: "", aliases: &["ipTTL"], ecs: "", derived: &[], mirror: None, doc: "Time to live or hop limit." },
    FieldInfo { field: Field::MinTtl, name: "min_ttl", kind: Kind::U8, group: "header", unit: "", aliases: &["minimumTTL"], ecs: "", derived: &[], mirror: None, doc: "Smallest time to live seen in the flow." },
    FieldInfo { field: Field::MaxTtl, name: "max_ttl", kind: Kind::U8, group: "header", unit: "", aliases: &["maximumTTL"], ecs: "", derived: &[], mirror: None, doc: "Largest time to live seen in the flow." },
    FieldInfo { field: Field::MinPacketSize, name: "min_packet_size", kind: Kind::U64, group: "header", unit: "bytes", aliases: &["minimumIpTotalLength"], ecs: "", derived: &[], mirror: None, doc: "Smallest packet of the flow." },
    FieldInfo { field: Field::MaxPacketSize, name: "max_packet_size", kind: Kind::U64, group: "header", unit: "bytes", aliases: &["maximumIpTotalLength"], ecs: "", derived: &[], mirror: None, doc: "Largest packet of the flow." },
    FieldInfo { field: Field::Ipv6FlowLabel, name: "ipv6_flow_label", kind: Kind::U32, group: "header", unit: "", aliases: &["flowLabelIPv6"], ecs: "", derived: &[], mirror: None, doc: "IPv6 flow label." },
    FieldInfo { field: Field::FragmentId, name: "fragment_id", kind: Kind::U32, group: "header", unit: "", aliases: &["fragmentIdentification"], ecs: "", derived: &[], mirror: None, doc: "Identification of the fragmented packet." },
    FieldInfo { field: Field::FragmentOffset, name: "fragment_offset", kind: Kind::U16, group: "header", unit: "", aliases: &["fragmentOffset"], ecs: "", derived: &[], mirror: None, doc: "Offset of the fragment in units of 8 bytes." },
    FieldInfo { field: Field::FragmentFlags, name: "fragment_flags", kind: Kind::U8, group: "header", unit: "", aliases: &["fragmentFlags"], ecs: "", derived: &[], mirror: None, doc: "Fragmentation flags of the IP header." },
    FieldInfo { field: Field::TcpWindow, name: "tcp_window", kind: Kind::U16, group: "header", unit: "", aliases: &["tcpWindowSize"], ecs: "", derived: &[], mirror: None, doc: "TCP window size." },
    FieldInfo { field: Field::InIf, name: "in_if", kind: Kind::U32, group: "interface", unit: "", aliases: &["ingressInterface", "observer.ingress.interface.id"], ecs: "observer.ingress.interface.id", derived: &[], mirror: None, doc: "SNMP index of the interface that the flow came in by." },
    FieldInfo { field: Field::OutIf, name: "out_if", kind: Kind::U32, group: "interface", unit: "", aliases: &["egressInterface", "observer.egress.interface.id"], ecs: "observer.egress.interface.id", derived: &[], mirror: None, doc: "SNMP index of the interface that the flow went out by." },
    FieldInfo { field: Field::InPhysIf, name: "in_phys_if", kind: Kind::U32, group: "interface", unit: "", aliases: &["ingressPhysicalInterface"], ecs: "", derived: &[], mirror: None, doc: "SNMP index of the physical interface that the flow came in by." },
    FieldInfo { field: Field::OutPhysIf, name: "out_phys_if", kind: Kind::U32, group: "interface", unit: "", aliases: &["egressPhysicalInterface"], ecs: "", derived: &[], mirror: None, doc: "SNMP index of the physical interface that the flow went out by." },
    FieldInfo { field: Field::InIfName, name: "in_if_name", kind: Kind::Text, group: "interface", unit: "", aliases: &["interfaceName", "observer.ingress.interface.name"], ecs: "observer.ingress.interface.name", derived: &[], mirror: None, doc: "Name of the interface that the flow came in by." },
    FieldInfo { field: Field::OutIfName, name: "out_if_name", kind: Kind::Text, group: "interface", unit: "", aliases: &["observer.egress.interface.name"], ecs: "observer.egress.interface.name", derived: &[], mirror: None, doc: "Name of the interface that the flow went out by." },
    FieldInfo { field: Field::InVrf, name: "in_vrf", kind: Kind::U32, group: "interface", unit: "", aliases: &["ingressVRFID"], ecs: "", derived: &[], mirror: None, doc: "VRF that the flow came in by." },
    FieldInfo { field: Field::OutVrf, name: "out_vrf", kind: Kind::U32, group: "interface", unit: "", aliases: &["egressVRFID"], ecs: "", derived: &[], mirror: None, doc: "VRF that the flow went out by." },
    FieldInfo { field: Field::VrfName, name: "vrf_name", kind: Kind::Text, group: "interface", unit: "", aliases: &["VRFname"], ecs: "", derived: &[], mirror: None, doc: "Name of the VRF." },
    FieldInfo { field: Field::FlowDirection, name: "flow_direction", kind: Kind::U8, group: "interface", unit: "", aliases: &["flowDirection"], ecs: "", derived: &[], mirror: None, doc: "Where on the interface the flow was seen: 0 ingress, 1 egress." },
    FieldInfo { field: Field::ForwardingStatus, name: "forwarding_status", kind: Kind::U8, group: "interface", unit: "", aliases: &["forwardingStatus"], ecs: "", derived: &[], mirror: None, doc: "What the device did with the packets: forwarded, dropped or consumed, with a reason code." },
    FieldInfo { field: Field::NextHop, name: "next_hop", kind: Kind::Ip, group: "routing", unit: "", aliases: &["ipNextHopIPv4Address", "ipNextHopIPv6Address"], ecs: "", derived: &[], mirror: None, doc: "Router that the flow was forwarded to." },
    FieldInfo { field: Field::BgpNextHop, name: "bgp_next_hop", kind: Kind::Ip, group: "routing", unit: "", aliases: &["bgpNextHopIPv4Address", "bgpNextHopIPv6Address"], ecs: "", derived: &[], mirror: None, doc: "Next hop of the BGP route." },
    FieldInfo { field: Field::SrcAs, name: "src_as", kind: Kind::U32, group: "routing", unit: "", aliases: &["bgpSourceAsNumber", "source.as.number"], ecs: "source.as.number", derived: &[], mirror: Some(Field::DstAs), doc: "Autonomous system of the source, as the exporter said; where it said nothing, by the AS database." },
    FieldInfo { field: Field::DstAs, name: "dst_as", kind: Kind::U32, group: "routing", unit: "", aliases: &["bgpDestinationAsNumber", "destination.as.number"], ecs: "destination.as.number", derived: &[], mirror: Some(Field::SrcAs), doc: "Autonomous system of the destination, as the exporter said; where it said nothing, by the AS database." },
    FieldInfo { field: Field::SrcAsName, name: "src_as_name", kind: Kind::Text, group: "routing", unit: "", aliases: &["source.as.organization.name"], ecs: "source.as.organization.name", derived: &[], mirror: Some(Field::DstAsName), doc: "Who runs the autonomous system of the source." },
    FieldInfo { field: Field::DstAsName, name: "dst_as_name", kind: Kind::Text, group: "routing", unit: "", aliases: &["destination.as.organization.name"], ecs: "destination.as.organization.name", derived: &[], mirror: Some(Field::SrcAsName), doc: "Who runs the autonomous system of the destination." },
    FieldInfo { field: Field::SrcMask, name: "src_mask", kind: Kind::U8, group: "routing", unit: "", aliases: &["sourceIPv4PrefixLength", "sourceIPv6PrefixLength"], ecs: "", derived: &[], mirror: Some(Field::DstMask), doc: "Prefix length of the route to the source." },
    FieldInfo { field: Field::DstMask, name: "dst_mask", kind: Kind::U8, group: "routing", unit: "", aliases: &["destinationIPv4PrefixLength", "destinationIPv6PrefixLength"], ecs: "", derived: &[], mirror: Some(Field::SrcMask), doc: "Prefix length of the route to the destination." },
    FieldInfo { field: Field::PrevAs, name: "prev_as", kind: Kind::U32, group: "routing", unit: "", aliases: &["bgpPrevAdjacentAsNumber"], ecs: "", derived: &[], mirror: None, doc: "Neighbouring autonomous system that the flow came from." },
    FieldInfo { field: Field::NextAs, name: "next_as", kind: Kind::U32, group: "routing", unit: "", aliases: &["bgpNextAdjacentAsNumber"], ecs: "", derived: &[], mirror: None, doc: "Neighbouring autonomous system that the flow goes to." },
    FieldInfo { field: Field::AsPath, name: "as_path", kind: Kind::Text, group: "routing", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "AS path of the route to the destination, numbers separated by spaces (sFlow gateway record)." },
    FieldInfo { field: Field::Communities, name: "communities", kind: Kind::Text, group: "routing", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "BGP communities of the route, separated by spaces (sFlow gateway record)." },
    FieldInfo { field: Field::SrcNet, name: "src_net", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::DstNet), doc: "Name of the configured network that the source belongs to." },
    FieldInfo { field: Field::DstNet, name: "dst_net", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::SrcNet), doc: "Name of the configured network that the destination belongs to." },
    FieldInfo { field: Field::SrcSite, name: "src_site", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::DstSite), doc: "Site of the source's network." },
    FieldInfo { field: Field::DstSite, name: "dst_site", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::SrcSite), doc: "Site of the destination's network." },
    FieldInfo { field: Field::SrcRole, name: "src_role", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::DstRole), doc: "Role of the source's network, like servers or guests." },
    FieldInfo { field: Field::DstRole, name: "dst_role", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::SrcRole), doc: "Role of the destination's network, like servers or guests." },
    FieldInfo { field: Field::SrcTenant, name: "src_tenant", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::DstTenant), doc: "Tenant that the source's network belongs to." },
    FieldInfo { field: Field::DstTenant, name: "dst_tenant", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::SrcTenant), doc: "Tenant that the destination's network belongs to." },
    FieldInfo { field: Field::SrcTags, name: "src_tags", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::DstTags), doc: "Tags of the source's network, separated by spaces." },
    FieldInfo { field: Field::DstTags, name: "dst_tags", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::SrcTags), doc: "Tags of the destination's network, separated by spaces." },
    FieldInfo { field: Field::Locality, name: "locality", kind: Kind::Text, group: "network", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Which way the flow goes, seen from the internal networks: `internal`, `inbound`, `outbound` or `transit`." },
    FieldInfo { field: Field::SrcCountry, name: "src_country", kind: Kind::Text, group: "place", unit: "", aliases: &["source.geo.country_iso_code"], ecs: "source.geo.country_iso_code", derived: &[], mirror: Some(Field::DstCountry), doc: "Country of the source, two letters (ISO 3166-1)." },
    FieldInfo { field: Field::DstCountry, name: "dst_country", kind: Kind::Text, group: "place", unit: "", aliases: &["destination.geo.country_iso_code"], ecs: "destination.geo.country_iso_code", derived: &[], mirror: Some(Field::SrcCountry), doc: "Country of the destination, two letters (ISO 3166-1)." },
    FieldInfo { field: Field::SrcRegion, name: "src_region", kind: Kind::Text, group: "place", unit: "", aliases: &["source.geo.region_name"], ecs: "source.geo.region_name", derived: &[], mirror: Some(Field::DstRegion), doc: "Region of the source, where the database tells regions." },
    FieldInfo { field: Field::DstRegion, name: "dst_region", kind: Kind::Text, group: "place", unit: "", aliases: &["destination.geo.region_name"], ecs: "destination.geo.region_name", derived: &[], mirror: Some(Field::SrcRegion), doc: "Region of the destination, where the database tells regions." },
    FieldInfo { field: Field::SrcCity, name: "src_city", kind: Kind::Text, group: "place", unit: "", aliases: &["source.geo.city_name"], ecs: "source.geo.city_name", derived: &[], mirror: Some(Field::DstCity), doc: "City of the source, where the database tells cities." },
    FieldInfo { field: Field::DstCity, name: "dst_city", kind: Kind::Text, group: "place", unit: "", aliases: &["destination.geo.city_name"], ecs: "destination.geo.city_name", derived: &[], mirror: Some(Field::SrcCity), doc: "City of the destination, where the database tells cities." },
    FieldInfo { field: Field::SrcLocation, name: "src_location", kind: Kind::Text, group: "place", unit: "", aliases: &["source.geo.location"], ecs: "source.geo.location", derived: &[], mirror: Some(Field::DstLocation), doc: "Latitude and longitude of the source (`52.52,13.4`), where the database tells them." },
    FieldInfo { field: Field::DstLocation, name: "dst_location", kind: Kind::Text, group: "place", unit: "", aliases: &["destination.geo.location"], ecs: "destination.geo.location", derived: &[], mirror: Some(Field::SrcLocation), doc: "Latitude and longitude of the destination (`52.52,13.4`), where the database tells them." },
    FieldInfo { field: Field::SrcMac, name: "src_mac", kind: Kind::Mac, group: "layer2", unit: "", aliases: &["sourceMacAddress", "postSourceMacAddress", "source.mac"], ecs: "source.mac", derived: &[], mirror: Some(Field::DstMac), doc: "MAC address that the frame was sent from." },
    FieldInfo { field: Field::DstMac, name: "dst_mac", kind: Kind::Mac, group: "layer2", unit: "", aliases: &["destinationMacAddress", "postDestinationMacAddress", "destination.mac"], ecs: "destination.mac", derived: &[], mirror: Some(Field::SrcMac), doc: "MAC address that the frame was sent to." },
    FieldInfo { field: Field::Vlan, name: "vlan", kind: Kind::U16, group: "layer2", unit: "", aliases: &["vlanId", "dot1qVlanId", "network.vlan.id"], ecs: "network.vlan.id", derived: &[], mirror: None, doc: "VLAN that the frame came in with." },
    FieldInfo { field: Field::PostVlan, name: "post_vlan", kind: Kind::U16, group: "layer2", unit: "", aliases: &["postVlanId", "postDot1qVlanId"], ecs: "", derived: &[], mirror: None, doc: "VLAN that the frame went out with." },
    FieldInfo { field: Field::InnerVlan, name: "inner_vlan", kind: Kind::U16, group: "layer2", unit: "", aliases: &["dot1qCustomerVlanId"], ecs: "", derived: &[], mirror: None, doc: "Customer VLAN of a doubly tagged frame." },
    FieldInfo { field: Field::VlanPriority, name: "vlan_priority", kind: Kind::U8, group: "layer2", unit: "", aliases: &["dot1qPriority"], ecs: "", derived: &[], mirror: None, doc: "Priority bits of the VLAN tag." },
    FieldInfo { field: Field::Ethertype, name: "ethertype", kind: Kind::U16, group: "layer2", unit: "", aliases: &["ethernetType"], ecs: "", derived: &[], mirror: None, doc: "Ethernet type of the payload." },
    FieldInfo { field: Field::Layer2Segment, name: "layer2_segment", kind: Kind::U64, group: "layer2", unit: "", aliases: &["layer2SegmentId"], ecs: "", derived: &[], mirror: None, doc: "Overlay segment: VXLAN, NVGRE or GENEVE identifier." },
    FieldInfo { field: Field::Tunnel, name: "tunnel", kind: Kind::Text, group: "tunnel", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Encapsulation that a sampled packet travelled in, outermost first: gre, ipip, vxlan, geneve, srv6." },
    FieldInfo { field: Field::InnerSrcIp, name: "inner_src_ip", kind: Kind::Ip, group: "tunnel", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::InnerDstIp), doc: "Source address of the packet inside the tunnel." },
    FieldInfo { field: Field::InnerDstIp, name: "inner_dst_ip", kind: Kind::Ip, group: "tunnel", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::InnerSrcIp), doc: "Destination address of the packet inside the tunnel." },
    FieldInfo { field: Field::InnerSrcPort, name: "inner_src_port", kind: Kind::U16, group: "tunnel", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::InnerDstPort), doc: "Source port of the packet inside the tunnel." },
    FieldInfo { field: Field::InnerDstPort, name: "inner_dst_port", kind: Kind::U16, group: "tunnel", unit: "", aliases: &[], ecs: "", derived: &[], mirror: Some(Field::InnerSrcPort), doc: "Destination port of the packet inside the tunnel." },
    FieldInfo { field: Field::InnerProtocol, name: "inner_protocol", kind: Kind::U8, group: "tunnel", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "IP protocol number of the packet inside the tunnel." },
    FieldInfo { field: Field::Ssid, name: "ssid", kind: Kind::Text, group: "layer2", unit: "", aliases: &["wlanSSID"], ecs: "", derived: &[], mirror: None, doc: "Wireless network name." },
    FieldInfo { field: Field::MplsLabel1, name: "mpls_label_1", kind: Kind::U32, group: "mpls", unit: "", aliases: &["mplsTopLabelStackSection"], ecs: "", derived: &[], mirror: None, doc: "Top label of the MPLS stack (the 20-bit label)." },
    FieldInfo { field: Field::MplsLabel2, name: "mpls_label_2", kind: Kind::U32, group: "mpls", unit: "", aliases: &["mplsLabelStackSection2"], ecs: "", derived: &[], mirror: None, doc: "Second label of the MPLS stack." },
    FieldInfo { field: Field::MplsLabel3, name: "mpls_label_3", kind: Kind::U32, group: "mpls", unit: "", aliases: &["mplsLabelStackSection3"], ecs: "", derived: &[], mirror: None, doc: "Third label of the MPLS stack." },
    FieldInfo { field: Field::MplsTopLabelType, name: "mpls_top_label_type", kind: Kind::U8, group: "mpls", unit: "", aliases: &["mplsTopLabelType"], ecs: "", derived: &[], mirror: None, doc: "Protocol that assigned the top label." },
    FieldInfo { field: Field::MplsTopLabelIp, name: "mpls_top_label_ip", kind: Kind::Ip, group: "mpls", unit: "", aliases: &["mplsTopLabelIPv4Address", "mplsTopLabelIPv6Address"], ecs: "", derived: &[], mirror: None, doc: "Address of the router that the top label leads to." },
    FieldInfo { field: Field::NatSrcIp, name: "nat_src_ip", kind: Kind::Ip, group: "nat", unit: "", aliases: &["postNATSourceIPv4Address", "postNATSourceIPv6Address", "source.nat.ip"], ecs: "source.nat.ip", derived: &[], mirror: Some(Field::NatDstIp), doc: "Source address after translation." },
    FieldInfo { field: Field::NatDstIp, name: "nat_dst_ip", kind: Kind::Ip, group: "nat", unit: "", aliases: &["postNATDestinationIPv4Address", "postNATDestinationIPv6Address", "destination.nat.ip"], ecs: "destination.nat.ip", derived: &[], mirror: Some(Field::NatSrcIp), doc: "Destination address after translation." },
    FieldInfo { field: Field::NatSrcPort, name: "nat_src_port", kind: Kind::U16, group: "nat", unit: "", aliases: &["postNAPTSourceTransportPort", "source.nat.port"], ecs: "source.nat.port", derived: &[], mirror: Some(Field::NatDstPort), doc: "Source port after translation." },
    FieldInfo { field: Field::NatDstPort, name: "nat_dst_port", kind: Kind::U16, group: "nat", unit: "", aliases: &["postNAPTDestinationTransportPort", "destination.nat.port"], ecs: "destination.nat.port", derived: &[], mirror: Some(Field::NatSrcPort), doc: "Destination port after translation." },
    FieldInfo { field: Field::NatEvent, name: "nat_event", kind: Kind::U8, group: "nat", unit: "", aliases: &["natEvent"], ecs: "", derived: &[], mirror: None, doc: "What happened to the translation (IANA NAT event type)." },
    FieldInfo { field: Field::FirewallEvent, name: "firewall_event", kind: Kind::U8, group: "nat", unit: "", aliases: &["firewallEvent"], ecs: "", derived: &[], mirror: None, doc: "What the firewall did: 1 created, 2 deleted, 3 denied, 4 alert, 5 update." },
    FieldInfo { field: Field::FirewallExtEvent, name: "firewall_ext_event", kind: Kind::U16, group: "nat", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Cisco ASA's extended firewall event code." },
    FieldInfo { field: Field::DropReason, name: "drop_reason", kind: Kind::U16, group: "nat", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Why the device discarded the packet (sFlow drop reason code)." },
    FieldInfo { field: Field::AppId, name: "app_id", kind: Kind::Text, group: "application", unit: "", aliases: &["applicationId"], ecs: "", derived: &[], mirror: None, doc: "Application identifier, classification engine and selector (`13:453`)." },
    FieldInfo { field: Field::App, name: "app", kind: Kind::Text, group: "application", unit: "", aliases: &["applicationName"], ecs: "", derived: &[], mirror: None, doc: "Application, as the exporter named it." },
    FieldInfo { field: Field::User, name: "user", kind: Kind::Text, group: "application", unit: "", aliases: &["userName", "user.name", "User"], ecs: "user.name", derived: &[], mirror: None, doc: "User that the flow belongs to." },
    FieldInfo { field: Field::HttpHost, name: "http_host", kind: Kind::Text, group: "application", unit: "", aliases: &["httpRequestHost", "url.domain"], ecs: "url.domain", derived: &[], mirror: None, doc: "Host of the HTTP request." },
    FieldInfo { field: Field::HttpMethod, name: "http_method", kind: Kind::Text, group: "application", unit: "", aliases: &["httpRequestMethod", "http.request.method"], ecs: "http.request.method", derived: &[], mirror: None, doc: "Method of the HTTP request." },
    FieldInfo { field: Field::HttpTarget, name: "http_target", kind: Kind::Text, group: "application", unit: "", aliases: &["httpRequestTarget", "url.path"], ecs: "url.path", derived: &[], mirror: None, doc: "Target of the HTTP request." },
    FieldInfo { field: Field::HttpStatus, name: "http_status", kind: Kind::U16, group: "application", unit: "", aliases: &["httpStatusCode", "http.response.status_code"], ecs: "http.response.status_code", derived: &[], mirror: None, doc: "Status code of the HTTP response." },
    FieldInfo { field: Field::HttpUserAgent, name: "http_user_agent", kind: Kind::Text, group: "application", unit: "", aliases: &["httpUserAgent", "user_agent.original"], ecs: "user_agent.original", derived: &[], mirror: None, doc: "User agent of the HTTP request." },
    FieldInfo { field: Field::DnsQuery, name: "dns_query", kind: Kind::Text, group: "application", unit: "", aliases: &["dns.question.name", "QueryName"], ecs: "dns.question.name", derived: &[], mirror: None, doc: "Name asked for in the DNS query." },
    FieldInfo { field: Field::TlsSni, name: "tls_sni", kind: Kind::Text, group: "application", unit: "", aliases: &["tls.client.server_name"], ecs: "tls.client.server_name", derived: &[], mirror: None, doc: "Server name in the TLS client hello." },
    FieldInfo { field: Field::Counter, name: "counter", kind: Kind::Text, group: "counters", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Name of the counter (table `counters`): an ifTable object, or an IPFIX element of an options record." },
    FieldInfo { field: Field::Value, name: "value", kind: Kind::U64, group: "counters", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "The counter as the exporter sent it." },
    FieldInfo { field: Field::Delta, name: "delta", kind: Kind::U64, group: "counters", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "How much the counter grew since the exporter's last report; absent at the first report and after a restart." },
    FieldInfo { field: Field::Extra, name: "extra", kind: Kind::Map, group: "vendor", unit: "", aliases: &[], ecs: "", derived: &[], mirror: None, doc: "Every decoded element without a column of its own, by name (`PEN/number` when the name is unknown)." },
];

/// Which column an element goes to and its place in the field's order of preference; sorted by (enterprise, id).
pub(crate) static ELEMENT_FIELDS: &[(u32, u16, Field, u8)] = &[
    (0, 1, Field::Bytes, 0),
    (0, 2, Field::Packets, 0),
    (0, 3, Field::Flows, 0),
    (0, 4, Field::Protocol, 0),
    (0, 5, Field::Tos, 0),
    (0, 6, Field::TcpFlags, 0),
    (0, 7, Field::SrcPort, 0),
    (0, 8, Field::SrcIp, 0),
    (0, 9, Field::SrcMask, 0),
    (0, 10, Field::InIf, 0),
    (0, 11, Field::DstPort, 0),
    (0, 12, Field::DstIp, 0),
    (0, 13, Field::DstMask, 0),
    (0, 14, Field::OutIf, 0),
    (0, 15, Field::NextHop, 0),
    (0, 16, Field::SrcAs, 0),
    (0, 17, Field::DstAs, 0),
    (0, 18, Field::BgpNextHop, 0),
    (0, 21, Field::End, 5),
    (0, 22, Field::Start, 5),
    (0, 23, Field::OutBytes, 0),
    (0, 24, Field::OutPackets, 0),
    (0, 25, Field::MinPacketSize, 0),
    (0, 26, Field::MaxPacketSize, 0),
    (0, 27, Field::SrcIp, 1),
    (0, 28, Field::DstIp, 1),
    (0, 29, Field::SrcMask, 1),
    (0, 30, Field::DstMask, 1),
    (0, 31, Field::Ipv6FlowLabel, 0),
    (0, 32, Field::IcmpType, 0),
    (0, 33, Field::IgmpType, 0),
    (0, 34, Field::Sampling, 0),
    (0, 46, Field::MplsTopLabelType, 0),
    (0, 47, Field::MplsTopLabelIp, 0),
    (0, 48, Field::SamplerId, 0),
    (0, 50, Field::Sampling, 1),
    (0, 52, Field::MinTtl, 0),
    (0, 53, Field::MaxTtl, 0),
    (0, 54, Field::FragmentId, 0),
    (0, 55, Field::PostTos, 0),
    (0, 56, Field::SrcMac, 0),
    (0, 57, Field::DstMac, 1),
    (0, 58, Field::Vlan, 0),
    (0, 59, Field::PostVlan, 0),
    (0, 60, Field::IpVersion, 0),
    (0, 61, Field::FlowDirection, 0),
    (0, 62, Field::NextHop, 1),
    (0, 63, Field::BgpNextHop, 1),
    (0, 70, Field::MplsLabel1, 0),
    (0, 71, Field::MplsLabel2, 0),
    (0, 72, Field::MplsLabel3, 0),
    (0, 80, Field::DstMac, 0),
    (0, 81, Field::SrcMac, 1),
    (0, 82, Field::InIfName, 0),
    (0, 85, Field::Bytes, 2),
    (0, 86, Field::Packets, 1),
    (0, 88, Field::FragmentOffset, 0),
    (0, 89, Field::ForwardingStatus, 0),
    (0, 95, Field::AppId, 0),
    (0, 96, Field::App, 0),
    (0, 128, Field::NextAs, 0),
    (0, 129, Field::PrevAs, 0),
    (0, 132, Field::DroppedBytes, 0),
    (0, 133, Field::DroppedPackets, 0),
    (0, 134, Field::DroppedBytes, 1),
    (0, 135, Field::DroppedPackets, 1),
    (0, 136, Field::FlowEndReason, 0),
    (0, 138, Field::ObservationPoint, 0),
    (0, 139, Field::IcmpType, 1),
    (0, 140, Field::MplsTopLabelIp, 1),
    (0, 141, Field::ObservationPoint, 1),
    (0, 147, Field::Ssid, 0),
    (0, 148, Field::FlowId, 0),
    (0, 150, Field::Start, 3),
    (0, 151, Field::End, 3),
    (0, 152, Field::Start, 2),
    (0, 153, Field::End, 2),
    (0, 154, Field::Start, 1),
    (0, 155, Field::End, 1),
    (0, 156, Field::Start, 0),
    (0, 157, Field::End, 0),
    (0, 158, Field::Start, 4),
    (0, 159, Field::End, 4),
    (0, 171, Field::OutBytes, 1),
    (0, 172, Field::OutPackets, 1),
    (0, 176, Field::IcmpType, 2),
    (0, 177, Field::IcmpCode, 0),
    (0, 178, Field::IcmpType, 3),
    (0, 179, Field::IcmpCode, 1),
    (0, 180, Field::SrcPort, 2),
    (0, 181, Field::DstPort, 2),
    (0, 182, Field::SrcPort, 1),
    (0, 183, Field::DstPort, 1),
    (0, 186, Field::TcpWindow, 0),
    (0, 192, Field::Ttl, 0),
    (0, 197, Field::FragmentFlags, 0),
    (0, 225, Field::NatSrcIp, 0),
    (0, 226, Field::NatDstIp, 0),
    (0, 227, Field::NatSrcPort, 0),
    (0, 228, Field::NatDstPort, 0),
    (0, 230, Field::NatEvent, 0),
    (0, 231, Field::InitiatorBytes, 0),
    (0, 232, Field::ResponderBytes, 0),
    (0, 233, Field::FirewallEvent, 0),
    (0, 234, Field::InVrf, 0),
    (0, 235, Field::OutVrf, 0),
    (0, 236, Field::VrfName, 0),
    (0, 243, Field::Vlan, 1),
    (0, 244, Field::VlanPriority, 0),
    (0, 245, Field::InnerVlan, 0),
    (0, 252, Field::InPhysIf, 0),
    (0, 253, Field::OutPhysIf, 0),
    (0, 254, Field::PostVlan, 1),
    (0, 256, Field::Ethertype, 0),
    (0, 269, Field::End, 6),
    (0, 272, Field::Start, 6),
    (0, 281, Field::NatSrcIp, 1),
    (0, 282, Field::NatDstIp, 1),
    (0, 298, Field::InitiatorPackets, 0),
    (0, 299, Field::ResponderPackets, 0),
    (0, 300, Field::DomainName, 0),
    (0, 302, Field::SamplerId, 1),
    (0, 305, Field::Sampling, 2),
    (0, 322, Field::End, 10),
    (0, 323, Field::End, 9),
    (0, 324, Field::End, 8),
    (0, 325, Field::End, 7),
    (0, 351, Field::Layer2Segment, 0),
    (0, 352, Field::Bytes, 1),
    (0, 371, Field::User, 0),
    (0, 457, Field::HttpStatus, 0),
    (0, 459, Field::HttpMethod, 0),
    (0, 460, Field::HttpHost, 0),
    (0, 461, Field::HttpTarget, 0),
    (0, 468, Field::HttpUserAgent, 0),
    (5951, 130, Field::HttpTarget, 1),
    (5951, 141, Field::HttpMethod, 1),
    (5951, 142, Field::HttpHost, 1),
    (5951, 143, Field::HttpUserAgent, 1),
    (5951, 144, Field::HttpStatus, 1),
    (6871, 111, Field::HttpUserAgent, 2),
    (6871, 117, Field::HttpHost, 2),
    (6871, 179, Field::DnsQuery, 0),
    (6871, 294, Field::TlsSni, 0),
    (4294967295, 33002, Field::FirewallExtEvent, 0),
    (4294967295, 40000, Field::User, 1),
    (4294967295, 40001, Field::NatSrcIp, 2),
    (4294967295, 40002, Field::NatDstIp, 2),
    (4294967295, 40003, Field::NatSrcPort, 1),
    (4294967295, 40004, Field::NatDstPort, 1),
    (4294967295, 40005, Field::FirewallEvent, 1),
    (4294967295, 56701, Field::App, 1),
    (4294967295, 56702, Field::User, 2),
];
