//! What people do, and what comes of it.

use super::*;
use crate::{Action, UNDO_NS, Verdict};

fn act(store: &AlertStore, action: &Action, now: i64) -> crate::Done {
    let all = Selection { tab: Tab::All, ..Selection::default() };
    store.act(&all, action, "ana", now).unwrap()
}

fn close(verdict: Verdict) -> Action {
    Action::Close { verdict, reason: Some("our scanner".to_owned()) }
}

#[test]
fn an_acknowledged_alert_opens_again_when_it_clearly_rises() {
    let (_dir, store) = open();
    store.record(&[scan("10.0.0.1", 0, 100)], NOW).unwrap();
    assert_eq!(act(&store, &Action::Acknowledge, NOW + SECOND).changed, 1);
    assert_eq!(act(&store, &Action::Acknowledge, NOW + SECOND).changed, 0, "it is already");
    store.record(&[scan("10.0.0.1", 1, 150)], NOW + MINUTE).unwrap();
    assert_eq!(only(&store).state, State::Acknowledged);
    store.record(&[scan("10.0.0.1", 2, 151)], NOW + 2 * MINUTE).unwrap();
    let alert = only(&store);
    assert_eq!((alert.state, alert.reopened, alert.attention_ns), (State::Open, 1, NOW + 2 * MINUTE));
    let why = "distinct dst_port is 151; it was 100 when it was acknowledged".to_owned();
    assert_eq!(events(&store, alert.id).last(), Some(&Event::Reopened { why }));
}

#[test]
fn a_closed_alert_comes_back_by_its_verdict() {
    for (verdict, state) in [(Verdict::TruePositive, State::Open), (Verdict::Benign, State::Closed)] {
        let (_dir, store) = open();
        store.record(&[scan("10.0.0.1", 0, 100)], NOW).unwrap();
        act(&store, &close(verdict), NOW + 2 * MINUTE);
        // Of the time before it was closed: delivered late, or again.
        store.record(&[scan("10.0.0.1", 0, 100), scan("10.0.0.1", 1, 100)], NOW + 3 * MINUTE).unwrap();
        let alert = only(&store);
        assert_eq!((alert.state, alert.verdict, alert.windows), (State::Closed, Some(verdict), 2));
        store.record(&[scan("10.0.0.1", 5, 100)], NOW + 6 * MINUTE).unwrap();
        assert_eq!(only(&store).state, state, "{verdict:?}");
    }
}

#[test]
fn after_a_day_of_quiet_a_closed_alert_has_a_successor() {
    let (_dir, store) = open();
    let first = scan("10.0.0.1", 0, 100);
    store.record(std::slice::from_ref(&first), NOW).unwrap();
    act(&store, &close(Verdict::Benign), NOW + 2 * MINUTE);
    store.record(&[scan("10.0.0.1", 2000, 100)], NOW + 2001 * MINUTE).unwrap();
    // The old window again belongs to the old alert.
    store.record(&[first], NOW + 2002 * MINUTE).unwrap();
    let mut found: Vec<_> =
        all(&store).iter().map(|alert| (alert.episode, alert.state, alert.windows)).collect();
    found.sort_by_key(|&(episode, ..)| episode);
    assert_eq!(found, [(1, State::Closed, 1), (2, State::Open, 1)]);
}

#[test]
fn what_was_done_can_be_taken_back_for_half_a_minute() {
    let (_dir, store) = open();
    store.record(&[scan("10.0.0.1", 0, 100), scan("10.0.0.2", 0, 100)], NOW).unwrap();
    let done = act(&store, &close(Verdict::FalsePositive), NOW);
    assert_eq!(done.changed, 2);
    let token = done.undo.unwrap();
    let one = Selection { tab: Tab::All, ids: vec![2], ..Selection::default() };
    store.act(&one, &Action::Note { text: "see ticket 7".to_owned() }, "ben", NOW + SECOND).unwrap();
    assert_eq!(store.undo(&token, "ana", NOW + UNDO_NS).unwrap(), Some(1), "the other has a note since");
    assert_eq!(store.undo(&token, "ana", NOW + UNDO_NS).unwrap(), None, "only once");
    let states: Vec<_> = all(&store).iter().map(|alert| (alert.id, alert.state)).collect();
    assert!(states.contains(&(1, State::Open)) && states.contains(&(2, State::Closed)), "{states:?}");
    let history = store.history(1).unwrap().unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!((history[1].who.as_deref(), history[1].undone_ns), (Some("ana"), Some(NOW + UNDO_NS)));
    assert_eq!(history[2].event, Event::Undone);

    let late = act(&store, &Action::Acknowledge, NOW).undo.unwrap();
    assert_eq!(store.undo(&late, "ana", NOW + UNDO_NS + 1).unwrap(), None);
}

#[test]
fn owners_and_notes_are_kept() {
    let (_dir, store) = open();
    store.record(&[scan("10.0.0.1", 0, 100)], NOW).unwrap();
    act(&store, &Action::Assign { to: Some("ana".to_owned()) }, NOW);
    act(&store, &Action::Note { text: "asked the owner".to_owned() }, NOW);
    let alert = only(&store);
    assert_eq!((alert.assignee.as_deref(), alert.notes), (Some("ana"), 1));
    let mine = Selection { tab: Tab::Mine, assignee: Some("ana".to_owned()), ..Selection::default() };
    assert_eq!(store.counts(&mine, NOW).unwrap().mine, 1);
    assert_eq!(store.history(99).unwrap(), None);
}
