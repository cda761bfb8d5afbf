//! What enrichment costs a record, on one core: 10 000 networks, 400 000 AS ranges, places of every /16.
//!
//! `cargo bench -p weir-enrich`. The numbers to hold: 150 ns a record on the mixed site, 400 ns in a flood of forged
//! addresses.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run says so")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use weir_batch::Batches;
use weir_enrich::{EnrichConfig, Enrichment};
use weir_generate::{Engine, EngineConfig, Protocol, SiteConfig, find_scenario, management_address};
use weir_ingest::{Session, SessionLimits};
use weir_schema::Table;
use weir_telemetry::SystemClock;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const START: i64 = 1_781_690_400_000_000_000;
const ROWS: usize = 32_768;
const BATCHES: usize = 8;

/// Batches as the collector makes them of a scenario's traffic.
fn batches(scenario: &str) -> Vec<RecordBatch> {
    let site = SiteConfig { seed: 9, scenario: find_scenario(scenario).unwrap(), ..SiteConfig::default() };
    let config =
        EngineConfig { protocols: vec![Protocol::Ipfix], exporters: 8, rate: 100_000, start_ns: START, site };
    let mut engine = Engine::new(config, management_address).unwrap();
    let mut session = Session::new(SessionLimits::default());
    let (mut growing, mut done, mut at) = (Batches::new(), Vec::new(), START);
    while done.len() < BATCHES {
        at += 10_000_000;
        let mut datagrams = Vec::new();
        engine.advance(at, u64::MAX, &mut |exporter: usize, bytes: &[u8]| {
            datagrams.push((exporter, bytes.to_vec()));
        });
        for (exporter, bytes) in datagrams {
            let source = (management_address(exporter), 2055).into();
            let _ = session.datagram(source, at, &bytes, &mut growing);
        }
        if growing.is_full(ROWS) {
            done.push(growing.of(Table::Flows).finish());
        }
    }
    done
}

/// Databases and networks of the size that real ones have.
fn sources(folder: &Path) -> EnrichConfig {
    let (mut systems, mut networks) = (String::new(), "prefix,name,site,role,tenant,tags\n".to_owned());
    let step = u32::MAX / 400_000;
    for n in 0..400_000 {
        let (first, last) = (Ipv4Addr::from(n * step), Ipv4Addr::from(n * step + step * 3 / 4));
        writeln!(systems, "{first},{last},{},Operator {}", n % 80_000 + 1, n % 80_000).unwrap();
    }
    for n in 0..10_000 {
        let prefix = Ipv4Addr::new(10, (n % 100) as u8, (n / 100) as u8, 0);
        writeln!(networks, "{prefix}/24,net {n},site {},role {},tenant {},a b", n % 50, n % 8, n % 5)
            .unwrap();
    }
    let (csv, nets) = (folder.join("as.csv"), folder.join("networks.csv"));
    std::fs::write(&csv, systems).unwrap();
    std::fs::write(&nets, networks).unwrap();
    let mut databases = vec![csv];
    // A real file of countries, if there is one: `make setup` brings it.
    let target = std::env::var("CARGO_TARGET_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../target").to_owned());
    let countries = Path::new(&target).join("release/geo/country.mmdb");
    if countries.exists() {
        databases.push(countries);
    } else {
        println!("without countries: {} is missing", countries.display());
    }
    EnrichConfig { networks: vec![nets], databases, ..EnrichConfig::default() }
}

fn enrich(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let config = sources(folder.path());
    let enrichment = Enrichment::read(&config, &[], folder.path(), Arc::new(SystemClock));
    let mut group = c.benchmark_group("enrich");
    for scenario in ["mixed", "flood"] {
        let batches = batches(scenario);
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        group.throughput(Throughput::Elements(rows as u64));
        let mut enricher = enrichment.enricher(&config);
        let before: usize = batches.iter().map(RecordBatch::num_columns).sum();
        let after: usize = batches.iter().map(|batch| enricher.enrich(batch.clone()).num_columns()).sum();
        println!("{scenario}: {} columns become {}", before / BATCHES, after / BATCHES);
        group.bench_function(scenario, |b| {
            b.iter(|| {
                for batch in &batches {
                    black_box(enricher.enrich(black_box(batch.clone())));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, enrich);
criterion_main!(benches);
