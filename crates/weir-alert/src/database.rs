//! `DIR/alerts.sqlite`: its tables, and how older formats become the present one.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::AlertError;

const NAME: &str = "alerts.sqlite";

/// Each step makes of format N the format N + 1. A format that was released never changes; the next one gets a step.
const STEPS: [&str; 3] =
    [include_str!("schema/1.sql"), include_str!("schema/2.sql"), include_str!("schema/3.sql")];

/// The open file: one connection that changes it, one that reads, so that reading never keeps detections waiting.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
}

impl Database {
    pub(crate) fn open(dir: &Path) -> Result<Self, AlertError> {
        let path = dir.join(NAME);
        let failed = |source| AlertError::Database { action: "open", path: path.clone(), source };
        let mut writer = Connection::open(&path).map_err(failed)?;
        // What was acknowledged to the detect stage or to a person stays through a power cut.
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
        writer.execute_batch(settings).map_err(failed)?;
        let found: u32 = writer.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
        let known = STEPS.len() as u32;
        if found > known {
            return Err(AlertError::Newer { path, found, known });
        }
        let upgrade = writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for step in STEPS.iter().skip(found as usize) {
            upgrade.execute_batch(step).map_err(failed)?;
        }
        upgrade.pragma_update(None, "user_version", known).map_err(failed)?;
        upgrade.commit().map_err(failed)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(&path, flags).map_err(failed)?;
        Ok(Self { path: path.clone(), writer: Mutex::new(writer), reader: Mutex::new(reader) })
    }

    /// Changes the file: all of it or nothing.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, AlertError> {
        self.run("change", &self.writer, TransactionBehavior::Immediate, work)
    }

    /// Reads the file as it is at one moment.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, AlertError> {
        self.run("read", &self.reader, TransactionBehavior::Deferred, work)
    }

    fn run<T>(
        &self,
        action: &'static str,
        connection: &Mutex<Connection>,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, AlertError> {
        let failed = |source| AlertError::Database { action, path: self.path.clone(), source };
        // A panic while it was held rolled its transaction back.
        let mut connection: MutexGuard<'_, Connection> =
            connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(behavior).map_err(failed)?;
        let result = work(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(result)
    }
}
