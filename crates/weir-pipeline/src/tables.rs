//! The tables of a data directory, each with a journal and a store of its own.
//!
//! One journal for all would need a cursor per table in every reader, and flows would wait to retire until a handful of
//! counters are old enough for a segment. Apart, each table is what a single one was.

use std::sync::Arc;

use tracing::{error, info, warn};
use weir_journal::{Damage, Journal, Position, Skipped};
use weir_schema::Table;
use weir_store::{Store, table_dir};
use weir_telemetry::{Ledger, chain};

use crate::config::PipelineConfig;
use crate::detect_stage;
use crate::error::PipelineError;
use crate::running::Deps;

/// Something of each table.
#[derive(Debug, Clone)]
pub(crate) struct Tables<T> {
    flows: T,
    counters: T,
}

impl<T> Tables<T> {
    /// Makes one for each table, flows first.
    pub(crate) fn try_new<E>(mut make: impl FnMut(Table) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self { flows: make(Table::Flows)?, counters: make(Table::Counters)? })
    }

    pub(crate) fn of(&self, table: Table) -> &T {
        match table {
            Table::Flows => &self.flows,
            Table::Counters => &self.counters,
        }
    }

    pub(crate) fn of_mut(&mut self, table: Table) -> &mut T {
        match table {
            Table::Flows => &mut self.flows,
            Table::Counters => &mut self.counters,
        }
    }

    pub(crate) fn map<U>(self, mut change: impl FnMut(Table, T) -> U) -> Tables<U> {
        Tables { flows: change(Table::Flows, self.flows), counters: change(Table::Counters, self.counters) }
    }

    pub(crate) fn as_ref(&self) -> Tables<&T> {
        Tables { flows: &self.flows, counters: &self.counters }
    }

    pub(crate) fn all(&self) -> [&T; 2] {
        [&self.flows, &self.counters]
    }
}

/// A table open for writing.
pub(crate) struct OpenTable {
    pub(crate) store: Arc<Store>,
    pub(crate) journal: Journal,
}

/// Opens every table of the data directory and replays what the segments do not hold yet into the hot batches.
pub(crate) fn open(
    config: &PipelineConfig,
    deps: &Deps,
    ledger: &Ledger,
) -> Result<Tables<OpenTable>, PipelineError> {
    // The lock of the flows' store is that of the data directory: another Weir is turned away before anything changes.
    Tables::try_new(|table| {
        let dir = table_dir(&config.data.dir, table);
        let store = Store::open(&dir, config.store.clone(), Arc::clone(&deps.clock))?;
        // A position that detection has passed must not be used again either.
        let watched = match table {
            Table::Flows => detect_stage::saved_position(&config.data.dir),
            Table::Counters => Position::START,
        };
        let journal = Journal::open(&dir, config.journal.clone(), store.cursor().max(watched))?;
        let (mut rows, mut can_seal) = (0u64, true);
        let mut reader = journal.reader(store.cursor())?;
        for frame in &mut reader {
            let (position, batch) = frame?;
            rows += batch.num_rows() as u64;
            store.append_hot(batch, position);
            // Memory has the same bound as when the rows came.
            can_seal = can_seal && seal_due(&store);
        }
        if rows > 0 {
            info!(table = table.name(), rows, "brought back from the journal");
        }
        book_damage(table, reader.skipped(), journal.damage(), deps, ledger);
        Ok(OpenTable { store: Arc::new(store), journal })
    })
}

/// Makes segments while some are due. Returns whether that can be done: where it cannot, it is tried again later.
fn seal_due(store: &Store) -> bool {
    loop {
        match store.seal_if_due() {
            Ok(true) => {}
            Ok(false) => return true,
            Err(cause) => {
                warn!(
                    cause = chain(&cause),
                    "cannot write a segment while the journal is read, will try again"
                );
                return false;
            }
        }
    }
}

/// What the disk did not give back is lost: it was thought safe.
fn book_damage(table: Table, skipped: Skipped, damage: Damage, deps: &Deps, ledger: &Ledger) {
    if skipped == Skipped::default() && damage == Damage::default() {
        return;
    }
    let rows = skipped.rows + damage.rows;
    let frames = skipped.frames + skipped.missing_frames + damage.frames;
    error!(
        table = table.name(),
        frames,
        rows,
        files_set_aside = damage.files,
        "the journal is damaged: what these frames held is lost"
    );
    match table {
        // How many records were behind the rows is not written; hardly ever fewer.
        Table::Flows => ledger.find_lost("journal_damaged", rows),
        Table::Counters => {
            ledger.receive_counters(rows);
            ledger.lose_counters("journal_damaged", rows);
        }
    }
    deps.metrics
        .counter(
            "weir_journal_lost_frames_total",
            "Frames of the journal that could not be read, or were not there, when Weir started.",
            &[("table", table.name())],
        )
        .add(frames);
}
