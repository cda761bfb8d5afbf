//! The open alerts of a data directory.

use std::path::Path;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, PoisonError, RwLock};

use crate::database::Database;
use crate::{AlertError, Rules};

/// Keeps alerts. Every method may be called from any thread, and may block for as long as the disk takes.
#[derive(Debug)]
pub struct AlertStore {
    database: Database,
    rules: RwLock<Arc<Rules>>,
    /// The number of the newest notice, for those who wait for one.
    pub(crate) newest_notice: AtomicI64,
}

impl AlertStore {
    /// Opens the alerts of a data directory, which must exist.
    pub fn open(dir: &Path) -> Result<Self, AlertError> {
        let database = Database::open(dir)?;
        // The sequence outlives the notices.
        let newest = database.read(|open| {
            open.query_row("SELECT max(seq) FROM sqlite_sequence WHERE name = 'notice'", [], |row| {
                row.get::<_, Option<i64>>(0)
            })
        })?;
        let newest_notice = AtomicI64::new(newest.unwrap_or_default());
        Ok(Self { database, rules: RwLock::default(), newest_notice })
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
