//! What is kept and counted of rules.

use super::*;
use crate::{Action, Switch, Tally, Verdict};

#[test]
fn a_switch_is_kept_with_who_and_why_and_the_last_one_counts() {
    let (dir, store) = open();
    let switch = |enabled, at_ns| Switch {
        rule: "scan".to_owned(),
        enabled,
        reason: Some("too loud".to_owned()),
        who: "ana".to_owned(),
        at_ns,
    };
    assert_eq!(store.switches().unwrap(), []);
    for (enabled, at) in [(false, NOW), (true, NOW + 1), (false, NOW + 2)] {
        store.keep_switch(&switch(enabled, at)).unwrap();
    }
    drop(store);
    let store = AlertStore::open(dir.path()).unwrap();
    assert_eq!(store.switches().unwrap(), [switch(false, NOW + 2)]);
    let all: Vec<i64> = store.switches_of("scan").unwrap().iter().map(|switch| switch.at_ns - NOW).collect();
    assert_eq!(all, [2, 1, 0]);
    assert_eq!(store.switches_of("guess").unwrap(), []);
}

#[test]
fn alerts_are_counted_by_rule_and_verdict() {
    let (_dir, store) = open();
    let found = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|source| scan(source, 0, 100));
    store.record(&found, NOW).unwrap();
    let first = Selection { tab: Tab::All, ids: vec![1], ..Selection::default() };
    let close = Action::Close { verdict: Verdict::Benign, reason: None };
    store.act(&first, &close, "ana", NOW).unwrap();
    let tally = store.tally(NOW, NOW + DAY).unwrap();
    assert_eq!(tally["scan"], Tally { alerts: 3, undecided: 2, benign: 1, ..Tally::default() });
    assert!(store.tally(NOW + DAY, NOW + 2 * DAY).unwrap().is_empty());
}
