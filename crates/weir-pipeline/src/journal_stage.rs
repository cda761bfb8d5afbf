//! The thread that makes batches durable: append, show, and sync in groups.
//!
//! Nothing is given up while there may be room later. When the rows in memory take all that they may, or the disk takes
//! no more, this stage waits; then the queue is full, then the kernel's buffers, and what the kernel drops is counted.
//!
//! Batches are enriched here and not by the receive workers: a worker that looks up addresses does not empty its socket,
//! and each would have a cache of its own. Here the queue takes up what a slow batch costs.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tracing::error;
use weir_enrich::Enricher;
use weir_ingest::listen::Decoded;
use weir_journal::{Journal, JournalError, Position};
use weir_schema::Table;
use weir_store::Store;
use weir_telemetry::{Ledger, LogLimit, chain};

use crate::detect_stage::Progress;
use crate::signals::Signals;
use crate::tables::{OpenTable, Tables};

/// How often it looks again whether there is room in memory.
const LOOK: Duration = Duration::from_millis(5);
/// As often at most once Weir stops.
const LAST_LOOKS: u32 = 400;
/// How often it tries again to write to a disk that refused.
const RETRY: Duration = Duration::from_millis(100);
/// How often the last sync is tried again, when Weir stops.
const LAST_SYNCS: usize = 5;
/// A repeated complaint is logged once in this time.
const PACE: Duration = Duration::from_secs(10);

pub(crate) struct JournalStage {
    tables: Tables<TableStage>,
    enricher: Option<Enricher>,
    watch: Option<Arc<Progress>>,
    ledger: Arc<Ledger>,
    signals: Arc<Signals>,
    /// Group commit: everything appended within this time shares one sync.
    sync_interval: Duration,
    sync_due: Instant,
    complaints: LogLimit,
    /// How often it still waits for room in memory once Weir stops: whoever makes room may be dead.
    last_looks: u32,
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
    /// The journal was too large when it was last looked at.
    is_full: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Unsynced {
    records: u64,
    rows: u64,
}

impl JournalStage {
    pub(crate) fn new(
        tables: Tables<OpenTable>,
        ledger: Arc<Ledger>,
        signals: Arc<Signals>,
        sync_interval: Duration,
    ) -> Self {
        let tables = tables.map(|table, OpenTable { store, journal }| TableStage {
            table,
            journal,
            store,
            unsynced: Unsynced::default(),
            retired: Position::START,
            is_full: false,
        });
        let sync_due = Instant::now() + sync_interval;
        Self {
            tables,
            enricher: None,
            watch: None,
            ledger,
            signals,
            sync_interval,
            sync_due,
            complaints: LogLimit::new(PACE),
            last_looks: LAST_LOOKS,
        }
    }

    /// Flows get the names and places of their addresses before they are kept.
    pub(crate) fn enriched_by(self, enricher: Enricher) -> Self {
        Self { enricher: Some(enricher), ..self }
    }

    /// Files with flows also wait for detection.
    pub(crate) fn watched_by(self, watch: Option<Arc<Progress>>) -> Self {
        Self { watch, ..self }
    }

    /// Works until every sender is gone, then syncs what is left.
    pub(crate) fn run(mut self, batches: &Receiver<Decoded>) {
        loop {
            match batches.recv_timeout(self.sync_due.saturating_duration_since(Instant::now())) {
                Ok(decoded) => {
                    let enriched = enrich(self.enricher.as_mut(), decoded);
                    self.keep(enriched);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.sync_if_due();
        }
        for _ in 1..LAST_SYNCS {
            if self.sync() {
                return;
            }
            std::thread::park_timeout(RETRY);
        }
        if !self.sync() {
            for table in Table::ALL {
                self.tables.of_mut(table).lose_unsynced(&self.ledger);
            }
        }
    }

    /// Appends a batch, however long that takes, in parts where it is too large for a frame.
    fn keep(&mut self, decoded: Decoded) {
        let mut parts = vec![decoded];
        while let Some(part) = parts.pop() {
            self.wait_for_room(part.table);
            match self.tables.of_mut(part.table).append(&part) {
                Ok(()) => self.signals.set_journal_fails(false),
                Err(cause) if cause.is_too_large() && part.batch.num_rows() > 1 => {
                    // The last one comes next.
                    parts.extend(halves(&part).into_iter().rev());
                }
                Err(cause) if cause.is_io() && !self.signals.is_stopping() => {
                    parts.push(part);
                    self.complain(&cause, "cannot write the journal, will try again");
                    self.sync_if_due();
                    std::thread::park_timeout(RETRY);
                }
                Err(cause) => {
                    lose(
                        &self.ledger,
                        "journal_append",
                        part.table,
                        part.records,
                        part.batch.num_rows() as u64,
                    );
                    self.complain(&cause, "cannot write the journal, records are lost");
                }
            }
        }
    }

    /// Waits while the table has more rows in memory, or more journal, than it may.
    fn wait_for_room(&mut self, table: Table) {
        while self.last_looks > 0 {
            self.last_looks -= u32::from(self.signals.is_stopping());
            let stage = self.tables.of(table);
            if stage.is_full && stage.store.hot_bytes() > 0 {
                self.signals.want_seal();
                self.signals.hurry_segments();
            } else if stage.store.is_full() {
                self.signals.hurry_segments();
            } else {
                return;
            }
            std::thread::park_timeout(LOOK);
            self.sync_if_due();
        }
    }

    fn sync_if_due(&mut self) {
        if Instant::now() >= self.sync_due {
            self.sync();
            self.sync_due = Instant::now() + self.sync_interval;
        }
    }

    /// Makes everything durable that was appended. Returns whether it is.
    fn sync(&mut self) -> bool {
        let mut done = true;
        for table in Table::ALL {
            let watched = match (table, &self.watch) {
                (Table::Flows, Some(watch)) => Some(watch.saved()),
                _ => None,
            };
            let stage = self.tables.of_mut(table);
            let tidied = stage.retire(watched);
            let had_something = stage.unsynced != Unsynced::default();
            let synced = stage.sync(&self.ledger);
            match (tidied, synced) {
                (_, Err(cause)) => {
                    done = false;
                    self.complain(&cause, "cannot sync the journal, will try again");
                }
                (Err(cause), _) => {
                    self.complain(&cause, "cannot remove journal files that are no longer needed");
                }
                (Ok(()), Ok(())) if had_something => self.signals.set_journal_fails(false),
                (Ok(()), Ok(())) => {}
            }
        }
        done
    }

    fn complain(&mut self, cause: &JournalError, what: &'static str) {
        if cause.is_io() {
            self.signals.set_journal_fails(true);
            // Old segments may be in the way.
            self.signals.want_disk();
        }
        if let Some(unsaid) = self.complaints.allow() {
            error!(cause = chain(cause), unsaid, "{what}");
        }
    }
}

impl TableStage {
    fn append(&mut self, decoded: &Decoded) -> Result<(), JournalError> {
        let position = self.journal.append(&decoded.batch)?;
        self.unsynced.records += decoded.records;
        self.unsynced.rows += decoded.batch.num_rows() as u64;
        self.store.append_hot(decoded.batch.clone(), position);
        Ok(())
    }

    /// Removes what segments hold. Also without new records: a segment may have moved the cursor past whole files.
    /// A reader that is behind is waited for only while the journal is not too large.
    fn retire(&mut self, watched: Option<Position>) -> Result<(), JournalError> {
        let stored = self.store.cursor();
        let cursor = match watched {
            Some(watched) if !self.is_full => stored.min(watched),
            _ => stored,
        };
        if cursor != self.retired {
            self.journal.retire(cursor)?;
            self.retired = cursor;
        }
        self.is_full = self.journal.is_full()?;
        Ok(())
    }

    /// After an error the records stay `waiting`.
    fn sync(&mut self, ledger: &Ledger) -> Result<(), JournalError> {
        let Unsynced { records, rows } = self.unsynced;
        if self.unsynced != Unsynced::default() {
            self.journal.sync()?;
            store(ledger, self.table, records, rows);
            self.unsynced = Unsynced::default();
        }
        Ok(())
    }

    fn lose_unsynced(&mut self, ledger: &Ledger) {
        let Unsynced { records, rows } = std::mem::take(&mut self.unsynced);
        if rows > 0 {
            lose(ledger, "journal_sync", self.table, records, rows);
            error!(table = self.table.name(), records, rows, "cannot sync the journal, records are lost");
        }
    }
}

/// Adds to a batch of flows what is known of its addresses.
pub(crate) fn enrich(enricher: Option<&mut Enricher>, decoded: Decoded) -> Decoded {
    match enricher {
        Some(enricher) if decoded.table == Table::Flows => {
            Decoded { batch: enricher.enrich(decoded.batch), ..decoded }
        }
        _ => decoded,
    }
}

/// A batch in two parts. Each has its share of the records.
pub(crate) fn halves(decoded: &Decoded) -> [Decoded; 2] {
    let rows = decoded.batch.num_rows();
    let half = rows / 2;
    let records = (u128::from(decoded.records) * half as u128 / rows.max(1) as u128) as u64;
    let part = |from, rows, records| Decoded {
        table: decoded.table,
        batch: decoded.batch.slice(from, rows),
        records,
    };
    [part(0, half, records), part(half, rows - half, decoded.records - records)]
}

/// Books what is safe on disk now.
pub(crate) fn store(ledger: &Ledger, table: Table, records: u64, rows: u64) {
    match table {
        Table::Flows => ledger.store(records, rows),
        Table::Counters => ledger.store_counters(rows),
    }
}

/// Books what will never be stored.
fn lose(ledger: &Ledger, place: &str, table: Table, records: u64, rows: u64) {
    match table {
        Table::Flows => ledger.lose(place, records),
        Table::Counters => ledger.lose_counters(place, rows),
    }
}
