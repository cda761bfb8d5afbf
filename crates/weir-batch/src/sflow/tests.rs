//! Samples by hand, and the rows that they become.

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use weir_wire::Protocol;
use weir_wire::sflow::{Datagram, Sample};

use super::*;
use crate::names::Names;
use crate::origin::{Sampling, Uptime};

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// A sample or record: format, length, body.
fn item(format: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = words(&[format, body.len() as u32]);
    bytes.extend(body);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = words(&[text.len() as u32]);
    bytes.extend(text.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn datagram(samples: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = words(&[5, 1, 0x0a00_0001, 3, 42, 1000, samples.len() as u32]);
    bytes.extend(samples.concat());
    bytes
}

fn flow_sample(rate: u32, output: u32, records: &[Vec<u8>]) -> Vec<u8> {
    let mut body = words(&[1, 7, rate, 9000, 0, 3, output, records.len() as u32]);
    body.extend(records.concat());
    item(1, &body)
}

/// Ethernet, tag 100, IPv4, TCP 443 to 50000.
fn tcp_frame() -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x60, 100, 8, 0];
    frame.extend([0x45, 0, 0, 40, 0, 9, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    frame.extend([0x01, 0xbb, 0xc3, 0x50, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0]);
    frame
}

fn raw(frame: &[u8]) -> Vec<u8> {
    let mut body = words(&[1, 1518, 4, frame.len() as u32]);
    body.extend(frame);
    item(1, &body)
}

fn origin() -> Origin<'static> {
    Origin {
        protocol: Protocol::Sflow5,
        exporter: "192.0.2.1".parse().unwrap(),
        exporter_port: 6343,
        domain_id: 3,
        received_ns: 1_700_000_000_000_000_000,
        export_ns: 0,
        uptime: Uptime::Unknown,
        sequence: 42,
        template_id: 0,
        sampling: Sampling::default(),
        names: Names::none(),
        templates: None,
    }
}

/// Decodes flow and drop samples.
fn rows(samples: &[Vec<u8>]) -> RecordBatch {
    let bytes = datagram(samples);
    let (mut out, origin) = (BatchBuilder::new(), origin());
    let mut rows = out.samples(&origin);
    for sample in Datagram::parse(&bytes).unwrap().samples() {
        match sample.unwrap() {
            Sample::Flow(flow) => assert_eq!(rows.flow(&flow), None),
            Sample::Drop(discard) => assert_eq!(rows.discard(&discard), None),
            other => panic!("not a sample of a packet: {other:?}"),
        }
    }
    drop(rows);
    out.finish()
}

fn counters(samples: &[Vec<u8>], memory: &mut CounterMemory) -> RecordBatch {
    let bytes = datagram(samples);
    let mut out = BatchBuilder::new();
    for sample in Datagram::parse(&bytes).unwrap().samples() {
        let Sample::Counters(sample) = sample.unwrap() else { panic!("not a counter sample") };
        assert_eq!(out.append_counter_sample(&origin(), &sample, memory).problem, None);
    }
    out.finish()
}

/// A cell as text; "" for none.
fn cell(batch: &RecordBatch, field: Field, row: usize) -> String {
    let Some(column) = batch.column_by_name(field.name()).filter(|column| column.is_valid(row)) else {
        return String::new();
    };
    if let Some(numbers) = column.as_primitive_opt::<UInt64Type>() {
        return numbers.value(row).to_string();
    }
    if let Some(numbers) = column.as_primitive_opt::<UInt32Type>() {
        return numbers.value(row).to_string();
    }
    if let Some(numbers) = column.as_primitive_opt::<UInt16Type>() {
        return numbers.value(row).to_string();
    }
    if let Some(numbers) = column.as_primitive_opt::<UInt8Type>() {
        return numbers.value(row).to_string();
    }
    let codes = column.as_dictionary::<UInt32Type>();
    let code = codes.keys().value(row) as usize;
    if let Some(texts) = codes.values().as_string_opt::<i32>() {
        return texts.value(code).to_owned();
    }
    let octets: [u8; 16] = codes.values().as_fixed_size_binary().value(code).try_into().unwrap();
    std::net::Ipv6Addr::from(octets).to_canonical().to_string()
}

fn extra(batch: &RecordBatch, key: &str, row: usize) -> String {
    let Some(column) = batch.column_by_name("extra") else { return String::new() };
    let entries = column.as_map().value(row);
    let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
    (0..entries.len())
        .find(|at| keys.value(*at) == key)
        .map_or(String::new(), |at| values.value(at).to_owned())
}

#[test]
fn a_sampled_packet_is_a_flow() {
    let switch = item(1001, &words(&[101, 0, 200, 5]));
    let router = item(1002, &words(&[1, 0x0a00_00fe, 24, 16]));
    let batch = rows(&[flow_sample(512, 4, &[raw(&tcp_frame()), switch, router])]);
    for (field, expected) in [
        (Field::Kind, "flow"),
        (Field::SrcIp, "10.0.0.1"),
        (Field::DstPort, "50000"),
        (Field::TcpFlags, "24"),
        (Field::Vlan, "100"),
        (Field::VlanPriority, "3"),
        (Field::PostVlan, "200"),
        (Field::NextHop, "10.0.0.254"),
        (Field::SrcMask, "24"),
        (Field::Bytes, "1518"),
        (Field::Packets, "1"),
        (Field::Sampling, "512"),
        (Field::SamplingOrigin, "record"),
        (Field::InIf, "3"),
        (Field::OutIf, "4"),
        (Field::ObservationPoint, "7"),
        (Field::FlowProtocol, "sflow5"),
        (Field::Tunnel, ""),
    ] {
        assert_eq!(cell(&batch, field, 0), expected, "{field:?}");
    }
    for (key, expected) in [
        ("sflow:samplePool", "9000"),
        ("sflow:srcVlan", "101"),
        ("sflow:dstPriority", "5"),
        ("sflow:drops", ""),
    ] {
        assert_eq!(extra(&batch, key, 0), expected, "{key}");
    }
}

#[test]
fn routes_are_read_once_and_used_again() {
    let gateway = |own: u32| {
        item(1003, &words(&[1, 0x0a00_0009, own, 0, 64502, 2, 2, 1, 9, 1, 2, 7, 8, 1, 0xfbf4_0001, 100]))
    };
    let origin_only = item(1003, &words(&[0, 64500, 64501, 64502, 0, 0]));
    let samples = [
        flow_sample(1, 4, &[gateway(64500)]),
        flow_sample(1, 4, &[gateway(64501)]),
        flow_sample(1, 4, &[origin_only]),
    ];
    let batch = rows(&samples);
    for (row, own) in ["64500", "64501"].into_iter().enumerate() {
        assert_eq!(cell(&batch, Field::SrcAs, row), own);
        assert_eq!(extra(&batch, "sflow:gatewayAs", row), own);
        assert_eq!(cell(&batch, Field::AsPath, row), "9 {7,8}");
        assert_eq!(cell(&batch, Field::DstAs, row), "8");
        assert_eq!(cell(&batch, Field::NextAs, row), "9");
        assert_eq!(cell(&batch, Field::Communities, row), "64500:1");
        assert_eq!(extra(&batch, "sflow:localPref", row), "100");
    }
    assert_eq!(cell(&batch, Field::DstAs, 2), "64500");
    assert_eq!(cell(&batch, Field::AsPath, 2), "");
    assert_eq!(cell(&batch, Field::BgpNextHop, 2), "");
}

#[test]
fn a_tunnel_keeps_both_ends() {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    frame.extend([0x45, 0, 0, 108, 0, 9, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    frame.extend([0xc0, 0, 0x12, 0xb5, 0, 88, 0, 0, 8, 0, 0, 0, 0, 0x13, 0x89, 0]);
    frame.extend(tcp_frame());
    let batch = rows(&[flow_sample(1, 4, &[raw(&frame)])]);
    for (field, expected) in [
        (Field::Tunnel, "vxlan"),
        (Field::Layer2Segment, "5001"),
        (Field::SrcIp, "192.0.2.1"),
        (Field::DstPort, "4789"),
        (Field::Vlan, ""),
        (Field::InnerSrcIp, "10.0.0.1"),
        (Field::InnerDstIp, "10.0.0.2"),
        (Field::InnerProtocol, "6"),
        (Field::InnerSrcPort, "443"),
        (Field::InnerDstPort, "50000"),
    ] {
        assert_eq!(cell(&batch, field, 0), expected, "{field:?}");
    }
}

#[test]
fn extended_records_have_columns_or_names() {
    let user = item(1004, &[words(&[106]), text("ann"), words(&[0]), text("bob")].concat());
    let url = item(1005, &[words(&[1]), text("GET /a?b HTTP/1.1"), text("example.net")].concat());
    let nat = item(1007, &words(&[1, 0xc633_6401, 1, 0xc633_6402]));
    let nat_port = item(1020, &words(&[1024, 53]));
    let mpls = item(1006, &words(&[1, 0x0a00_0007, 2, 0x0001_0000, 0x0002_0140, 1, 0x0003_0140]));
    let acl = item(1037, &[words(&[12]), text("edge-in"), words(&[1])].concat());
    let queue = item(1036, &words(&[6]));
    let unknown = item(0x0123_4567, &words(&[0xdead_beef]));
    let records = [raw(&tcp_frame()), user, url, nat, nat_port, mpls, acl, queue, unknown];
    let batch = rows(&[flow_sample(1, 0x8000_0005, &records), flow_sample(1, 4, &[])]);
    for (field, expected) in [
        (Field::User, "ann"),
        (Field::HttpMethod, "GET"),
        (Field::HttpTarget, "/a?b"),
        (Field::HttpHost, "example.net"),
        (Field::NatSrcIp, "198.51.100.1"),
        (Field::NatDstIp, "198.51.100.2"),
        (Field::NatSrcPort, "1024"),
        (Field::NatDstPort, "53"),
        (Field::MplsLabel1, "16"),
        (Field::MplsLabel2, "32"),
        (Field::OutIf, ""),
    ] {
        assert_eq!(cell(&batch, field, 0), expected, "{field:?}");
        if field != Field::OutIf {
            assert_eq!(cell(&batch, field, 1), "", "{field:?}");
        }
    }
    for (key, expected) in [
        ("sflow:dstUser", "bob"),
        ("sflow:srcUserCharset", "106"),
        ("sflow:mplsNextHop", "10.0.0.7"),
        ("sflow:mplsOutStack", "0x00030140"),
        ("sflow:aclName", "edge-in"),
        ("sflow:aclNumber", "12"),
        ("sflow:egressQueue", "6"),
        ("sflow:outputFormat", "2"),
        ("sflow:outputInterfaces", "5"),
        ("sflow:4660/1383", "0xdeadbeef"),
    ] {
        assert_eq!(extra(&batch, key, 0), expected, "{key}");
    }
}

#[test]
fn a_discarded_packet_is_an_event_and_no_traffic() {
    let mut body = words(&[2, 0, 1, 256, 1, 0, 258, 2]);
    body.extend(raw(&tcp_frame()));
    body.extend(item(1038, &text("nf_hook")));
    let dropped = flow_sample(64, 0x4000_0102, &[raw(&tcp_frame())]);
    let batch = rows(&[item(5, &body), dropped]);
    for (field, expected) in [
        (Field::Kind, "event"),
        (Field::DropReason, "258"),
        (Field::ForwardingStatus, "129"),
        (Field::DroppedPackets, "1"),
        (Field::DroppedBytes, "1518"),
        (Field::Packets, ""),
        (Field::Sampling, ""),
        (Field::InIf, "1"),
        (Field::OutIf, ""),
        (Field::SrcPort, "443"),
    ] {
        assert_eq!(cell(&batch, field, 0), expected, "{field:?}");
    }
    assert_eq!(extra(&batch, "sflow:function", 0), "nf_hook");
    assert_eq!(extra(&batch, "sflow:drops", 0), "256");
    for (field, expected) in [
        (Field::Kind, "flow"),
        (Field::DropReason, "258"),
        (Field::ForwardingStatus, "128"),
        (Field::Packets, "1"),
        (Field::Sampling, "64"),
    ] {
        assert_eq!(cell(&batch, field, 1), expected, "{field:?}");
    }
}

/// Interface counters: octets in, unicast packets in; all others 0.
fn interface(octets: u32, packets: u32) -> Vec<u8> {
    let mut body = words(&[14, 6, 0, 1_000_000_000, 1, 3, 0, octets, packets]);
    body.resize(88, 0);
    item(1, &body)
}

fn counter_sample(records: &[Vec<u8>]) -> Vec<u8> {
    let mut body = words(&[1, 14, records.len() as u32]);
    body.extend(records.concat());
    item(2, &body)
}

fn find(batch: &RecordBatch, counter: &str) -> usize {
    (0..batch.num_rows()).find(|row| cell(batch, Field::Counter, *row) == counter).expect(counter)
}

#[test]
fn counters_are_rows_that_tell_how_much_they_grew() {
    let mut memory = CounterMemory::default();
    let first =
        counters(&[counter_sample(&[interface(1000, u32::MAX - 1), item(1005, &text("eth7"))])], &mut memory);
    // ifIndex has a column of its own.
    assert_eq!(first.num_rows(), 18);
    for row in 0..18 {
        assert_eq!(cell(&first, Field::Kind, row), "counters");
        assert_eq!(cell(&first, Field::InIf, row), "14");
        assert_eq!(cell(&first, Field::InIfName, row), "eth7");
        assert_eq!(cell(&first, Field::Delta, row), "");
    }
    assert_eq!(cell(&first, Field::Value, find(&first, "ifSpeed")), "1000000000");
    assert_eq!(cell(&first, Field::Value, find(&first, "ifInOctets")), "1000");

    let second = counters(&[counter_sample(&[interface(1500, 9)])], &mut memory);
    let delta = |name| cell(&second, Field::Delta, find(&second, name));
    assert_eq!((delta("ifInOctets"), delta("ifOutOctets")), ("500".to_owned(), "0".to_owned()));
    assert_eq!(delta("ifInUcastPkts"), "11", "it started over after 32 bits");
    assert_eq!(delta("ifSpeed"), "", "it is no counter");

    let third = counters(&[counter_sample(&[interface(3, 3)])], &mut memory);
    assert_eq!(cell(&third, Field::Delta, find(&third, "ifInOctets")), "", "the device started over");
    memory.observe_uptime(60_000);
    memory.observe_uptime(5_000);
    let fourth = counters(&[counter_sample(&[interface(9, 9)])], &mut memory);
    assert_eq!(cell(&fourth, Field::Delta, find(&fourth, "ifInOctets")), "");
}

#[test]
fn texts_and_unknown_records_among_counters_are_kept() {
    let lag = [
        vec![2, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0],
        words(&[99, 0x0102_0304, 1, 2, 3, 4, 5, 6, 7, 8]),
    ];
    let load = words(&[1.5_f32.to_bits()]);
    let records = [item(7, &lag.concat()), item(2003, &load), item(0x0123_4567, &words(&[7]))];
    let batch = counters(&[counter_sample(&records)], &mut CounterMemory::default());
    assert_eq!(extra(&batch, "dot3adAggPortActorSystemID", 0), "02:00:00:00:00:01");
    assert_eq!(cell(&batch, Field::Counter, 0), "dot3adAggPortAttachedAggID");
    assert_eq!(cell(&batch, Field::Value, find(&batch, "hostLoadOneThousandths")), "1500");
    let unknown = find(&batch, "sflow:4660/1383");
    assert_eq!(cell(&batch, Field::Value, unknown), "4");
    assert_eq!(extra(&batch, "sflow:4660/1383", unknown), "0x00000007");
}

#[test]
fn lanes_and_queues_are_told_apart() {
    let lane = |index: u32, power: u32| [index, 1, power, 3, 4, 5, 6, 7, 8, 9];
    let sfp = [&[17, 2, 3_300, 35_000, 2][..], &lane(1, 500), &lane(2, 501)].concat();
    let queue = |index: u32, dropped: u32| words(&[index, 64, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, dropped]);
    let adapters = words(&[2, 3, 1, 0x0011_2233, 0x4455_0000, 4, 0]);
    let sample = |dropped: [u32; 2]| {
        let queues = [item(1003, &queue(0, dropped[0])), item(1003, &queue(1, dropped[1]))];
        counter_sample(&[&queues[..], &[item(10, &words(&sfp)), item(2001, &adapters)]].concat())
    };
    let mut memory = CounterMemory::default();
    counters(&[sample([5, 100])], &mut memory);
    let batch = counters(&[sample([6, 200])], &mut memory);
    let all = |counter: &str, key: &str| -> Vec<(String, String, String)> {
        (0..batch.num_rows())
            .filter(|row| cell(&batch, Field::Counter, *row) == counter)
            .map(|row| {
                let value = cell(&batch, Field::Value, row);
                (extra(&batch, key, row), value, cell(&batch, Field::Delta, row))
            })
            .collect()
    };
    let text = |parts: [&str; 3]| {
        let [key, value, delta] = parts.map(str::to_owned);
        (key, value, delta)
    };
    assert_eq!(all("queueDropped", "queueIndex"), [text(["0", "6", "1"]), text(["1", "200", "100"])]);
    assert_eq!(all("queueIndex", ""), []);
    let powers = all("sfpLaneTxPowerMicrowatts", "sfpLane");
    assert_eq!(powers, [text(["1", "500", ""]), text(["2", "501", ""])]);
    assert_eq!(all("sfpModuleId", "sfpLane"), [text(["", "17", ""])]);
    let adapters = all("hostAdapterIfIndex", "hostAdapterMacAddresses");
    assert_eq!(adapters, [text(["00:11:22:33:44:55", "3", ""]), text(["", "4", ""])]);
}

#[test]
fn a_full_memory_tells_no_growth() {
    let budget = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut memory = CounterMemory::sharing(&budget);
    for _ in 0..2 {
        let batch = counters(&[counter_sample(&[interface(1000, 1)])], &mut memory);
        assert_eq!(cell(&batch, Field::Delta, find(&batch, "ifInOctets")), "");
    }
}
