//! The same rows in memory and in Parquet segments answer the same, and pages go on while rows move from one to the other.

use std::sync::Arc;

use weir_journal::Position;
use weir_query::{Cancel, FlowsQuery, Measure, Query, flows, run};
use weir_schema::Field;
use weir_store::{ReadStore, Store, StoreConfig};
use weir_telemetry::ManualClock;

use crate::batches::{Flow, batch};

fn rows() -> Vec<Flow> {
    (0..500_u32)
        .map(|n| Flow {
            // Twenty rows of each time, some of them exactly alike.
            time: i64::from(n / 20),
            start: (n % 3 == 0).then_some(-5),
            exporter: Some(0xffff_0a00_0001),
            src_ip: Some(0xffff_0a00_0000 | u128::from(n % 7)),
            dst_ip: (n % 5 != 0).then(|| u128::from(n % 4) << 64),
            src_port: Some(50000),
            dst_port: Some([443, 53, 80][n as usize % 3]),
            protocol: Some(if n % 2 == 0 { 6 } else { 17 }),
            bytes: Some(u64::from(n % 10)),
            packets: Some(1),
            sampling: (n % 4 == 0).then_some(100),
            app: (n % 6 == 0).then_some("dns"),
            extra: (n % 9 == 0).then_some("x"),
            kind: [None, Some("flow"), Some("event")][n as usize % 3],
            ..Flow::default()
        })
        .collect()
}

fn questions() -> Vec<Query> {
    let query = Query { top: Some(5), other: true, ..Query::over(3, 20) };
    vec![
        query.clone(),
        Query { by: vec![Field::SrcIp, Field::Service], ..query.clone() },
        Query { by: vec![Field::App, Field::Start], every_ns: Some(4), ..query.clone() },
        Query {
            by: vec![Field::DstIp],
            measures: vec![Measure::Unique(Field::SrcIp), Measure::BytesScaled, Measure::Max(Field::Time)],
            filter: weir_filter::parse("not app exists and extra exists or bytes > 3").ok(),
            ..query
        },
    ]
}

#[test]
fn segments_answer_like_memory() {
    let dir = tempfile::tempdir().expect("a directory");
    let clock = Arc::new(ManualClock::new(1_000_000_000));
    let store = Store::open(dir.path(), StoreConfig::default(), clock).expect("a store");
    for (n, rows) in rows().chunks(70).enumerate() {
        store.append_hot(batch(rows), Position { file: 1, offset: n as u64 + 1 });
    }
    let cancel = Cancel::new();
    let answers = |source: &dyn weir_query::Source| -> Vec<_> {
        let answer = |query| run(source, query, &cancel).expect("an answer");
        questions()
            .iter()
            .map(|query| {
                let answer = answer(query);
                (answer.rows, answer.totals, answer.groups)
            })
            .collect()
    };
    let hot = store.snapshot();
    let expected = answers(&hot);
    assert!(expected.iter().all(|answer| !answer.0.is_empty()));

    let mut page = FlowsQuery { limit: 33, ..FlowsQuery::over(0, 100) };
    let first = flows(&hot, &page, &cancel).expect("a page");
    assert!(store.seal_all().expect("a segment"));
    let sealed = store.snapshot();
    assert_eq!(answers(&sealed), expected);
    let read = ReadStore::open(dir.path()).and_then(|store| store.snapshot()).expect("a reader");
    assert_eq!(answers(&read), expected);

    let mut found = first.rows;
    page.columns = first.columns;
    page.cursor = first.next;
    while page.cursor.is_some() {
        let next = flows(&sealed, &page, &cancel).expect("a page");
        assert_eq!(next.matched, 500);
        found.extend(next.rows);
        page.cursor = next.next;
    }
    let whole = FlowsQuery { limit: 1000, columns: page.columns.clone(), ..FlowsQuery::over(0, 100) };
    assert_eq!(found, flows(&hot, &whole, &cancel).expect("all rows").rows);
    assert_eq!(found.len(), 500);
}

/// Filters that leave row groups out change no answer: not by their bounds, nor by the filters of addresses, before and
/// after a compaction.
#[test]
fn what_is_not_read_has_no_wanted_row() {
    let dir = tempfile::tempdir().expect("a directory");
    let store =
        Store::open(dir.path(), StoreConfig::default(), Arc::new(ManualClock::new(1))).expect("a store");
    let hot = weir_query::Batches::new(rows().chunks(20).map(batch));
    for (n, rows) in rows().chunks(20).enumerate() {
        store.append_hot(batch(rows), Position { file: 1, offset: n as u64 + 1 });
        assert!(store.seal_all().expect("a segment"));
    }
    let filters = [
        "ip = 10.0.0.3",
        "src_ip = 10.0.0.9",
        "src_ip = 10.0.0.3 or dst_ip = ::",
        "dst_ip in ::/60 and dst_port = 53",
        "not dst_ip = 0:0:0:2::",
        "dst_ip != 0:0:0:2::",
        "src_ip in (10.0.0.1, 10.0.0.5) and protocol = udp and bytes > 7",
        "bytes >= 0 and bytes < 1",
        "packets exists and not src_as exists",
        "src_as > 0",
        "exporter = 10.0.0.1 and port in (53, 80)",
    ];
    let cancel = Cancel::new();
    let mut least = u64::MAX;
    for compacted in [false, true] {
        if compacted {
            assert_eq!(store.compact_all().expect("a compaction"), 25);
        }
        let snapshot = store.snapshot();
        for text in filters {
            let filter = Some(weir_filter::parse(text).expect("a filter"));
            let query =
                Query { by: vec![Field::SrcIp, Field::DstIp], filter: filter.clone(), ..Query::over(0, 100) };
            let answer = run(&snapshot, &query, &cancel).expect("an answer");
            assert_eq!(answer.rows, run(&hot, &query, &cancel).expect("an answer").rows, "{text}");
            assert_eq!(answer.meta.rows_total, 500, "{text}");
            least = least.min(answer.meta.rows_scanned);
            let page =
                FlowsQuery { filter, limit: 1000, columns: vec![Field::Time], ..FlowsQuery::over(0, 100) };
            let page = flows(&snapshot, &page, &cancel).expect("a page");
            assert_eq!(page.matched, answer.meta.rows_matched, "{text}");
        }
    }
    assert_eq!(least, 0, "nothing was left out");
}

#[test]
fn a_damaged_segment_is_named_and_the_others_answer() {
    let dir = tempfile::tempdir().expect("a directory");
    let store =
        Store::open(dir.path(), StoreConfig::default(), Arc::new(ManualClock::new(1))).expect("a store");
    for (n, rows) in rows().chunks(100).enumerate() {
        store.append_hot(batch(rows), Position { file: 1, offset: n as u64 + 1 });
        store.seal_all().expect("a segment");
    }
    let path = dir.path().join(&store.snapshot().segments()[2].path);
    std::fs::write(&path, "no Parquet").expect("a damaged file");
    let cancel = Cancel::new();
    let answer = run(&store.snapshot(), &Query::over(0, 100), &cancel).expect("an answer");
    assert_eq!((answer.meta.rows_matched, answer.meta.exact), (400, false));
    let warning = answer.meta.warnings.join("");
    assert!(warning.contains("0000000000000003.parquet` is damaged: 100 rows"), "{warning}");
    let page = flows(&store.snapshot(), &FlowsQuery { limit: 500, ..FlowsQuery::over(0, 100) }, &cancel);
    let page = page.expect("a page");
    assert_eq!((page.rows.len(), page.meta.exact, page.meta.warnings.len()), (400, false, 1));
}
