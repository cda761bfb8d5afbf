//! What others are told, and how far they are.

use super::*;
use crate::{Action, Cause, Conditions, NOTICES, NewSuppression, Verdict};

fn told(store: &AlertStore) -> Vec<(i64, Cause)> {
    let notices = store.notices(0, 100_000, NOW).unwrap();
    notices.into_iter().map(|notice| (notice.alert.map_or(0, |alert| alert.id), notice.cause)).collect()
}

#[test]
fn what_asks_for_attention_is_told_once() {
    let (_dir, store) = open();
    assert_eq!(store.newest_notice(), 0);
    let found = [scan("10.0.0.1", 0, 30), scan("10.0.0.1", 1, 31), scan("10.0.0.1", 2, 300)];
    store.record(&found, NOW).unwrap();
    store.record(&found, NOW).unwrap();
    assert_eq!(told(&store), [(1, Cause::New), (1, Cause::Escalated)], "the same again is no news");
    assert_eq!(store.notices(1, 1, NOW).unwrap()[0].words, "it grew from 30 to 300");

    let close = Action::Close { verdict: Verdict::Benign, reason: Some("ours".to_owned()) };
    let done = store.act(&Selection::default(), &close, "ana", NOW + MINUTE).unwrap();
    assert_eq!(store.notices(2, 9, NOW).unwrap()[0].words, "benign: ours");
    store.undo(&done.undo.unwrap(), "ana", NOW + MINUTE).unwrap();
    store.act(&Selection::default(), &close, "ana", NOW + MINUTE).unwrap();
    store.record(&[scan("10.0.0.1", 3, 500)], NOW + MINUTE).unwrap();
    let causes: Vec<Cause> = told(&store).into_iter().map(|(_, cause)| cause).collect();
    assert_eq!(causes[2..], [Cause::Closed, Cause::Reopened, Cause::Closed, Cause::Reopened]);
    assert_eq!(store.newest_notice(), 6);
}

#[test]
fn what_is_suppressed_is_not_told_until_it_is_shown_again() {
    let (_dir, store) = open();
    let conditions = Conditions { rules: vec!["scan".to_owned()], ..Conditions::default() };
    let new = NewSuppression {
        conditions,
        reason: "a test".to_owned(),
        owner: "ana".to_owned(),
        expires_ns: Some(NOW + MINUTE),
    };
    store.suppress(&new, NOW).unwrap();
    store.record(&[scan("10.0.0.1", 0, 30), scan("10.0.0.1", 1, 3000)], NOW).unwrap();
    assert!(told(&store).is_empty());
    store.record(&[scan("10.0.0.1", 2, 30)], NOW + 2 * MINUTE).unwrap();
    assert_eq!(told(&store), [(1, Cause::New)]);
}

#[test]
fn cursors_outlive_the_process_and_channels_begin_at_the_end() {
    let dir = TempDir::new().unwrap();
    let store = AlertStore::open(dir.path()).unwrap();
    store.record(&[scan("10.0.0.1", 0, 30)], NOW).unwrap();
    assert_eq!(store.cursor("mail").unwrap(), 1, "what was before it was configured is not for it");
    store.record(&[scan("10.0.0.2", 0, 30), scan("10.0.0.3", 0, 30)], NOW).unwrap();
    store.delivered("mail", 2).unwrap();
    drop(store);
    let store = AlertStore::open(dir.path()).unwrap();
    assert_eq!((store.newest_notice(), store.cursor("mail").unwrap()), (3, 2));
    let next = store.notices(2, 10, NOW).unwrap();
    assert_eq!(next.iter().map(|notice| notice.id).collect::<Vec<_>>(), [3]);
    store.keep_channels(&["chat".to_owned()]).unwrap();
    assert_eq!(store.cursor("mail").unwrap(), 3);
}

#[test]
fn the_oldest_go_when_there_are_too_many() {
    let (_dir, store) = open();
    let found: Vec<Detection> = (0..=NOTICES)
        .map(|nth| scan(&format!("10.{}.{}.{}", nth >> 16, nth >> 8 & 255, nth & 255), 0, 30))
        .collect();
    store.record(&found, NOW).unwrap();
    let kept = store.notices(0, 100_000, NOW).unwrap();
    assert_eq!((kept.len() as i64, kept[0].id, store.newest_notice()), (NOTICES, 2, NOTICES + 1));
}
