//! Rules: what can be noticed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_alert::{Switch, Tally};
use weir_detect::Cost;
use weir_sigma::{Explanation, Problem, Severity};

use super::AlertLevel;
use crate::time::rfc3339;

/// What a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// A Sigma rule: one flow is enough.
    Rule,
    /// A Sigma correlation: many flows together.
    Correlation,
    /// A behavioural analytic, which is part of the program.
    Behaviour,
    /// A document that cannot be used.
    Unusable,
}

/// How a rule is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// It is at work.
    On,
    /// Somebody switched it off, or the configuration did.
    Off,
    /// It is a part of correlations, and says nothing by itself.
    Part,
    /// It is at work, but needs fields that no flow has had yet.
    Blind,
    /// Its document cannot be used.
    Unusable,
}

/// How far a rule has been proven, by its author's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleStatus {
    /// Proven.
    Stable,
    /// Being proven.
    Test,
    /// May be wrong.
    Experimental,
    /// Replaced.
    Deprecated,
    /// Cannot work.
    Unsupported,
}

impl From<weir_sigma::Status> for RuleStatus {
    fn from(status: weir_sigma::Status) -> Self {
        match status {
            weir_sigma::Status::Stable => Self::Stable,
            weir_sigma::Status::Test => Self::Test,
            weir_sigma::Status::Experimental => Self::Experimental,
            weir_sigma::Status::Deprecated => Self::Deprecated,
            weir_sigma::Status::Unsupported => Self::Unsupported,
        }
    }
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleSeverity {
    /// The document is used; something in it does nothing.
    Warning,
    /// The document is sound, but needs what flows do not have, or what is not configured.
    Refused,
    /// The document is wrong.
    Error,
}

/// Something wrong with a document, and where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleProblem {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The character in it, from 1.
    pub column: u32,
    /// The title of the document; null if it has none.
    #[schema(required)]
    pub title: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it; null if nothing is known.
    #[schema(required)]
    pub help: Option<String>,
    /// How much it matters.
    pub severity: RuleSeverity,
}

impl From<&Problem> for RuleProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            file: problem.file.clone(),
            line: problem.line,
            column: problem.column,
            title: problem.title.clone(),
            message: problem.message.clone(),
            help: problem.help.clone(),
            severity: match problem.severity {
                Severity::Warning => RuleSeverity::Warning,
                Severity::Refused => RuleSeverity::Refused,
                Severity::Error => RuleSeverity::Error,
            },
        }
    }
}

/// A tactic of ATT&CK.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttackTacticName {
    /// Its number.
    #[schema(example = "TA0007")]
    pub id: String,
    /// Its name in tags and layers.
    #[schema(example = "discovery")]
    pub tag: String,
    /// Its name.
    #[schema(example = "Discovery")]
    pub name: String,
}

/// A technique of ATT&CK that a rule names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleTechnique {
    /// Its number.
    #[schema(example = "T1110.001")]
    pub id: String,
    /// Its name, of a sub-technique with that of its technique before it; null for one that Weir does not know.
    #[schema(required, example = "Brute Force: Password Guessing")]
    pub name: Option<String>,
    /// The tactics that it serves.
    pub tactics: Vec<AttackTacticName>,
}

/// Where a rule stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleOrigin {
    /// Whether it came with Weir.
    pub built_in: bool,
    /// The file, or `built-in/NAME`.
    pub file: String,
    /// The line its document begins at, from 1.
    pub line: u32,
}

/// A field without which a rule can never match.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleNeed {
    /// The field.
    pub field: String,
    /// Whether any flow has had a value of it.
    pub seen: bool,
}

/// Alerts of a rule, and what they turned out to be.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct AlertTally {
    /// All of them.
    pub alerts: u64,
    /// Without a verdict.
    pub undecided: u64,
    /// With the verdict `true_positive`.
    pub true_positive: u64,
    /// With the verdict `benign`.
    pub benign: u64,
    /// With the verdict `false_positive`.
    pub false_positive: u64,
    /// With the verdict `duplicate`.
    pub duplicate: u64,
}

impl From<Tally> for AlertTally {
    fn from(tally: Tally) -> Self {
        let Tally { alerts, undecided, true_positive, benign, false_positive, duplicate } = tally;
        Self { alerts, undecided, true_positive, benign, false_positive, duplicate }
    }
}

/// Alerts of a rule lately.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct RuleAlerts {
    /// With flows in the last 24 hours.
    pub day: AlertTally,
    /// With flows in the last 7 days.
    pub week: AlertTally,
    /// With flows in the last 30 days.
    pub month: AlertTally,
}

/// What a rule costs and keeps, since the start.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleCostBody {
    /// Nanoseconds per record.
    pub ns_per_record: f64,
    /// Bytes of its state, about.
    pub memory_bytes: u64,
    /// Groups that were given up because its memory was used up.
    pub evicted: u64,
    /// Events that came after their window had been decided.
    pub late: u64,
    /// Windows that sampling leaves open.
    pub undecided: u64,
}

impl From<&Cost> for RuleCostBody {
    fn from(cost: &Cost) -> Self {
        Self {
            ns_per_record: cost.ns_per_record,
            memory_bytes: cost.rule.memory_bytes as u64,
            evicted: cost.rule.evicted,
            late: cost.rule.late,
            undecided: cost.rule.undecided,
        }
    }
}

/// A rule was switched on or off.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleSwitch {
    /// Whether it is at work from then on.
    pub enabled: bool,
    /// Why; null if nobody said.
    #[schema(required)]
    pub reason: Option<String>,
    /// Who did it.
    pub who: String,
    /// When (RFC 3339).
    #[schema(format = DateTime)]
    pub at: String,
}

impl From<&Switch> for RuleSwitch {
    fn from(switch: &Switch) -> Self {
        Self {
            enabled: switch.enabled,
            reason: switch.reason.clone(),
            who: switch.who.clone(),
            at: rfc3339(switch.at_ns),
        }
    }
}

/// A rule, a correlation or a behavioural analytic.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleBody {
    /// Its id: what alerts call `rule`.
    pub id: String,
    /// The name that correlations and commands know it by; null if it has none.
    #[schema(required)]
    pub name: Option<String>,
    /// Its title.
    pub title: String,
    /// What it is.
    pub kind: RuleKind,
    /// How it is doing.
    pub state: RuleState,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Whether the configuration has it off, so that it cannot be switched on here.
    pub off_by_configuration: bool,
    /// Why it finds nothing, in a sentence; null if nothing keeps it.
    #[schema(required)]
    pub cannot: Option<String>,
    /// How bad it is if it is right.
    pub level: AlertLevel,
    /// How far it has been proven, by its author's word.
    pub status: RuleStatus,
    /// What it finds and why that matters.
    pub description: String,
    /// What harmless things look the same.
    pub false_positives: Vec<String>,
    /// Where the facts come from.
    pub references: Vec<String>,
    /// Who wrote it; null if nobody says so.
    #[schema(required)]
    pub author: Option<String>,
    /// When, as `YYYY-MM-DD`.
    #[schema(required)]
    pub date: Option<String>,
    /// Last changed, as `YYYY-MM-DD`.
    #[schema(required)]
    pub modified: Option<String>,
    /// Its tags, as written.
    pub tags: Vec<String>,
    /// The ATT&CK techniques among them.
    pub techniques: Vec<RuleTechnique>,
    /// Where it stands.
    pub origin: RuleOrigin,
    /// Its document as written; null for an analytic, which is part of the program.
    #[schema(required)]
    pub source: Option<String>,
    /// The fields without which it can never match.
    pub needs: Vec<RuleNeed>,
    /// The ids of the rules that it refers to.
    pub uses: Vec<String>,
    /// The titles of the filters that are in it.
    pub filters: Vec<String>,
    /// Whether there is a scenario that makes it speak.
    pub tested: bool,
    /// What is wrong with its document.
    pub problems: Vec<RuleProblem>,
    /// Its alerts lately.
    pub alerts: RuleAlerts,
    /// What it costs; null until it is known. The analytics are measured together: theirs is in the list.
    #[schema(required)]
    pub cost: Option<RuleCostBody>,
    /// Who switched it last; null if nobody ever did.
    #[schema(required)]
    pub switched: Option<RuleSwitch>,
}

/// Every rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleList {
    /// Whether flows are watched at all.
    pub watching: bool,
    /// The folder with rules of one's own.
    pub folder: String,
    /// Records that the rules have looked at since the start.
    pub records: u64,
    /// Rules, then correlations, then analytics, then what cannot be used.
    pub rules: Vec<RuleBody>,
    /// What the analytics cost together; null until it is known.
    #[schema(required)]
    pub analytics_cost: Option<RuleCostBody>,
    /// What is wrong with documents, those of filters and unreadable files included.
    pub problems: Vec<RuleProblem>,
}

/// A rule in words.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(no_recursion)]
pub struct RuleExplanation {
    /// The title.
    pub title: String,
    /// What it finds and why that matters.
    pub description: String,
    /// Of a rule: the filter that selects the flows it matches.
    #[schema(required)]
    pub filter: Option<String>,
    /// Of a correlation: what must be so within its window.
    #[schema(required)]
    pub asks: Option<String>,
    /// Whom it is about: fields.
    pub about: Vec<String>,
    /// The titles of the filters that are in it.
    pub filters: Vec<String>,
    /// Of a correlation: its parts. One that was told before has none.
    pub of: Vec<RuleExplanation>,
}

impl From<Explanation> for RuleExplanation {
    fn from(explanation: Explanation) -> Self {
        Self {
            title: explanation.title,
            description: explanation.description,
            filter: explanation.filter,
            asks: explanation.asks,
            about: explanation.about,
            filters: explanation.filters,
            of: explanation.of.into_iter().map(Into::into).collect(),
        }
    }
}

/// All of one rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleDetail {
    /// The rule.
    pub rule: RuleBody,
    /// What it looks for; null for analytics and for what cannot be used.
    #[schema(required)]
    pub explanation: Option<RuleExplanation>,
    /// The ids of the correlations that refer to it.
    pub used_by: Vec<String>,
    /// Every switch, the newest first.
    pub switches: Vec<RuleSwitch>,
}

/// Sigma text to be looked at.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleCheckRequest {
    /// One document or several, separated by `---`. Correlations may name the rules in force.
    pub text: String,
}

/// A document that can be used.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckedRule {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: RuleKind,
    /// How bad it is if it is right.
    pub level: AlertLevel,
    /// Whether it would be reported by itself.
    pub reports: bool,
    /// The line its document begins at, from 1.
    pub line: u32,
    /// The fields without which it can never match.
    pub needs: Vec<RuleNeed>,
    /// Whether a rule in force has this id or name, which it would take the place of only in that rule's file.
    pub known: bool,
    /// What it looks for.
    pub explanation: RuleExplanation,
}

/// What Sigma text comes to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleCheck {
    /// Whether nothing in it is refused or wrong.
    pub usable: bool,
    /// The documents that can be used.
    pub rules: Vec<CheckedRule>,
    /// What is wrong; `file` is empty.
    pub problems: Vec<RuleProblem>,
}

/// A rule is to be switched on or off.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSwitchRequest {
    /// Whether it is to be at work.
    pub enabled: bool,
    /// Why; needed to switch it off.
    pub reason: Option<String>,
    /// Who does it; `local` if nobody says so.
    pub who: Option<String>,
}
