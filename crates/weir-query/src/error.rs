//! Why a query has no answer.

use weir_filter::column::ColumnError;
use weir_store::StoreError;

use crate::{MeasureError, SourceError};

/// A query that cannot be answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Somebody stopped it.
    #[error("the query was cancelled")]
    Cancelled,
    /// The range ends before it starts.
    #[error("the time range is empty: it ends at {to}, which is not after its start {from}")]
    EmptyRange {
        /// Start of the range, RFC 3339.
        from: String,
        /// End of the range, RFC 3339.
        to: String,
    },
    /// A field that has no groups.
    #[error("`{field}` cannot be grouped by")]
    NotGroupable {
        /// The field.
        field: &'static str,
    },
    /// Too many of something in the question.
    #[error("the query has {given} {what}; at most {most} are possible")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        given: usize,
        /// The limit.
        most: usize,
    },
    /// The query asks for no measure.
    #[error("the query measures nothing; ask for at least one measure")]
    NoMeasure,
    /// The place of the ordering measure is wrong.
    #[error("the query orders by measure {order}, but it has {measures}")]
    Order {
        /// The place asked for, counted from 0.
        order: usize,
        /// How many measures there are.
        measures: usize,
    },
    /// A bucket's length is not above zero, or there are too many of them.
    #[error(
        "buckets of {every} are not possible here: there would be {count}; at most {most} are, so make them longer"
    )]
    Buckets {
        /// The length.
        every: String,
        /// How many the range would have.
        count: i64,
        /// The limit.
        most: i64,
    },
    /// A measure that does not fit its field.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The groups do not fit into the memory allowed.
    #[error(
        "the answer needs more than {limit_mib} MiB for {groups} groups{unique}; narrow the time range or the filter, \
         group by fewer or coarser fields, or make buckets longer"
    )]
    Memory {
        /// The limit.
        limit_mib: usize,
        /// Groups found so far.
        groups: usize,
        /// ` and N unique values` where `unique(...)` takes part in it.
        unique: String,
    },
    /// The store could not be read.
    #[error("the store could not be read")]
    Source(#[from] SourceError),
    /// The store has a column of the wrong type.
    #[error("the store holds a column of the wrong type")]
    Column(#[from] ColumnError),
    /// Arrow refused an operation.
    #[error("the columns could not be combined")]
    Arrow(#[from] arrow_schema::ArrowError),
}

impl QueryError {
    /// Whether retention removed a segment that was to be read. A new snapshot does without it: ask again.
    pub fn is_outrun(&self) -> bool {
        matches!(self, QueryError::Source(source)
            if matches!(source.downcast_ref::<StoreError>(), Some(StoreError::Gone { .. })))
    }

    /// The segment that is damaged, if that is why. The others can still answer.
    pub fn damaged(&self) -> Option<String> {
        let QueryError::Source(source) = self else { return None };
        match source.downcast_ref::<StoreError>() {
            Some(StoreError::Segment { path, .. }) => Some(path.display().to_string()),
            _ => None,
        }
    }

    /// Whether the question is at fault (HTTP 400) and not the store.
    pub fn is_question(&self) -> bool {
        !matches!(
            self,
            QueryError::Cancelled | QueryError::Source(_) | QueryError::Column(_) | QueryError::Arrow(_)
        )
    }
}
