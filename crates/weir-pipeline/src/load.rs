//! Captures into the store, original times kept.

use std::path::{Path, PathBuf};

use serde::Serialize;
use weir_batch::Batches;
use weir_ingest::capture::Capture;
use weir_ingest::listen::Decoded;
use weir_ingest::{Session, SessionLimits};
use weir_schema::Table;
use weir_telemetry::{Ledger, LedgerSnapshot};

use crate::config::PipelineConfig;
use crate::error::PipelineError;
use crate::journal_stage::halves;
use crate::running::Deps;
use crate::tables::OpenTable;
use crate::{journal_stage, tables};

/// What a load did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LoadSummary {
    /// Files read.
    pub files: u64,
    /// What became of datagrams and records.
    pub accounting: LedgerSnapshot,
}

/// Rows in a batch.
const BATCH_ROWS: usize = 32_768;

/// Reads captures into the data directory. Needs it for itself: a running server is in the way.
///
/// # Errors
/// The data directory or a file cannot be used. What was read before the failing file is kept.
pub fn load(config: &PipelineConfig, deps: &Deps, files: &[PathBuf]) -> Result<LoadSummary, PipelineError> {
    let ledger = Ledger::default();
    let mut tables = tables::open(config, deps, &ledger)?;
    let mut outcome = Ok(());
    let mut read = 0;
    for file in files {
        outcome = load_file(file, deps.clock.now_ns(), &ledger, &mut |decoded: Decoded| {
            keep(tables.of_mut(decoded.table), &ledger, decoded)
        });
        if outcome.is_err() {
            break;
        }
        read += 1;
    }
    for table in Table::ALL {
        let open = tables.of_mut(table);
        open.journal.sync()?;
        open.store.seal_all()?;
        open.journal.retire(open.store.cursor())?;
    }
    outcome?;
    Ok(LoadSummary { files: read, accounting: ledger.snapshot() })
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

fn load_file(
    file: &Path,
    now_ns: i64,
    ledger: &Ledger,
    keep: &mut dyn FnMut(Decoded) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    // Each file is a world of its own: its exporters' templates do not apply to the next one.
    let mut session = Session::new(SessionLimits::default());
    let mut batches = Batches::new();
    let mut tally = weir_telemetry::Tally::default();
    let mut records = 0;
    let mut outcome = Ok(());
    for captured in Capture::open(file, now_ns)? {
        let datagram = match captured {
            Ok(datagram) => datagram,
            Err(damage) => {
                // What stood before the damage is kept.
                outcome = Err(damage.into());
                break;
            }
        };
        tally.clear();
        session
            .datagram(datagram.source, datagram.received_ns, &datagram.payload, &mut batches)
            .book(&mut tally);
        records += tally.records;
        ledger.receive(&tally);
        if batches.is_full(BATCH_ROWS) {
            pass_on(&mut batches, &mut records, ledger, keep)?;
        }
    }
    // What still waits for its template waits in vain.
    tally.clear();
    session.give_up_held().book(&mut tally);
    ledger.receive(&tally);
    pass_on(&mut batches, &mut records, ledger, keep)?;
    outcome
}

/// Hands on what the batches of all tables hold.
fn pass_on(
    batches: &mut Batches,
    records: &mut u64,
    ledger: &Ledger,
    keep: &mut dyn FnMut(Decoded) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    for table in Table::ALL {
        if let Some(decoded) = Decoded::take(batches, table, records, ledger) {
            keep(decoded)?;
        }
    }
    Ok(())
}
