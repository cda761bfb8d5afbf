//! What lists show.

use super::*;
use crate::{Cursor, Order};

fn ids(store: &AlertStore, selection: &Selection) -> Vec<i64> {
    let listing = Listing { selection: selection.clone(), order: Order::FirstSeen, limit: 100, cursor: None };
    let page = store.list(&listing, NOW).unwrap();
    page.alerts.iter().map(|(alert, _)| alert.id).rev().collect()
}

/// Three alerts: 1 and 2 are scans by 10.0.0.1 and 10.0.9.2, 3 is guessing by 2001:db8::5.
fn three() -> (TempDir, AlertStore) {
    let (dir, store) = open();
    let guess = Detection { rule: "guess".to_owned(), level: Level::High, ..scan("2001:db8::5", 20, 400) };
    store.record(&[scan("10.0.0.1", 0, 30), scan("10.0.9.2", 10, 50), guess], NOW).unwrap();
    (dir, store)
}

#[test]
fn every_condition_chooses() {
    let (_dir, store) = three();
    let none = Selection::default();
    let cases: [(Selection, &[i64]); 14] = [
        (none.clone(), &[1, 2, 3]),
        (Selection { levels: vec![Level::High, Level::Critical], ..none.clone() }, &[3]),
        (Selection { rules: vec!["scan".to_owned()], ..none.clone() }, &[1, 2]),
        (Selection { techniques: vec!["t1110".to_owned()], ..none.clone() }, &[3]),
        (Selection { techniques: vec!["T111".to_owned()], ..none.clone() }, &[]),
        (Selection { address: Some("10.0.9.0/24".parse().unwrap()), ..none.clone() }, &[2]),
        (Selection { address: Some("2001:db8::/32".parse().unwrap()), ..none.clone() }, &[3]),
        (Selection { address: Some("198.51.100.7".parse().unwrap()), ..none.clone() }, &[1, 2, 3]),
        (Selection { text: Some("PORT scan".to_owned()), ..none.clone() }, &[1, 2]),
        (Selection { text: Some("50%".to_owned()), ..none.clone() }, &[]),
        (Selection { from_ns: Some(NOW + 5 * MINUTE), to_ns: Some(NOW + 15 * MINUTE), ..none.clone() }, &[2]),
        (Selection { source: Some("10.0.0.1".to_owned()), ..none.clone() }, &[1]),
        (Selection { network: Some("10.0.9.0/24".to_owned()), ..none.clone() }, &[2]),
        (Selection { tab: Tab::Closed, ..none }, &[]),
    ];
    for (selection, expected) in cases {
        assert_eq!(ids(&store, &selection), expected, "{selection:?}");
    }
}

#[test]
fn pages_fit_together_in_every_order() {
    let (_dir, store) = open();
    let detections: Vec<Detection> =
        (0..23).map(|nth| scan(&format!("10.0.0.{nth}"), nth % 5, 30 + (nth % 3) as u64)).collect();
    store.record(&detections, NOW).unwrap();
    for order in
        [Order::Attention, Order::Level, Order::Risk, Order::LastSeen, Order::FirstSeen, Order::Flows]
    {
        let mut seen = Vec::new();
        let mut cursor: Option<Cursor> = None;
        loop {
            let listing = Listing { order, limit: 5, cursor, ..Listing::default() };
            let page = store.list(&listing, NOW).unwrap();
            seen.extend(page.alerts.iter().map(|(alert, _)| alert.id));
            // As a client carries it.
            let Some(next) = page.next else { break };
            cursor = Some(next.to_string().parse().unwrap());
        }
        assert_eq!(seen.len(), 23, "{order:?}");
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 23, "{order:?}");
    }
    assert!("".parse::<Cursor>().is_err() && "1".parse::<Cursor>().is_err());
}

#[test]
fn groups_add_up_to_the_alerts() {
    let (_dir, store) = three();
    let groups = |by| store.groups(&Selection::default(), by, 100, NOW).unwrap();
    let keys = |by| {
        groups(by).into_iter().map(|group| (group.key.unwrap_or_default(), group.alerts)).collect::<Vec<_>>()
    };
    let pair = |key: &str, alerts| (key.to_owned(), alerts);
    assert_eq!(keys(GroupBy::Rule), [pair("guess", 1), pair("scan", 2)]);
    assert_eq!(keys(GroupBy::Technique), [pair("T1110.001", 1), pair("T1046", 2)]);
    assert_eq!(keys(GroupBy::Target), [pair("", 3)]);
    assert_eq!(keys(GroupBy::Source).len(), 3);
    assert_eq!(keys(GroupBy::Network).len(), 3);
    let scans = &groups(GroupBy::Rule)[1];
    assert_eq!((scans.title.as_deref(), scans.flows, scans.level), (Some("Port scan"), 160, Level::Medium));
    assert_eq!((scans.first_ns, scans.last_ns), (NOW + SECOND, NOW + 10 * MINUTE + 50 * SECOND));
}

#[test]
fn tabs_are_counted_whatever_the_tab() {
    let (_dir, store) = three();
    let selection = Selection { tab: Tab::Closed, ..Selection::default() };
    let counts = store.counts(&selection, NOW).unwrap();
    assert_eq!((counts.triage, counts.closed, counts.all), (3, 0, 3));
}

#[test]
fn related_alerts_share_an_address_in_time() {
    let (_dir, store) = three();
    let later = Detection { addresses: Vec::new(), ..scan("198.51.100.7", 60, 99) };
    let much_later = scan("10.0.0.77", 3 * 1440, 99);
    store.record(&[later, much_later], NOW).unwrap();
    let related: Vec<i64> = store.related(1, NOW).unwrap().iter().map(|alert| alert.id).collect();
    assert_eq!(related, [2, 3, 4], "the target of 1 is the source of 4; 5 is days away");
}

#[test]
fn markers_are_the_alerts_of_a_range() {
    let (_dir, store) = three();
    let selection = Selection { from_ns: Some(NOW + 5 * MINUTE), ..Selection::default() };
    let markers = store.markers(&selection, 10, NOW).unwrap();
    assert_eq!(markers.iter().map(|marker| marker.id).collect::<Vec<_>>(), [3, 2], "the highest level first");
    assert!(!markers[0].closed);
}
