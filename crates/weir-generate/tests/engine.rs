//! Rates, counts and sums of the exporters together; and the whole thing over loopback.

#![expect(clippy::unwrap_used, reason = "tests panic")]

#[expect(dead_code, reason = "each test file uses a part of the reader")]
mod reader;

use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reader::{Templates, number, sflow, u16_at, u32_at};
use weir_generate::{
    Engine, EngineConfig, GenerateArgs, GenerateError, Protocol, ProtocolChoice, SiteConfig, Totals,
    management_address, run,
};
use weir_telemetry::{ManualClock, SystemClock};

const START: i64 = 1_781_690_400_000_000_000;
const SECOND: i64 = 1_000_000_000;

fn config(rate: u64, exporters: usize) -> EngineConfig {
    EngineConfig {
        protocols: Protocol::ALL.to_vec(),
        exporters,
        rate,
        start_ns: START,
        site: SiteConfig { seed: 9, ..SiteConfig::default() },
    }
}

fn engine(rate: u64, exporters: usize) -> Engine {
    Engine::new(config(rate, exporters), management_address).unwrap()
}

/// Everything an engine sends in `seconds`, asked for in steps of `step_ns`.
fn sent_in_steps(seconds: i64, step_ns: i64) -> Vec<(usize, Vec<u8>)> {
    let mut engine = engine(777, 6);
    let mut sent = Vec::new();
    let mut sink = |exporter: usize, bytes: &[u8]| sent.push((exporter, bytes.to_vec()));
    let mut at = START;
    while at < START + seconds * SECOND {
        at = (at + step_ns).min(START + seconds * SECOND);
        engine.advance(at, u64::MAX, &mut sink);
    }
    engine.flush(at, &mut sink);
    sent
}

#[test]
fn attacks_take_no_more_than_half_of_an_exact_rate() {
    let (scenario, attacks) = weir_generate::find_attacks("attacks").unwrap();
    let site = SiteConfig { seed: 9, scenario, attacks, ..SiteConfig::default() };
    let mut engine = Engine::new(EngineConfig { site, ..config(400, 8) }, management_address).unwrap();
    let mut datagrams = 0;
    for second in 1..=200 {
        engine.advance(START + second * SECOND - 1, u64::MAX, &mut |_, _: &[u8]| datagrams += 1);
        assert_eq!(engine.made(), 400 * second as u64);
    }
    let expected = engine.take_expected();
    assert_eq!(expected.len(), weir_generate::ATTACKS.len());
    assert!(datagrams > 200);
}

#[test]
fn the_rate_is_exact() {
    for rate in [1, 3, 1000, 50_000] {
        let mut engine = engine(rate, 4);
        for second in 1..=5 {
            // To just before the next record is due.
            engine.advance(START + second * SECOND - 1, u64::MAX, &mut |_, _: &[u8]| {});
            assert_eq!(engine.made(), rate * second as u64, "at {rate} a second");
        }
    }
}

#[test]
fn the_same_bytes_come_whether_asked_often_or_seldom() {
    let seldom = sent_in_steps(3, SECOND);
    assert!(seldom.len() > 100);
    assert_eq!(seldom, sent_in_steps(3, 7_654_321));
}

#[test]
fn a_limit_is_kept_to_the_record() {
    let mut engine = engine(1_000_000, 8);
    assert_eq!(engine.advance(START + SECOND, 12_345, &mut |_, _: &[u8]| {}), 12_345);
    assert_eq!(engine.totals().map(|(_, totals)| totals.flows).sum::<u64>(), 12_345);
}

#[test]
fn the_rate_is_split_evenly_between_protocols() {
    let mut engine = engine(10_000, 7);
    engine.advance(START + SECOND - 1, u64::MAX, &mut |_, _: &[u8]| {});
    for protocol in Protocol::ALL {
        let of = engine.totals().filter(|(other, _)| *other == protocol);
        assert_eq!(of.map(|(_, totals)| totals.flows).sum::<u64>(), 2500, "{protocol:?}");
    }
}

#[test]
fn records_do_not_wait_for_a_full_datagram() {
    let mut engine = engine(1, 4);
    let mut sent = 0;
    let mut sink = |_: usize, _: &[u8]| sent += 1;
    engine.advance(START + 250_000_000, u64::MAX, &mut sink);
    assert_eq!(sent, 2, "a v5 datagram with one record, and the counters of sFlow");
}

/// What a collector makes of datagrams: sums by protocol.
#[derive(Default)]
struct Collector {
    templates: HashMap<(SocketAddr, u32), Templates>,
    sums: HashMap<&'static str, Totals>,
    next_sequence: HashMap<(SocketAddr, u32), u32>,
    sources: HashSet<SocketAddr>,
}

impl Collector {
    fn datagram(&mut self, source: SocketAddr, bytes: &[u8]) {
        assert!(bytes.len() <= 1472);
        self.sources.insert(source);
        let (name, domain, sequence, step, flows): (_, _, _, _, Vec<(u64, u64)>) = match u16_at(bytes, 0) {
            5 => {
                let records = bytes[24..].chunks(48);
                let flows = records.map(|r| (u32_at(r, 20).into(), u32_at(r, 16).into())).collect();
                ("v5", u32::from(bytes[21]), u32_at(bytes, 16), u32::from(u16_at(bytes, 2)), flows)
            }
            version @ (9 | 10) => {
                let ipfix = version == 10;
                let header = if ipfix { 16 } else { 20 };
                let domain = u32_at(bytes, header - 4);
                let sets = self.templates.entry((source, domain)).or_default().read(&bytes[header..], ipfix);
                let flows = sets.flows.iter().map(|r| (number(&r[&1]), number(&r[&2]))).collect();
                let (name, step) =
                    if ipfix { ("ipfix", sets.flows.len() + sets.options.len()) } else { ("v9", 1) };
                (name, domain, u32_at(bytes, header - 8), step as u32, flows)
            }
            0 => {
                let datagram = sflow(bytes);
                let flows = datagram.flows.iter().map(|sample| (sample.frame_len.into(), 1)).collect();
                ("sflow", 0, datagram.sequence, 1, flows)
            }
            other => panic!("version {other}"),
        };
        let expected = self.next_sequence.insert((source, domain), sequence + step);
        assert_eq!(sequence, expected.unwrap_or(u32::from(name == "sflow")), "a gap in {name}");
        let sum = self.sums.entry(name).or_default();
        sum.datagrams += 1;
        for (bytes, packets) in flows {
            sum.flows += 1;
            sum.bytes += bytes;
            sum.packets += packets;
        }
    }
}

#[test]
fn totals_are_what_a_collector_counts() {
    let mut engine = engine(20_000, 9);
    let mut collector = Collector::default();
    let mut sink = |exporter: usize, bytes: &[u8]| {
        collector.datagram(SocketAddr::new(management_address(exporter), 1), bytes);
    };
    engine.advance(START + 50 * SECOND, u64::MAX, &mut sink);
    engine.flush(START + 50 * SECOND, &mut sink);
    let mut expected: HashMap<&str, Totals> = HashMap::new();
    for (protocol, totals) in engine.totals() {
        *expected.entry(protocol.name()).or_default() += totals;
    }
    assert_eq!(collector.sums, expected);
}

/// Runs `args` against a socket of our own and returns what came, and the summary.
fn run_and_collect(mut args: GenerateArgs) -> (Collector, weir_generate::Summary) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    args.port = socket.local_addr().unwrap().port();
    let sender = std::thread::spawn(move || run(&args, &AtomicBool::new(false), &ManualClock::new(START)));
    let mut collector = Collector::default();
    let mut buffer = [0; 2048];
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let finished = sender.is_finished();
        match socket.recv_from(&mut buffer) {
            Ok((len, source)) => collector.datagram(source, &buffer[..len]),
            Err(_) if finished => break,
            Err(_) => assert!(Instant::now() < deadline, "the sender does not come to an end"),
        }
    }
    (collector, sender.join().unwrap().unwrap())
}

#[test]
fn sends_exactly_so_many_flows_from_so_many_addresses() {
    let args = GenerateArgs {
        protocol: vec![ProtocolChoice::All],
        exporters: 10,
        rate: 20_000,
        flow_count: Some(5_001),
        ..GenerateArgs::default()
    };
    let (collector, summary) = run_and_collect(args);
    let mut total = Totals::default();
    for sum in collector.sums.values() {
        total += *sum;
    }
    assert_eq!(total.flows, 5_001);
    assert_eq!(total, summary.totals);
    assert_eq!((summary.exporters, summary.by_protocol.len()), (10, 4));
    let addresses: HashSet<_> = collector.sources.iter().map(SocketAddr::ip).collect();
    assert_eq!((collector.sources.len(), addresses.len()), (10, 10));
    let text = summary.to_string();
    let Totals { bytes, packets, datagrams, .. } = total;
    let first = format!("sent 5001 flows in {datagrams} datagrams (bytes={bytes}, packets={packets})");
    assert_eq!(text.lines().next(), Some(first.as_str()));
}

#[test]
fn a_duration_is_rate_times_time_records() {
    let args = GenerateArgs {
        rate: 5_000,
        duration: Some(Duration::from_millis(300)),
        protocol: vec![ProtocolChoice::One(Protocol::V9)],
        ..GenerateArgs::default()
    };
    let (collector, summary) = run_and_collect(args);
    assert_eq!(summary.totals.flows, 1500);
    assert_eq!(collector.sums["v9"].flows, 1500);
}

#[test]
fn without_a_rate_it_sends_at_once() {
    let args = GenerateArgs { rate: 0, flow_count: Some(500), ..GenerateArgs::default() };
    let (collector, summary) = run_and_collect(args);
    assert_eq!((summary.totals.flows, collector.sums["v5"].flows), (500, 500));
    assert_eq!(summary.totals.datagrams, 17);
}

#[test]
fn stops_when_told() {
    let stop = AtomicBool::new(false);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let args = GenerateArgs { port: socket.local_addr().unwrap().port(), ..GenerateArgs::default() };
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| run(&args, &stop, &SystemClock));
        let mut buffer = [0; 2048];
        socket.recv(&mut buffer).unwrap();
        stop.store(true, Ordering::Relaxed);
        assert!(sender.join().unwrap().unwrap().totals.flows > 0);
    });
}

#[test]
fn wrong_use_is_told_apart() {
    let clock = ManualClock::new(START);
    let fails = |args: GenerateArgs| run(&args, &AtomicBool::new(false), &clock).unwrap_err();
    let error = fails(GenerateArgs { spike: Some("gopher".into()), ..GenerateArgs::default() });
    assert!(error.is_usage());
    let error = fails(GenerateArgs { scenario: "gopher".into(), ..GenerateArgs::default() });
    assert!(error.is_usage() && error.to_string().contains("mixed"));
    assert!(fails(GenerateArgs { exporters: 0, ..GenerateArgs::default() }).is_usage());
    let error = fails(GenerateArgs { target: "no such host".into(), ..GenerateArgs::default() });
    assert!(matches!(error, GenerateError::Resolve { .. }) && !error.is_usage());
}

#[test]
fn goes_on_when_nothing_listens() {
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let args = GenerateArgs { port, rate: 0, flow_count: Some(900), ..GenerateArgs::default() };
    let summary = run(&args, &AtomicBool::new(false), &ManualClock::new(START)).unwrap();
    assert_eq!(summary.totals.flows, 900);
    assert!(summary.refused > 0, "loopback answers that the port is closed");
}
