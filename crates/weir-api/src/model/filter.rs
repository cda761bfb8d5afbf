//! Filter text and what was understood of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TableName;
use crate::time::When;

/// A filter to check.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterRequest {
    /// Filter text, such as `dst_port in (22, 3389) and bytes > 10MB`, or in nfdump's syntax. Empty text matches
    /// everything.
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
    /// The parts in nfdump's syntax, in order, and what they say in Weir's.
    pub translations: Vec<FilterTranslation>,
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

/// A part of a filter in nfdump's syntax.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilterTranslation {
    /// The part as written.
    #[schema(example = "src ip 10.0.0.1")]
    pub text: String,
    /// Where it starts in the filter.
    pub start: u32,
    /// Where it ends in the filter.
    pub end: u32,
    /// What it says in Weir's own words.
    #[schema(example = "src_ip = 10.0.0.1")]
    pub weir: String,
}

/// A place in a filter to be completed, and the records that values are taken from.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    /// Filter text, finished or not.
    #[schema(example = "dst_port = 443 and src_ip = ")]
    pub filter: String,
    /// Where the cursor stands, in UTF-16 code units. Default: at the end.
    #[serde(default)]
    pub cursor: Option<u32>,
    /// The table that values are taken from. Default: `flows`.
    #[serde(default)]
    pub table: TableName,
    /// Start of the range that values are taken from, inclusive. Default: an hour before `to`.
    #[serde(default)]
    pub from: Option<When>,
    /// End of that range, exclusive. Default: now.
    #[serde(default)]
    pub to: Option<When>,
    /// False to leave out values of records, which takes no query.
    #[serde(default = "yes")]
    pub values: bool,
    /// Most values of records. Default: 12; at most 100.
    #[serde(default)]
    #[schema(maximum = 100)]
    pub limit: Option<u32>,
}

fn yes() -> bool {
    true
}

/// What could stand at the cursor. Whatever is offered is understood there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Completions {
    /// Where the text that an item replaces starts, in UTF-16 code units.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// What kind of thing belongs there.
    pub expects: CompletionKind,
    /// The fields whose values belong there; two for a name such as `ip`, which stands for both sides.
    pub fields: Vec<String>,
    /// What could stand there: values of records first, the most frequent at the top.
    pub items: Vec<CompletionItem>,
    /// Whether the values of records are all that were looked for; false when it would have taken too long.
    pub complete: bool,
}

/// What belongs at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompletionKind {
    /// A field, or the start of a condition.
    Field,
    /// An operator.
    Operator,
    /// A value.
    Value,
    /// `and`, `or`, a comma, a closing parenthesis.
    Joiner,
    /// A text of one's own, or nothing that is known.
    Nothing,
}

/// Something that could stand at the cursor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompletionItem {
    /// What to write.
    pub text: String,
    /// What it is, in a few words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// For a value of records: how many have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
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
