//! The thread that makes batches durable: append, show, and sync in groups.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tracing::error;
use weir_ingest::listen::Decoded;
use weir_journal::{Journal, Position};
use weir_schema::Table;
use weir_store::Store;
use weir_telemetry::{Ledger, chain};

use crate::tables::{OpenTable, Tables};

pub(crate) struct JournalStage {
    tables: Tables<TableStage>,
    ledger: Arc<Ledger>,
    /// Group commit: everything appended within this time shares one sync.
    sync_interval: Duration,
}

/// The part of one table.
struct TableStage {
    table: Table,
    journal: Journal,
    store: Arc<Store>,
    /// Appended but not yet safe.
    unsynced: Unsynced,
    /// How far files that are no longer needed have been removed.
    retired: Position,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Unsynced {
    records: u64,
    rows: u64,
}

impl JournalStage {
    pub(crate) fn new(tables: Tables<OpenTable>, ledger: Arc<Ledger>, sync_interval: Duration) -> Self {
        let tables = tables.map(|table, OpenTable { store, journal }| TableStage {
            table,
            journal,
            store,
            unsynced: Unsynced::default(),
            retired: Position::START,
        });
        Self { tables, ledger, sync_interval }
    }

    /// Works until every sender is gone, then syncs what is left.
    pub(crate) fn run(mut self, batches: &Receiver<Decoded>) {
        let mut due = Instant::now() + self.sync_interval;
        loop {
            match batches.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(decoded) => self.tables.of_mut(decoded.table).append(&decoded, &self.ledger),
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

    fn sync(&mut self) {
        for table in Table::ALL {
            self.tables.of_mut(table).sync(&self.ledger);
        }
    }
}

impl TableStage {
    fn append(&mut self, decoded: &Decoded, ledger: &Ledger) {
        let rows = decoded.batch.num_rows() as u64;
        match self.journal.append(&decoded.batch) {
            Ok(position) => {
                self.unsynced.records += decoded.records;
                self.unsynced.rows += rows;
                self.store.append_hot(decoded.batch.clone(), position);
            }
            Err(cause) => {
                lose(ledger, "journal_append", decoded);
                error!(
                    table = self.table.name(),
                    records = decoded.records,
                    rows,
                    cause = chain(&cause),
                    "cannot write the journal, records are lost"
                );
            }
        }
    }

    fn sync(&mut self, ledger: &Ledger) {
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
        let Unsynced { records, rows } = self.unsynced;
        if self.unsynced == Unsynced::default() {
            return;
        }
        match self.journal.sync() {
            Ok(_) => {
                store(ledger, self.table, records, rows);
                self.unsynced = Unsynced::default();
            }
            // The records stay `waiting` and the next sync tries again.
            Err(cause) => error!(
                table = self.table.name(),
                records,
                rows,
                cause = chain(&cause),
                "cannot sync the journal, will try again"
            ),
        }
    }
}

/// Books what is safe on disk now.
pub(crate) fn store(ledger: &Ledger, table: Table, records: u64, rows: u64) {
    match table {
        Table::Flows => ledger.store(records, rows),
        Table::Counters => ledger.store_counters(rows),
    }
}

/// Books what will never be stored.
pub(crate) fn lose(ledger: &Ledger, place: &str, decoded: &Decoded) {
    match decoded.table {
        Table::Flows => ledger.lose(place, decoded.records),
        Table::Counters => ledger.lose_counters(place, decoded.batch.num_rows() as u64),
    }
}
