//! An alert as other programs and people read it: pure functions from an alert to text.
//!
//! Nothing here looks at a clock or at the store: the same subject gives the same text.

mod cef;
mod ecs;
mod markdown;
mod ocsf;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde_json::Value;
use weir_sigma::Meta;

use crate::Alert;

/// The version that texts name as their maker's.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The shapes that an alert can be told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// OCSF Detection Finding (class 2004): one JSON object.
    Ocsf,
    /// Elastic Common Schema, `event.kind: alert`: one JSON object.
    Ecs,
    /// ArcSight's Common Event Format: one line.
    Cef,
    /// For a ticket.
    Markdown,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 4] = [Shape::Ocsf, Shape::Ecs, Shape::Cef, Shape::Markdown];

    /// Its name, as configuration and API write it.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Ocsf => "ocsf",
            Shape::Ecs => "ecs",
            Shape::Cef => "cef",
            Shape::Markdown => "markdown",
        }
    }

    /// The shape of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }
}

/// An alert with what else is told of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// What its rule says of itself; nothing if the rule is gone.
    pub rule: Option<&'a Meta>,
    /// Where Weir's pages are, as its readers reach them: `https://weir.example.net`. Without it there are no links.
    pub base_url: Option<&'a str>,
}

impl Subject<'_> {
    /// The page of the alert.
    pub fn link(&self) -> Option<String> {
        self.base_url.map(|base| format!("{}/alerts/{}", base.trim_end_matches('/'), self.alert.id))
    }

    /// The alert in a shape. Without a line break at the end, and only Markdown has any inside.
    pub fn render(&self, shape: Shape) -> String {
        match shape {
            Shape::Ocsf => ocsf::render(self).to_string(),
            Shape::Ecs => ecs::render(self).to_string(),
            Shape::Cef => cef::render(self),
            Shape::Markdown => markdown::render(self),
        }
    }

    /// The alert as an OCSF object.
    pub fn ocsf(&self) -> Value {
        ocsf::render(self)
    }

    /// The tactics among the rule's tags, as ATT&CK writes them: `lateral-movement`.
    fn tactics(&self) -> Vec<&str> {
        let tags = self.rule.map_or(&[][..], |rule| &rule.tags);
        let names = tags.iter().filter_map(|tag| tag.strip_prefix("attack."));
        // Techniques, groups and software have a digit after their letter.
        names.filter(|name| !name.chars().nth(1).is_some_and(|second| second.is_ascii_digit())).collect()
    }

    /// A port, where the entity has one.
    fn port(&self, field: &str) -> Option<u16> {
        self.alert.entity().get(field)?.parse().ok()
    }
}

/// A technique's id without its sub-technique, and with it if it has one.
fn technique(id: &str) -> (&str, Option<&str>) {
    id.split_once('.').map_or((id, None), |(technique, _)| (technique, Some(id)))
}

fn technique_url(id: &str) -> String {
    format!("https://attack.mitre.org/techniques/{}/", id.replace('.', "/"))
}

fn milliseconds(ns: i64) -> i64 {
    ns.div_euclid(1_000_000)
}

fn rfc3339(ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(ns)).map_or_else(|_| ns.to_string(), |time| time.to_string())
}
