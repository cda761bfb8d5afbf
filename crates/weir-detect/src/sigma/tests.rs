use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, TimestampNanosecondArray, UInt16Array,
    UInt32Array, UInt64Array,
};
use proptest::prelude::*;
use weir_filter::{Filter, parse};
use weir_schema::Field;
use weir_sigma::{
    Amount, Comparison, Condition, Correlation, GroupKey, Logic, Meta, Operand, Presence, Rule, RuleSet,
    Source, Window,
};

use super::Pack;
use crate::{Detection, Entity};

const SECOND: i64 = 1_000_000_000;
const LATENESS: i64 = 90 * SECOND;

#[derive(Debug, Clone)]
struct Row {
    time: i64,
    /// When it comes, within the lateness.
    comes: i64,
    host: u8,
    port: u16,
    bytes: u64,
}

fn batch(rows: &[Row]) -> RecordBatch {
    let hosts: Vec<[u8; 16]> = (0..=255_u8)
        .map(|host| {
            let mut bytes = [0; 16];
            bytes[10..].copy_from_slice(&[255, 255, 10, 0, 0, host]);
            bytes
        })
        .collect();
    let hosts = FixedSizeBinaryArray::try_from_iter(hosts.iter()).unwrap();
    let codes: UInt32Array = rows.iter().map(|row| Some(u32::from(row.host))).collect();
    let hosts = DictionaryArray::<UInt32Type>::new(codes, Arc::new(hosts));
    let times: TimestampNanosecondArray = rows.iter().map(|row| Some(row.time)).collect();
    let ports: UInt16Array = rows.iter().map(|row| Some(row.port)).collect();
    let bytes: UInt64Array = rows.iter().map(|row| Some(row.bytes)).collect();
    RecordBatch::try_from_iter([
        ("time", Arc::new(times) as ArrayRef),
        ("src_ip", Arc::new(hosts) as ArrayRef),
        ("dst_port", Arc::new(ports) as ArrayRef),
        ("bytes", Arc::new(bytes) as ArrayRef),
    ])
    .unwrap()
}

fn rule(id: &str, filter: &str, reports: bool) -> Rule {
    let expr = parse(filter).unwrap();
    let meta = Meta { id: id.to_owned(), title: id.to_owned(), ..Meta::default() };
    let source = filter.to_owned();
    Rule { meta, expr, entity: vec![Field::SrcIp], fields: vec![], reports, filters: vec![], source }
}

fn correlation(id: &str, operands: Vec<Operand>, window: Window, logic: Logic) -> Correlation {
    let from = operands
        .iter()
        .map(|operand| match operand {
            Operand::Rule(_) => Source::Field(Field::SrcIp),
            Operand::Correlation(_) => Source::Key(0),
        })
        .collect();
    Correlation {
        meta: Meta { id: id.to_owned(), title: id.to_owned(), ..Meta::default() },
        operands,
        group_by: vec![GroupKey { name: "src_ip".to_owned(), from }],
        timespan_ns: 60 * SECOND,
        window,
        logic,
        reports: true,
        source: id.to_owned(),
    }
}

fn at_least(bound: f64) -> Condition {
    Condition(vec![(Comparison::AtLeast, bound)])
}

/// One of every kind.
fn rules() -> RuleSet {
    let bytes = || Amount { from: vec![Source::Field(Field::Bytes)], divisor: 1.0 };
    let low = || vec![Operand::Rule(0)];
    let ports = vec![vec![Source::Field(Field::DstPort)]];
    let ordered =
        Logic::Temporal { ordered: true, holds: Presence::All(vec![Presence::Of(0), Presence::Of(1)]) };
    let together = Logic::Temporal {
        ordered: false,
        holds: Presence::All(vec![Presence::Of(0), Presence::Not(Box::new(Presence::Of(1)))]),
    };
    let both = || vec![Operand::Rule(0), Operand::Rule(1)];
    let chain = vec![Operand::Correlation(0), Operand::Correlation(1)];
    let few = Logic::EventCount(Condition(vec![(Comparison::Below, 3.0)]));
    let session = Window::Session { gap_ns: 15 * SECOND };
    let percentile = Logic::ValuePercentile { of: bytes(), percentile: 90.0, condition: at_least(900.0) };
    RuleSet {
        rules: vec![rule("low", "dst_port < 20", true), rule("high", "dst_port >= 20", false)],
        correlations: vec![
            correlation("count", low(), Window::Sliding, Logic::EventCount(at_least(4.0))),
            correlation(
                "distinct",
                low(),
                Window::Sliding,
                Logic::ValueCount { of: ports, condition: at_least(4.0) },
            ),
            correlation(
                "sum",
                low(),
                Window::Tumbling,
                Logic::ValueSum { of: bytes(), condition: at_least(2000.0) },
            ),
            correlation(
                "mean",
                low(),
                Window::Sliding,
                Logic::ValueAvg { of: bytes(), condition: at_least(700.0) },
            ),
            correlation("percentile", low(), Window::Tumbling, percentile),
            correlation("few", low(), Window::Tumbling, few),
            correlation("session", low(), session, Logic::EventCount(at_least(3.0))),
            correlation("ordered", both(), Window::Sliding, ordered),
            correlation("alone", both(), Window::Tumbling, together),
            correlation(
                "chain",
                chain,
                Window::Sliding,
                Logic::Temporal {
                    ordered: false,
                    holds: Presence::All(vec![Presence::Of(0), Presence::Of(1)]),
                },
            ),
        ],
        ..RuleSet::default()
    }
}

type Verdicts = BTreeMap<(String, Entity, i64), (u64, String, i64, i64)>;

/// The last word about each window.
fn verdicts(found: &[Detection]) -> Verdicts {
    let verdict = |found: &Detection| {
        let key = (found.rule.clone(), found.entity.clone(), found.window_ns);
        (key, (found.flows, found.value.to_string(), found.first_ns, found.last_ns))
    };
    found.iter().map(verdict).collect()
}

/// Runs rows in the order in which they stand, in batches; before batch `restart` the state is saved and restored.
fn run(rows: &[Row], sizes: &[usize], restart: Option<usize>) -> Vec<Detection> {
    let mut pack = Pack::new(rules(), 64 << 20);
    let mut out = Vec::new();
    let (mut rest, mut sizes) = (rows, sizes.iter().cycle().enumerate());
    while !rest.is_empty() {
        let (number, size) = sizes.next().unwrap();
        if restart == Some(number) {
            let mut state = Vec::new();
            pack.save(&mut state).unwrap();
            pack = Pack::new(rules(), 64 << 20);
            assert!(pack.restore(&mut &state[..]));
        }
        let (head, tail) = rest.split_at((*size).min(rest.len()));
        pack.observe(&batch(head), &mut out);
        let newest = head.iter().map(|row| row.comes).max().unwrap();
        pack.advance(newest - LATENESS, &mut out);
        rest = tail;
    }
    pack.advance(i64::MAX / 2, &mut out);
    out
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..600_i64, 0..90_i64, 0..3_u8, 0..40_u16, 0..1000_u64);
    proptest::collection::vec(row, 1..250).prop_map(|rows| {
        let row = |(time, late, host, port, bytes)| {
            let time = time * SECOND;
            Row { time, comes: time + late * SECOND, host, port, bytes }
        };
        rows.into_iter().map(row).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn live_is_as_history_and_a_restart_changes_nothing(
        mut rows in rows(),
        sizes in proptest::collection::vec(1..40_usize, 1..8),
        restart in 0..12_usize,
    ) {
        rows.sort_by_key(|row| row.comes);
        let live = verdicts(&run(&rows, &sizes, None));
        let restarted = verdicts(&run(&rows, &sizes, Some(restart)));
        prop_assert_eq!(&live, &restarted);
        for row in &mut rows {
            row.comes = row.time;
        }
        rows.sort_by_key(|row| row.time);
        let history = verdicts(&run(&rows, &[1000], None));
        prop_assert_eq!(&live, &history);
    }
}

fn scan(ports: u16) -> Vec<Row> {
    let row = |port| Row { time: 100 * SECOND, comes: 100 * SECOND, host: 7, port, bytes: 40 };
    (0..ports).map(row).collect()
}

#[test]
fn a_scan_is_reported_with_its_batch_and_its_evidence_selects_its_flows() {
    let mut pack = Pack::new(rules(), 64 << 20);
    let (mut out, rows) = (Vec::new(), batch(&scan(12)));
    pack.observe(&rows, &mut out);
    let found = out.iter().find(|found| found.rule == "distinct").unwrap();
    assert_eq!((found.value, found.flows, found.threshold), (12.0, 12, 4.0));
    assert_eq!(found.entity.get("src_ip"), Some("10.0.0.7"));
    let filter = parse(&found.evidence.filter).unwrap();
    assert_eq!(Filter::new(&filter).mask(&rows).unwrap().count_set_bits(), 12);
    assert!(out.iter().any(|found| found.rule == "low" && found.threshold > 0.5));
}

#[test]
fn a_flood_of_sources_stays_in_its_memory_and_hides_nothing_else() {
    let most = 8 << 20;
    let set = || {
        let mut set = rules();
        let host = GroupKey { name: "bytes".to_owned(), from: vec![Source::Field(Field::Bytes)] };
        set.correlations[0].group_by = vec![host];
        set.correlations.truncate(2);
        set
    };
    let mut pack = Pack::new(set(), most);
    let mut out = Vec::new();
    for part in 0..100_u64 {
        let row =
            |number| Row { time: SECOND, comes: SECOND, host: 1, port: 1, bytes: part * 10_000 + number };
        pack.observe(&batch(&(0..10_000).map(row).collect::<Vec<_>>()), &mut out);
        assert!(pack.memory_bytes() <= most, "{} bytes", pack.memory_bytes());
    }
    assert!(pack.evicted() > 900_000);
    pack.observe(&batch(&scan(12)), &mut out);
    assert!(out.iter().any(|found| found.rule == "distinct"));
}

#[test]
fn sampling_leaves_open_what_its_interval_does_not_show() {
    let sampled = |flows| {
        let rows = batch(&scan(flows));
        let rates: UInt32Array = (0..flows).map(|_| Some(100)).collect();
        let mut columns: Vec<(String, ArrayRef)> = rows
            .schema()
            .fields()
            .iter()
            .zip(rows.columns())
            .map(|(field, column)| (field.name().clone(), Arc::clone(column)))
            .collect();
        columns.push(("sampling".to_owned(), Arc::new(rates)));
        let mut pack = Pack::new(rules(), 64 << 20);
        let mut out = Vec::new();
        pack.observe(&RecordBatch::try_from_iter(columns).unwrap(), &mut out);
        pack.advance(1000 * SECOND, &mut out);
        let undecided = pack.costs().iter().find(|cost| cost.rule == "count").unwrap().undecided;
        (out.into_iter().find(|found| found.rule == "count"), undecided)
    };
    let (found, undecided) = sampled(2);
    assert!(found.is_none());
    assert_eq!(undecided, 1);
    let found = sampled(10).0.unwrap();
    assert_eq!((found.value, found.quality.sampling), (1000.0, Some(100)));
    let (low, high) = found.quality.interval.unwrap();
    assert!(low > 300.0 && high < 1700.0, "{low} to {high}");
}

#[test]
fn what_is_off_is_silent_and_forgets_unless_another_needs_it() {
    let off = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let rows: Vec<Row> = (0..40)
        .map(|n| Row { time: n * SECOND, comes: n * SECOND, host: 1, port: (n % 10) as u16, bytes: 900 })
        .collect();
    let mut pack = Pack::new(rules(), 64 << 20);
    pack.switch_off(&off(&["count", "distinct"]));
    let mut found = Vec::new();
    pack.observe(&batch(&rows), &mut found);
    pack.advance(10_000 * SECOND, &mut found);
    let spoke = |found: &[Detection], id: &str| found.iter().any(|one| one.rule == id);
    assert!(!spoke(&found, "count") && !spoke(&found, "distinct") && spoke(&found, "chain"));
    pack.switch_off(&off(&["count", "chain"]));
    let mut found = Vec::new();
    let later: Vec<Row> =
        rows.iter().map(|row| Row { time: row.time + 20_000 * SECOND, ..row.clone() }).collect();
    pack.observe(&batch(&later), &mut found);
    assert!(!spoke(&found, "count") && spoke(&found, "distinct"));
    let costs = pack.costs();
    let state = |id: &str| costs.iter().find(|cost| cost.rule == id).unwrap().memory_bytes;
    assert!(state("count") == 0 && state("distinct") > 0);
}
