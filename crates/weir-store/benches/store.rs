//! Making segments and reading them, one core: 512 Ki rows of 23 columns.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run says so")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use weir_journal::Position;
use weir_schema::Field;
use weir_store::{Store, StoreConfig};
use weir_telemetry::ManualClock;

#[path = "../../weir-journal/tests/support/flows.rs"]
mod flows;

const BATCH_ROWS: usize = 8192;
const BATCHES: u64 = 64;
const ALWAYS: std::ops::Range<i64> = i64::MIN..i64::MAX;

fn filled(hosts: Option<u64>) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), StoreConfig::default(), Arc::new(ManualClock::new(0))).unwrap();
    for n in 1..=BATCHES {
        store.append_hot(flows::flows(n, BATCH_ROWS, hosts), Position { file: 1, offset: n });
    }
    (dir, store)
}

fn store(c: &mut Criterion) {
    let mut group = c.benchmark_group("store");
    group.sample_size(10);
    group.throughput(Throughput::Elements(BATCHES * BATCH_ROWS as u64));
    for (name, hosts) in [("10k_hosts", Some(10_000)), ("flood", None)] {
        group.bench_function(format!("seal/{name}"), |b| {
            b.iter_batched(
                || filled(hosts),
                |(dir, store)| {
                    store.seal_all().unwrap();
                    (dir, store)
                },
                BatchSize::PerIteration,
            );
        });
        let (_dir, store) = filled(hosts);
        store.seal_all().unwrap();
        let stats = store.stats();
        println!("{name}: {:.1} bytes a row", stats.bytes as f64 / stats.rows as f64);
        let parts = store.snapshot().parts(ALWAYS);
        for (columns, fields) in [
            ("bytes", &[Field::Bytes][..]),
            ("time", &[Field::Time]),
            ("src_ip,bytes", &[Field::SrcIp, Field::Bytes]),
            ("src_ip,dst_ip,bytes", &[Field::SrcIp, Field::DstIp, Field::Bytes]),
        ] {
            group.bench_function(format!("read/{name}/{columns}"), |b| {
                b.iter(|| parts.iter().for_each(|part| drop(black_box(part.read(fields).unwrap()))));
            });
        }
    }
}

criterion_group!(benches, store);
criterion_main!(benches);
