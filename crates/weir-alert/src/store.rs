//! The open alerts of a data directory.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use crate::database::Database;
use crate::{AlertError, Rules};

/// Keeps alerts. Every method may be called from any thread, and may block for as long as the disk takes.
#[derive(Debug)]
pub struct AlertStore {
    database: Database,
    rules: RwLock<Arc<Rules>>,
}

impl AlertStore {
    /// Opens the alerts of a data directory, which must exist.
    pub fn open(dir: &Path) -> Result<Self, AlertError> {
        Ok(Self { database: Database::open(dir)?, rules: RwLock::default() })
    }

    /// From now on alerts get their titles and techniques from these rules.
    pub fn set_rules(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }
}
