//! Filter text and what was understood of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A filter to check.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterRequest {
    /// Filter text, such as `dst_port in (22, 3389) and bytes > 10MB`. Empty text matches everything.
    #[schema(example = "src_ip in 10.0.0.0/8 and service = https")]
    pub filter: String,
}

/// What was understood of a filter.
///
/// Places in the text are counted in UTF-16 code units, as JavaScript strings and browsers count.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct FilterReading {
    /// Whether the filter can be run.
    pub ok: bool,
    /// The filter in its canonical spelling; null when it is not understood.
    #[schema(required)]
    pub canonical: Option<String>,
    /// The top-level `and` terms, in order.
    pub terms: Vec<FilterTerm>,
    /// The mistakes, in order of place; empty when `ok`.
    pub errors: Vec<FilterProblem>,
}

/// One top-level `and` term of a filter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilterTerm {
    /// The term as written.
    pub text: String,
    /// Where it starts in the filter.
    pub start: u32,
    /// Where it ends in the filter.
    pub end: u32,
}

/// One mistake in a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FilterProblem {
    /// What is wrong.
    pub message: String,
    /// Where it starts in the filter.
    pub start: u32,
    /// Where it ends in the filter.
    pub end: u32,
    /// What could stand there instead.
    pub expected: Vec<String>,
    /// The likely meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}
