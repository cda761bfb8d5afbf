//! How long Weir and its peers take for the same bytes: `cargo run --release`.
//!
//! Weir's time is that of a session: from the datagram to columns, addresses and texts interned, times absolute. The
//! peers' is that of their own structures. All run on one thread, round about, with the allocator of Weir's binary, and
//! their templates are known. What counts is the thread's own time on the processor; a ratio is the median over the
//! rounds, so that a neighbour who comes and goes takes from all alike.

use std::hint::black_box;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits};
use weir_oracle::netflow_parser_peer::NetflowParserPeer;
use weir_oracle::netgauze_peer::NetgauzePeer;
use weir_oracle::traffic::{NOW_NS, generated, generated_avc, generated_ipv4, source};
use weir_oracle::{Peer, Scoped};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FLOWS: usize = 60_000;
const ROUNDS: usize = 31;
/// A worker hands its batch on about so often.
const ROWS_PER_BATCH: usize = 16_384;

fn main() {
    for (protocol, datagrams) in generated_ipv4(FLOWS) {
        compare(&format!("{protocol}, IPv4"), protocol != "netflow5", &datagrams);
    }
    for (protocol, datagrams) in generated(FLOWS) {
        if protocol != "netflow5" {
            compare(&format!("{protocol}, both families"), true, &datagrams);
        }
    }
    compare("ipfix, AVC of 60 fields", true, &generated_avc(FLOWS / 6));
}

/// Decodes and tells how many records there were.
type Decode<'a> = Box<dyn FnMut() -> usize + 'a>;

fn compare(name: &str, netgauze_reads_it: bool, datagrams: &[Vec<u8>]) {
    let mut weir = weir(datagrams);
    let mut peers = vec![(NetflowParserPeer::NAME, peer::<NetflowParserPeer>(datagrams))];
    if netgauze_reads_it {
        peers.push((NetgauzePeer::NAME, peer::<NetgauzePeer>(datagrams)));
    }
    let records = weir();
    let mut times = vec![];
    let mut peers_times = vec![vec![]; peers.len()];
    for _ in 0..ROUNDS {
        times.push(time(&mut weir, records, "weir"));
        for ((peer, decode), times) in peers.iter_mut().zip(&mut peers_times) {
            times.push(time(decode, records, peer));
        }
    }
    println!("{name}: weir {:.2} M records/s", rate(records, &times));
    for ((peer, _), theirs) in peers.iter().zip(&peers_times) {
        let mut ratios: Vec<f64> = theirs
            .iter()
            .zip(&times)
            .map(|(theirs, ours)| theirs.as_secs_f64() / ours.as_secs_f64())
            .collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "    {peer} {:.2} M records/s: weir is {:.1} times as fast",
            rate(records, theirs),
            ratios[ratios.len() / 2]
        );
    }
}

/// Of the best round.
fn rate(records: usize, times: &[Duration]) -> f64 {
    let best = times.iter().min().expect("there are rounds");
    records as f64 / best.as_secs_f64() / 1e6
}

fn time(decode: &mut Decode<'_>, records: usize, who: &str) -> Duration {
    let start = processor_time();
    let counted = decode();
    let time = processor_time() - start;
    // The peers count options records too: there are at most two in each datagram of templates.
    assert!(counted >= records && counted < records + records / 100, "{who} read {counted} of {records}");
    time
}

/// What this thread has had of a processor.
fn processor_time() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("threads have a clock"))
}

fn peer<P: Peer + 'static>(datagrams: &[Vec<u8>]) -> Decode<'_> {
    let mut peers: Scoped<P> = Scoped::default();
    Box::new(move || {
        datagrams.iter().map(|datagram| black_box(peers.of(source(), datagram).count(datagram))).sum()
    })
}

fn weir(datagrams: &[Vec<u8>]) -> Decode<'_> {
    let mut session = Session::new(SessionLimits::default());
    let mut rows = Batches::new();
    Box::new(move || {
        let mut records = 0;
        for datagram in datagrams {
            records += session.datagram(source(), NOW_NS, datagram, &mut rows).records as usize;
            if rows.is_full(ROWS_PER_BATCH) {
                black_box(rows.flows.finish());
            }
        }
        black_box(rows.flows.finish());
        records
    })
}
