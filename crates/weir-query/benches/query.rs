//! Questions over two million rows: in memory as they come in (8192 a batch), in Parquet segments, and both again under
//! a spoofed flood, in which every source address is new.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use arrow_select::concat::concat_batches;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use weir_filter::parse;
use weir_journal::Position;
use weir_query::{Batches, Cancel, FlowsQuery, Measure, Query, Source, flows, run};
use weir_schema::Field;
use weir_store::{Store, StoreConfig};
use weir_telemetry::ManualClock;

#[path = "../../weir-journal/tests/support/flows.rs"]
mod traffic;

const BATCH_ROWS: usize = 8192;
const BATCHES: u64 = 244;
const FROM: i64 = 1_699_999_000_000_000_000;
const TO: i64 = 1_700_001_000_000_000_000;
const MINUTE: i64 = 60_000_000_000;

fn in_memory(hosts: Option<u64>, batches_per_part: usize) -> Batches {
    let batches: Vec<_> = (0..BATCHES).map(|number| traffic::flows(number, BATCH_ROWS, hosts)).collect();
    let together =
        |batches: &[_]| concat_batches(&arrow_array::RecordBatch::schema(&batches[0]), batches).unwrap();
    Batches::new(batches.chunks(batches_per_part).map(together))
}

fn questions() -> Vec<(&'static str, Query)> {
    let query = Query { top: Some(10), ..Query::over(FROM, TO) };
    let by = |by: &[Field]| Query { by: by.to_vec(), ..query.clone() };
    vec![
        ("total", query.clone()),
        ("top_talkers", by(&[Field::SrcIp])),
        ("conversations", by(&[Field::SrcIp, Field::DstIp])),
        ("minute_service", Query { every_ns: Some(MINUTE), other: true, ..by(&[Field::Service]) }),
        (
            "unique_src_by_port",
            Query { measures: vec![Measure::Unique(Field::SrcIp)], ..by(&[Field::DstPort]) },
        ),
        ("host_by_port", Query { filter: parse("ip = 10.0.0.9").ok(), ..by(&[Field::DstPort]) }),
    ]
}

fn ask(c: &mut Criterion, name: &str, source: &dyn Source) {
    let mut group = c.benchmark_group("query");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    group.throughput(Throughput::Elements(BATCHES * BATCH_ROWS as u64));
    let cancel = Cancel::new();
    for (question, query) in questions() {
        group.bench_function(format!("{name}/{question}"), |b| {
            b.iter(|| black_box(run(source, &query, &cancel)).unwrap());
        });
    }
    let newest = FlowsQuery { filter: parse("dst_port = 53").ok(), ..FlowsQuery::over(FROM, TO) };
    group.bench_function(format!("{name}/newest_100"), |b| {
        b.iter(|| black_box(flows(source, &newest, &cancel)).unwrap());
    });
}

fn query(c: &mut Criterion) {
    ask(c, "hot", &in_memory(Some(10_000), 1));
    ask(c, "flood", &in_memory(None, 61));
    for (name, hosts) in [("segments", Some(10_000)), ("segments_flood", None)] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), StoreConfig::default(), Arc::new(ManualClock::new(0))).unwrap();
        for number in 1..=BATCHES {
            store.append_hot(traffic::flows(number, BATCH_ROWS, hosts), Position { file: 1, offset: number });
            store.seal_if_due().unwrap();
        }
        store.seal_all().unwrap();
        ask(c, name, &store.snapshot());
    }
}

criterion_group!(benches, query);
criterion_main!(benches);
