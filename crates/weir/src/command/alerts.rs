//! `weir alerts`: what was noticed, and what is done about it.

mod suppress;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::{Alerts, AlertsAction, AlertsFormat, AlertsLs, Format, VerdictName};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{print, say};

pub(crate) fn run(arguments: &Alerts) -> Result<(), Failure> {
    let client = Client::new(arguments.url.as_deref());
    let format = arguments.format;
    let act = |mut request: Value| {
        request["who"] = json!(arguments.who);
        acted(&client.order("/api/v1/alerts/actions", &request)?, format)
    };
    match &arguments.action {
        AlertsAction::Ls(which) => list(&client, which, format),
        AlertsAction::Show { id } => show(&client, *id, format),
        AlertsAction::Ack { ids } => act(json!({"action": "acknowledge", "ids": ids})),
        AlertsAction::Close { ids, verdict, reason } => {
            act(json!({"action": "close", "ids": ids, "verdict": verdict.name(), "reason": reason}))
        }
        AlertsAction::Reopen { ids, reason } => {
            act(json!({"action": "reopen", "ids": ids, "reason": reason}))
        }
        AlertsAction::Assign { ids, to } => act(json!({"action": "assign", "ids": ids, "assignee": to})),
        AlertsAction::Note { ids, text } => act(json!({"action": "note", "ids": ids, "text": text})),
        AlertsAction::Suppress { action } => suppress::run(&client, action, &arguments.who, format),
        AlertsAction::Undo { token } => act(json!({"action": "undo", "undo": token})),
    }
}

impl VerdictName {
    /// As the API says it.
    fn name(self) -> &'static str {
        match self {
            Self::TruePositive => "true_positive",
            Self::Benign => "benign",
            Self::FalsePositive => "false_positive",
            Self::Duplicate => "duplicate",
        }
    }
}

impl AlertsFormat {
    /// The shape that the server writes; nothing for what is written here.
    fn shape(self) -> Option<&'static str> {
        match self {
            Self::Table | Self::Json => None,
            Self::Ocsf => Some("ocsf"),
            Self::Ecs => Some("ecs"),
            Self::Cef => Some("cef"),
            Self::Markdown => Some("markdown"),
        }
    }
}

fn list(client: &Client, which: &AlertsLs, format: AlertsFormat) -> Result<(), Failure> {
    let mut query = vec![("state", which.state.clone()), ("limit", which.limit.to_string())];
    for (name, value) in [
        ("level", &which.level),
        ("rule", &which.rule),
        ("technique", &which.technique),
        ("address", &which.address),
        ("assignee", &which.assignee),
        ("q", &which.text),
        ("order", &which.order),
    ] {
        query.extend(value.clone().map(|value| (name, value)));
    }
    query.extend(which.last.as_ref().map(|last| ("from", format!("now-{last}"))));
    let has_more = if let Some(shape) = format.shape() {
        let (text, next) = client.text(&format!("/api/v1/alerts/export/{shape}"), &query)?;
        say(&text)?;
        next.is_some()
    } else {
        let answer = client.fetch("/api/v1/alerts", &query)?;
        if format == AlertsFormat::Json {
            say(&format!("{answer}\n"))?;
        } else {
            say_table(&answer)?;
        }
        !answer["next"].is_null()
    };
    if has_more && format != AlertsFormat::Json {
        eprintln!("there are more alerts: `--limit N` shows up to 500");
    }
    Ok(())
}

fn say_table(answer: &Value) -> Result<(), Failure> {
    let alerts = answer["alerts"].as_array().map_or(&[][..], Vec::as_slice);
    if alerts.is_empty() {
        return say("no alerts match\n");
    }
    let rows: Vec<Value> = alerts
        .iter()
        .map(|alert| {
            json!({
                "id": alert["id"], "level": alert["level"], "state": state(alert), "last seen": alert["last_seen"],
                "title": alert["title"], "about": about(alert), "flows": alert["flows"], "risk": alert["risk"],
            })
        })
        .collect();
    let columns = ["id", "level", "state", "last seen", "about", "flows", "risk", "title"].map(str::to_owned);
    print(&json!({ "rows": rows }), &columns, Format::Table)
}

/// Whom an alert is about: `src_ip 10.0.0.1, dst_port 22`.
fn about(alert: &Value) -> String {
    let fields = alert["entity"].as_array().into_iter().flatten();
    let one = |field: &Value| {
        let text = |key: &str| field[key].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("field"), text("value"))
    };
    fields.map(one).collect::<Vec<_>>().join(", ")
}

fn state(alert: &Value) -> String {
    let text = |key: &str| alert[key].as_str().unwrap_or_default();
    if !alert["suppressed_by"].is_null() {
        return format!("{}, suppressed", text("state"));
    }
    match text("verdict") {
        "" => text("state").to_owned(),
        verdict => format!("{}, {}", text("state"), verdict.replace('_', " ")),
    }
}

fn show(client: &Client, id: i64, format: AlertsFormat) -> Result<(), Failure> {
    let detail = client.fetch(&format!("/api/v1/alerts/{id}"), &[])?;
    if let Some(shape) = format.shape() {
        let query = [("ids", id.to_string())];
        return say(&client.text(&format!("/api/v1/alerts/export/{shape}"), &query)?.0);
    }
    if format == AlertsFormat::Json {
        return say(&format!("{detail}\n"));
    }
    let history = client.fetch(&format!("/api/v1/alerts/{id}/history"), &[])?;
    let alert = &detail["alert"];
    let text = |key: &str| plain(&alert[key]);
    let mut out = format!("{}\n{}\n\n", text("title"), text("sentence"));
    let techniques: Vec<String> = alert["techniques"].as_array().into_iter().flatten().map(plain).collect();
    let evidence = &alert["evidence"];
    let asked = format!(
        "{} (from {} to {})",
        plain(&evidence["filter"]),
        plain(&evidence["from"]),
        plain(&evidence["to"])
    );
    for (name, value) in [
        ("about", about(alert)),
        ("level", text("level")),
        ("state", state(alert)),
        ("reason", text("reason")),
        ("owner", text("assignee")),
        ("rule", text("rule")),
        ("techniques", techniques.join(", ")),
        ("first seen", text("first_seen")),
        ("last seen", text("last_seen")),
        ("flows", format!("{} in {} windows", text("flows"), text("windows"))),
        ("why", text("counterfactual")),
        ("risk", text("risk")),
        ("confidence", text("confidence")),
        ("filter", asked),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "{name:<11} {value}");
        }
    }
    for entry in history["entries"].as_array().into_iter().flatten() {
        let what = entry["what"].as_object().into_iter().flatten();
        let words: Vec<String> =
            what.map(|(_, value)| plain(value)).filter(|word| !word.is_empty()).collect();
        let who = entry["who"].as_str().unwrap_or("Weir");
        let undone = if entry["undone"].is_null() { "" } else { " (taken back)" };
        let _ = writeln!(out, "{} {}: {}{undone}", plain(&entry["at"]), plain(&json!(who)), words.join(", "));
    }
    for other in detail["related"].as_array().into_iter().flatten() {
        let one = |key: &str| plain(&other[key]);
        let relation = one("relation").replace('_', " ");
        let (id, title, first, about) = (one("id"), one("title"), one("first_seen"), about(other));
        let _ = writeln!(out, "{relation:<11} {id} {title}, {about} ({first})");
    }
    say(&out)
}

/// A value on one line of a terminal; nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect(),
        other => other.to_string(),
    }
}

fn acted(outcome: &Value, format: AlertsFormat) -> Result<(), Failure> {
    if format == AlertsFormat::Json {
        return say(&format!("{outcome}\n"));
    }
    let changed = outcome["changed"].as_u64().unwrap_or_default();
    let mut text = match changed {
        1 => "1 alert is changed".to_owned(),
        count => format!("{count} alerts are changed"),
    };
    if let Some(token) = outcome["undo"].as_str() {
        let _ = write!(text, "; `weir alerts undo {token}` takes it back within 30 s");
    }
    text.push('\n');
    say(&text)
}
