//! How long Weir and its peers take for the same bytes: `cargo run --release`.
//!
//! Weir's time is that of a session: from the datagram to columns, addresses and texts interned. The peers' is that of
//! their own structures. Best of several rounds, one thread, templates known.

use std::hint::black_box;
use std::time::{Duration, Instant};

use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits};
use weir_oracle::netflow_parser_peer::NetflowParserPeer;
use weir_oracle::netgauze_peer::NetgauzePeer;
use weir_oracle::traffic::{NOW_NS, generated, generated_ipv4, source};
use weir_oracle::{Peer, Scoped};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FLOWS: usize = 60_000;
const ROUNDS: usize = 30;
/// A worker hands its batch on about so often.
const ROWS_PER_BATCH: usize = 16_384;

fn main() {
    let both =
        generated(FLOWS).into_iter().map(|(protocol, datagrams)| (protocol, "both families", datagrams));
    let ipv4 = generated_ipv4(FLOWS).into_iter().map(|(protocol, datagrams)| (protocol, "IPv4", datagrams));
    for (protocol, families, datagrams) in ipv4.chain(both.filter(|(protocol, ..)| *protocol != "netflow5")) {
        let (weir, records) = weir(&datagrams);
        println!("{protocol}, {families}: weir {:.2} M records/s", rate(records, weir));
        report::<NetflowParserPeer>(&datagrams, weir, records);
        if protocol != "netflow5" {
            report::<NetgauzePeer>(&datagrams, weir, records);
        }
    }
}

fn rate(records: usize, time: Duration) -> f64 {
    records as f64 / time.as_secs_f64() / 1e6
}

fn report<P: Peer>(datagrams: &[Vec<u8>], weir: Duration, records: usize) {
    let mut peers: Scoped<P> = Scoped::default();
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let counted: usize =
            datagrams.iter().map(|datagram| black_box(peers.of(source(), datagram).count(datagram))).sum();
        best = best.min(start.elapsed());
        // Options records, which the peers count and Weir's rows do not.
        assert!(counted >= records && counted < records + datagrams.len(), "{} read {counted}", P::NAME);
    }
    println!(
        "    {} {:.2} M records/s: weir is {:.1} times as fast",
        P::NAME,
        rate(records, best),
        best.as_secs_f64() / weir.as_secs_f64()
    );
}

fn weir(datagrams: &[Vec<u8>]) -> (Duration, usize) {
    let mut session = Session::new(SessionLimits::default());
    let mut rows = Batches::new();
    let (mut best, mut records) = (Duration::MAX, 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        records = 0;
        for datagram in datagrams {
            records += session.datagram(source(), NOW_NS, datagram, &mut rows).records as usize;
            if rows.flows.rows() >= ROWS_PER_BATCH {
                black_box(rows.flows.finish());
            }
        }
        black_box(rows.flows.finish());
        best = best.min(start.elapsed());
    }
    (best, records)
}
