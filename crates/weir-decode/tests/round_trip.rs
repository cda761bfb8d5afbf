//! What an encoder writes, `weir decode` prints: for every protocol, and for templates of any kind.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use weir_batch::Batches;
use weir_decode::Decoder;
use weir_generate::{EndReason, Exporter, Flow, encode};
use weir_ingest::capture::Captured;
use weir_schema::element::{ElementType, lookup};

const NOW_NS: i64 = 1_750_000_000_000_000_000;
const BOOT_NS: i64 = NOW_NS - 3_600_000_000_000;

/// The data records of some datagrams; all of them have to be readable.
fn decode(datagrams: &[Vec<u8>]) -> Vec<Map<String, Value>> {
    let mut decoder = Decoder::new();
    let mut rows = Batches::new();
    decoder.start_file("");
    for payload in datagrams {
        let source = SocketAddr::from(([192, 0, 2, 1], 5000));
        let captured = Captured { source, received_ns: NOW_NS, payload: payload.clone() };
        let outcome = decoder.datagram(&captured, &mut rows);
        assert_eq!((outcome.rejected, outcome.problems.is_empty()), (None, true), "{outcome:?}");
    }
    decoder.end_file();
    let lines = decoder.take_lines();
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let lines = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
    lines
        .filter(|line| line["kind"] == "data")
        .map(|line| line["fields"].as_object().unwrap().clone())
        .collect()
}

fn is(fields: &Map<String, Value>, name: &str, expected: u64) {
    assert_eq!(fields.get(name).and_then(Value::as_u64), Some(expected), "{name} in {fields:?}");
}

fn is_address(fields: &Map<String, Value>, names: [&str; 2], expected: IpAddr) {
    let name = names[usize::from(expected.is_ipv6())];
    let found = fields.get(name).and_then(Value::as_str).map(|text| text.parse::<IpAddr>().unwrap());
    assert_eq!(found, Some(expected), "{name} in {fields:?}");
}

fn is_mac(fields: &Map<String, Value>, name: &str, octets: [u8; 6]) {
    let text = octets.map(|octet| format!("{octet:02x}")).join(":");
    assert_eq!(fields.get(name), Some(&json!(text)), "{name} in {fields:?}");
}

const SOURCE: [&str; 2] = ["sourceIPv4Address", "sourceIPv6Address"];
const DESTINATION: [&str; 2] = ["destinationIPv4Address", "destinationIPv6Address"];
const NEXT_HOP: [&str; 2] = ["ipNextHopIPv4Address", "ipNextHopIPv6Address"];

/// What NetFlow and IPFIX tell alike; counters of four bytes saturate.
fn compare_keys(fields: &Map<String, Value>, flow: &Flow) {
    is_address(fields, SOURCE, flow.src);
    is_address(fields, DESTINATION, flow.dst);
    is_address(fields, NEXT_HOP, flow.next_hop);
    is(fields, "sourceTransportPort", flow.src_port.into());
    is(fields, "destinationTransportPort", flow.dst_port.into());
    is(fields, "protocolIdentifier", flow.protocol.into());
    is(fields, "ipClassOfService", flow.tos.into());
    is(fields, "tcpControlBits", flow.tcp_flags.into());
    is(fields, "packetDeltaCount", flow.packets.min(u32::MAX.into()));
    let mask = |side: &str| format!("{side}IPv{}PrefixLength", if flow.is_ipv6() { 6 } else { 4 });
    is(fields, &mask("source"), flow.src_mask.into());
    is(fields, &mask("destination"), flow.dst_mask.into());
}

/// What v9 and IPFIX tell alike beyond that.
fn compare_layer2(fields: &Map<String, Value>, flow: &Flow) {
    is(fields, "octetDeltaCount", flow.bytes);
    is(fields, "ingressInterface", flow.in_if.into());
    is(fields, "egressInterface", flow.out_if.into());
    is(fields, "bgpSourceAsNumber", flow.src_as.into());
    is(fields, "bgpDestinationAsNumber", flow.dst_as.into());
    is(fields, "vlanId", flow.vlan.into());
    is(fields, "minimumTTL", flow.min_ttl.into());
    is(fields, "maximumTTL", flow.max_ttl.into());
    is_mac(fields, "sourceMacAddress", flow.src_mac);
    is_mac(fields, "destinationMacAddress", flow.dst_mac);
}

fn address(v6: bool) -> BoxedStrategy<IpAddr> {
    if v6 {
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))).boxed()
    } else {
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))).boxed()
    }
}

prop_compose! {
    fn flow_of(v6: bool)(
        ends in (address(v6), address(v6), address(v6)),
        transport in (any::<u16>(), any::<u16>(), prop::sample::select(&[1_u8, 6, 17, 58, 89][..])),
        flags in (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), 0..=32_u8, 0..=32_u8),
        counters in (any::<u64>(), any::<u64>(), any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()),
        // Within the exporter's uptime, whole milliseconds.
        times in (0..1_800_000_i64, 0..1_800_000_i64),
        layer2 in (any::<[u8; 6]>(), any::<[u8; 6]>(), 0..4096_u16),
    ) -> Flow {
        let start_ns = BOOT_NS + times.0 * 1_000_000;
        Flow {
            src: ends.0, dst: ends.1, next_hop: ends.2,
            src_port: transport.0, dst_port: transport.1, protocol: transport.2,
            tcp_flags: flags.0, tos: flags.1, min_ttl: flags.2, max_ttl: flags.3,
            src_mask: flags.4, dst_mask: flags.5,
            bytes: counters.0, packets: counters.1,
            in_if: counters.2, out_if: counters.3, src_as: counters.4, dst_as: counters.5,
            start_ns, end_ns: start_ns + times.1 * 1_000_000,
            src_mac: layer2.0, dst_mac: layer2.1, vlan: layer2.2,
            end_reason: EndReason::Active,
        }
    }
}

fn flow() -> impl Strategy<Value = Flow> {
    any::<bool>().prop_flat_map(flow_of)
}

fn exporter() -> Exporter {
    Exporter { sampling: 100, ..Exporter::new(7, BOOT_NS) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn netflow5(flows in vec(flow_of(false), 1..80)) {
        let exporter = exporter();
        let records = decode(&encode::v5::datagrams(&flows, exporter, NOW_NS));
        prop_assert_eq!(records.len(), flows.len());
        for (fields, flow) in records.iter().zip(&flows) {
            compare_keys(fields, flow);
            is(fields, "octetDeltaCount", flow.bytes.min(u32::MAX.into()));
            is(fields, "ingressInterface", (flow.in_if as u16).into());
            is(fields, "flowStartSysUpTime", exporter.uptime_ms(flow.start_ns).into());
            is(fields, "flowEndSysUpTime", exporter.uptime_ms(flow.end_ns).into());
        }
    }

    #[test]
    fn netflow9(flows in vec(flow(), 1..80)) {
        let exporter = exporter();
        let records = decode(&encode::v9::datagrams(&flows, exporter, NOW_NS));
        prop_assert_eq!(records.len(), flows.len());
        for (fields, flow) in records.iter().zip(&flows) {
            compare_keys(fields, flow);
            compare_layer2(fields, flow);
            is(fields, "flowStartSysUpTime", exporter.uptime_ms(flow.start_ns).into());
            is(fields, "flowEndSysUpTime", exporter.uptime_ms(flow.end_ns).into());
            is(fields, "ipVersion", if flow.is_ipv6() { 6 } else { 4 });
        }
    }

    #[test]
    fn ipfix(flows in vec(flow(), 1..80)) {
        let records = decode(&encode::ipfix::datagrams(&flows, exporter(), NOW_NS));
        prop_assert_eq!(records.len(), flows.len());
        for (fields, flow) in records.iter().zip(&flows) {
            compare_keys(fields, flow);
            compare_layer2(fields, flow);
            is(fields, "flowStartMilliseconds", (flow.start_ns / 1_000_000) as u64);
            is(fields, "flowEndMilliseconds", (flow.end_ns / 1_000_000) as u64);
            is(fields, "flowEndReason", 2);
        }
    }

    #[test]
    fn sflow5(flows in vec(flow(), 1..40)) {
        let records = decode(&encode::sflow::datagrams(&flows, exporter(), NOW_NS));
        prop_assert_eq!(records.len(), flows.len());
        for (fields, flow) in records.iter().zip(&flows) {
            is(fields, "samplingPacketInterval", 100);
            is(fields, "ingressInterface", (flow.in_if & 0x3fff_ffff).into());
            is(fields, "dataLinkFrameSize", encode::packet::frame_len(flow).into());
            is_mac(fields, "sourceMacAddress", flow.src_mac);
            is_mac(fields, "destinationMacAddress", flow.dst_mac);
            is_address(fields, SOURCE, flow.src);
            is_address(fields, DESTINATION, flow.dst);
            is_address(fields, NEXT_HOP, flow.next_hop);
            is(fields, "protocolIdentifier", flow.protocol.into());
            is(fields, "ipClassOfService", flow.tos.into());
            is(fields, "ipTTL", flow.min_ttl.into());
            is(fields, "sflow:srcVlan", flow.vlan.into());
            if matches!(flow.protocol, 6 | 17) {
                is(fields, "sourceTransportPort", flow.src_port.into());
                is(fields, "destinationTransportPort", flow.dst_port.into());
            }
            if flow.src_as != 0 || flow.dst_as != 0 {
                is(fields, "bgpSourceAsNumber", flow.src_as.into());
            }
        }
    }

    /// v1 and v7, whose first fields are v5's.
    #[test]
    fn netflow1_and_netflow7(flow in flow_of(false), count in 1..20_u8) {
        let v5 = encode::v5::datagrams(&[flow], exporter(), NOW_NS).concat();
        let (head, tail) = v5[24..].split_at(36);
        let (flags, protocol, tos) = (tail[1], tail[2], tail[3]);
        let v1_tail = [&[0, 0, protocol, tos, flags][..], &[0; 11]].concat();
        let v7_tail = [tail, &[192, 0, 2, 9]].concat();
        for (version, header, tail) in [(1, 16, &v1_tail), (7, 24, &v7_tail)] {
            let mut datagram = vec![0, version, 0, count];
            datagram.extend(&v5[4..header]);
            datagram.extend([head, tail].concat().repeat(count.into()));
            let records = decode(&[datagram]);
            prop_assert_eq!(records.len(), usize::from(count));
            for fields in &records {
                is_address(fields, SOURCE, flow.src);
                is_address(fields, DESTINATION, flow.dst);
                is(fields, "packetDeltaCount", flow.packets.min(u32::MAX.into()));
                is(fields, "protocolIdentifier", protocol.into());
                is(fields, "ipClassOfService", tos.into());
                is(fields, "tcpControlBits", flags.into());
                if version == 7 {
                    is(fields, "bgpSourceAsNumber", u64::from(u16::from_be_bytes([tail[4], tail[5]])));
                    prop_assert_eq!(&fields["ipv4RouterSc"], "192.0.2.9");
                }
            }
        }
    }

    /// Any template of IANA's elements, some of variable length, some more than once.
    #[test]
    fn any_ipfix_template(
        fields in vec((1..434_u16, vec(any::<u8>(), 1..300), any::<bool>()), 1..40),
        records in 1..4_usize,
    ) {
        let mut template = [&[1, 0][..], &(fields.len() as u16).to_be_bytes()].concat();
        let mut record = Vec::new();
        for (id, bytes, variable) in &fields {
            template.extend(id.to_be_bytes());
            let length = bytes.len() as u16;
            template.extend(if *variable { u16::MAX } else { length }.to_be_bytes());
            match (variable, u8::try_from(length)) {
                (false, _) => {}
                (true, Ok(short)) if short < 255 => record.push(short),
                (true, _) => record.extend([&[255][..], &length.to_be_bytes()].concat()),
            }
            record.extend(bytes);
        }
        let message = |id: u16, body: &[u8]| {
            let mut message = vec![0, 10];
            message.extend((20 + body.len() as u16).to_be_bytes());
            message.extend([0x68, 0x4e, 0xe1, 0x80, 0, 0, 0, 0, 0, 0, 0, 7]);
            message.extend(id.to_be_bytes());
            message.extend((4 + body.len() as u16).to_be_bytes());
            message.extend(body);
            message
        };
        prop_assume!(record.len() * records < 60_000);
        let mut decoder = Decoder::new();
        let mut rows = Batches::new();
        let source = SocketAddr::from(([192, 0, 2, 1], 5000));
        for payload in [message(2, &template), message(256, &record.repeat(records))] {
            decoder.datagram(&Captured { source, received_ns: NOW_NS, payload }, &mut rows);
        }
        let lines = decoder.take_lines();
        let lines: Vec<Value> = lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        prop_assert_eq!(lines.len(), records);
        for line in &lines {
            let printed: Vec<&Value> = line["fields"].as_object().unwrap().values().collect();
            prop_assert_eq!(printed.len(), fields.len());
            let mut expected: Vec<String> = fields.iter().map(|(id, bytes, _)| value_of(*id, bytes)).collect();
            let mut found: Vec<String> = printed.iter().map(ToString::to_string).collect();
            // The map of the test's parser is in no order.
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected);
        }
    }
}

/// The value that the bytes of an element stand for, by the words of the captures' catalogue.
fn value_of(id: u16, bytes: &[u8]) -> String {
    let number = || bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let hex = bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"));
    let hex = Value::from(hex).to_string();
    let Some(element) = lookup(0, id) else { return hex };
    match (element.element_type, bytes.len()) {
        (
            ElementType::Unsigned8
            | ElementType::Unsigned16
            | ElementType::Unsigned32
            | ElementType::Unsigned64
            | ElementType::Boolean
            | ElementType::DateTimeSeconds
            | ElementType::DateTimeMilliseconds,
            1..=8,
        ) => number().to_string(),
        (
            ElementType::Signed8 | ElementType::Signed16 | ElementType::Signed32 | ElementType::Signed64,
            1..=8,
        ) => {
            let unused = 64 - 8 * bytes.len();
            ((number() << unused) as i64 >> unused).to_string()
        }
        (ElementType::String, _) => {
            Value::from(String::from_utf8_lossy(bytes).trim_end_matches('\0')).to_string()
        }
        (ElementType::Ipv4Address, 4) => {
            Value::from(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).unwrap()).to_string()).to_string()
        }
        (ElementType::MacAddress, 6) => {
            let text: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Value::from(text.join(":")).to_string()
        }
        // A double may be sent as a single (RFC 7011, section 6.2).
        (ElementType::Float32 | ElementType::Float64, 4) => {
            let value = f32::from_be_bytes(bytes.try_into().unwrap());
            if value.is_finite() { reread(&value.to_string()) } else { hex }
        }
        (ElementType::Float64, 8) => {
            let value = f64::from_be_bytes(bytes.try_into().unwrap());
            if value.is_finite() { reread(&value.to_string()) } else { hex }
        }
        (ElementType::Ipv6Address, 16) => {
            Value::from(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).unwrap()).to_string()).to_string()
        }
        _ => hex,
    }
}

/// A number as the test's own parser understands it.
fn reread(number: &str) -> String {
    serde_json::from_str::<Value>(number).unwrap().to_string()
}
