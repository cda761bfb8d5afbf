//! What a filter text may refer to beyond the field table: the present, and sets named in the configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Named sets of values (`@servers`): texts that are read as values of the field that they stand beside.
pub type Sets = BTreeMap<String, Vec<String>>;

/// The world that a filter text is read in.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// What `now` means, in nanoseconds since 1970; without it `now` means nothing.
    pub now_ns: Option<i64>,
    /// The named sets.
    pub sets: Arc<Sets>,
}

impl Context {
    /// A present, and no sets.
    pub fn at(now_ns: i64) -> Self {
        Self { now_ns: Some(now_ns), sets: Arc::default() }
    }
}
