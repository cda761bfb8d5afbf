//! What exporters get into and no public capture holds: a template that changes, one that is withdrawn, two domains with
//! one template id, gaps, a restart, a clock that is off, fragments.
//!
//! `testdata/situations/NAME.pcap` is what is made here, `NAME.jsonl` what `weir decode` prints of it, and
//! `NAME.exporters.jsonl` what is known of the exporters afterwards.
//! `WEIR_WRITE=1 cargo test -p weir-decode --test situations` writes all of them again; read the difference.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use serde_json::{Value, json};
use weir_batch::Batches;
use weir_decode::{Decoder, FileSummary};
use weir_generate::encode::{Encoder, Exporter, Protocol};
use weir_generate::{EndReason, Flow};
use weir_ingest::ExporterStatus;
use weir_ingest::capture::Capture;
use weir_testkit::Capture as Recording;

const EXPORTER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const COLLECTOR: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 10), 2055);
/// 2025-06-15T15:06:40Z.
const START_SECS: u32 = 1_750_000_000;
const BOOT_NS: i64 = (START_SECS as i64 - 3_600) * 1_000_000_000;

/// A capture in the making: a datagram a second.
struct Scene {
    recording: Recording,
    seconds: u32,
}

impl Scene {
    fn new() -> Self {
        Scene { recording: Recording::new(), seconds: 0 }
    }

    fn now_secs(&self) -> u32 {
        START_SECS + self.seconds
    }

    fn now_us(&self) -> u64 {
        u64::from(self.now_secs()) * 1_000_000
    }

    fn send(&mut self, port: u16, payload: &[u8]) {
        self.recording.push_datagram(self.now_us(), (EXPORTER, port), COLLECTOR, payload);
        self.seconds += 1;
    }

    fn ipfix(&self, domain: u32, sequence: u32, sets: &[&[u8]]) -> Vec<u8> {
        ipfix(self.now_secs(), domain, sequence, sets)
    }

    fn v9(&self, sequence: u32, uptime_ms: u32, sets: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![0, 9, 0, sets.len() as u8];
        for word in [uptime_ms, self.now_secs(), sequence, 7] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend(sets.concat());
        bytes
    }
}

fn ipfix(export_secs: u32, domain: u32, sequence: u32, sets: &[&[u8]]) -> Vec<u8> {
    let body = sets.concat();
    let mut bytes = vec![0, 10];
    bytes.extend((16 + body.len() as u16).to_be_bytes());
    for word in [export_secs, sequence, domain] {
        bytes.extend(word.to_be_bytes());
    }
    bytes.extend(body);
    bytes
}

fn set(id: u16, body: &[u8]) -> Vec<u8> {
    [&id.to_be_bytes()[..], &(4 + body.len() as u16).to_be_bytes(), body].concat()
}

fn template(id: u16, fields: &[(u16, u16)]) -> Vec<u8> {
    let mut bytes = [id.to_be_bytes(), (fields.len() as u16).to_be_bytes()].concat();
    bytes.extend(
        fields.iter().flat_map(|(element, length)| [element.to_be_bytes(), length.to_be_bytes()].concat()),
    );
    bytes
}

/// Source, destination, bytes.
const NARROW: [(u16, u16); 3] = [(8, 4), (12, 4), (1, 4)];
/// Source, destination, source port, destination port, protocol, bytes.
const WIDE: [(u16, u16); 6] = [(8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (1, 8)];

fn narrow(host: u8, bytes: u32) -> Vec<u8> {
    [&[10, 0, 0, host, 10, 0, 1, host][..], &bytes.to_be_bytes()].concat()
}

fn wide(host: u8, bytes: u64) -> Vec<u8> {
    [&[10, 0, 0, host, 10, 0, 1, host, 0xc0, host, 1, 0xbb, 6][..], &bytes.to_be_bytes()].concat()
}

/// What a capture gave.
struct Outcome {
    summary: FileSummary,
    exporters: Vec<ExporterStatus>,
    /// The lines of `weir decode`.
    lines: Vec<Value>,
    /// Rows as they would be stored.
    rows: arrow_array::RecordBatch,
}

impl Outcome {
    fn of(&self, protocol: &str) -> &ExporterStatus {
        let mut found = self.exporters.iter().filter(|exporter| exporter.protocol == protocol);
        let one = found.next().unwrap();
        assert!(found.next().is_none(), "there are several of {protocol}");
        one
    }

    fn times(&self, column: &str) -> Vec<i64> {
        let column = self.rows.column_by_name(column).unwrap();
        column.as_primitive::<TimestampNanosecondType>().values().to_vec()
    }
}

/// Makes the capture unless it is there as it should be, decodes it, and compares with what stands beside it.
fn check(name: &str, scene: &Scene) -> Outcome {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/situations"));
    let writes = std::env::var_os("WEIR_WRITE").is_some();
    let path = folder.join(format!("{name}.pcap"));
    if writes {
        fs::create_dir_all(&folder).unwrap();
        scene.recording.save(&path).unwrap();
    }
    assert!(fs::read(&path).unwrap() == scene.recording.as_bytes(), "{name}.pcap is not what is made here");

    let mut decoder = Decoder::new();
    let mut rows = Batches::new();
    decoder.start_file(&format!("{name}.pcap"));
    let mut capture = Capture::open(&path, 0).unwrap();
    for captured in &mut capture {
        decoder.datagram(&captured.unwrap(), &mut rows);
    }
    decoder.end_file();
    let text = String::from_utf8(decoder.take_lines()).unwrap();
    let mut exporters = decoder.exporters();
    exporters.sort_by_key(|exporter| (exporter.protocol, exporter.domain, exporter.port));
    let mut summary = decoder.into_summaries().remove(0);
    summary.skipped_packets = capture.skipped();
    let told: Vec<String> = exporters.iter().map(|exporter| told(exporter).to_string()).collect();
    let told = told.join("\n") + "\n";
    for (suffix, found) in [("jsonl", &text), ("exporters.jsonl", &told)] {
        let golden = folder.join(format!("{name}.{suffix}"));
        if writes {
            fs::write(&golden, found).unwrap();
        }
        let expected = fs::read_to_string(&golden).unwrap();
        for (place, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
            assert_eq!(found, expected, "{name}.{suffix}: line {}", place + 1);
        }
        assert_eq!(found.lines().count(), expected.lines().count(), "{name}.{suffix}");
    }
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Outcome { summary, exporters, lines, rows: rows.flows.finish() }
}

/// What of an exporter does not depend on the machine.
fn told(exporter: &ExporterStatus) -> Value {
    json!({
        "protocol": exporter.protocol,
        "domain": exporter.domain,
        "port": exporter.port,
        "datagrams": exporter.datagrams,
        "records": exporter.records,
        "rows": exporter.rows,
        "templates": exporter.templates,
        "held_sets": exporter.held_sets,
        "gaps": exporter.gaps,
        "clock_ahead_ms": exporter.clock_ahead_ms,
        "clock_off": exporter.clock_off,
        "problems": exporter.problems,
    })
}

#[test]
fn a_template_changes_in_mid_stream() {
    let mut scene = Scene::new();
    let (narrow_set, wide_set) = (set(0, &template(256, &NARROW)), set(0, &template(256, &WIDE)));
    let records = |host| set(256, &[narrow(host, 100), narrow(host + 1, 200)].concat());
    let wide_records = |host| set(256, &[wide(host, 1 << 33), vec![0; 3]].concat());
    scene.send(5000, &scene.v9(1, 1_000, &[&narrow_set, &records(1)]));
    scene.send(5000, &scene.v9(2, 2_000, &[&records(3)]));
    scene.send(5000, &scene.v9(3, 3_000, &[&wide_set, &wide_records(5)]));
    // And even within a datagram, there and back.
    scene.send(5000, &scene.v9(4, 4_000, &[&narrow_set, &records(6), &wide_set, &wide_records(8)]));
    let outcome = check("template-change", &scene);
    assert_eq!(outcome.lines.len(), 2 + 2 + 1 + 2 + 1);
    assert!(outcome.summary.is_complete(), "{:?}", outcome.summary);
    assert_eq!(outcome.lines[4]["fields"]["octetDeltaCount"], 1_u64 << 33);
    assert_eq!(outcome.of("netflow9").templates, 1);
}

#[test]
fn a_template_is_withdrawn() {
    let mut scene = Scene::new();
    let announced = set(2, &template(256, &NARROW));
    scene.send(5000, &scene.ipfix(7, 0, &[&announced, &set(256, &narrow(1, 100))]));
    // RFC 7011, section 8.1: the id and no fields.
    scene.send(5000, &scene.ipfix(7, 1, &[&set(2, &template(256, &[]))]));
    scene.send(5000, &scene.ipfix(7, 1, &[&set(256, &wide(2, 200))]));
    // What came meanwhile is read by what the id means now.
    let anew = set(2, &template(256, &WIDE));
    scene.send(5000, &scene.ipfix(7, 2, &[&anew, &set(256, &wide(3, 300))]));
    // All templates at once, and nothing after it can be read.
    scene.send(5000, &scene.ipfix(7, 3, &[&set(2, &[0, 2, 0, 0]), &set(256, &wide(4, 400))]));
    let outcome = check("withdrawal", &scene);
    let bytes: Vec<_> =
        outcome.lines.iter().map(|line| line["fields"]["octetDeltaCount"].as_u64().unwrap()).collect();
    // Printed when it decoded.
    assert_eq!(bytes, [100, 300, 200]);
    assert_eq!((&outcome.lines[2]["held"], &outcome.lines[2]["record"]), (&json!(true), &json!(2)));
    assert_eq!((outcome.summary.held_records, outcome.summary.sets_without_template()), (1, 1));
    assert_eq!(outcome.of("ipfix").templates, 0);
}

#[test]
fn two_domains_have_one_template_id() {
    let mut scene = Scene::new();
    scene.send(5000, &scene.ipfix(1, 0, &[&set(2, &template(256, &NARROW))]));
    scene.send(5000, &scene.ipfix(2, 0, &[&set(2, &template(256, &WIDE))]));
    for turn in 0..3 {
        scene.send(5000, &scene.ipfix(1, turn, &[&set(256, &narrow(1, 100))]));
        scene.send(5000, &scene.ipfix(2, turn, &[&set(256, &wide(2, 200))]));
    }
    let outcome = check("two-domains", &scene);
    assert!(outcome.summary.is_complete(), "{:?}", outcome.summary);
    assert_eq!((outcome.lines.len(), outcome.exporters.len()), (6, 2));
    for exporter in &outcome.exporters {
        let gaps = exporter.gaps.unwrap();
        assert_eq!((exporter.records, gaps.count, gaps.restarts), (3, 0, 0));
    }
}

/// Datagrams of one exporter with two flows each, a second apart.
fn datagrams(protocol: Protocol, count: u8) -> Vec<Vec<u8>> {
    let exporter = Exporter { agent: EXPORTER.into(), ..Exporter::new(7, BOOT_NS) };
    let mut encoder = Encoder::new(protocol, exporter);
    let mut found = Vec::new();
    let mut out = |bytes: &[u8]| found.push(bytes.to_vec());
    for number in 0..count {
        let now_ns = (i64::from(START_SECS) + i64::from(number)) * 1_000_000_000;
        for host in [2 * number, 2 * number + 1] {
            let flow = Flow {
                src: Ipv4Addr::new(10, 0, 0, host).into(),
                dst: Ipv4Addr::new(10, 0, 1, host).into(),
                src_port: 49_152,
                dst_port: 443,
                protocol: 6,
                tcp_flags: 0x18,
                bytes: 1_000 + u64::from(host),
                packets: 10,
                start_ns: now_ns - 5_000_000_000,
                end_ns: now_ns - 1_000_000_000,
                min_ttl: 64,
                max_ttl: 64,
                end_reason: EndReason::EndOfFlow,
                ..Flow::EMPTY
            };
            encoder.push(&flow, now_ns, &mut out);
        }
        encoder.flush(now_ns, &mut out);
    }
    found
}

#[test]
fn datagrams_are_lost_late_and_doubled() {
    let mut scene = Scene::new();
    for (port, protocol) in (5000..).zip(Protocol::ALL) {
        let sent = datagrams(protocol, 7);
        assert!(sent.len() >= 7, "{} datagrams of {protocol:?}", sent.len());
        // The third is lost, the fourth comes after the fifth, the sixth comes twice.
        for number in [0, 1, 4, 3, 5, 5, 6] {
            scene.send(port, &sent[number]);
        }
    }
    let outcome = check("gaps", &scene);
    for (protocol, unit, missing) in [
        ("netflow5", "flows", 2),
        ("netflow9", "packets", 1),
        ("ipfix", "records", 2),
        ("sflow5", "datagrams", 1),
    ] {
        let gaps = outcome.of(protocol).gaps.unwrap();
        assert_eq!((gaps.unit, gaps.count), (unit, missing), "{protocol}");
        assert_eq!((gaps.reordered, gaps.duplicates, gaps.restarts), (1, 1, 0), "{protocol}");
    }
}

#[test]
fn an_exporter_starts_over() {
    let mut scene = Scene::new();
    // On the same port: uptime and sequence begin anew, and the template of before counts until it is announced again.
    scene.send(
        5000,
        &scene.v9(700, 86_400_000, &[&set(0, &template(256, &NARROW)), &set(256, &narrow(1, 100))]),
    );
    scene.send(5000, &scene.v9(701, 86_401_000, &[&set(256, &narrow(2, 200))]));
    scene.send(5000, &scene.v9(0, 30_000, &[&set(256, &narrow(3, 300))]));
    scene.send(5000, &scene.v9(1, 31_000, &[&set(256, &narrow(4, 400))]));
    // From another port, without templates yet.
    scene.send(5001, &scene.v9(0, 30_000, &[&set(256, &narrow(5, 500))]));
    let outcome = check("restart", &scene);
    assert_eq!((outcome.lines.len(), outcome.exporters.len()), (5, 2));
    assert!(outcome.summary.is_complete(), "{:?}", outcome.summary);
    let gaps = outcome.exporters[0].gaps.unwrap();
    assert_eq!((gaps.count, gaps.restarts, gaps.duplicates), (0, 1, 0));
}

#[test]
fn clocks_are_off() {
    let mut scene = Scene::new();
    // flowStartMilliseconds, flowEndMilliseconds, source, bytes.
    let fields = [(152, 8), (153, 8), (8, 4), (1, 4)];
    let record = |end_secs: u32| {
        let end_ms = u64::from(end_secs) * 1_000;
        [&(end_ms - 4_000).to_be_bytes()[..], &end_ms.to_be_bytes(), &[10, 0, 0, 1, 0, 0, 0, 100]].concat()
    };
    let announced = set(2, &template(256, &fields));
    let exporters = [
        // Right; three seconds behind, which is kept; two days ahead and thirty years behind, where the arrival counts.
        (1, 0_i64),
        (2, -3),
        (3, 172_800),
        (4, -946_080_000),
    ];
    for (domain, off) in exporters {
        let clock = (i64::from(scene.now_secs()) + off) as u32;
        let records = set(256, &record(clock - 1));
        scene.send(5000, &ipfix(clock, domain, 0, &[&announced, &records]));
    }
    let outcome = check("clock-skew", &scene);
    let ahead: Vec<_> = outcome.exporters.iter().map(|exporter| exporter.clock_ahead_ms.unwrap()).collect();
    assert_eq!(ahead, exporters.map(|(_, off)| off * 1_000));
    let off: Vec<_> = outcome.exporters.iter().map(|exporter| exporter.clock_off).collect();
    assert_eq!(off, [0, 0, 1, 1]);
    let received = outcome.times("received");
    let behind: Vec<_> = outcome
        .times("time")
        .iter()
        .zip(&received)
        .map(|(time, received)| (received - time) / 1_000_000_000)
        .collect();
    assert_eq!(behind, [1, 4, 0, 0]);
    // What the exporter said stays.
    let end: Vec<_> = outcome
        .times("end")
        .iter()
        .zip(&received)
        .map(|(end, received)| (end - received) / 1_000_000_000)
        .collect();
    assert_eq!(end, [-1, -4, 172_799, -946_080_001]);
}

#[test]
fn datagrams_come_in_fragments() {
    let mut scene = Scene::new();
    let announced = set(2, &template(256, &WIDE));
    let records = |host| set(256, &(host..host + 20).flat_map(|host| wide(host, 1_000)).collect::<Vec<u8>>());
    let first = scene.ipfix(7, 0, &[&announced, &records(1)]);
    // Back to front, one of them twice; then one that lacks its middle; then a whole one in order.
    scene.recording.push_fragments(scene.now_us(), (EXPORTER, 5000), COLLECTOR, &first, 160, &[2, 1, 1, 0]);
    scene.seconds += 1;
    let second = scene.ipfix(7, 20, &[&records(40)]);
    scene.recording.push_fragments(scene.now_us() + 1, (EXPORTER, 5000), COLLECTOR, &second, 160, &[0, 2]);
    scene.seconds += 1;
    let third = scene.ipfix(7, 40, &[&records(80)]);
    scene.recording.push_fragments(scene.now_us() + 2, (EXPORTER, 5000), COLLECTOR, &third, 160, &[0, 1, 2]);
    let outcome = check("fragments", &scene);
    assert_eq!((outcome.lines.len(), outcome.summary.datagrams), (40, 2));
    assert_eq!(outcome.summary.skipped_packets, 1);
    assert_eq!(outcome.of("ipfix").gaps.unwrap().count, 20);
}
