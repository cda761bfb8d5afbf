//! What is known of a rule besides its logic.

use serde::{Deserialize, Serialize};

/// How bad it is if the rule is right (Sigma's `level`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth a note, not an alert.
    Informational,
    /// A lead for hunting.
    #[default]
    Low,
    /// Somebody should look today.
    Medium,
    /// Somebody should look now.
    High,
    /// Get up.
    Critical,
}

impl Level {
    /// All of them, the lowest first.
    pub const ALL: [Level; 5] =
        [Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];

    /// Its name, as Sigma writes it.
    pub fn name(self) -> &'static str {
        match self {
            Level::Informational => "informational",
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
            Level::Critical => "critical",
        }
    }
}

/// How far a rule has been proven (Sigma's `status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Proven.
    Stable,
    /// Being proven.
    #[default]
    Test,
    /// May be wrong.
    Experimental,
    /// Replaced.
    Deprecated,
    /// Cannot work.
    Unsupported,
}

/// Where a rule stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// The file, or `built-in/NAME`.
    pub file: String,
    /// The line its document begins at, from 1.
    pub line: u32,
}

/// What a rule, a correlation or an analytic says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// The UUID, or the name where there is none. Unique in a rule set.
    pub id: String,
    /// The name that correlations refer to it by.
    pub name: Option<String>,
    /// A short title.
    pub title: String,
    /// What it finds and why that matters.
    pub description: String,
    /// How bad it is if it is right.
    pub level: Level,
    /// How far it has been proven.
    pub status: Status,
    /// Sigma tags: `attack.t1046`, `attack.discovery`.
    pub tags: Vec<String>,
    /// What harmless things look the same.
    pub false_positives: Vec<String>,
    /// Where the facts come from.
    pub references: Vec<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// When, as `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Last changed, as `YYYY-MM-DD`.
    pub modified: Option<String>,
    /// Where it stands.
    pub origin: Origin,
}

impl Meta {
    /// The ATT&CK technique ids among the tags, upper case: `T1110.001`.
    pub fn techniques(&self) -> impl Iterator<Item = String> {
        self.tags.iter().filter_map(|tag| {
            let id = tag.strip_prefix("attack.")?;
            let digits = id.strip_prefix('t')?;
            digits.starts_with(|first: char| first.is_ascii_digit()).then(|| id.to_ascii_uppercase())
        })
    }
}
