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
