//! Captures into the store, original times kept.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use tracing::warn;
use weir_batch::Batches;
use weir_enrich::{Enricher, Enrichment};
use weir_ingest::capture::{Capture, CaptureError};
use weir_ingest::listen::Decoded;
use weir_ingest::{Session, SessionLimits};
use weir_schema::Table;
use weir_store::time_bounds;
use weir_telemetry::{Ledger, LedgerSnapshot, Tally, chain};

use crate::config::PipelineConfig;
use crate::error::PipelineError;
use crate::journal_stage::{enrich, halves};
use crate::running::Deps;
use crate::tables::{OpenTable, Tables};
use crate::{journal_stage, tables};

/// What a load did.
#[derive(Debug, Default)]
pub struct LoadSummary {
    /// Files read to their end.
    pub files: u64,
    /// Files that could not be read, or not to their end, in the order given. What stood before the damage is loaded.
    pub damaged: Vec<CaptureError>,
    /// Packets in captures that were no flow exports.
    pub skipped: u64,
    /// Earliest and latest `time` of the loaded rows, nanoseconds since 1970; `None` without rows.
    pub times: Option<RangeInclusive<i64>>,
    /// What became of datagrams and records.
    pub accounting: LedgerSnapshot,
}

/// Rows in a batch.
const BATCH_ROWS: usize = 32_768;

/// Reads captures into the data directory. Needs it for itself: a running server is in the way.
///
/// The files are one stream in the order given: a template in one describes data in the next, as it would have if their
/// datagrams had come over the network.
///
/// # Errors
/// The data directory cannot be used. A file that cannot be read is no error: it stands in the summary.
pub fn load(config: &PipelineConfig, deps: &Deps, files: &[PathBuf]) -> Result<LoadSummary, PipelineError> {
    let ledger = Ledger::default();
    let enrichment =
        Enrichment::read(&config.enrich, &config.networks, &config.data.dir, Arc::clone(&deps.clock));
    let mut loader = Loader {
        tables: tables::open(config, deps, &ledger)?,
        enricher: enrichment.enricher(&config.enrich),
        ledger,
        session: Session::new(SessionLimits::default()),
        batches: Batches::new(),
        records: 0,
        summary: LoadSummary::default(),
    };
    let read = loader.read(files, deps.clock.now_ns());
    // Whatever happened, what was read so far is kept.
    loader.finish()?;
    read?;
    Ok(LoadSummary { accounting: loader.ledger.snapshot(), ..loader.summary })
}
/// A load under way.
struct Loader {
    tables: Tables<OpenTable>,
    enricher: Enricher,
    ledger: Ledger,
    session: Session,
    batches: Batches,
    /// Records in the batches, not yet passed on.
    records: u64,
    summary: LoadSummary,
}

impl Loader {
    /// Reads the files in order. One that is damaged costs only what stands behind the damage.
    fn read(&mut self, files: &[PathBuf], now_ns: i64) -> Result<(), PipelineError> {
        for file in files {
            match self.read_file(file, now_ns) {
                Ok(()) => self.summary.files += 1,
                Err(PipelineError::Capture(damage)) => {
                    warn!(cause = chain(&damage), "loaded what stands before the damage");
                    self.summary.damaged.push(damage);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    fn read_file(&mut self, file: &Path, now_ns: i64) -> Result<(), PipelineError> {
        let mut tally = Tally::default();
        let mut capture = Capture::open(file, now_ns)?;
        let mut outcome = Ok(());
        for captured in &mut capture {
            let datagram = match captured {
                Ok(datagram) => datagram,
                Err(damage) => {
                    outcome = Err(damage.into());
                    break;
                }
            };
            tally.clear();
            self.session
                .datagram(datagram.source, datagram.received_ns, &datagram.payload, &mut self.batches)
                .book(&mut tally);
            self.records += tally.records;
            self.ledger.receive(&tally);
            if self.batches.is_full(BATCH_ROWS) {
                self.pass_on()?;
            }
        }
        self.summary.skipped += capture.skipped();
        outcome
    }

    /// Hands on what the batches of all tables hold.
    fn pass_on(&mut self) -> Result<(), PipelineError> {
        for table in Table::ALL {
            if let Some(decoded) = Decoded::take(&mut self.batches, table, &mut self.records, &self.ledger) {
                let decoded = enrich(Some(&mut self.enricher), decoded);
                self.widen(&decoded.batch);
                keep(self.tables.of_mut(table), &self.ledger, decoded)?;
            }
        }
        Ok(())
    }

    /// Takes a batch into the range of times that the summary tells.
    fn widen(&mut self, batch: &RecordBatch) {
        let Some(new) = time_bounds(batch) else { return };
        self.summary.times = Some(match self.summary.times.take() {
            Some(known) => *known.start().min(new.start())..=*known.end().max(new.end()),
            None => new,
        });
    }

    /// Stores what is still in memory, and makes segments of it.
    fn finish(&mut self) -> Result<(), PipelineError> {
        // What still waits for its template waits in vain.
        let mut tally = Tally::default();
        self.session.give_up_held().book(&mut tally);
        self.ledger.receive(&tally);
        self.pass_on()?;
        for table in Table::ALL {
            let open = self.tables.of_mut(table);
            open.journal.sync()?;
            open.store.seal_all()?;
            open.journal.retire(open.store.cursor())?;
        }
        Ok(())
    }
}

/// Makes a batch durable, and segments where they are due.
fn keep(open: &mut OpenTable, ledger: &Ledger, decoded: Decoded) -> Result<(), PipelineError> {
    let rows = decoded.batch.num_rows();
    let position = match open.journal.append(&decoded.batch) {
        Err(cause) if cause.is_too_large() && rows > 1 => {
            return halves(&decoded).into_iter().try_for_each(|half| keep(open, ledger, half));
        }
        appended => appended?,
    };
    open.journal.sync()?;
    journal_stage::store(ledger, decoded.table, decoded.records, rows as u64);
    open.store.append_hot(decoded.batch, position);
    while open.store.seal_if_due()? {
        open.journal.retire(open.store.cursor())?;
    }
    Ok(())
}
