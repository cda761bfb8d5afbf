//! Hunts: rules over flows that are stored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AlertLevel, AlertVerdict, EntityField, ErrorBody, EvidenceBody, RuleKind};
use crate::time::When;

/// What to hunt for, and when.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HuntRequest {
    /// Id or name of a rule, a correlation or an analytic; of a document in `text`, if there is one. Without it, the last
    /// document in `text` that is reported.
    pub rule: Option<String>,
    /// Sigma text, in which rules in force may be named.
    pub text: Option<String>,
    /// Start of the range, inclusive [default: `now-30d`].
    pub from: Option<When>,
    /// End of the range, exclusive [default: `now`].
    pub to: Option<When>,
    /// Whether to say as well what other thresholds would have come to.
    #[serde(default)]
    pub sweep: bool,
}

/// How a hunt is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HuntState {
    /// It runs.
    Running,
    /// It is over; `result` says what was found.
    Done,
    /// It came to nothing; `error` says why.
    Failed,
}

/// A hunt.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HuntJob {
    /// Its name, for asking again.
    pub id: String,
    /// How it is doing.
    pub state: HuntState,
    /// Id of what is hunted for.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// What it is.
    pub kind: RuleKind,
    /// Start of the range, inclusive (RFC 3339).
    #[schema(format = DateTime)]
    pub from: String,
    /// End of the range, exclusive (RFC 3339).
    #[schema(format = DateTime)]
    pub to: String,
    /// When it began (RFC 3339).
    #[schema(format = DateTime)]
    pub started: String,
    /// Rows that were looked at, or did not need to be.
    pub rows_done: u64,
    /// Rows in the range; 0 until that is known.
    pub rows: u64,
    /// What was found; null until it is over.
    #[schema(required)]
    pub result: Option<HuntResult>,
    /// Why it came to nothing; null unless it failed.
    #[schema(required)]
    pub error: Option<ErrorBody>,
}

/// Hunts that run, and the last ones that are over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HuntList {
    /// The newest first; without their results.
    pub hunts: Vec<HuntJob>,
}

/// What a hunt came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HuntResult {
    /// The alerts that there would have been, the highest level first; at most 1000.
    pub alerts: Vec<HuntAlert>,
    /// How many alerts there would have been.
    pub alert_count: u64,
    /// In how many windows they would have been seen.
    pub window_count: u64,
    /// When.
    pub buckets: HuntBuckets,
    /// What other thresholds would have come to; empty if that was not asked, or the rule has none that a growing number
    /// passes. Of an analytic, thresholds are multiples of the one in force.
    pub sweep: Vec<HuntStep>,
    /// What is known of alerts in the range.
    pub verdicts: HuntVerdicts,
    /// Rows in the range.
    pub rows: u64,
    /// Rows of the parts that could not be left out.
    pub rows_read: u64,
    /// Rows that the rule matches.
    pub rows_matched: u64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// What should be known of the answer.
    pub warnings: Vec<String>,
}

/// An alert that there would have been.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HuntAlert {
    /// Whom it is about.
    pub entity: Vec<EntityField>,
    /// The highest level of its detections.
    pub level: AlertLevel,
    /// Why it would have fired at its most conspicuous.
    pub sentence: String,
    /// Time of its first flow (RFC 3339).
    #[schema(format = DateTime)]
    pub first_seen: String,
    /// Time of its last flow (RFC 3339).
    #[schema(format = DateTime)]
    pub last_seen: String,
    /// Flows of all of its windows.
    pub flows: u64,
    /// Windows in which it would have been seen.
    pub windows: u64,
    /// What is measured.
    pub measure: String,
    /// Its highest value.
    pub value: f64,
    /// The threshold.
    pub threshold: f64,
    /// How to see its flows.
    pub evidence: EvidenceBody,
    /// The alert of this rule and entity that there is; null if there is none.
    #[schema(required)]
    pub alert: Option<i64>,
    /// The verdict on that alert; null if there is none.
    #[schema(required)]
    pub verdict: Option<AlertVerdict>,
}

/// Windows over time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HuntBuckets {
    /// Start of the first bucket (RFC 3339).
    #[schema(format = DateTime)]
    pub from: String,
    /// Length of a bucket in seconds.
    pub step_seconds: u64,
    /// Windows that began in each, oldest first.
    pub windows: Vec<u64>,
}

/// What a threshold would have come to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HuntStep {
    /// The threshold.
    pub threshold: f64,
    /// Whether it is the one in force.
    pub current: bool,
    /// Alerts that there would have been.
    pub alerts: u64,
    /// Windows in which they would have been seen.
    pub windows: u64,
}

/// Alerts that there were, and how many of them the hunt has too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct HuntOverlap {
    /// Alerts in the range.
    pub alerts: u64,
    /// Those of them that the hunt has found too.
    pub found: u64,
}

/// What is known of alerts in the range.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct HuntVerdicts {
    /// Of this rule, with the verdict `true_positive`.
    pub true_positive: HuntOverlap,
    /// Of this rule, with the verdict `benign`.
    pub benign: HuntOverlap,
    /// Of this rule, with the verdict `false_positive`.
    pub false_positive: HuntOverlap,
    /// Of this rule, without a verdict.
    pub undecided: HuntOverlap,
    /// True positives of other rules; found is one that has an address and time in common.
    pub other_rules: HuntOverlap,
    /// True positives among the found alerts of this rule that have a verdict; null if none has.
    #[schema(required)]
    pub precision: Option<f64>,
}
