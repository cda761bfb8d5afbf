//! What can be asked.

use weir_filter::Expr;
use weir_schema::Field;

use crate::{Cursor, Measure};

/// Groups the rows of a time range and measures each group.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Start of the range, included. Nanoseconds since 1970.
    pub from_ns: i64,
    /// End of the range, not included.
    pub to_ns: i64,
    /// Which rows count; all without one.
    pub filter: Option<Expr>,
    /// The fields to group by, at most [`Query::MAX_BY`]. Without any there is one group. An absent value is a group too.
    pub by: Vec<Field>,
    /// What to measure of each group; at least one.
    pub measures: Vec<Measure>,
    /// The length of a time bucket; without one the range is one bucket. Buckets are aligned to 1970 when the length
    /// divides a day, else to `from_ns`.
    pub every_ns: Option<i64>,
    /// The place in `measures` of the one that ranks the groups, largest first; the first without one.
    pub order: Option<usize>,
    /// How many groups to give; all (up to [`Query::MAX_ROWS`]) without one. With buckets the groups that are largest
    /// over the whole range.
    pub top: Option<usize>,
    /// Whether to add up the groups beyond `top` in a last row (with buckets: one per bucket).
    pub other: bool,
    /// The present, to mark what may still be incomplete.
    pub now_ns: Option<i64>,
    /// How much memory the groups may take; [`Query::MEMORY_BYTES`] without one.
    pub memory_bytes: Option<usize>,
}

impl Query {
    /// Most fields to group by.
    pub const MAX_BY: usize = 5;
    /// Most measures.
    pub const MAX_MEASURES: usize = 16;
    /// Most rows in an answer.
    pub const MAX_ROWS: usize = 1_000_000;
    /// Most time buckets.
    pub const MAX_BUCKETS: i64 = 100_000;
    /// Memory for the groups unless the query says otherwise.
    pub const MEMORY_BYTES: usize = 512 << 20;

    /// Bytes, packets and flows of a range as one row.
    pub fn over(from_ns: i64, to_ns: i64) -> Self {
        Self {
            from_ns,
            to_ns,
            filter: None,
            by: Vec::new(),
            measures: vec![Measure::Bytes, Measure::Packets, Measure::Flows],
            every_ns: None,
            order: None,
            top: None,
            other: false,
            now_ns: None,
            memory_bytes: None,
        }
    }
}

/// Lists the rows of a time range, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowsQuery {
    /// Start of the range, included. Nanoseconds since 1970.
    pub from_ns: i64,
    /// End of the range, not included.
    pub to_ns: i64,
    /// Which rows to list; all without one.
    pub filter: Option<Expr>,
    /// The fields to give; empty gives every field that one of the rows has, derived ones included.
    pub columns: Vec<Field>,
    /// How many rows, up to [`FlowsQuery::MAX_LIMIT`].
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
    /// The present, to mark what may still be incomplete.
    pub now_ns: Option<i64>,
}

impl FlowsQuery {
    /// Most rows of one page.
    pub const MAX_LIMIT: usize = 100_000;

    /// The newest 100 rows of a range, with every field.
    pub fn over(from_ns: i64, to_ns: i64) -> Self {
        Self { from_ns, to_ns, filter: None, columns: Vec::new(), limit: 100, cursor: None, now_ns: None }
    }
}
