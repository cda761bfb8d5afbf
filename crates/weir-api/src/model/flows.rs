//! Single records, newest first.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{Meta, Row, TableName};
use crate::time::When;

/// A question that is answered with records.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowsRequest {
    /// The table to list. Default: `flows`.
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
    /// Fields to return. Default: all that the records have.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Records to return at most. Default 100, at most 5000.
    #[serde(default)]
    #[schema(maximum = 5000)]
    pub limit: Option<u32>,
    /// `next` of the answer before, for the records that follow it. The other members must be the same, and times
    /// absolute (`meta.from` and `meta.to` of the first answer), for the pages to fit together.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Records, newest first.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the shape; the rows are written straight from columns")]
pub struct FlowsResponse {
    /// The records. Fields that a record does not have are left out.
    pub(crate) rows: Vec<Row>,
    /// Continues after the last record; null at the end.
    #[schema(required)]
    pub(crate) next: Option<String>,
    /// How the answer came about. `rows_matched` counts the records behind all pages.
    pub(crate) meta: Meta,
}
