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
use crate::running::{Deps, open};

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
    let (store, mut journal) = open(&config.data.dir, config, deps)?;
    let ledger = Ledger::default();
    let mut outcome = Ok(());
    let mut read = 0;
    for file in files {
        outcome = load_file(file, deps.clock.now_ns(), &ledger, &mut |decoded: Decoded| {
            let rows = decoded.batch.num_rows() as u64;
            let position = journal.append(&decoded.batch)?;
            store.append_hot(decoded.batch, position);
            journal.sync()?;
            ledger.store(decoded.records, rows);
            store.seal_if_due()?;
            Ok(())
        });
        if outcome.is_err() {
            break;
        }
        read += 1;
    }
    journal.sync()?;
    store.seal_all()?;
    journal.retire(store.cursor())?;
    outcome?;
    Ok(LoadSummary { files: read, accounting: ledger.snapshot() })
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
        if batches.flows.rows() >= BATCH_ROWS {
            let batch = batches.flows.finish();
            keep(Decoded { table: Table::Flows, batch, records: std::mem::take(&mut records) })?;
        }
    }
    if batches.flows.rows() > 0 {
        keep(Decoded { table: Table::Flows, batch: batches.flows.finish(), records })?;
    }
    outcome
}
