//! The same question to the kernels and to a reference that goes row by row: the answers must agree.

mod batches;
mod reference;
mod store;

use proptest::prelude::*;
use weir_filter::value::Value;
use weir_filter::{Expr, parse};
use weir_query::{Batches, Cancel, Cursor, FlowsQuery, Measure, Query, flows, run};
use weir_schema::Field;

use batches::{Flow, batch, flow};

const GROUPABLE: [Field; 13] = [
    Field::Kind,
    Field::SrcIp,
    Field::DstIp,
    Field::Exporter,
    Field::DstPort,
    Field::Protocol,
    Field::App,
    Field::Service,
    Field::Bytes,
    Field::InIf,
    Field::Start,
    Field::SrcMac,
    Field::TcpFlags,
];

const MEASURES: [&str; 13] = [
    "rows",
    "bytes",
    "packets",
    "flows",
    "bytes_scaled",
    "unique(src_ip)",
    "unique(app)",
    "unique(service)",
    "min(bytes)",
    "max(time)",
    "min(start)",
    "avg(packets)",
    "sum(flows)",
];

const FILTERS: [&str; 9] = [
    "kind = event",
    "kind = flow and bytes > 500",
    "",
    "src_ip in 10.0.0.0/8",
    "bytes > 500",
    "app ~ dns or not dst_port exists",
    "service = https",
    "ip = 10.0.0.1 and protocol = tcp",
    "false",
];

fn expr(text: &str) -> Option<Expr> {
    (!text.is_empty()).then(|| parse(text).expect(text))
}

fn parts() -> impl Strategy<Value = Vec<Vec<Flow>>> {
    prop::collection::vec(prop::collection::vec(flow(), 0..30), 0..5)
}

prop_compose! {
    fn query()(
        from_ns in -50..500_i64,
        length in 1..1500_i64,
        filter in prop::sample::select(FILTERS.to_vec()),
        by in prop::sample::subsequence(GROUPABLE.to_vec(), 0..=5),
        measures in prop::sample::subsequence(MEASURES.to_vec(), 1..=5),
        every_ns in prop::option::of(prop::sample::select(vec![100_i64, 64, 7, 1500])),
        order in any::<prop::sample::Index>(),
        top in prop::option::of(0..6_usize),
        other in any::<bool>(),
    ) -> Query {
        let measures: Vec<Measure> = measures.iter().map(|text| text.parse().expect(text)).collect();
        Query {
            filter: expr(filter),
            by,
            every_ns,
            order: Some(order.index(measures.len())),
            measures,
            top,
            other,
            ..Query::over(from_ns, from_ns + length)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn groups(parts in parts(), query in query()) {
        let source = Batches::new(parts.iter().map(|rows| batch(rows)));
        let answer = run(&source, &query, &Cancel::new()).expect("an answer");
        let all: Vec<Flow> = parts.into_iter().flatten().collect();
        let expected = reference::answer(&all, &query);
        prop_assert_eq!(&answer.rows, &expected.rows);
        prop_assert_eq!(&answer.totals, &expected.totals);
        prop_assert_eq!(answer.groups, expected.groups);
        prop_assert_eq!(answer.meta.rows_matched, expected.matched);
        prop_assert_eq!(answer.meta.sampled, expected.sampled);
        prop_assert_eq!(answer.meta.truncated, expected.truncated);
    }

    #[test]
    fn pages(
        parts in parts(),
        filter in prop::sample::select(FILTERS.to_vec()),
        range in (-50..500_i64, 1..1500_i64),
        limit in 1..9_usize,
        seed in any::<u64>(),
    ) {
        let mut query = FlowsQuery {
            filter: expr(filter),
            limit,
            columns: vec![Field::Time, Field::SrcIp, Field::Bytes, Field::App, Field::Service, Field::Extra],
            ..FlowsQuery::over(range.0, range.0 + range.1)
        };
        let all: Vec<Flow> = parts.iter().flatten().cloned().collect();
        let expected = reference::rows(&all, &query);
        let mut found = Vec::new();
        for page in 0.. {
            // Between two pages the store puts the rows into other parts and another order.
            let source = Batches::new(batches::shuffled(&all, seed.wrapping_add(page)).iter().map(|rows| batch(rows)));
            let answer = flows(&source, &query, &Cancel::new()).expect("an answer");
            prop_assert_eq!(answer.matched, expected.len() as u64);
            prop_assert!(answer.rows.len() == limit || answer.next.is_none());
            found.extend(answer.rows);
            let Some(next) = answer.next else { break };
            query.cursor = Some(next.to_string().parse::<Cursor>().expect("a cursor"));
        }
        let times: Vec<&Value> = found.iter().map(|row| &row[0]).collect();
        prop_assert!(times.is_sorted_by(|a, b| a.order(b).is_ge()), "newest first");
        // Rows of one time come in any order, each exactly once.
        let mut found: Vec<String> = found.iter().map(|row| format!("{row:?}")).collect();
        let mut expected: Vec<String> = expected.iter().map(|row| format!("{row:?}")).collect();
        found.sort();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}

/// More addresses than a dense array has room for, over several parts and threads.
#[test]
fn a_flood_of_addresses() {
    let rows = 400_000_u32;
    let flood: Vec<Flow> = (0..rows)
        .map(|n| Flow {
            time: i64::from(n),
            src_ip: Some(0xffff_0000_0000 | u128::from(n.wrapping_mul(2_654_435_761))),
            dst_ip: Some(u128::from(n % 3)),
            dst_port: Some(n as u16),
            bytes: Some(u64::from(n)),
            ..Flow::default()
        })
        .collect();
    let source = Batches::new(flood.chunks(100_000).map(batch));
    let query = Query {
        by: vec![Field::SrcIp, Field::DstIp, Field::DstPort],
        measures: vec![Measure::Bytes, Measure::Unique(Field::SrcIp)],
        top: Some(2),
        other: true,
        ..Query::over(0, i64::from(rows))
    };
    let answer = run(&source, &query, &Cancel::new()).expect("an answer");
    assert_eq!(answer.groups, rows as usize);
    assert_eq!(answer.rows[0].values, [Value::Number(u64::from(rows) - 1), Value::Number(1)]);
    let rest = u64::from(rows - 2);
    assert_eq!(answer.rows[2].values, [Value::Number(rest * (rest - 1) / 2), Value::Number(rest)]);

    let small = Query { memory_bytes: Some(1 << 20), ..query };
    let error = run(&source, &small, &Cancel::new()).expect_err("too many groups").to_string();
    assert!(error.starts_with("the answer needs more than 1 MiB for "), "{error}");
    assert!(error.contains("narrow the time range"), "{error}");
}

#[test]
fn a_cancelled_query_stops() {
    let source = Batches::new([batch(&[Flow::default()])]);
    let cancel = Cancel::new();
    cancel.cancel();
    let error = run(&source, &Query::over(0, 10), &cancel).expect_err("cancelled");
    assert_eq!(error.to_string(), "the query was cancelled");
    assert!(flows(&source, &FlowsQuery::over(0, 10), &cancel).is_err());
}

#[test]
fn an_empty_store_has_one_row_of_zeros() {
    let answer = run(&Batches::default(), &Query::over(0, 10), &Cancel::new()).expect("an answer");
    assert_eq!(answer.rows.len(), 1);
    assert_eq!(answer.rows[0].values, [Value::Number(0), Value::Number(0), Value::Number(0)]);
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    let ask = |query: Query| {
        let error = run(&Batches::default(), &query, &Cancel::new()).expect_err("a refusal");
        assert!(error.is_question());
        error.to_string()
    };
    assert!(ask(Query::over(10, 10)).starts_with("the time range is empty"));
    assert!(ask(Query { measures: Vec::new(), ..Query::over(0, 10) }).contains("at least one measure"));
    assert!(
        ask(Query { by: vec![Field::Extra], ..Query::over(0, 10) }).contains("`extra` cannot be grouped by")
    );
    assert!(ask(Query { every_ns: Some(0), ..Query::over(0, 10) }).contains("buckets of 0s"));
    assert!(ask(Query { every_ns: Some(1), ..Query::over(0, 1 << 40) }).contains("make them longer"));
    assert!(ask(Query { order: Some(3), ..Query::over(0, 10) }).contains("it has 3"));
}
