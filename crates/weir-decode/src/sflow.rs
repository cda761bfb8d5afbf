//! sFlow samples, one object each: what the sample, its records and the sampled header say.

use weir_wire::packet::{Headers, Network};
use weir_wire::sflow::{
    CounterSample, DataSource, DropSample, Ethernet, Fields, FlowSample, Gateway, Ip, RawHeader, Record,
    Records, Router, Sample, Switch, Value, macs,
};

use crate::object::Object;
use crate::printer::Kind;

/// Appends a sample as an object and tells what it is; `None` for a kind that is not known.
pub(crate) fn write_sample(out: &mut Vec<u8>, sample: &Sample<'_>) -> Option<Kind> {
    let mut object = Object::open(out);
    let kind = match sample {
        Sample::Flow(flow) => {
            write_flow(&mut object, flow);
            Kind::Data
        }
        Sample::Counters(counters) => {
            write_counters(&mut object, counters);
            Kind::Options
        }
        Sample::Drop(drop) => {
            write_drop(&mut object, drop);
            Kind::Event
        }
        Sample::Other(_) => return None,
    };
    object.close();
    Some(kind)
}

fn write_flow(object: &mut Object<'_>, flow: &FlowSample<'_>) {
    object.number("samplingPacketInterval", flow.rate);
    object.number("sflow:samplePool", flow.pool);
    object.number("sflow:drops", flow.drops);
    write_source(object, flow.source);
    object.number("sflow:inputFormat", flow.input.format);
    object.number("ingressInterface", flow.input.value);
    object.number("sflow:outputFormat", flow.output.format);
    object.number("egressInterface", flow.output.value);
    write_records(object, flow.records());
}

fn write_counters(object: &mut Object<'_>, counters: &CounterSample<'_>) {
    write_source(object, counters.source);
    for record in counters.records().flatten() {
        object.next_record();
        if record.is_known() {
            write_fields(object, record.fields());
        } else {
            object.unknown(record.format, record.body);
        }
    }
}

fn write_drop(object: &mut Object<'_>, drop: &DropSample<'_>) {
    object.number("sflow:drops", drop.drops);
    write_source(object, drop.source);
    object.number("ingressInterface", drop.input);
    object.number("egressInterface", drop.output);
    object.number("sflow:dropReason", drop.reason);
    write_records(object, drop.records());
}

fn write_source(object: &mut Object<'_>, source: DataSource) {
    object.number("sflow:sourceIdType", source.kind);
    object.number("sflow:sourceIdIndex", source.index);
}

fn write_records(object: &mut Object<'_>, records: Records<'_>) {
    for record in records.flatten() {
        object.next_record();
        match record {
            Record::Header(header) => write_header(object, header),
            Record::Ethernet(ethernet) => write_ethernet(object, ethernet),
            Record::Ip(ip) => write_ip(object, ip),
            Record::Switch(switch) => write_switch(object, switch),
            Record::Router(router) => write_router(object, router),
            Record::Gateway(gateway) => write_gateway(object, gateway),
            Record::Extended(extended) => write_fields(object, extended.fields()),
            Record::Other { format, body } => object.unknown(format, body),
        }
    }
}

fn write_fields(object: &mut Object<'_>, fields: Fields<'_>) {
    for (item, value) in fields {
        match value {
            Value::Number(number) => object.number(item.name, number),
            Value::Float(number) => object.float(item.name, number),
            Value::Text(text) => object.text(item.name, text),
            Value::Bytes(bytes) | Value::Words(bytes) => object.hex(item.name, bytes),
            Value::Mac(mac) => object.mac(item.name, mac),
            Value::Macs(bytes) => macs(bytes).for_each(|mac| object.mac(item.name, mac)),
            Value::Address(Some(address)) => object.address(item.name, address),
            Value::Address(None) => {}
        }
    }
}

fn write_header(object: &mut Object<'_>, header: RawHeader<'_>) {
    object.number("sflow:headerProtocol", header.protocol);
    object.number("dataLinkFrameSize", header.frame_length);
    object.number("sflow:stripped", header.stripped);
    object.number("sflow:headerLength", header.header_length);
    let headers = header.headers();
    if headers.network.is_none() && headers.ethertype.is_none() {
        // Nothing that Weir can read: at least it is shown.
        object.hex("sflow:header", header.header);
    }
    write_frame(object, &headers);
    if let Some(network) = headers.network {
        write_network(object, network);
        write_transport(object, network.version, &headers);
    }
    write_tunnels(object, &headers);
}

fn write_frame(object: &mut Object<'_>, headers: &Headers<'_>) {
    if let (Some(dst), Some(src)) = (headers.dst_mac, headers.src_mac) {
        object.mac("destinationMacAddress", dst);
        object.mac("sourceMacAddress", src);
    }
    number(object, "dot1qVlanId", headers.vlan);
    number(object, "dot1qPriority", headers.vlan_priority);
    number(object, "dot1qCustomerVlanId", headers.inner_vlan);
    number(object, "ethernetType", headers.ethertype);
    let names = ["sflow:mplsLabel1", "sflow:mplsLabel2", "sflow:mplsLabel3"];
    for (name, label) in names.into_iter().zip(headers.labels) {
        number(object, name, label);
    }
}

const SOURCE: [&str; 2] = ["sourceIPv4Address", "sourceIPv6Address"];
const DESTINATION: [&str; 2] = ["destinationIPv4Address", "destinationIPv6Address"];

fn write_network(object: &mut Object<'_>, network: Network) {
    object.of_family(SOURCE, network.src);
    object.of_family(DESTINATION, network.dst);
    object.number("protocolIdentifier", network.protocol);
    object.number("ipClassOfService", network.tos);
    object.number("ipTTL", network.ttl);
    if network.version == 6 {
        object.number("flowLabelIPv6", network.flow_label);
    }
    number(object, "fragmentIdentification", network.identification);
    if let Some(fragment) = network.fragment {
        object.number("fragmentOffset", fragment.offset);
    }
}

fn write_transport(object: &mut Object<'_>, version: u8, headers: &Headers<'_>) {
    number(object, "sourceTransportPort", headers.src_port);
    number(object, "destinationTransportPort", headers.dst_port);
    number(object, "tcpControlBits", headers.tcp_flags);
    number(object, "tcpWindowSize", headers.tcp_window);
    if let Some((kind, code)) = headers.icmp {
        let name = if version == 6 { "icmpTypeCodeIPv6" } else { "icmpTypeCodeIPv4" };
        object.number(name, u16::from_be_bytes([kind, code]));
    }
    number(object, "igmpType", headers.igmp_type);
}

fn write_tunnels(object: &mut Object<'_>, headers: &Headers<'_>) {
    for tunnel in headers.tunnels.into_iter().flatten() {
        object.text("sflow:tunnel", tunnel.kind.name().as_bytes());
        number(object, "sflow:tunnelId", tunnel.id);
    }
    if let Some(inner) = headers.inner {
        object.address("sflow:innerSourceAddress", inner.src);
        object.address("sflow:innerDestinationAddress", inner.dst);
        object.number("sflow:innerProtocol", inner.protocol);
        number(object, "sflow:innerSourcePort", inner.src_port);
        number(object, "sflow:innerDestinationPort", inner.dst_port);
    }
}

fn write_ethernet(object: &mut Object<'_>, ethernet: Ethernet) {
    object.number("sflow:ethernetLength", ethernet.length);
    object.mac("destinationMacAddress", ethernet.dst_mac);
    object.mac("sourceMacAddress", ethernet.src_mac);
    object.number("ethernetType", ethernet.ethertype);
}

fn write_ip(object: &mut Object<'_>, ip: Ip) {
    object.number("sflow:ipLength", ip.length);
    object.number("protocolIdentifier", ip.protocol);
    object.of_family(SOURCE, ip.src);
    object.of_family(DESTINATION, ip.dst);
    object.number("sourceTransportPort", ip.src_port);
    object.number("destinationTransportPort", ip.dst_port);
    object.number("tcpControlBits", ip.tcp_flags);
    object.number("ipClassOfService", ip.tos);
}

fn write_switch(object: &mut Object<'_>, switch: Switch) {
    object.number("sflow:srcVlan", switch.src_vlan);
    object.number("sflow:srcPriority", switch.src_priority);
    object.number("sflow:dstVlan", switch.dst_vlan);
    object.number("sflow:dstPriority", switch.dst_priority);
}

fn write_router(object: &mut Object<'_>, router: Router) {
    if let Some(next_hop) = router.next_hop {
        object.of_family(["ipNextHopIPv4Address", "ipNextHopIPv6Address"], next_hop);
    }
    let (src, dst) = match router.next_hop {
        Some(next_hop) if next_hop.is_ipv6() => ("sourceIPv6PrefixLength", "destinationIPv6PrefixLength"),
        _ => ("sourceIPv4PrefixLength", "destinationIPv4PrefixLength"),
    };
    object.number(src, router.src_mask);
    object.number(dst, router.dst_mask);
}

fn write_gateway(object: &mut Object<'_>, gateway: Gateway<'_>) {
    if let Some(next_hop) = gateway.next_hop {
        object.of_family(["bgpNextHopIPv4Address", "bgpNextHopIPv6Address"], next_hop);
    }
    object.number("sflow:gatewayAs", gateway.own_as);
    object.number("bgpSourceAsNumber", gateway.src_as);
    object.number("sflow:srcPeerAs", gateway.src_peer_as);
    let mut text = String::new();
    gateway.push_path(&mut text);
    object.text("sflow:asPath", text.as_bytes());
    text.clear();
    gateway.push_communities(&mut text);
    object.text("sflow:communities", text.as_bytes());
    number(object, "sflow:localPref", gateway.local_pref);
}

fn number(object: &mut Object<'_>, name: &'static str, value: Option<impl Into<u64>>) {
    if let Some(value) = value {
        object.number(name, value);
    }
}
