//! OCSF 1.8, Detection Finding (class 2004) with the incident profile. An alert's life is the finding's: created, updated,
//! closed.

use serde_json::{Map, Value, json};
use weir_detect::Analytic;
use weir_sigma::Level;

use super::{Subject, VERSION, milliseconds, technique, technique_url};
use crate::{State, Verdict};

const SCHEMA: &str = "1.8.0";
const CLASS: u32 = 2004;

pub(super) fn render(subject: &Subject<'_>) -> Value {
    let alert = subject.alert;
    let latest = &alert.latest;
    let (activity, activity_name) = activity(subject);
    let (severity, severity_name) = severity(alert.level);
    let (status, status_name) = status(subject);
    let (confidence, confidence_name) = confidence(latest.confidence);
    let mut finding = json!({
        "category_uid": 2, "category_name": "Findings",
        "class_uid": CLASS, "class_name": "Detection Finding",
        "activity_id": activity, "activity_name": activity_name,
        "type_uid": CLASS * 100 + activity, "type_name": format!("Detection Finding: {activity_name}"),
        "time": milliseconds(alert.updated_ns),
        "start_time": milliseconds(alert.first_ns),
        "end_time": milliseconds(alert.last_ns),
        "count": alert.flows,
        "message": latest.sentence,
        "severity_id": severity, "severity": severity_name,
        "status_id": status, "status": status_name,
        "confidence_id": confidence, "confidence": confidence_name, "confidence_score": latest.confidence,
        "risk_score": latest.risk,
        "is_alert": alert.state != State::Closed,
        "metadata": {
            "version": SCHEMA,
            "profiles": ["incident"],
            "uid": format!("{}-{}", alert.id, alert.updated_ns),
            "product": {"name": "Weir", "vendor_name": "Weir", "version": VERSION},
        },
        "finding_info": finding_info(subject),
        "evidences": evidences(subject),
        "observables": observables(subject),
        "unmapped": unmapped(subject),
    });
    let contributions: Vec<String> = latest
        .contributions
        .iter()
        .map(|part| format!("{} ({}): {:+}", part.name, part.seen, part.points))
        .collect();
    if !contributions.is_empty() {
        finding["risk_details"] = json!(contributions.join("; "));
    }
    if let Some(verdict) = alert.verdict {
        let (id, name) = verdict_of(verdict);
        finding["verdict_id"] = json!(id);
        finding["verdict"] = json!(name);
    }
    if let Some(reason) = &alert.reason {
        finding["comment"] = json!(reason);
    }
    if let Some(name) = &alert.assignee {
        finding["assignee"] = json!({"name": name});
    }
    if let Some(link) = subject.link() {
        finding["src_url"] = json!(link);
    }
    finding
}

/// Create, update or close.
fn activity(subject: &Subject<'_>) -> (u32, &'static str) {
    let alert = subject.alert;
    if alert.state == State::Closed {
        (3, "Close")
    } else if alert.updated_ns == alert.created_ns {
        (1, "Create")
    } else {
        (2, "Update")
    }
}

fn severity(level: Level) -> (u8, &'static str) {
    match level {
        Level::Informational => (1, "Informational"),
        Level::Low => (2, "Low"),
        Level::Medium => (3, "Medium"),
        Level::High => (4, "High"),
        Level::Critical => (5, "Critical"),
    }
}

fn status(subject: &Subject<'_>) -> (u8, &'static str) {
    match subject.alert.state {
        State::Closed => (4, "Resolved"),
        _ if subject.alert.suppressed_by.is_some() => (3, "Suppressed"),
        State::Open => (1, "New"),
        State::Acknowledged => (2, "In Progress"),
    }
}

fn confidence(percent: u8) -> (u8, &'static str) {
    match percent {
        0..40 => (1, "Low"),
        40..75 => (2, "Medium"),
        _ => (3, "High"),
    }
}

fn verdict_of(verdict: Verdict) -> (u8, &'static str) {
    match verdict {
        Verdict::FalsePositive => (1, "False Positive"),
        Verdict::TruePositive => (2, "True Positive"),
        Verdict::Benign => (5, "Benign"),
        Verdict::Duplicate => (10, "Duplicate"),
    }
}

fn finding_info(subject: &Subject<'_>) -> Value {
    let alert = subject.alert;
    let (kind, kind_name) = match alert.latest.analytic {
        Analytic::Rule | Analytic::Correlation => (1, "Rule"),
        Analytic::Behaviour => (2, "Behavioral"),
    };
    let mut analytic =
        json!({"uid": alert.latest.rule, "name": alert.title, "type_id": kind, "type": kind_name});
    let mut info = json!({
        "uid": alert.id.to_string(),
        "title": alert.title,
        "created_time": milliseconds(alert.created_ns),
        "modified_time": milliseconds(alert.updated_ns),
        "first_seen_time": milliseconds(alert.first_ns),
        "last_seen_time": milliseconds(alert.last_ns),
        "data_sources": ["flow records"],
        "attacks": attacks(subject),
    });
    if let Some(rule) = subject.rule {
        if !rule.description.is_empty() {
            analytic["desc"] = json!(rule.description);
            info["desc"] = json!(rule.description);
        }
        if let Some(version) = rule.modified.as_ref().or(rule.date.as_ref()) {
            analytic["version"] = json!(version);
        }
    }
    info["analytic"] = analytic;
    if let Some(link) = subject.link() {
        info["src_url"] = json!(link);
    }
    info
}

fn attacks(subject: &Subject<'_>) -> Vec<Value> {
    let tactics: Vec<Value> = subject.tactics().into_iter().map(|name| json!({"name": name})).collect();
    let one = |id: &String| {
        let (base, sub) = technique(id);
        let mut attack = json!({"technique": {"uid": base, "src_url": technique_url(base)}});
        if let Some(sub) = sub {
            attack["sub_technique"] = json!({"uid": sub, "src_url": technique_url(sub)});
        }
        if !tactics.is_empty() {
            attack["tactics"] = json!(tactics);
        }
        attack
    };
    subject.alert.techniques.iter().map(one).collect()
}

fn endpoint(address: Option<&str>, port: Option<u16>) -> Option<Value> {
    let mut endpoint = Map::new();
    if let Some(address) = address {
        endpoint.insert("ip".to_owned(), json!(address));
    }
    if let Some(port) = port {
        endpoint.insert("port".to_owned(), json!(port));
    }
    (!endpoint.is_empty()).then_some(Value::Object(endpoint))
}

/// Who with whom, and the question whose answer is the flows.
fn evidences(subject: &Subject<'_>) -> Value {
    let (alert, evidence) = (subject.alert, &subject.alert.latest.evidence);
    let mut found = json!({
        "name": "flows",
        "data": {
            "filter": evidence.filter,
            "from": super::rfc3339(alert.evidence_from_ns),
            "to": super::rfc3339(evidence.to_ns),
        },
    });
    for (key, side) in [
        ("src_endpoint", endpoint(alert.source(), subject.port("src_port"))),
        ("dst_endpoint", endpoint(alert.target(), subject.port("dst_port"))),
    ] {
        if let Some(side) = side {
            found[key] = side;
        }
    }
    json!([found])
}

fn observables(subject: &Subject<'_>) -> Vec<Value> {
    let alert = subject.alert;
    let place = |address: &str| {
        if alert.source() == Some(address) {
            "evidences[].src_endpoint.ip"
        } else if alert.target() == Some(address) {
            "evidences[].dst_endpoint.ip"
        } else {
            "unmapped.addresses[]"
        }
    };
    let one = |address: &String| json!({"name": place(address), "type_id": 2, "type": "IP Address", "value": address});
    alert.latest.addresses.iter().map(one).collect()
}

/// What OCSF has no place for.
fn unmapped(subject: &Subject<'_>) -> Value {
    let (alert, latest) = (subject.alert, &subject.alert.latest);
    let entity: Map<String, Value> =
        alert.entity().0.iter().map(|(field, value)| (field.clone(), json!(value))).collect();
    json!({
        "entity": entity, "episode": alert.episode, "windows": alert.windows, "measure": latest.measure,
        "value": latest.value, "peak": alert.peak, "threshold": latest.threshold, "usual": latest.usual,
        "exact": latest.exact, "counterfactual": alert.counterfactual(), "addresses": latest.addresses,
        "sampling": latest.quality.sampling, "quality": latest.quality.notes,
    })
}
