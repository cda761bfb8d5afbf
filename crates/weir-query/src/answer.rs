//! What comes back.

use weir_filter::value::Value;
use weir_schema::Field;

use crate::{Cursor, Measure, Meta};

/// The answer to a [`crate::Query`].
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The fields that `Row::key` holds values of.
    pub by: Vec<Field>,
    /// The measures that `Row::values` holds.
    pub measures: Vec<Measure>,
    /// The time buckets, when the query asked for them.
    pub buckets: Option<Buckets>,
    /// Without buckets: one row per group, largest first, then the remainder. With buckets: one row per bucket and group
    /// that has rows in it, by time and within a bucket in the order of `totals`.
    pub rows: Vec<Row>,
    /// With buckets: the groups over the whole range, largest first, then the remainder. Empty without buckets.
    pub totals: Vec<Row>,
    /// How many groups there are, those beyond `top` included. Buckets of one group count once.
    pub groups: usize,
    /// How the answer came about.
    pub meta: Meta,
}

/// Time buckets of equal length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// Start of the first one; at or before the start of the range.
    pub start_ns: i64,
    /// Their length.
    pub step_ns: i64,
    /// How many cover the range.
    pub count: usize,
}

/// A group and its measures.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Start of the bucket, when there are buckets and this is not a total.
    pub time_ns: Option<i64>,
    /// With buckets: the place in [`Answer::totals`] of the group that the row belongs to. Else the row's own place.
    pub series: usize,
    /// The values that the group shares, in the order of [`Answer::by`]; all absent in the remainder.
    pub key: Vec<Value>,
    /// The measures, in the order of [`Answer::measures`].
    pub values: Vec<Value>,
    /// Whether it is the remainder: every group beyond `top` together.
    pub other: bool,
}

/// The answer to a [`crate::FlowsQuery`].
#[derive(Debug, Clone, PartialEq)]
pub struct FlowsAnswer {
    /// The fields that each row holds values of.
    pub columns: Vec<Field>,
    /// The rows, newest first.
    pub rows: Vec<Vec<Value>>,
    /// Where the next page starts; none when there are no more rows now.
    pub next: Option<Cursor>,
    /// Rows in the range that pass the filter, on every page together.
    pub matched: u64,
    /// How the answer came about.
    pub meta: Meta,
}
