//! What a detector noticed.

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

/// How a rule comes to its verdict (OCSF `finding_info.analytic.type_id`: 1 rule, 2 behavioural).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Analytic {
    /// A Sigma rule: one flow is enough.
    Rule,
    /// A Sigma correlation: many flows together.
    Correlation,
    /// A behavioural analytic.
    Behaviour,
}

/// Whom a detection is about: the group key of the rule, in the rule's order. Together with the rule it names the alert.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entity(
    /// Field name and value, as the filter language writes it without quotes: `("src_ip", "10.0.0.1")`.
    pub Vec<(String, String)>,
);

impl Entity {
    /// The value of a field, if it is part of the key.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
    }
}

/// A named part of a score, so that no number stands without its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// What it looks at: `regular intervals`, `well-known periodic service`.
    pub name: String,
    /// What was seen, in words: `61 s ± 2 s`.
    pub seen: String,
    /// Points it adds to (or takes from) the risk, of 100.
    pub points: f64,
}

/// How to see the flows behind a detection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// A filter in Weir's language that selects them.
    pub filter: String,
    /// Start of the range, included. Nanoseconds since 1970, UTC.
    pub from_ns: i64,
    /// End of the range, not included.
    pub to_ns: i64,
}

/// What limits the trust in a detection.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Quality {
    /// The highest sampling rate (1 of N packets) among the flows, where it is known.
    pub sampling: Option<u64>,
    /// The 95 % interval of the value, where sampling makes it an estimate.
    pub interval: Option<(f64, f64)>,
    /// What else should be known: `exporter lost 3 % meanwhile`.
    pub notes: Vec<String>,
}

/// What a detector noticed about one entity. A later detection about the same entity updates the same alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// The [`weir_sigma::Meta::id`] of what noticed it.
    pub rule: String,
    /// How it comes to its verdict.
    pub analytic: Analytic,
    /// Whom it is about.
    pub entity: Entity,
    /// How bad it is: the rule's level, or what the analytic makes of it.
    pub level: Level,
    /// One plain sentence with the numbers: why it fired.
    pub sentence: String,
    /// Time of the first flow of it. Nanoseconds since 1970, UTC.
    pub first_ns: i64,
    /// Time of the last flow of it.
    pub last_ns: i64,
    /// Start of the window that was decided; what stays equal when the same window is reported again with more in it.
    pub window_ns: i64,
    /// Flows that count towards it, in this window.
    pub flows: u64,
    /// What was measured, as the rule's condition compares it: `distinct dst_port`, `flows`, `score`.
    pub measure: String,
    /// Its value.
    pub value: f64,
    /// The threshold it passed.
    pub threshold: f64,
    /// What is usual for this entity, where that is known.
    pub usual: Option<f64>,
    /// Whether the value is exact; a sketch's is not.
    pub exact: bool,
    /// How sure the detector is, 0 to 100.
    pub confidence: u8,
    /// How much it matters, 0 to 100: the sum of the contributions, within bounds.
    pub risk: u8,
    /// What the risk is made of.
    pub contributions: Vec<Contribution>,
    /// How to see the flows.
    pub evidence: Evidence,
    /// Addresses that it involves, the most important first, at most 20: for related alerts.
    pub addresses: Vec<String>,
    /// What limits the trust.
    pub quality: Quality,
}
