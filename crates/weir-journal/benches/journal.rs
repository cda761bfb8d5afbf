//! Appending and reading frames, one core: batches of 8192 rows and 23 columns.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run says so")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use weir_journal::{Journal, JournalConfig, Position};

#[path = "../tests/support/flows.rs"]
mod flows;

const ROWS: usize = 8192;

fn journal(c: &mut Criterion) {
    let mut group = c.benchmark_group("journal");
    group.throughput(Throughput::Elements(ROWS as u64));
    for (name, hosts) in [("10k_hosts", Some(10_000)), ("flood", None)] {
        let batch = flows::flows(1, ROWS, hosts);
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path(), JournalConfig::default(), Position::START).unwrap();
        let empty = journal.size_bytes().unwrap();
        let first = journal.append(&batch).unwrap();
        println!("{name}: {:.1} bytes a row", (journal.size_bytes().unwrap() - empty) as f64 / ROWS as f64);
        group.bench_function(format!("append/{name}"), |b| {
            b.iter(|| {
                let position = journal.append(black_box(&batch)).unwrap();
                journal.retire(position).unwrap();
            });
        });
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path(), JournalConfig::default(), Position::START).unwrap();
        assert_eq!(journal.append(&batch).unwrap(), first);
        group.bench_function(format!("read/{name}"), |b| {
            b.iter_batched(
                || journal.reader(Position::START).unwrap(),
                |mut reader| black_box(reader.next().unwrap().unwrap()),
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, journal);
criterion_main!(benches);
