//! What documents say of themselves.

use std::collections::HashMap;

use rsigma_parser::{CorrelationRule, SigmaRule};

use crate::fault::Fault;
use crate::{Level, Meta, Origin, Status};

macro_rules! meta {
    ($rule:expr) => {{
        let rule = $rule;
        Meta {
            id: rule.id.clone().or_else(|| rule.name.clone()).unwrap_or_else(|| rule.title.clone()),
            name: rule.name.clone(),
            title: rule.title.clone(),
            description: rule.description.clone().unwrap_or_default().trim().to_owned(),
            level: rule.level.map_or(Level::default(), level),
            status: rule.status.map_or(Status::default(), status),
            tags: rule.tags.clone(),
            false_positives: rule.falsepositives.clone(),
            references: rule.references.clone(),
            author: rule.author.clone(),
            date: rule.date.clone(),
            modified: rule.modified.clone(),
            origin: Origin::default(),
        }
    }};
}

pub(super) fn of_rule(rule: &SigmaRule) -> Meta {
    meta!(rule)
}

pub(super) fn of_correlation(rule: &CorrelationRule) -> Meta {
    meta!(rule)
}

fn level(level: rsigma_parser::Level) -> Level {
    match level {
        rsigma_parser::Level::Informational => Level::Informational,
        rsigma_parser::Level::Low => Level::Low,
        rsigma_parser::Level::Medium => Level::Medium,
        rsigma_parser::Level::High => Level::High,
        rsigma_parser::Level::Critical => Level::Critical,
    }
}

fn status(status: rsigma_parser::Status) -> Status {
    match status {
        rsigma_parser::Status::Stable => Status::Stable,
        rsigma_parser::Status::Test => Status::Test,
        rsigma_parser::Status::Experimental => Status::Experimental,
        rsigma_parser::Status::Deprecated => Status::Deprecated,
        rsigma_parser::Status::Unsupported => Status::Unsupported,
    }
}

/// The custom attribute `entity`: whom a match is about.
pub(super) fn entity<V: serde::Serialize>(
    attributes: &HashMap<String, V>,
) -> Result<Option<Vec<String>>, Fault> {
    let Some(value) = attributes.get("entity") else { return Ok(None) };
    let names: Option<Vec<String>> =
        serde_json::to_value(value).ok().and_then(|value| serde_json::from_value(value).ok());
    match names {
        Some(names) if !names.is_empty() => Ok(Some(names)),
        _ => Err(Fault::error("`entity` is not a list of field names")
            .help("write for example `entity: [source.ip]`")
            .near("entity")),
    }
}

/// A custom attribute that is true or false; false when it is not there.
pub(super) fn flag<V: serde::Serialize>(attributes: &HashMap<String, V>, name: &str) -> Result<bool, Fault> {
    let Some(value) = attributes.get(name) else { return Ok(false) };
    let value = serde_json::to_value(value).ok().and_then(|value| value.as_bool());
    value.ok_or_else(|| Fault::error(format!("`{name}` is neither true nor false")).near(name))
}
