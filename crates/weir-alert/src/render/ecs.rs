//! Elastic Common Schema 8: `event.kind` is `alert`; fields of the entity have their ECS names.

use serde_json::{Map, Value, json};
use weir_schema::Field;

use super::{Subject, rfc3339, technique, technique_url};
use crate::State;

pub(super) fn render(subject: &Subject<'_>) -> Value {
    let alert = subject.alert;
    let latest = &alert.latest;
    let mut event = json!({
        "@timestamp": rfc3339(alert.updated_ns),
        "ecs": {"version": "8.17.0"},
        "message": latest.sentence,
        "event": {
            "kind": "alert", "category": ["network", "intrusion_detection"], "type": ["info"],
            "action": latest.rule, "module": "weir", "dataset": "weir.alert", "provider": "weir",
            "id": format!("{}-{}", alert.id, alert.updated_ns), "created": rfc3339(alert.created_ns),
            "start": rfc3339(alert.first_ns), "end": rfc3339(alert.last_ns),
            "severity": alert.level as u8, "risk_score": latest.risk, "reason": alert.counterfactual(),
        },
        "rule": {"id": latest.rule, "name": alert.title, "category": kind(subject)},
        "related": {"ip": latest.addresses},
        "observer": {"vendor": "Weir", "product": "Weir", "type": "flow-collector", "version": super::VERSION},
        "weir": {"alert": {
            "id": alert.id, "episode": alert.episode, "state": alert.state.name(), "verdict": alert.verdict,
            "assignee": alert.assignee, "suppressed_by": alert.suppressed_by, "level": alert.level.name(),
            "flows": alert.flows, "windows": alert.windows, "measure": latest.measure, "value": latest.value,
            "peak": alert.peak, "threshold": latest.threshold, "usual": latest.usual,
            "confidence": latest.confidence, "filter": latest.evidence.filter,
        }},
    });
    if alert.state == State::Closed {
        event["event"]["type"] = json!(["info", "end"]);
    }
    if let Some(link) = subject.link() {
        event["event"]["url"] = json!(link);
    }
    if let Some(rule) = subject.rule {
        if !rule.description.is_empty() {
            event["rule"]["description"] = json!(rule.description);
        }
        if let Some(reference) = rule.references.first() {
            event["rule"]["reference"] = json!(reference);
        }
    }
    if !alert.techniques.is_empty() {
        event["threat"] = threat(subject);
    }
    let Value::Object(object) = &mut event else { return event };
    for (field, value) in &alert.entity().0 {
        let known = Field::from_name(field).filter(|field| !field.info().ecs.is_empty());
        if let Some(known) = known {
            insert(object, known.info().ecs, typed(value));
        }
    }
    event
}

fn kind(subject: &Subject<'_>) -> &'static str {
    match subject.alert.latest.analytic {
        weir_detect::Analytic::Rule => "rule",
        weir_detect::Analytic::Correlation => "correlation",
        weir_detect::Analytic::Behaviour => "behaviour",
    }
}

/// ECS wants parallel lists.
fn threat(subject: &Subject<'_>) -> Value {
    let mut bases: Vec<&str> = subject.alert.techniques.iter().map(|id| technique(id).0).collect();
    bases.dedup();
    let subs: Vec<&str> = subject.alert.techniques.iter().filter_map(|id| technique(id).1).collect();
    let urls = |ids: &[&str]| ids.iter().map(|id| technique_url(id)).collect::<Vec<_>>();
    let mut threat = json!({
        "framework": "MITRE ATT&CK",
        "technique": {"id": bases, "reference": urls(&bases)},
    });
    if !subs.is_empty() {
        threat["technique"]["subtechnique"] = json!({"id": subs, "reference": urls(&subs)});
    }
    let tactics = subject.tactics();
    if !tactics.is_empty() {
        threat["tactic"] = json!({"name": tactics});
    }
    threat
}

/// Numbers are numbers.
fn typed(value: &str) -> Value {
    value.parse::<u64>().map_or_else(|_| json!(value), |number| json!(number))
}

/// Puts a value at a dotted name. What is there already stays.
fn insert(object: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            object.entry(name).or_insert(value);
        }
        Some((first, rest)) => {
            let inner = object.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
