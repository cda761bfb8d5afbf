//! What a hunt finds in history is what would have been noticed live.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use proptest::prelude::*;
use weir_detect::{DetectConfig, Detection, Engine};
use weir_filter::Context;
use weir_hunt::{Found, Progress, Quarry, hunt};
use weir_query::{Batches, Cancel};
use weir_sigma::{Document, RuleSet, scenario};

const MINUTE: i64 = 60_000_000_000;
/// When the first flow of every scenario ends.
const START: i64 = 1_767_614_400_000_000_000;

const RULES: &str = "\
title: low port
name: low
logsource: {category: network, service: connection}
detection:
  s:
    destination.port|lt: 1024
  condition: s
entity: [source.ip]
---
title: many ports
name: many
correlation:
  type: value_count
  rules: [low]
  group-by: [source.ip]
  timespan: 5m
  condition: {field: destination.port, gte: 8}
  generate: true
---
title: few flows
name: few
correlation:
  type: event_count
  rules: [low]
  group-by: [source.ip]
  timespan: 5m
  window: tumbling
  condition: {lt: 3}
  generate: true
";

fn rules() -> RuleSet {
    let set =
        RuleSet::load(&[Document { file: "t".to_owned(), text: RULES.to_owned() }], &Context::default());
    assert_eq!(set.problems, []);
    set
}

fn past(name: &str, batches: &[RecordBatch], range: std::ops::Range<i64>, sweep: bool) -> Found {
    let set = rules();
    let quarry = Quarry::rule(&set, set.find(name).unwrap(), sweep);
    let source = Batches::new(batches.to_vec());
    hunt(&source, &quarry, range, MINUTE, &Cancel::new(), &Progress::default()).unwrap()
}

/// The last that was said live of each entity and window.
fn live(batches: &[RecordBatch]) -> Vec<Detection> {
    let config = DetectConfig { disabled: vec!["weir-behaviour".to_owned()], ..DetectConfig::default() };
    let mut engine = Engine::new(rules(), &config);
    let mut out = Vec::new();
    for batch in batches {
        engine.observe(batch, &mut out);
    }
    engine.advance(i64::MAX / 4, &mut out);
    let last: BTreeMap<_, _> =
        out.into_iter().map(|one| ((one.rule.clone(), one.entity.clone(), one.window_ns), one)).collect();
    last.into_values().collect()
}

/// Some flows: who, which port, and so many seconds after the one before.
fn flows() -> impl Strategy<Value = Vec<(u8, u16, u8)>> {
    proptest::collection::vec((0..4_u8, 1..40_u16, 0..20_u8), 1..300)
}

fn batch(flows: &[(u8, u16, u8)]) -> RecordBatch {
    let line = |(host, port, gap): &(u8, u16, u8)| {
        format!("src_ip=10.0.0.{host} dst_ip=10.1.0.1 dst_port={} protocol=tcp after={gap}s", port * 40)
    };
    scenario(&flows.iter().map(line).collect::<Vec<_>>()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Parts overlap and are in no order, as in compacted segments.
    #[test]
    fn history_gives_what_live_gave(flows in flows(), parts in 1..5_usize) {
        let all = batch(&flows);
        let live = live(std::slice::from_ref(&all));
        // Every part has rows of the whole range.
        let pieces: Vec<RecordBatch> = (0..parts)
            .map(|part| {
                let rows: Vec<u32> = (0..all.num_rows() as u32).rev().filter(|row| *row as usize % parts == part).collect();
                arrow_select::take::take_record_batch(&all, &arrow_array::UInt32Array::from(rows)).unwrap()
            })
            .collect();
        for name in ["low", "many", "few"] {
            let found = past(name, &pieces, i64::MIN / 2..i64::MAX / 2, false);
            let expected: Vec<_> = live.iter().filter(|one| one.rule == name).collect();
            let flows: u64 = expected.iter().map(|one| one.flows).sum();
            prop_assert_eq!((found.windows, found.alerts.iter().map(|one| one.flows).sum::<u64>()), (expected.len() as u64, flows));
        }
    }

    /// What the sweep says of a threshold is what a rule with that threshold finds.
    #[test]
    fn a_sweep_says_what_other_thresholds_find(flows in flows()) {
        let all = batch(&flows);
        let everything = i64::MIN / 2..i64::MAX / 2;
        let found = past("many", std::slice::from_ref(&all), everything.clone(), true);
        for step in &found.sweep {
            let text = RULES.replace("gte: 8", &format!("gte: {}", step.threshold));
            let set = RuleSet::load(&[Document { file: "t".to_owned(), text }], &Context::default());
            let quarry = Quarry::rule(&set, set.find("many").unwrap(), false);
            let source = Batches::new([all.clone()]);
            let other = hunt(&source, &quarry, everything.clone(), MINUTE, &Cancel::new(), &Progress::default()).unwrap();
            prop_assert_eq!((step.alerts, step.windows), (other.alerts.len() as u64, other.windows), "{}", step.threshold);
        }
        prop_assert!(found.sweep.iter().any(|step| step.is_current && step.windows == found.windows));
    }
}

fn scan() -> RecordBatch {
    let line = "src_ip=10.0.0.5 dst_ip=10.1.0.1 dst_port={n} protocol=tcp times=20 every=1s after=4m";
    scenario(&[line.to_owned()]).unwrap()
}

#[test]
fn a_window_that_begins_before_the_range_counts_and_one_before_it_does_not() {
    let half = START + 4 * MINUTE + 10_000_000_000;
    let found = past("many", &[scan()], half..half + 10 * MINUTE, false);
    assert_eq!((found.alerts.len(), found.alerts[0].flows, found.buckets.len()), (1, 20, 1));
    let later = past("many", &[scan()], half + 10 * MINUTE..half + 20 * MINUTE, false);
    assert!(later.alerts.is_empty());
}

#[test]
fn an_analytic_sees_the_past_in_the_order_of_time() {
    let syn = "src_ip=10.0.0.5 dst_ip=10.0.0.9 dst_port={n} protocol=tcp tcp_flags=syn packets=1 bytes=40 times=100 every=100ms";
    let all = scenario(&[syn.to_owned()]).unwrap();
    let rows: Vec<u32> = (0..100).rev().collect();
    let backwards =
        arrow_select::take::take_record_batch(&all, &arrow_array::UInt32Array::from(rows)).unwrap();
    let quarry = Quarry::analytic("weir-port-scan", true);
    let source = Batches::new([backwards]);
    let range = START - MINUTE..START + 60 * MINUTE;
    let found = hunt(&source, &quarry, range, MINUTE, &Cancel::new(), &Progress::default()).unwrap();
    assert_eq!((found.alerts.len(), found.matched), (1, 100));
    assert_eq!(found.alerts[0].peak.entity.get("src_ip"), Some("10.0.0.5"));
    assert!(found.sweep.first().is_some_and(|step| step.is_current && step.alerts == 1));
}

#[test]
fn a_hunt_that_is_called_off_ends() {
    let cancel = Cancel::new();
    cancel.cancel();
    let set = rules();
    let quarry = Quarry::rule(&set, set.find("many").unwrap(), false);
    let source = Batches::new([scan()]);
    let ended = hunt(&source, &quarry, 0..i64::MAX, MINUTE, &cancel, &Progress::default());
    assert!(matches!(ended, Err(weir_query::QueryError::Cancelled)));
}
