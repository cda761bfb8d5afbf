//! Rows, newest first.

use crate::{Cancel, FlowsAnswer, FlowsQuery, Meta, QueryError, Source};

/// Lists rows.
pub fn flows(source: &dyn Source, query: &FlowsQuery, cancel: &Cancel) -> Result<FlowsAnswer, QueryError> {
    cancel.check()?;
    let _ = source.parts(query.from_ns..query.to_ns);
    Ok(FlowsAnswer {
        columns: query.columns.clone(),
        rows: Vec::new(),
        next: None,
        matched: 0,
        meta: Meta::default(),
    })
}
