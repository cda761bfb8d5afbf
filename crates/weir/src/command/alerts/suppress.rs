//! `weir alerts suppress`: what is kept but not shown.

use serde_json::{Value, json};

use super::plain;
use crate::cli::{AlertsFormat, Format, SuppressAction, SuppressAdd};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{print, say};

const PATH: &str = "/api/v1/suppressions";

pub(super) fn run(
    client: &Client,
    action: &SuppressAction,
    who: &str,
    format: AlertsFormat,
) -> Result<(), Failure> {
    match action {
        SuppressAction::Add(new) => add(client, new, who, format),
        SuppressAction::Ls { all } => list(client, *all, format),
        SuppressAction::Rm { id } => {
            let ended = client.delete(&format!("{PATH}/{id}"), &[("who", who)])?;
            match format {
                AlertsFormat::Json => say(&format!("{ended}\n")),
                _ => say(&format!("suppression {id} has ended; it hid {} detections\n", ended["hidden"])),
            }
        }
    }
}

fn add(client: &Client, new: &SuppressAdd, who: &str, format: AlertsFormat) -> Result<(), Failure> {
    let mut request = match new.alert {
        Some(id) => json!({ "alert": id }),
        None => json!({ "conditions": conditions(new)? }),
    };
    let (answer, preview) = if new.dry_run {
        let preview = client.order(&format!("{PATH}/preview"), &request)?;
        (preview.clone(), preview)
    } else {
        request["reason"] = json!(new.reason);
        request["owner"] = json!(who);
        request["for"] = json!(new.length);
        let made = client.order(PATH, &request)?;
        let preview = made["preview"].clone();
        (made, preview)
    };
    if format == AlertsFormat::Json {
        return say(&format!("{answer}\n"));
    }
    let made = &answer["suppression"];
    if !made.is_null() {
        let until = match plain(&made["expires"]).as_str() {
            "" => "somebody ends it".to_owned(),
            until => until.to_owned(),
        };
        say(&format!(
            "suppression {} is in force until {until}, and hides {} alerts\n",
            made["id"], made["alerts"]
        ))?;
    }
    say(&format!(
        "it would have hidden {} of the {} alerts of the last 30 days\n",
        preview["alerts"], preview["of"]
    ))?;
    for alert in preview["shown"].as_array().into_iter().flatten().take(10) {
        let text = |key: &str| plain(&alert[key]);
        say(&format!("  {}  {}  {}  {}\n", text("id"), text("level"), text("last_seen"), text("title")))?;
    }
    if let Some(warning) = preview["warning"].as_str() {
        eprintln!("warning: {warning}");
    }
    Ok(())
}

fn conditions(new: &SuppressAdd) -> Result<Value, Failure> {
    let mut entity = Vec::new();
    for text in &new.entity {
        let (field, value) = text.split_once('=').ok_or_else(|| {
            Failure::wrong_use(format!("`--entity {text}` is not FIELD=VALUE"))
                .help("`weir alerts ls` shows what alerts are about")
        })?;
        entity.push(json!({ "field": field.trim(), "value": value.trim() }));
    }
    Ok(json!({ "rules": new.rules, "entity": entity, "networks": new.networks, "filter": new.filter }))
}

fn list(client: &Client, all: bool, format: AlertsFormat) -> Result<(), Failure> {
    let state = if all { "all" } else { "active" };
    let answer = client.fetch(PATH, &[("state", state.to_owned())])?;
    if format == AlertsFormat::Json {
        return say(&format!("{answer}\n"));
    }
    let found = answer["suppressions"].as_array().map_or(&[][..], Vec::as_slice);
    if found.is_empty() {
        return say("no suppressions\n");
    }
    let rows: Vec<Value> = found
        .iter()
        .map(|one| {
            json!({
                "id": one["id"], "state": one["state"], "expires": one["expires"], "owner": one["owner"],
                "alerts": one["alerts"], "hidden": one["hidden"], "hides": hides(&one["conditions"]),
                "reason": one["reason"],
            })
        })
        .collect();
    let columns =
        ["id", "state", "expires", "owner", "alerts", "hidden", "hides", "reason"].map(str::to_owned);
    print(&json!({ "rows": rows }), &columns, Format::Table)
}

/// Conditions in a few words.
fn hides(conditions: &Value) -> String {
    let list =
        |key: &str| -> Vec<String> { conditions[key].as_array().into_iter().flatten().map(plain).collect() };
    let entity = conditions["entity"].as_array().into_iter().flatten();
    let entity: Vec<String> =
        entity.map(|one| format!("{} = {}", plain(&one["field"]), plain(&one["value"]))).collect();
    let filter = conditions["filter"].as_str().map(|text| format!("({text})"));
    let parts = [list("rules").join(" or "), entity.join(" and "), list("networks").join(" or ")];
    parts.into_iter().chain(filter).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}
