//! Filters that are learnt from verdicts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::When;

/// Which alerts to learn from.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TuneRequest {
    /// Start of the range, inclusive [default: `now-30d`].
    pub from: Option<When>,
    /// End of the range, exclusive [default: `now`].
    pub to: Option<When>,
    /// Whether to put the filter into the folder of rules. Refused when it would drop a true positive.
    #[serde(default)]
    pub write: bool,
}

/// Verdicts on the alerts that a filter drops.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TuneVerdicts {
    /// With the verdict `true_positive`.
    pub true_positive: u64,
    /// With the verdict `benign`.
    pub benign: u64,
    /// With the verdict `false_positive`.
    pub false_positive: u64,
    /// Without one.
    pub undecided: u64,
}

/// A filter for a rule, and what it would have changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleTuning {
    /// Id of the rule.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// The filter, as a Sigma document.
    pub filter: String,
    /// Alerts that there would have been in the range.
    pub alerts_before: u64,
    /// Those that there would have been with the filter.
    pub alerts_after: u64,
    /// Verdicts on those that it drops.
    pub dropped: TuneVerdicts,
    /// Ids of other rules that the filter changes too.
    pub also_in: Vec<String>,
    /// The file that it was written to; null if it was not.
    #[schema(required)]
    pub written: Option<String>,
}
