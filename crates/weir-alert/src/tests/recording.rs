//! What becomes of detections.

use super::*;

#[test]
fn a_detection_makes_an_alert_that_says_all_of_it() {
    let (_dir, store) = open();
    store.record(&[scan("10.0.0.1", 0, 173)], NOW + 2 * MINUTE).unwrap();
    let alert = only(&store);
    assert_eq!((alert.title.as_str(), alert.level, alert.state), ("Port scan", Level::Medium, State::Open));
    assert_eq!(alert.techniques, ["T1046"]);
    assert_eq!((alert.flows, alert.windows, alert.peak, alert.episode), (346, 1, 173.0, 1));
    assert_eq!((alert.first_ns, alert.last_ns), (NOW + SECOND, NOW + 50 * SECOND));
    assert_eq!((alert.source(), alert.target()), (Some("10.0.0.1"), None));
    assert_eq!(alert.network.as_deref(), Some("10.0.0.0/24"));
    assert_eq!(alert.latest, scan("10.0.0.1", 0, 173));
    assert_eq!(events(&store, alert.id), [Event::Created]);
}

#[test]
fn a_window_that_comes_again_replaces_its_numbers_in_whatever_order() {
    let (_dir, store) = open();
    let grown = scan("10.0.0.1", 0, 40);
    for detections in [
        vec![scan("10.0.0.1", 0, 30)],
        vec![grown.clone(), scan("10.0.0.1", 1, 50)],
        // Delivered again after a restart: the older window after the newer one.
        vec![scan("10.0.0.1", 1, 50), grown.clone(), scan("10.0.0.1", 1, 50)],
    ] {
        store.record(&detections, NOW).unwrap();
    }
    let alert = only(&store);
    assert_eq!((alert.flows, alert.windows, alert.peak), (180, 2, 50.0));
    assert_eq!(alert.latest.window_ns, NOW + MINUTE, "the newest window is what it says");
    assert_eq!(alert.evidence_from_ns, NOW);
    let (_, spark) = store.alert(alert.id, NOW).unwrap().unwrap();
    assert_eq!(spark.points.iter().map(|point| point.flows).collect::<Vec<_>>(), [80, 100]);
}

#[test]
fn alerts_and_counts_survive_a_restart() {
    let dir = TempDir::new().unwrap();
    AlertStore::open(dir.path()).unwrap().record(&[scan("10.0.0.1", 0, 30)], NOW).unwrap();
    let store = AlertStore::open(dir.path()).unwrap();
    store.record(&[scan("10.0.0.1", 0, 30), scan("10.0.0.1", 1, 30)], NOW).unwrap();
    let alert = only(&store);
    assert_eq!((alert.flows, alert.windows), (120, 2));
}

#[test]
fn more_windows_than_are_kept_stay_in_the_sums_and_are_not_counted_again() {
    let (_dir, store) = open();
    let windows: Vec<Detection> = (0..700).map(|minute| scan("10.0.0.1", minute, 30)).collect();
    store.record(&windows, NOW).unwrap();
    store.record(&windows, NOW).unwrap();
    let alert = only(&store);
    assert_eq!((alert.flows, alert.windows), (700 * 60, 700));
}

#[test]
fn entities_and_rules_have_alerts_of_their_own() {
    let (_dir, store) = open();
    let other_rule = Detection { rule: "guess".to_owned(), ..scan("10.0.0.1", 0, 30) };
    store.record(&[scan("10.0.0.1", 0, 30), scan("10.0.0.2", 0, 30), other_rule], NOW).unwrap();
    assert_eq!(all(&store).len(), 3);
}

#[test]
fn a_higher_level_raises_the_alert_and_a_lower_one_does_not_lower_it() {
    let (_dir, store) = open();
    let at = |level, minute| Detection { level, ..scan("10.0.0.1", minute, 30) };
    store.record(&[at(Level::Medium, 0)], NOW).unwrap();
    store.record(&[at(Level::High, 1), at(Level::Low, 2)], NOW + MINUTE).unwrap();
    let alert = only(&store);
    assert_eq!((alert.level, alert.attention_ns), (Level::High, NOW + MINUTE));
    assert_eq!(
        events(&store, alert.id),
        [Event::Created, Event::Raised { from: Level::Medium, to: Level::High }]
    );
}

#[test]
fn what_comes_again_after_a_day_asks_for_attention() {
    let (_dir, store) = open();
    store.record(&[scan("10.0.0.1", 0, 30)], NOW).unwrap();
    store.record(&[scan("10.0.0.1", 2 * 1440, 30)], NOW + 2 * DAY).unwrap();
    let alert = only(&store);
    assert_eq!((alert.attention_ns, alert.windows), (NOW + 2 * DAY, 2));
    assert_eq!(events(&store, alert.id).last(), Some(&Event::Returned));
}

#[test]
fn numbers_that_json_does_not_have_are_kept_as_others() {
    let (_dir, store) = open();
    let odd = Detection { value: f64::INFINITY, threshold: f64::NAN, ..scan("10.0.0.1", 0, 30) };
    store.record(&[odd], NOW).unwrap();
    let alert = only(&store);
    assert_eq!((alert.latest.value, alert.latest.threshold), (f64::MAX, 0.0));
}

#[test]
fn a_file_of_a_later_weir_is_left_alone() {
    let (dir, store) = open();
    drop(store);
    let path = dir.path().join("alerts.sqlite");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = AlertStore::open(dir.path()).unwrap_err();
    assert!(error.to_string().contains("format 99"), "{error}");
    assert!(error.help().is_some());
}

#[test]
fn tenfold_growth_asks_for_attention_each_time() {
    let (_dir, store) = open();
    for (minute, ports) in [(0, 30), (1, 299), (2, 300), (3, 2999), (4, 3000)] {
        store.record(&[scan("10.0.0.1", minute, ports)], NOW + minute * MINUTE).unwrap();
    }
    let alert = only(&store);
    let grown = |from, to| Event::Grown { from, to };
    assert_eq!(events(&store, alert.id), [Event::Created, grown(30.0, 300.0), grown(300.0, 3000.0)]);
    assert_eq!(alert.attention_ns, NOW + 4 * MINUTE);
}
