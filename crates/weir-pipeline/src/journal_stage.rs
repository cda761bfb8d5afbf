//! The thread that makes batches durable: append, show, and sync in groups.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tracing::error;
use weir_ingest::listen::Decoded;
use weir_journal::{Journal, Position};
use weir_store::Store;
use weir_telemetry::{Ledger, chain};

pub(crate) struct JournalStage {
    pub(crate) journal: Journal,
    pub(crate) store: Arc<Store>,
    pub(crate) ledger: Arc<Ledger>,
    /// Group commit: everything appended within this time shares one sync.
    pub(crate) sync_interval: Duration,
    /// Appended but not yet safe: records, rows.
    unsynced: (u64, u64),
    /// How far files that are no longer needed have been removed.
    retired: Position,
}

impl JournalStage {
    pub(crate) fn new(
        journal: Journal,
        store: Arc<Store>,
        ledger: Arc<Ledger>,
        sync_interval: Duration,
    ) -> Self {
        Self { journal, store, ledger, sync_interval, unsynced: (0, 0), retired: Position::START }
    }

    /// Works until every sender is gone, then syncs what is left.
    pub(crate) fn run(mut self, batches: &Receiver<Decoded>) {
        let mut due = Instant::now() + self.sync_interval;
        loop {
            match batches.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(decoded) => self.append(&decoded),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= due {
                self.sync();
                due = Instant::now() + self.sync_interval;
            }
        }
        self.sync();
    }

    fn append(&mut self, decoded: &Decoded) {
        match self.journal.append(&decoded.batch) {
            Ok(position) => {
                self.unsynced.0 += decoded.records;
                self.unsynced.1 += decoded.batch.num_rows() as u64;
                self.store.append_hot(decoded.batch.clone(), position);
            }
            Err(cause) => {
                self.ledger.lose("journal_append", decoded.records);
                error!(
                    records = decoded.records,
                    cause = chain(&cause),
                    "cannot write the journal, records are lost"
                );
            }
        }
    }

    fn sync(&mut self) {
        let (records, rows) = self.unsynced;
        // Also without new records: a segment may have moved the cursor past whole files.
        let cursor = self.store.cursor();
        if cursor != self.retired {
            match self.journal.retire(cursor) {
                Ok(_) => self.retired = cursor,
                Err(cause) => {
                    error!(cause = chain(&cause), "cannot remove journal files that are no longer needed");
                }
            }
        }
        if records == 0 && rows == 0 {
            return;
        }
        match self.journal.sync() {
            Ok(_) => {
                self.ledger.store(records, rows);
                self.unsynced = (0, 0);
            }
            // The records stay `waiting` and the next sync tries again.
            Err(cause) => error!(records, cause = chain(&cause), "cannot sync the journal, will try again"),
        }
    }
}
