//! Alerts: what was noticed, and what was done about it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_alert::{Alert, Counts, Entry, Group, Marker, Relation, Spark, State, Verdict};
use weir_sigma::Level;

use crate::time::rfc3339;

/// How bad it is if the rule is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertLevel {
    /// Worth a note.
    Informational,
    /// A lead for hunting.
    Low,
    /// Somebody should look today.
    Medium,
    /// Somebody should look now.
    High,
    /// Get up.
    Critical,
}

impl From<Level> for AlertLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Informational => Self::Informational,
            Level::Low => Self::Low,
            Level::Medium => Self::Medium,
            Level::High => Self::High,
            Level::Critical => Self::Critical,
        }
    }
}

/// What has been done about an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Nothing yet, or it came back.
    Open,
    /// Somebody looks at it.
    Acknowledged,
    /// It has a verdict.
    Closed,
}

impl From<State> for AlertState {
    fn from(state: State) -> Self {
        match state {
            State::Open => Self::Open,
            State::Acknowledged => Self::Acknowledged,
            State::Closed => Self::Closed,
        }
    }
}

/// What a closed alert turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertVerdict {
    /// It was what the rule says, and unwanted.
    TruePositive,
    /// It was what the rule says, and wanted.
    Benign,
    /// It was something else.
    FalsePositive,
    /// Another alert tells the same.
    Duplicate,
}

impl From<Verdict> for AlertVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::TruePositive => Self::TruePositive,
            Verdict::Benign => Self::Benign,
            Verdict::FalsePositive => Self::FalsePositive,
            Verdict::Duplicate => Self::Duplicate,
        }
    }
}

impl From<AlertVerdict> for Verdict {
    fn from(verdict: AlertVerdict) -> Self {
        match verdict {
            AlertVerdict::TruePositive => Self::TruePositive,
            AlertVerdict::Benign => Self::Benign,
            AlertVerdict::FalsePositive => Self::FalsePositive,
            AlertVerdict::Duplicate => Self::Duplicate,
        }
    }
}

/// A field that names whom an alert is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EntityField {
    /// The field.
    #[schema(example = "src_ip")]
    pub field: String,
    /// Its value, as filters write it.
    #[schema(example = "10.0.0.1")]
    pub value: String,
}

/// A named part of a risk.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RiskPart {
    /// What it looks at.
    pub name: String,
    /// What was seen, in words.
    pub seen: String,
    /// Points it adds to the risk, or takes from it.
    pub points: f64,
}

/// How to see the flows behind an alert.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceBody {
    /// The filter that selects them.
    pub filter: String,
    /// Start of the range, inclusive (RFC 3339).
    #[schema(format = DateTime)]
    pub from: String,
    /// End of the range, exclusive (RFC 3339).
    #[schema(format = DateTime)]
    pub to: String,
}

/// What limits the trust in an alert.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QualityBody {
    /// The highest sampling rate (1 of N packets) among the flows; null if it is unknown.
    #[schema(required)]
    pub sampling: Option<u64>,
    /// The 95 % interval of the value, where sampling makes it an estimate: low and high.
    #[schema(required)]
    pub interval: Option<Vec<f64>>,
    /// What else should be known.
    pub notes: Vec<String>,
}

/// Flows of an alert over its time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertSpark {
    /// Start of the first part (RFC 3339); null without parts.
    #[schema(format = DateTime, required)]
    pub from: Option<String>,
    /// Length of a part in seconds.
    pub step_seconds: u64,
    /// Flows of each part, oldest first, at most 48 of them.
    pub flows: Vec<u64>,
}

impl From<&Spark> for AlertSpark {
    fn from(spark: &Spark) -> Self {
        Self {
            from: spark.points.first().map(|point| rfc3339(point.from_ns)),
            step_seconds: (spark.step_ns / 1_000_000_000).unsigned_abs(),
            flows: spark.points.iter().map(|point| point.flows).collect(),
        }
    }
}

/// What the detections of one rule about one entity came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertBody {
    /// Its number.
    pub id: i64,
    /// The rule's id.
    pub rule: String,
    /// The rule's title when the alert was created.
    pub title: String,
    /// How the rule comes to its verdict: `rule`, `correlation` or `behaviour`.
    pub analytic: String,
    /// The highest level of its detections.
    pub level: AlertLevel,
    /// The ATT&CK techniques that the rule names.
    #[schema(example = json!(["T1046"]))]
    pub techniques: Vec<String>,
    /// Whom it is about.
    pub entity: Vec<EntityField>,
    /// From 1; a closed alert that came back after a day of quiet is a new one with the next number.
    pub episode: u32,
    /// What has been done about it.
    pub state: AlertState,
    /// What it turned out to be; only of a closed one.
    #[schema(required)]
    pub verdict: Option<AlertVerdict>,
    /// Why it was closed.
    #[schema(required)]
    pub reason: Option<String>,
    /// Whose it is.
    #[schema(required)]
    pub assignee: Option<String>,
    /// When it was created (RFC 3339).
    #[schema(format = DateTime)]
    pub created: String,
    /// When anything of it last changed (RFC 3339).
    #[schema(format = DateTime)]
    pub updated: String,
    /// When it last asked for attention: created, came back, grew tenfold, got a higher level (RFC 3339).
    #[schema(format = DateTime)]
    pub attention: String,
    /// Time of its first flow (RFC 3339).
    #[schema(format = DateTime)]
    pub first_seen: String,
    /// Time of its last flow (RFC 3339).
    #[schema(format = DateTime)]
    pub last_seen: String,
    /// Flows of all of its windows.
    pub flows: u64,
    /// Windows in which it was seen.
    pub windows: u64,
    /// What is measured.
    #[schema(example = "distinct dst_port")]
    pub measure: String,
    /// Its value in the newest window.
    pub value: f64,
    /// The highest value of a window.
    pub peak: f64,
    /// The threshold that it passed.
    pub threshold: f64,
    /// What is usual for this entity; null if that is unknown.
    #[schema(required)]
    pub usual: Option<f64>,
    /// Whether the value is exact; otherwise it is an estimate.
    pub exact: bool,
    /// One sentence with the numbers: why it fired.
    pub sentence: String,
    /// What would have had to be otherwise.
    #[schema(example = "distinct dst_port: threshold 25, seen 173, usual 3")]
    pub counterfactual: String,
    /// How much it matters, 0 to 100.
    pub risk: u8,
    /// What the risk is made of.
    pub contributions: Vec<RiskPart>,
    /// How sure the detector is, 0 to 100.
    pub confidence: u8,
    /// How to see its flows.
    pub evidence: EvidenceBody,
    /// Addresses that it involves, the most important first.
    pub addresses: Vec<String>,
    /// Who did it, where the entity says so.
    #[schema(required)]
    pub source: Option<String>,
    /// To whom it was done, where the entity says so.
    #[schema(required)]
    pub target: Option<String>,
    /// The network of the source, or of the first address.
    #[schema(required)]
    pub network: Option<String>,
    /// What limits the trust.
    pub quality: QualityBody,
    /// How often it came back by itself.
    pub reopened: u32,
    /// Notes on it.
    pub notes: u32,
    /// The suppression that hides it.
    #[schema(required)]
    pub suppressed_by: Option<i64>,
    /// How it went over time.
    pub spark: AlertSpark,
}

impl AlertBody {
    /// An alert as the API says it.
    pub fn new(alert: &Alert, spark: &Spark) -> Self {
        let latest = &alert.latest;
        Self {
            id: alert.id,
            rule: latest.rule.clone(),
            title: alert.title.clone(),
            analytic: match latest.analytic {
                weir_detect::Analytic::Rule => "rule",
                weir_detect::Analytic::Correlation => "correlation",
                weir_detect::Analytic::Behaviour => "behaviour",
            }
            .to_owned(),
            level: alert.level.into(),
            techniques: alert.techniques.clone(),
            entity: entity_of(alert),
            episode: alert.episode,
            state: alert.state.into(),
            verdict: alert.verdict.map(AlertVerdict::from),
            reason: alert.reason.clone(),
            assignee: alert.assignee.clone(),
            created: rfc3339(alert.created_ns),
            updated: rfc3339(alert.updated_ns),
            attention: rfc3339(alert.attention_ns),
            first_seen: rfc3339(alert.first_ns),
            last_seen: rfc3339(alert.last_ns),
            flows: alert.flows,
            windows: alert.windows,
            measure: latest.measure.clone(),
            value: latest.value,
            peak: alert.peak,
            threshold: latest.threshold,
            usual: latest.usual,
            exact: latest.exact,
            sentence: latest.sentence.clone(),
            counterfactual: alert.counterfactual(),
            risk: latest.risk,
            contributions: latest
                .contributions
                .iter()
                .map(|part| RiskPart {
                    name: part.name.clone(),
                    seen: part.seen.clone(),
                    points: part.points,
                })
                .collect(),
            confidence: latest.confidence,
            evidence: EvidenceBody {
                filter: latest.evidence.filter.clone(),
                from: rfc3339(alert.evidence_from_ns),
                to: rfc3339(latest.evidence.to_ns),
            },
            addresses: latest.addresses.clone(),
            source: alert.source().map(str::to_owned),
            target: alert.target().map(str::to_owned),
            network: alert.network.clone(),
            quality: QualityBody {
                sampling: latest.quality.sampling,
                interval: latest.quality.interval.map(|(low, high)| vec![low, high]),
                notes: latest.quality.notes.clone(),
            },
            reopened: alert.reopened,
            notes: alert.notes,
            suppressed_by: alert.suppressed_by,
            spark: spark.into(),
        }
    }
}

/// How many alerts each tab has, of the alerts that the other conditions choose.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TabCounts {
    /// Open and not suppressed.
    pub triage: u64,
    /// Not closed and assigned (to `assignee`, if that is given).
    pub mine: u64,
    /// Acknowledged and not suppressed.
    pub acknowledged: u64,
    /// Suppressed and not closed.
    pub suppressed: u64,
    /// Closed.
    pub closed: u64,
    /// Every one.
    pub all: u64,
}

impl From<Counts> for TabCounts {
    fn from(counts: Counts) -> Self {
        Self {
            triage: counts.triage,
            mine: counts.mine,
            acknowledged: counts.acknowledged,
            suppressed: counts.suppressed,
            closed: counts.closed,
            all: counts.all,
        }
    }
}

/// Alerts that have something in common.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertGroup {
    /// What they have in common; null for those that do not have it.
    #[schema(required)]
    pub key: Option<String>,
    /// The same for people: a rule's title.
    #[schema(required)]
    pub title: Option<String>,
    /// How many.
    pub alerts: u64,
    /// The highest level of them.
    pub level: AlertLevel,
    /// The highest risk.
    pub risk: u8,
    /// Their flows.
    pub flows: u64,
    /// Time of the first flow (RFC 3339).
    #[schema(format = DateTime)]
    pub first_seen: String,
    /// Time of the last flow (RFC 3339).
    #[schema(format = DateTime)]
    pub last_seen: String,
}

impl From<Group> for AlertGroup {
    fn from(group: Group) -> Self {
        Self {
            key: group.key,
            title: group.title,
            alerts: group.alerts,
            level: group.level.into(),
            risk: group.risk,
            flows: group.flows,
            first_seen: rfc3339(group.first_ns),
            last_seen: rfc3339(group.last_ns),
        }
    }
}

/// A page of alerts, or groups of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertList {
    /// The alerts; none when groups were asked for.
    pub alerts: Vec<AlertBody>,
    /// The groups, those with the highest level first; none unless they were asked for.
    pub groups: Vec<AlertGroup>,
    /// Continues after the last alert; null at the end.
    #[schema(required)]
    pub next: Option<String>,
    /// How many alerts each tab has.
    pub counts: TabCounts,
}

/// An alert, and others that have to do with it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertDetail {
    /// The alert.
    pub alert: AlertBody,
    /// Alerts that share an address with it and began at most a day before or after it, oldest first, at most 50.
    pub related: Vec<RelatedBody>,
}

/// What another alert has to do with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertRelation {
    /// Before: it touched the host that is the source here.
    LedHere,
    /// After: its source is a host that was touched here.
    Followed,
    /// The same source.
    SameSource,
    /// The same target.
    SameTarget,
    /// An address of both, in other parts.
    Shared,
}

impl From<Relation> for AlertRelation {
    fn from(relation: Relation) -> Self {
        match relation {
            Relation::LedHere => Self::LedHere,
            Relation::Followed => Self::Followed,
            Relation::SameSource => Self::SameSource,
            Relation::SameTarget => Self::SameTarget,
            Relation::Shared => Self::Shared,
        }
    }
}

/// Another alert that has to do with one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RelatedBody {
    /// Its number.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its level.
    pub level: AlertLevel,
    /// Time of its first flow (RFC 3339).
    #[schema(format = DateTime)]
    pub first_seen: String,
    /// Time of its last flow (RFC 3339).
    #[schema(format = DateTime)]
    pub last_seen: String,
    /// Whether it is closed.
    pub closed: bool,
    /// What it has to do with the one.
    pub relation: AlertRelation,
    /// Whom it is about.
    pub entity: Vec<EntityField>,
}

impl RelatedBody {
    /// What the API says of `other` beside `one`.
    pub fn new(one: &Alert, other: &Alert) -> Self {
        let MarkerBody { id, title, level, first_seen, last_seen, closed } = other.into();
        let relation = Relation::of(one, other).into();
        Self { id, title, level, first_seen, last_seen, closed, relation, entity: entity_of(other) }
    }
}

/// Whom an alert is about.
fn entity_of(alert: &Alert) -> Vec<EntityField> {
    let fields = alert.entity().0.iter();
    fields.map(|(field, value)| EntityField { field: field.clone(), value: value.clone() }).collect()
}

/// An alert on an axis of time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MarkerBody {
    /// The alert's number.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its level.
    pub level: AlertLevel,
    /// Time of its first flow (RFC 3339).
    #[schema(format = DateTime)]
    pub first_seen: String,
    /// Time of its last flow (RFC 3339).
    #[schema(format = DateTime)]
    pub last_seen: String,
    /// Whether it is closed.
    pub closed: bool,
}

impl From<Marker> for MarkerBody {
    fn from(marker: Marker) -> Self {
        Self {
            id: marker.id,
            title: marker.title,
            level: marker.level.into(),
            first_seen: rfc3339(marker.first_ns),
            last_seen: rfc3339(marker.last_ns),
            closed: marker.closed,
        }
    }
}

impl From<&Alert> for MarkerBody {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id,
            title: alert.title.clone(),
            level: alert.level.into(),
            first_seen: rfc3339(alert.first_ns),
            last_seen: rfc3339(alert.last_ns),
            closed: alert.state == State::Closed,
        }
    }
}

/// Alerts on an axis of time.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineBody {
    /// The alerts with flows in the range, the highest level first, at most 500.
    pub markers: Vec<MarkerBody>,
}

/// What happened to an alert.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryBody {
    /// The newest 1000 entries, oldest first.
    pub entries: Vec<HistoryEntry>,
}

/// Something that happened to an alert.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// When (RFC 3339).
    #[schema(format = DateTime)]
    pub at: String,
    /// Who did it; null for Weir itself.
    #[schema(required)]
    pub who: Option<String>,
    /// What happened: `event` names it, the other members tell more.
    #[schema(example = json!({"event": "note", "text": "asked the owner"}))]
    pub what: serde_json::Value,
    /// When it was taken back (RFC 3339); null if it was not.
    #[schema(format = DateTime, required)]
    pub undone: Option<String>,
}

impl From<Entry> for HistoryEntry {
    fn from(entry: Entry) -> Self {
        Self {
            at: rfc3339(entry.at_ns),
            who: entry.who,
            // An event is an object of texts and numbers.
            what: serde_json::to_value(entry.event).unwrap_or_default(),
            undone: entry.undone_ns.map(rfc3339),
        }
    }
}

/// What to do about alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionWord {
    /// Somebody looks at them. Those that are not open stay as they are.
    Acknowledge,
    /// Gives them an owner (`assignee`), or none if it is left out.
    Assign,
    /// Says what they turned out to be (`verdict`, `reason`).
    Close,
    /// Opens them again.
    Reopen,
    /// Writes something down (`text`).
    Note,
    /// Takes an action back (`undo`), within 30 seconds.
    Undo,
}

/// Something to do about alerts: those in `ids`, or those that `filter` chooses.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionRequest {
    /// What to do.
    pub action: ActionWord,
    /// The alerts, by number, at most 10 000.
    #[serde(default)]
    pub ids: Vec<i64>,
    /// The alerts, as the query of `GET /api/v1/alerts` chooses them: `state=open&rule=port-scan`.
    #[serde(default)]
    pub filter: Option<String>,
    /// Who does it, for the history. Default: `local`.
    #[serde(default)]
    pub who: Option<String>,
    /// For `assign`: the owner.
    #[serde(default)]
    pub assignee: Option<String>,
    /// For `close`: what they turned out to be.
    #[serde(default)]
    pub verdict: Option<AlertVerdict>,
    /// For `close` and `reopen`: why. Required to close more than one alert.
    #[serde(default)]
    pub reason: Option<String>,
    /// For `note`: the text.
    #[serde(default)]
    pub text: Option<String>,
    /// For `undo`: the token of the action.
    #[serde(default)]
    pub undo: Option<String>,
}

/// What an action came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionOutcome {
    /// Alerts that it changed.
    pub changed: u64,
    /// Takes it back within 30 seconds; null if there is nothing to take back.
    #[schema(required)]
    pub undo: Option<String>,
}
