//! Prometheus' Alertmanager, API v2: it groups, silences and routes on.
//!
//! An alert has the same labels each time, so Alertmanager knows it again. It ends there when it is closed here, or when
//! nothing was told of it for `hold`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use weir_alert::State;

use super::http::Poster;
use super::{SendError, Sender};
use crate::config::AlertmanagerConfig;
use crate::message::{Item, Message};
use crate::secret;

pub(super) struct Alertmanager {
    url: secret::Value,
    authorization: Option<secret::Secret>,
    labels: BTreeMap<String, String>,
    hold: Duration,
    poster: Poster,
    base_url: Option<String>,
}

impl Alertmanager {
    pub(super) fn new(config: &AlertmanagerConfig, base_url: Option<&str>) -> Self {
        Self {
            url: config.url.clone(),
            authorization: config.authorization.clone(),
            labels: config.labels.clone(),
            hold: config.hold.0,
            poster: Poster::new(config.ca.as_deref(), config.timeout.0),
            base_url: base_url.map(str::to_owned),
        }
    }

    fn body(&self, message: &Message<'_>, now_ns: i64) -> Value {
        // The last word on an alert counts: of several notices in one message, the newest.
        let mut latest: BTreeMap<i64, &Item> = BTreeMap::new();
        for item in message.items() {
            latest.insert(item.alert.id, item);
        }
        let mut alerts: Vec<Value> = latest.into_values().map(|item| self.alert(item, now_ns)).collect();
        if matches!(message, Message::Test) {
            let mut labels = self.labels.clone();
            labels.insert("alertname".to_owned(), "Weir test".to_owned());
            labels.insert("severity".to_owned(), "informational".to_owned());
            alerts.push(json!({
                "labels": labels, "annotations": {"summary": message.headline()},
                "endsAt": rfc3339(now_ns.saturating_add(60_000_000_000)),
            }));
        }
        json!(alerts)
    }

    fn alert(&self, item: &Item, now_ns: i64) -> Value {
        let alert = &item.alert;
        let mut labels = self.labels.clone();
        for (name, value) in [
            ("alertname", alert.title.clone()),
            ("severity", alert.level.name().to_owned()),
            ("rule", alert.latest.rule.clone()),
            ("weir_alert", alert.id.to_string()),
        ] {
            labels.insert(name.to_owned(), value);
        }
        for (field, value) in &alert.entity().0 {
            labels.entry(field.clone()).or_insert_with(|| value.clone());
        }
        let is_closed = alert.state == State::Closed;
        let hold = i64::try_from(self.hold.as_nanos()).unwrap_or(i64::MAX);
        let end = if is_closed { now_ns } else { now_ns.saturating_add(hold) };
        // It cannot begin after it ends.
        let start = alert.created_ns.min(end);
        let mut told = json!({
            "labels": labels,
            "annotations": {
                "summary": message_summary(item), "description": alert.latest.sentence,
                "why": alert.counterfactual(), "filter": alert.latest.evidence.filter,
            },
            "startsAt": rfc3339(start), "endsAt": rfc3339(end),
        });
        if let Some(link) = item.subject(self.base_url.as_deref()).link() {
            told["generatorURL"] = json!(link);
        }
        told
    }
}

fn message_summary(item: &Item) -> String {
    Message::One(item).headline()
}

fn rfc3339(ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(ns)).unwrap_or_default().to_string()
}

impl Sender for Alertmanager {
    fn send(&self, message: &Message<'_>, now_ns: i64) -> Result<(), SendError> {
        let url = self.url.read().map_err(SendError::Later)?;
        let mut headers = Vec::new();
        if let Some(secret) = &self.authorization {
            headers.push(("Authorization", secret.read().map_err(SendError::Later)?));
        }
        let url = format!("{}/api/v2/alerts", url.trim_end_matches('/'));
        self.poster.post(&url, &headers, &self.body(message, now_ns).to_string())
    }

    fn check(&self) -> Result<(), String> {
        if let Some(secret) = &self.authorization {
            secret.read()?;
        }
        self.poster.check(&self.url.read()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::{NOW, item};

    #[test]
    fn an_alert_is_known_again_and_ends_when_it_is_closed() {
        let config = json!({"url": "http://127.0.0.1:9093/", "labels": {"site": "north"}});
        let alertmanager = Alertmanager::new(&serde_json::from_value(config).unwrap(), None);
        let one = item(1);
        let open = alertmanager.body(&Message::One(&one), NOW);
        assert_eq!(open[0]["labels"]["src_ip"], "10.0.0.1");
        assert_eq!(
            (&open[0]["labels"]["site"], &open[0]["endsAt"]),
            (&json!("north"), &json!("2025-03-01T16:00:00Z"))
        );
        let mut closed = item(2);
        closed.alert.state = State::Closed;
        let both = [one, closed];
        let body = alertmanager.body(&Message::Digest(&both), NOW + 1_000_000_000);
        assert_eq!(body.as_array().unwrap().len(), 1, "the newest word on an alert counts");
        assert_eq!(body[0]["labels"], open[0]["labels"]);
        assert_eq!(body[0]["endsAt"], "2025-03-01T12:00:01Z");
    }
}
