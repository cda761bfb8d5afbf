//! Stopping a query that nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::QueryError;

/// A handle to stop a running query; clones stop the same one.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A handle that nobody has used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the query stop soon with [`QueryError::Cancelled`].
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// [`QueryError::Cancelled`] if somebody asked to stop.
    pub fn check(&self) -> Result<(), QueryError> {
        if self.is_cancelled() { Err(QueryError::Cancelled) } else { Ok(()) }
    }
}
