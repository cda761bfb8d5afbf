//! The store as its users see it: detections in, alerts out.

use tempfile::TempDir;
use weir_detect::{Analytic, Detection, Entity, Evidence, Quality};
use weir_sigma::{Level, Meta};

use crate::{AlertStore, Event, GroupBy, Listing, Rule, Rules, Selection, State, Tab};

mod acting;
mod listing;
mod noticing;
mod recording;
mod rules;
mod suppressing;

pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const DAY: i64 = 86_400 * SECOND;
/// 2025-03-01T12:00:00Z.
pub(crate) const NOW: i64 = 1_740_830_400 * SECOND;

pub(crate) fn open() -> (TempDir, AlertStore) {
    let dir = TempDir::new().unwrap();
    let store = AlertStore::open(dir.path()).unwrap();
    store.set_rules(Rules::new(vec![
        rule("scan", "Port scan", "attack.t1046"),
        rule("guess", "Password guessing", "attack.t1110.001"),
    ]));
    (dir, store)
}

fn rule(id: &str, title: &str, tag: &str) -> Rule {
    let meta = Meta {
        id: id.to_owned(),
        title: title.to_owned(),
        tags: vec!["attack.discovery".to_owned(), tag.to_owned()],
        ..Meta::default()
    };
    Rule { meta, analytic: Analytic::Correlation, source: None, enabled: true, note: None }
}

/// A host that touched so many ports in the minute that began so many minutes after [`NOW`].
pub(crate) fn scan(source: &str, minute: i64, ports: u64) -> Detection {
    let window_ns = NOW + minute * MINUTE;
    Detection {
        rule: "scan".to_owned(),
        analytic: Analytic::Correlation,
        entity: Entity(vec![("src_ip".to_owned(), source.to_owned())]),
        level: Level::Medium,
        sentence: format!(
            "{source} touched {ports} ports of 198.51.100.7 within a minute; the threshold is 25."
        ),
        first_ns: window_ns + SECOND,
        last_ns: window_ns + 50 * SECOND,
        window_ns,
        flows: ports * 2,
        measure: "distinct dst_port".to_owned(),
        value: ports as f64,
        threshold: 25.0,
        usual: Some(3.0),
        exact: true,
        confidence: 90,
        risk: 60,
        contributions: Vec::new(),
        evidence: Evidence {
            filter: format!("src_ip = {source} and dst_ip = 198.51.100.7"),
            from_ns: window_ns,
            to_ns: window_ns + MINUTE,
        },
        addresses: vec![source.to_owned(), "198.51.100.7".to_owned()],
        quality: Quality::default(),
    }
}

/// The one alert that there is.
pub(crate) fn only(store: &AlertStore) -> crate::Alert {
    let mut all = all(store);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

pub(crate) fn all(store: &AlertStore) -> Vec<crate::Alert> {
    let selection = Selection { tab: Tab::All, ..Selection::default() };
    let page = store.list(&Listing { selection, limit: 1000, ..Listing::default() }, NOW).unwrap();
    assert!(page.next.is_none());
    page.alerts.into_iter().map(|(alert, _)| alert).collect()
}

pub(crate) fn events(store: &AlertStore, alert: i64) -> Vec<Event> {
    store.history(alert).unwrap().unwrap().into_iter().map(|entry| entry.event).collect()
}
