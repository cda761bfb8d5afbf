//! Grouping and measuring.

use crate::{Answer, Cancel, Query, QueryError, Source};

/// Answers a query.
pub fn run(source: &dyn Source, query: &Query, cancel: &Cancel) -> Result<Answer, QueryError> {
    cancel.check()?;
    let _ = source.parts(query.from_ns..query.to_ns);
    Ok(Answer {
        by: query.by.clone(),
        measures: query.measures.clone(),
        buckets: None,
        rows: Vec::new(),
        totals: Vec::new(),
        groups: 0,
        meta: crate::Meta::default(),
    })
}
