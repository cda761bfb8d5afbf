//! Suppressions: alerts that are kept but not shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use weir_alert::{Conditions, Preview, Suppression};

use super::MarkerBody;
use crate::time::rfc3339;

/// A value that an entity must have.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntityValue {
    /// The field.
    #[schema(example = "src_ip")]
    pub field: String,
    /// Its value, as alerts show it.
    #[schema(example = "10.0.0.1")]
    pub value: String,
}

/// What a suppression hides: alerts that meet all of it. At least one condition must be there.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SuppressionConditions {
    /// Of one of these rules, by id.
    pub rules: Vec<String>,
    /// About an entity with all of these values.
    pub entity: Vec<EntityValue>,
    /// About an entity with an address in one of these networks.
    #[schema(example = json!(["10.0.0.0/24"]))]
    pub networks: Vec<String>,
    /// About an entity that this filter passes; it sees the fields that the entity has.
    #[schema(required)]
    pub filter: Option<String>,
}

impl From<&Conditions> for SuppressionConditions {
    fn from(conditions: &Conditions) -> Self {
        let pair =
            |(field, value): &(String, String)| EntityValue { field: field.clone(), value: value.clone() };
        Self {
            rules: conditions.rules.clone(),
            entity: conditions.entity.iter().map(pair).collect(),
            networks: conditions.networks.iter().map(ToString::to_string).collect(),
            filter: conditions.filter.clone(),
        }
    }
}

/// A suppression to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionRequest {
    /// What it hides. Left out with `alert`.
    #[serde(default)]
    pub conditions: Option<SuppressionConditions>,
    /// In place of conditions: the rule and the entity of this alert.
    #[serde(default)]
    pub alert: Option<i64>,
    /// Why.
    pub reason: String,
    /// Who wants it. Default: `local`.
    #[serde(default)]
    pub owner: Option<String>,
    /// How long: `12h`, `30d`, or `never` for without an end. Default: 30 days.
    #[serde(default, rename = "for")]
    pub length: Option<String>,
}

/// Conditions to be tried.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// What would be hidden. Left out with `alert`.
    #[serde(default)]
    pub conditions: Option<SuppressionConditions>,
    /// In place of conditions: the rule and the entity of this alert.
    #[serde(default)]
    pub alert: Option<i64>,
}

/// Where a suppression is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionState {
    /// It hides alerts.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Ended,
}

/// A suppression.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuppressionBody {
    /// Its number.
    pub id: i64,
    /// Where it is in its life.
    pub state: SuppressionState,
    /// What it hides.
    pub conditions: SuppressionConditions,
    /// Why.
    pub reason: String,
    /// Who wants it.
    pub owner: String,
    /// When it was made (RFC 3339).
    #[schema(format = DateTime)]
    pub created: String,
    /// When it ends by itself (RFC 3339); null: never.
    #[schema(format = DateTime, required)]
    pub expires: Option<String>,
    /// When somebody ended it (RFC 3339).
    #[schema(format = DateTime, required)]
    pub ended: Option<String>,
    /// Who ended it.
    #[schema(required)]
    pub ended_by: Option<String>,
    /// Detections that it hid: each window of an alert counts once.
    pub hidden: u64,
    /// Alerts that it hides now.
    pub alerts: u64,
}

impl SuppressionBody {
    /// A suppression as the API says it.
    pub fn new(suppression: &Suppression, now_ns: i64) -> Self {
        Self {
            id: suppression.id,
            state: if suppression.ended_ns.is_some() {
                SuppressionState::Ended
            } else if suppression.is_in_force(now_ns) {
                SuppressionState::Active
            } else {
                SuppressionState::Expired
            },
            conditions: (&suppression.conditions).into(),
            reason: suppression.reason.clone(),
            owner: suppression.owner.clone(),
            created: rfc3339(suppression.created_ns),
            expires: suppression.expires_ns.map(rfc3339),
            ended: suppression.ended_ns.map(rfc3339),
            ended_by: suppression.ended_by.clone(),
            hidden: suppression.hidden,
            alerts: suppression.alerts,
        }
    }
}

/// The suppressions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuppressionList {
    /// The newest first.
    pub suppressions: Vec<SuppressionBody>,
}

/// What conditions would have hidden.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuppressionPreview {
    /// Alerts seen in the last 30 days that would have been hidden.
    pub alerts: u64,
    /// Alerts seen in that time.
    pub of: u64,
    /// Those of them that were closed as true positives.
    pub true_positives: u64,
    /// What speaks against it; null if nothing does.
    #[schema(required)]
    pub warning: Option<String>,
    /// The first 50 of them: true positives first, then by level.
    pub shown: Vec<MarkerBody>,
}

impl From<Preview> for SuppressionPreview {
    fn from(preview: Preview) -> Self {
        let warning = match preview.true_positives {
            0 if preview.of > 1 && preview.alerts == preview.of => {
                Some("it would have hidden every alert of the last 30 days".to_owned())
            }
            0 => None,
            1 => Some("it would have hidden an alert that was closed as a true positive".to_owned()),
            count => Some(format!("it would have hidden {count} alerts that were closed as true positives")),
        };
        Self {
            alerts: preview.alerts,
            of: preview.of,
            true_positives: preview.true_positives,
            warning,
            shown: preview.shown.iter().map(Into::into).collect(),
        }
    }
}

/// A suppression that was made, and what it would have hidden before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SuppressionMade {
    /// The suppression.
    pub suppression: SuppressionBody,
    /// What it would have hidden.
    pub preview: SuppressionPreview,
}
