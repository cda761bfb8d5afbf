//! Aggregating queries: rows and time series.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{
    RefOr, Schema,
    schema::{AdditionalProperties, Array, ObjectBuilder, SchemaType, Type},
};

use super::TableName;
use crate::time::When;

/// A question that is answered with rows.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryRequest {
    /// The table to ask. Default: `flows`.
    #[serde(default)]
    pub table: TableName,
    /// Start of the range, inclusive. Default: an hour before `to`.
    #[serde(default)]
    pub from: Option<When>,
    /// End of the range, exclusive. Default: now.
    #[serde(default)]
    pub to: Option<When>,
    /// Filter text; absent or empty matches everything.
    #[serde(default)]
    pub filter: Option<String>,
    /// Fields to group by. Without any there is one row.
    #[serde(default)]
    pub by: Vec<String>,
    /// What to compute: `bytes`, `packets`, `flows` (without events), `rows` (of any kind), `bytes_scaled`, `packets_scaled`,
    /// `unique(FIELD)`, `sum(FIELD)`, `min(FIELD)`, `max(FIELD)`, `avg(FIELD)`. Default: `bytes`, `packets`, `flows`;
    /// for the table `counters` `sum(delta)`, `max(value)`, `rows`.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Split each row into time buckets of this length, such as `1m`; each row then has a `time`, the start of its
    /// bucket.
    #[serde(default)]
    #[schema(example = "1m")]
    pub every: Option<String>,
    /// The measure to order by, largest first. Default: the first measure.
    #[serde(default)]
    pub order: Option<String>,
    /// Keep only so many groups, the largest. Default and maximum: 10 000, or as many as make 100 000 rows with
    /// `every`. `meta.truncated` says when there were more and they were not added up in `other`.
    #[serde(default)]
    #[schema(maximum = 10000)]
    pub top: Option<u32>,
    /// Add a last row with what the groups beyond `top` sum up to: its keys are null and it has `"other": true`.
    #[serde(default)]
    pub other: bool,
}

/// One row: field and measure names as asked, with their values. Absent values are null.
///
/// Addresses, MACs, services and times (RFC 3339, UTC) are text; counters, ports and durations (nanoseconds) are
/// numbers.
#[derive(Debug)]
pub struct Row;

impl utoipa::PartialSchema for Row {
    fn schema() -> RefOr<Schema> {
        let anything = ObjectBuilder::new().schema_type(SchemaType::AnyValue).build();
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Object))
            .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(anything.into()))))
            .description(Some(
                "Field and measure names as asked, with their values. Addresses, MACs, services and times (RFC 3339, \
                 UTC) are text; counters, ports and durations (nanoseconds) are numbers; absent values are null.",
            ))
            .build()
            .into()
    }
}

impl ToSchema for Row {}

/// Rows, and how they came about.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the shape; the rows are written straight from columns")]
pub struct QueryResponse {
    /// The groups, in the order asked for.
    pub(crate) rows: Vec<Row>,
    /// How the answer came about.
    pub(crate) meta: Meta,
}

/// How an answer came about, and how far it can be trusted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Meta {
    /// Names the query in the log.
    pub query_id: String,
    /// Whether every number is exact.
    pub exact: bool,
    /// Whether sampled records took part, so that measures that are not `*_scaled` are only a part of the traffic.
    pub sampled: bool,
    /// What was read: `raw` records or a roll-up.
    pub resolution: String,
    /// Rows looked at.
    pub rows_scanned: u64,
    /// Rows in the parts of the store that the range touches.
    pub rows_total: u64,
    /// Rows that matched the range and the filter.
    pub rows_matched: u64,
    /// Wall-clock time taken.
    pub elapsed_ms: f64,
    /// From this time (RFC 3339) on, records may still arrive or a bucket is partly covered; null when the range is
    /// complete.
    #[schema(format = DateTime, required)]
    pub incomplete_from: Option<String>,
    /// Whether groups or rows were left out without being added up elsewhere.
    pub truncated: bool,
    /// What a reader of the numbers should know, in sentences.
    pub warnings: Vec<String>,
    /// Start of the range (RFC 3339), inclusive.
    #[schema(format = DateTime)]
    pub from: String,
    /// End of the range (RFC 3339), exclusive.
    #[schema(format = DateTime)]
    pub to: String,
}

/// A question that is answered with time series.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeseriesRequest {
    /// The table to ask. Default: `flows`.
    #[serde(default)]
    pub table: TableName,
    /// Start of the range, inclusive. Default: an hour before `to`.
    #[serde(default)]
    pub from: Option<When>,
    /// End of the range, exclusive. Default: now.
    #[serde(default)]
    pub to: Option<When>,
    /// Filter text; absent or empty matches everything.
    #[serde(default)]
    pub filter: Option<String>,
    /// Fields to group by: a series per distinct combination. Without any there is one series.
    #[serde(default)]
    pub by: Vec<String>,
    /// What to compute, as for `/query`, with the same default.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Length of a bucket, such as `1m`. Default: a round length that makes about 120 buckets. At most 2000 buckets.
    #[serde(default)]
    #[schema(example = "1m")]
    pub every: Option<String>,
    /// The measure that decides which series are the largest. Default: the first measure.
    #[serde(default)]
    pub order: Option<String>,
    /// Keep only so many series, the largest. Default 10, at most 50.
    #[serde(default)]
    #[schema(maximum = 50)]
    pub top: Option<u32>,
    /// Also return what the series beyond `top` sum up to.
    #[serde(default)]
    pub other: bool,
}

/// Time series, column by column.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimeseriesResponse {
    /// Start of the first bucket, in milliseconds since 1970. Buckets whose length divides a day are aligned to
    /// midnight UTC, so the first can start before the range does.
    pub start_ms: i64,
    /// Length of a bucket in milliseconds.
    pub step_ms: u64,
    /// Number of buckets.
    pub count: u64,
    /// The measures, in the order of `values` and `totals`.
    pub measures: Vec<String>,
    /// The largest series, by the total of the measure that orders them.
    pub series: Vec<Series>,
    /// The sum of all other series; null when it was not asked for or there are none.
    #[schema(required)]
    pub other: Option<Values>,
    /// How the answer came about.
    pub meta: Meta,
}

/// One series.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Series {
    /// The value of each field grouped by; empty without grouping.
    #[schema(value_type = Row)]
    pub key: serde_json::Map<String, serde_json::Value>,
    /// For each measure, a value per bucket; 0 where there were no records.
    #[schema(schema_with = matrix_of_numbers)]
    pub values: Vec<Vec<serde_json::Number>>,
    /// For each measure, its value over the whole range. For `unique` and `avg` that is not the sum of the buckets.
    #[schema(schema_with = list_of_numbers)]
    pub totals: Vec<serde_json::Number>,
}

/// The numbers of a series without a key.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Values {
    /// For each measure, a value per bucket.
    #[schema(schema_with = matrix_of_numbers)]
    pub values: Vec<Vec<serde_json::Number>>,
    /// For each measure, its value over the whole range.
    #[schema(schema_with = list_of_numbers)]
    pub totals: Vec<serde_json::Number>,
}

fn numbers() -> Array {
    Array::new(ObjectBuilder::new().schema_type(SchemaType::Type(Type::Number)))
}

fn list_of_numbers() -> Array {
    let mut list = numbers();
    list.description = Some(
        "For each measure, its value over the whole range. For `unique` and `avg` that is not the sum of the buckets."
            .to_owned(),
    );
    list
}

fn matrix_of_numbers() -> Array {
    let mut matrix = Array::new(numbers());
    matrix.description =
        Some("For each measure, a value per bucket; 0 where there were no records.".to_owned());
    matrix
}
