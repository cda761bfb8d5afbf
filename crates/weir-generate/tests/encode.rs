//! What the encoders write, read back by a reader that knows only the specifications.

#![expect(clippy::unwrap_used, reason = "tests panic")]

mod reader;

use std::net::IpAddr;

use proptest::prelude::*;
use reader::{Templates, address, number, sflow, u16_at, u32_at};
use weir_generate::encode::{self, MAX_DATAGRAM};
use weir_generate::{Exporter, Flow, Interface, Site, SiteConfig, View};

/// 17 June 2026, 10:00:00.123456789 UTC.
const NOW: i64 = 1_781_690_400_123_456_789;
const BOOT: i64 = NOW / 1_000_000_000 * 1_000_000_000 - 90_061_000_000_000;
const MS: i64 = 1_000_000;

fn flows(count: usize, ipv6: bool) -> Vec<Flow> {
    let exporters = vec![View { ipv6, ..View::default() }];
    let mut site = Site::new(SiteConfig { seed: 42, exporters, ..SiteConfig::default() }).unwrap();
    site.flows(NOW).take(count).collect()
}

fn exporter() -> Exporter {
    const INTERFACES: &[Interface] = &[
        Interface { index: 1, name: "Te0/0/0", description: "uplink", speed: 10_000_000_000 },
        Interface { index: 3, name: "Te0/1/0", description: "data centre", speed: 1_000_000_000 },
    ];
    Exporter { sampling: 100, interfaces: INTERFACES, ..Exporter::new(77, BOOT) }
}

#[test]
fn v5_records_carry_the_flow() {
    let flows = flows(1000, false);
    let datagrams = encode::v5::datagrams(&flows, exporter(), NOW);
    assert_eq!(datagrams.len(), 1000usize.div_ceil(30));
    let mut expected = flows.iter();
    let mut sequence = 0;
    for bytes in &datagrams {
        let count = usize::from(u16_at(bytes, 2));
        assert!(count <= 30);
        assert!(bytes.len() <= 1464);
        assert_eq!((u16_at(bytes, 0), bytes.len()), (5, 24 + 48 * count));
        assert_eq!(u32_at(bytes, 16), sequence, "the sequence counts flows");
        assert_eq!((bytes[21], u16_at(bytes, 22)), (77, 0x4000 + 100), "engine and sampling");
        sequence += count as u32;
        // Boot time as a collector works it out: exact to the millisecond.
        let header_ms = i64::from(u32_at(bytes, 8)) * 1000 + i64::from(u32_at(bytes, 12)) / MS;
        let boot_ms = header_ms - i64::from(u32_at(bytes, 4));
        assert_eq!(boot_ms, BOOT / MS);
        for record in bytes[24..].chunks(48) {
            let flow = expected.next().unwrap();
            assert_eq!((address(&record[0..4]), address(&record[4..8])), (flow.src, flow.dst));
            assert_eq!(address(&record[8..12]), flow.next_hop);
            assert_eq!((u16_at(record, 12), u16_at(record, 14)), (flow.in_if as u16, flow.out_if as u16));
            assert_eq!(
                (u64::from(u32_at(record, 16)), u64::from(u32_at(record, 20))),
                (flow.packets, flow.bytes)
            );
            assert_eq!((boot_ms + i64::from(u32_at(record, 24))) * MS, flow.start_ns);
            assert_eq!((boot_ms + i64::from(u32_at(record, 28))) * MS, flow.end_ns);
            assert_eq!((u16_at(record, 32), u16_at(record, 34)), (flow.src_port, flow.dst_port));
            assert_eq!(record[36..40], [0, flow.tcp_flags, flow.protocol, flow.tos]);
            let asn = |number: u32| u16::try_from(number).unwrap_or(23456);
            assert_eq!((u16_at(record, 40), u16_at(record, 42)), (asn(flow.src_as), asn(flow.dst_as)));
            assert_eq!(record[44..48], [flow.src_mask, flow.dst_mask, 0, 0]);
        }
    }
    assert!(expected.next().is_none());
}

#[test]
fn v5_leaves_ipv6_out() {
    let mixed = flows(200, true);
    let ipv4 = mixed.iter().filter(|flow| !flow.is_ipv6()).count();
    assert!(ipv4 < 200);
    let datagrams = encode::v5::datagrams(&mixed, exporter(), NOW);
    let records: usize = datagrams.iter().map(|bytes| usize::from(u16_at(bytes, 2))).sum();
    assert_eq!(records, ipv4);
}

/// What v9 and IPFIX records have in common.
fn assert_record(record: &reader::Record, flow: &Flow) {
    let get = |id: u16| number(&record[&id]);
    let [src, dst, next_hop, src_mask, dst_mask, icmp] =
        if flow.is_ipv6() { [27, 28, 62, 29, 30, 139] } else { [8, 12, 15, 9, 13, 32] };
    assert_eq!((address(&record[&src]), address(&record[&dst])), (flow.src, flow.dst));
    assert_eq!(address(&record[&next_hop]), flow.next_hop);
    assert_eq!((get(src_mask), get(dst_mask)), (flow.src_mask.into(), flow.dst_mask.into()));
    assert_eq!((get(1), get(2)), (flow.bytes, flow.packets));
    assert_eq!((get(7), get(11)), (flow.src_port.into(), flow.dst_port.into()));
    assert_eq!((get(4), get(5), get(6)), (flow.protocol.into(), flow.tos.into(), flow.tcp_flags.into()));
    assert_eq!((get(10), get(14)), (flow.in_if.into(), flow.out_if.into()));
    assert_eq!((get(16), get(17)), (flow.src_as.into(), flow.dst_as.into()));
    assert_eq!((&record[&56][..], &record[&80][..]), (&flow.src_mac[..], &flow.dst_mac[..]));
    assert_eq!(get(58), u64::from(flow.vlan));
    assert_eq!((get(52), get(53)), (flow.min_ttl.into(), flow.max_ttl.into()));
    let icmp = record.get(&icmp).or(record.get(&32)).unwrap();
    let is_icmp = matches!(flow.protocol, 1 | 58);
    assert_eq!(number(icmp), if is_icmp { flow.dst_port.into() } else { 0 });
}

#[test]
fn v9_records_carry_the_flow() {
    let flows = flows(1000, true);
    let datagrams = encode::v9::datagrams(&flows, exporter(), NOW);
    let mut templates = Templates::default();
    let mut expected = flows.iter();
    let mut options = Vec::new();
    for (sequence, bytes) in datagrams.iter().enumerate() {
        assert!(bytes.len() <= MAX_DATAGRAM, "{} bytes", bytes.len());
        assert_eq!(u16_at(bytes, 0), 9);
        assert_eq!(u32_at(bytes, 12), sequence as u32, "the sequence counts datagrams");
        assert_eq!(u32_at(bytes, 16), 77);
        let sets = templates.read(&bytes[20..], false);
        assert_eq!(
            usize::from(u16_at(bytes, 2)),
            sets.templates + sets.options.len() + sets.flows.len(),
            "the header counts records of every kind"
        );
        // Seconds only: a collector's idea of the boot time may be early by less than a second.
        let boot_ms = i64::from(u32_at(bytes, 8)) * 1000 - i64::from(u32_at(bytes, 4));
        assert!((0..1000).contains(&(BOOT / MS - boot_ms)));
        for record in &sets.flows {
            let flow = expected.next().unwrap();
            assert!((20..=27).contains(&record.len()), "{} fields", record.len());
            assert_record(record, flow);
            assert_eq!(number(&record[&60]), if flow.is_ipv6() { 6 } else { 4 });
            assert_eq!(number(&record[&48]), 1, "sampler");
            assert_eq!(BOOT / MS + number(&record[&22]) as i64, flow.start_ns / MS);
            assert_eq!(BOOT / MS + number(&record[&21]) as i64, flow.end_ns / MS);
        }
        options.extend(sets.options);
    }
    assert!(expected.next().is_none());
    assert_eq!(options.len(), 3, "a sampler and two interfaces");
    assert_eq!(number(&options[0][&50]), 100);
    assert_eq!(&options[2][&82][..8], b"Te0/1/0\0");
}

#[test]
fn ipfix_records_carry_the_flow() {
    let flows = flows(1000, true);
    let datagrams = encode::ipfix::datagrams(&flows, exporter(), NOW);
    let mut templates = Templates::default();
    let mut expected = flows.iter();
    let mut options = Vec::new();
    let mut sequence = 0;
    for bytes in &datagrams {
        assert!(bytes.len() <= MAX_DATAGRAM);
        assert_eq!((u16_at(bytes, 0), usize::from(u16_at(bytes, 2))), (10, bytes.len()));
        assert_eq!(u32_at(bytes, 4), (NOW / 1_000_000_000) as u32);
        assert_eq!(u32_at(bytes, 8), sequence, "the sequence counts data records");
        assert_eq!(u32_at(bytes, 12), 77);
        let sets = templates.read(&bytes[16..], true);
        sequence += (sets.flows.len() + sets.options.len()) as u32;
        for record in &sets.flows {
            let flow = expected.next().unwrap();
            assert!((20..=27).contains(&record.len()), "{} fields", record.len());
            assert_record(record, flow);
            assert_eq!(number(&record[&152]) as i64, flow.start_ns / MS);
            assert_eq!(number(&record[&153]) as i64, flow.end_ns / MS);
            assert_eq!(number(&record[&136]), flow.end_reason as u64);
        }
        options.extend(sets.options);
    }
    assert!(expected.next().is_none());
    assert_eq!(options.len(), 3, "sampling and two interfaces");
    assert_eq!(number(&options[0][&34]), 100);
    assert_eq!((&options[2][&82][..8], &options[2][&83][..12]), (&b"Te0/1/0\0"[..], &b"data centre\0"[..]));
}

#[test]
fn sflow_samples_carry_the_packet() {
    let flows = flows(500, true);
    let datagrams = encode::sflow::datagrams(&flows, exporter(), NOW);
    let mut expected = flows.iter().enumerate();
    let mut counters = Vec::new();
    for (sequence, bytes) in datagrams.iter().enumerate() {
        assert!(bytes.len() <= MAX_DATAGRAM);
        let datagram = sflow(bytes);
        assert_eq!(datagram.sequence, sequence as u32 + 1);
        assert_eq!(datagram.agent.to_string(), "10.255.0.1");
        for sample in datagram.flows {
            let (number, flow) = expected.next().unwrap();
            assert_eq!((sample.sequence, sample.pool), (number as u32 + 1, 100 * (number as u32 + 1)));
            assert_eq!((sample.rate, sample.source), (100, flow.in_if));
            assert_eq!((sample.input, sample.output), (flow.in_if, flow.out_if));
            assert_eq!(sample.records[..3], [1, 1001, 1002]);
            assert_frame(&sample, flow);
        }
        counters.extend(datagram.counters);
    }
    assert!(expected.next().is_none());
    assert_eq!(counters.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 3]);
    assert!(counters.iter().all(|(_, bytes)| *bytes > 0));
}

/// Ethernet, perhaps a VLAN tag, IP, then ports.
fn assert_frame(sample: &reader::Sample, flow: &Flow) {
    let frame = &sample.header;
    assert_eq!((&frame[0..6], &frame[6..12]), (&flow.dst_mac[..], &flow.src_mac[..]));
    assert!(frame.len() <= 128);
    assert!(frame.len() + 4 <= sample.frame_len as usize, "four bytes of FCS are not in the copy");
    let mut at = 14;
    if flow.vlan != 0 {
        assert_eq!((u16_at(frame, 12), u16_at(frame, 14)), (0x8100, flow.vlan));
        at = 18;
    }
    let packet = &frame[at..];
    let (transport, ip_len) = match u16_at(frame, at - 2) {
        0x0800 => {
            assert_eq!((packet[0], packet[1], packet[9]), (0x45, flow.tos, flow.protocol));
            assert_eq!((address(&packet[12..16]), address(&packet[16..20])), (flow.src, flow.dst));
            let sum: u32 = packet[..20].chunks(2).map(|pair| u32::from(u16_at(pair, 0))).sum();
            assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff, "header checksum");
            (&packet[20..], u16_at(packet, 2))
        }
        0x86dd => {
            assert_eq!(u32_at(packet, 0), 6 << 28 | u32::from(flow.tos) << 20);
            assert_eq!(packet[6], flow.protocol);
            assert_eq!((address(&packet[8..24]), address(&packet[24..40])), (flow.src, flow.dst));
            (&packet[40..], u16_at(packet, 4) + 40)
        }
        other => panic!("ethertype {other:#x}"),
    };
    assert_eq!((at + usize::from(ip_len) + 4).max(64), sample.frame_len as usize);
    match flow.protocol {
        6 => {
            assert_eq!((u16_at(transport, 0), u16_at(transport, 2)), (flow.src_port, flow.dst_port));
            assert_eq!((transport[12], transport[13]), (0x50, flow.tcp_flags));
        }
        17 => {
            assert_eq!((u16_at(transport, 0), u16_at(transport, 2)), (flow.src_port, flow.dst_port));
        }
        1 | 58 => assert_eq!(u16_at(transport, 0), flow.dst_port, "type and code"),
        _ => {}
    }
}

#[test]
fn templates_come_again_after_some_time_and_some_datagrams() {
    let flows = flows(20_000, true);
    for ipfix in [false, true] {
        let exporter = Exporter { sampling: 1, interfaces: &[], ..exporter() };
        let (protocol, header) =
            if ipfix { (weir_generate::Protocol::Ipfix, 16) } else { (weir_generate::Protocol::V9, 20) };
        let count_templates = |step_ns: i64, flows: &[Flow]| {
            let mut encoder = weir_generate::Encoder::new(protocol, exporter);
            let mut templates = Templates::default();
            let mut with_templates = 0;
            for (number, flow) in flows.iter().enumerate() {
                encoder.push(flow, NOW + number as i64 * step_ns, &mut |bytes| {
                    with_templates += usize::from(templates.read(&bytes[header..], ipfix).templates > 0);
                });
            }
            with_templates
        };
        assert!(count_templates(0, &flows) >= 3, "by count");
        assert!(count_templates(1_000_000_000, &flows[..100]) >= 4, "by time");
        assert_eq!(count_templates(0, &flows[..100]), 1);
    }
}

/// Flows that no site would make: every value anywhere in its range, both families in any order.
fn any_flow() -> impl Strategy<Value = Flow> {
    let addresses = prop_oneof![
        any::<[u32; 3]>().prop_map(|bits| bits.map(|bits| IpAddr::from(bits.to_be_bytes()))),
        any::<[u128; 3]>().prop_map(|bits| bits.map(|bits| IpAddr::from(bits.to_be_bytes()))),
    ];
    let numbers = (any::<[u64; 2]>(), any::<[u32; 4]>(), any::<[u16; 3]>(), any::<[u8; 5]>());
    let times = (0..4_000_000_000_000_000_000i64, 0..4_000_000_000_000_000_000i64);
    (addresses, numbers, times, any::<[u8; 12]>()).prop_map(
        |([src, dst, next_hop], (counters, ids, ports, small), times, macs)| Flow {
            src,
            dst,
            next_hop,
            bytes: counters[0],
            packets: counters[1],
            in_if: ids[0],
            out_if: ids[1],
            src_as: ids[2],
            dst_as: ids[3],
            src_port: ports[0],
            dst_port: ports[1],
            vlan: ports[2],
            protocol: small[0],
            tcp_flags: small[1],
            tos: small[2],
            src_mask: small[3],
            min_ttl: small[4],
            start_ns: times.0,
            end_ns: times.1,
            src_mac: macs[..6].try_into().unwrap(),
            dst_mac: macs[6..].try_into().unwrap(),
            ..Flow::EMPTY
        },
    )
}

proptest! {
    #[test]
    fn no_flow_breaks_a_datagram(flows in prop::collection::vec(any_flow(), 0..80)) {
        let ipv4 = flows.iter().filter(|flow| !flow.is_ipv6()).count();
        let v5 = encode::v5::datagrams(&flows, exporter(), NOW);
        prop_assert!(v5.iter().all(|bytes| bytes.len() <= 1464));
        prop_assert_eq!(v5.iter().map(|bytes| usize::from(u16_at(bytes, 2))).sum::<usize>(), ipv4);

        for (ipfix, header, datagrams) in [
            (false, 20, encode::v9::datagrams(&flows, exporter(), NOW)),
            (true, 16, encode::ipfix::datagrams(&flows, exporter(), NOW)),
        ] {
            let mut templates = Templates::default();
            let mut seen = Vec::new();
            for bytes in &datagrams {
                prop_assert!(bytes.len() <= MAX_DATAGRAM);
                seen.extend(templates.read(&bytes[header..], ipfix).flows);
            }
            prop_assert_eq!(seen.len(), flows.len());
            for (record, flow) in seen.iter().zip(&flows) {
                let src = record.get(&8).or(record.get(&27)).unwrap();
                prop_assert_eq!(address(src), flow.src);
                prop_assert_eq!(number(&record[&1]), flow.bytes);
                prop_assert_eq!(number(&record[&2]), flow.packets.min(u64::from(u32::MAX)));
            }
        }

        let samples: Vec<_> = encode::sflow::datagrams(&flows, exporter(), NOW)
            .iter()
            .inspect(|bytes| assert!(bytes.len() <= MAX_DATAGRAM))
            .flat_map(|bytes| sflow(bytes).flows)
            .collect();
        prop_assert_eq!(samples.len(), flows.len());
    }
}
