//! Which techniques of ATT&CK would be noticed.

use serde::Serialize;
use utoipa::ToSchema;

use super::AlertTally;

/// How well a technique is covered, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttackState {
    /// It was noticed in a labelled capture of an attack.
    Captured,
    /// A scenario of it makes a rule speak.
    Lab,
    /// There is a rule for it, and nothing that proves it.
    Rule,
    /// There are rules for it, and they need fields that no exporter of this site has sent.
    Blind,
    /// There are rules for it, and all of them are off.
    Off,
    /// Flows can show it, and there is no rule.
    Gap,
}

/// A rule of a technique.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttackRule {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Fields that it needs and that no flow has had.
    pub missing: Vec<String>,
    /// Whether a scenario makes it speak.
    pub tested: bool,
}

/// A technique in a column of the matrix.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttackTechnique {
    /// Its number.
    #[schema(example = "T1110.001")]
    pub id: String,
    /// Its name; of a sub-technique without that of its technique.
    #[schema(example = "Password Guessing")]
    pub name: String,
    /// The technique that it is a part of; null for a technique.
    #[schema(required)]
    pub parent: Option<String>,
    /// How well it is covered; of a technique, by its sub-techniques too.
    pub state: AttackState,
    /// The rules that name it; those of sub-techniques stand there.
    pub rules: Vec<AttackRule>,
    /// Ids of what noticed it in a labelled capture.
    pub captured_by: Vec<String>,
    /// Alerts in the range, of the rules that name it.
    pub alerts: AlertTally,
}

/// A column of the matrix.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttackTactic {
    /// Its number.
    #[schema(example = "TA0007")]
    pub id: String,
    /// Its name in tags and layers.
    #[schema(example = "discovery")]
    pub tag: String,
    /// Its name.
    #[schema(example = "Discovery")]
    pub name: String,
    /// The techniques that network flows can show, each followed by its sub-techniques.
    pub techniques: Vec<AttackTechnique>,
}

/// What would be noticed, by tactic and technique.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttackMatrix {
    /// The version of ATT&CK.
    #[schema(example = "18.1")]
    pub version: String,
    /// Whose work ATT&CK is. Show it with the matrix.
    pub attribution: String,
    /// Start of the range that alerts are counted in (RFC 3339).
    #[schema(format = DateTime)]
    pub from: String,
    /// Its end (RFC 3339).
    #[schema(format = DateTime)]
    pub to: String,
    /// The columns, those without techniques left out.
    pub tactics: Vec<AttackTactic>,
    /// Techniques that rules name and Weir does not know.
    pub unknown: Vec<String>,
}
