//! What suppressions hide, count and show again.

use super::*;
use crate::{Action, AlertError, Conditions, NewSuppression, Verdict};

fn of_network(network: &str, expires_ns: Option<i64>) -> NewSuppression {
    NewSuppression {
        conditions: Conditions { networks: vec![network.parse().unwrap()], ..Conditions::default() },
        reason: "the scanner's week".to_owned(),
        owner: "ana".to_owned(),
        expires_ns,
    }
}

fn ids(store: &AlertStore, tab: Tab, now_ns: i64) -> Vec<i64> {
    let selection = Selection { tab, ..Selection::default() };
    let page = store.list(&Listing { selection, limit: 100, ..Listing::default() }, now_ns).unwrap();
    page.alerts.into_iter().map(|(alert, _)| alert.id).collect()
}

#[test]
fn what_is_hidden_is_listed_counted_and_shown_again() {
    let (_dir, store) = open();
    store.record(&[scan("10.0.0.1", 0, 30), scan("192.0.2.1", 0, 30)], NOW).unwrap();
    let made = store.suppress(&of_network("10.0.0.0/8", Some(NOW + DAY)), NOW).unwrap();
    assert_eq!((made.alerts, made.hidden), (1, 0));
    assert_eq!((ids(&store, Tab::Triage, NOW), ids(&store, Tab::Suppressed, NOW)), (vec![2], vec![1]));

    // A window of a known alert, the same one delivered again, and a new alert.
    for _ in 0..2 {
        let found = [scan("10.0.0.1", 1, 30), scan("10.9.9.9", 1, 30), scan("192.0.2.1", 1, 30)];
        store.record(&found, NOW + MINUTE).unwrap();
    }
    assert_eq!(ids(&store, Tab::Suppressed, NOW + MINUTE), [3, 1]);
    let now = store.suppressions(false, NOW + MINUTE).unwrap().remove(0);
    assert_eq!((now.alerts, now.hidden), (2, 2), "windows are counted once");
    let hid = Event::Suppressed { by: 1, reason: "the scanner's week".to_owned() };
    assert_eq!(events(&store, 3), [Event::Created, hid]);

    let ended = store.end_suppression(1, "ben", NOW + 2 * MINUTE).unwrap().unwrap();
    assert_eq!((ended.ended_by.as_deref(), ended.alerts), (Some("ben"), 0));
    assert!(ids(&store, Tab::Suppressed, NOW + 2 * MINUTE).is_empty());
    assert_eq!(events(&store, 1).last(), Some(&Event::Unsuppressed { by: 1 }));
    assert!(store.suppressions(false, NOW + 2 * MINUTE).unwrap().is_empty());
    assert_eq!(
        store.suppressions(true, NOW + 2 * MINUTE).unwrap(),
        [ended],
        "nothing is taken out of the list"
    );
    assert_eq!(store.end_suppression(9, "ben", NOW).unwrap(), None);
}

#[test]
fn one_that_expires_shows_what_comes_after_it_as_news() {
    let (_dir, store) = open();
    store.suppress(&of_network("10.0.0.0/8", Some(NOW + MINUTE)), NOW).unwrap();
    store.record(&[scan("10.0.0.1", 0, 30)], NOW).unwrap();
    assert!(ids(&store, Tab::Triage, NOW).is_empty());
    store.record(&[scan("10.0.0.1", 2, 30)], NOW + 2 * MINUTE).unwrap();
    assert_eq!(ids(&store, Tab::Triage, NOW + 2 * MINUTE), [1]);
    let alert = only(&store);
    assert_eq!((alert.suppressed_by, alert.attention_ns), (None, NOW + 2 * MINUTE));
    assert_eq!(events(&store, 1).last(), Some(&Event::Unsuppressed { by: 1 }));
}

#[test]
fn another_one_takes_over_what_is_still_hidden() {
    let (_dir, store) = open();
    store.record(&[scan("10.0.0.1", 0, 30)], NOW).unwrap();
    store.suppress(&of_network("10.0.0.0/8", None), NOW).unwrap();
    store.suppress(&of_network("10.0.0.0/24", None), NOW).unwrap();
    store.end_suppression(1, "ana", NOW).unwrap();
    assert_eq!(only(&store).suppressed_by, Some(2));
}

#[test]
fn every_condition_must_hold() {
    let detection = |rule: &str, source: &str| Detection { rule: rule.to_owned(), ..scan(source, 0, 30) };
    let conditions = |filter: &str| Conditions { filter: Some(filter.to_owned()), ..Conditions::default() };
    let rule = |id: &str| Conditions { rules: vec![id.to_owned()], ..Conditions::default() };
    let entity = |value: &str| Conditions {
        entity: vec![("src_ip".to_owned(), value.to_owned())],
        ..Conditions::default()
    };
    let cases = [
        (rule("guess"), vec![2]),
        (entity("10.0.0.1"), vec![1, 2]),
        (Conditions { rules: vec!["scan".to_owned()], ..entity("10.0.0.1") }, vec![1]),
        (conditions("src_ip in 10.0.0.0/31 or ip = 192.0.2.9"), vec![1, 2, 4]),
        (Conditions { rules: vec!["scan".to_owned()], ..conditions("src_ip = 10.0.0.2") }, vec![3]),
        // What the entity does not have is absent.
        (conditions("dst_port = 22"), vec![]),
        (conditions("not dst_port exists"), vec![1, 2, 3, 4]),
        (of_network("10.0.0.2/31", None).conditions, vec![3]),
    ];
    for (conditions, expected) in cases {
        let (_dir, store) = open();
        let found = [
            detection("scan", "10.0.0.1"),
            detection("guess", "10.0.0.1"),
            detection("scan", "10.0.0.2"),
            detection("scan", "192.0.2.9"),
        ];
        store.record(&found, NOW).unwrap();
        let preview = store.preview(&conditions, NOW).unwrap();
        assert_eq!((preview.alerts, preview.of), (expected.len() as u64, 4), "{conditions:?}");
        store
            .suppress(&NewSuppression { conditions: conditions.clone(), ..of_network("::/0", None) }, NOW)
            .unwrap();
        let mut hidden = ids(&store, Tab::Suppressed, NOW);
        hidden.sort_unstable();
        assert_eq!(hidden, expected, "{conditions:?}");
    }
}

#[test]
fn a_preview_warns_of_true_positives_and_shows_them_first() {
    let (_dir, store) = open();
    store
        .record(&[scan("10.0.0.1", 0, 30), scan("10.0.0.2", 0, 30), scan("10.0.0.3", -60 * 1440, 30)], NOW)
        .unwrap();
    let first = Selection { tab: Tab::All, ids: vec![1], ..Selection::default() };
    store.act(&first, &Action::Close { verdict: Verdict::TruePositive, reason: None }, "ana", NOW).unwrap();
    let preview = store.preview(&of_network("10.0.0.0/8", None).conditions, NOW).unwrap();
    assert_eq!(
        (preview.alerts, preview.of, preview.true_positives),
        (2, 2, 1),
        "60 days ago is too long ago"
    );
    assert_eq!(preview.shown.iter().map(|alert| alert.id).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn what_hides_everything_or_cannot_be_read_is_refused() {
    let (_dir, store) = open();
    let everything = NewSuppression { conditions: Conditions::default(), ..of_network("::/0", None) };
    assert!(matches!(store.suppress(&everything, NOW), Err(AlertError::HidesEverything)));
    let conditions = Conditions { filter: Some("src_prt = 5".to_owned()), ..Conditions::default() };
    let error = store.preview(&conditions, NOW).unwrap_err();
    assert!(error.to_string().contains("src_prt"), "{error}");
}
