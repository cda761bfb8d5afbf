//! Making segments and reading them, one core: 512 Ki rows of 23 columns, and a flood of twice as many rows with a
//! million distinct addresses.

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
const ALWAYS: std::ops::Range<i64> = i64::MIN..i64::MAX;

/// How many batches: a flood has a new address in each row.
fn batches(hosts: Option<u64>) -> u64 {
    if hosts.is_some() { 64 } else { 128 }
}

/// Nanoseconds that this thread has had a core.
fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

fn filled(hosts: Option<u64>) -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), StoreConfig::default(), Arc::new(ManualClock::new(0))).unwrap();
    for n in 1..=batches(hosts) {
        store.append_hot(flows::flows(n, BATCH_ROWS, hosts), Position { file: 1, offset: n });
    }
    (dir, store)
}

fn store(c: &mut Criterion) {
    let mut group = c.benchmark_group("store");
    group.sample_size(10);
    for (name, hosts) in [("10k_hosts", Some(10_000)), ("flood", None)] {
        group.throughput(Throughput::Elements(batches(hosts) * BATCH_ROWS as u64));
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
        let before = self::cpu_ns();
        store.seal_all().unwrap();
        let cpu_ns = self::cpu_ns() - before;
        let (rows, bytes) = (store.stats().rows as f64, store.stats().bytes as f64);
        println!("{name}: {:.0} ns of CPU and {:.1} bytes a row", cpu_ns as f64 / rows, bytes / rows);
        let before = self::cpu_ns();
        store.compact_all().unwrap();
        let cpu_ns = self::cpu_ns() - before;
        let bytes = store.stats().bytes as f64;
        println!(
            "{name}: compacted with {:.0} ns of CPU and {:.1} bytes a row",
            cpu_ns as f64 / rows,
            bytes / rows
        );
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
