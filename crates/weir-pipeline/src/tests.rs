//! Tables through a stop, a restart and a damaged disk.

mod faults;
mod watch;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, RecordBatch, TimestampNanosecondArray, UInt64Array};
use tempfile::TempDir;
use weir_ingest::listen::Decoded;
use weir_journal::{JournalReader, Position, Visibility};
use weir_schema::{Field, Table};
use weir_store::table_dir;
use weir_telemetry::{Ledger, LedgerSnapshot, ManualClock, Registry};

use crate::config::{DataConfig, PipelineConfig};
use crate::journal_stage::JournalStage;
use crate::running::Deps;
use crate::signals::Signals;
use crate::tables::{self, OpenTable, Tables};

const NOW_NS: i64 = 1_700_000_000_000_000_000;

struct Rig {
    dir: TempDir,
    deps: Deps,
}

impl Rig {
    fn new() -> Self {
        let deps = Deps { clock: Arc::new(ManualClock::new(NOW_NS)), metrics: Registry::default() };
        Self { dir: TempDir::new().unwrap(), deps }
    }

    fn open(&self, ledger: &Ledger) -> Tables<OpenTable> {
        let data = DataConfig { dir: self.dir.path().to_owned() };
        tables::open(&PipelineConfig { data, ..PipelineConfig::default() }, &self.deps, ledger).unwrap()
    }

    /// Runs the journal's stage over some batches until it has synced them all.
    fn keep(&self, batches: impl IntoIterator<Item = (Table, RecordBatch)>) -> LedgerSnapshot {
        let ledger = Arc::new(Ledger::default());
        let stage = JournalStage::new(
            self.open(&ledger),
            Arc::clone(&ledger),
            Arc::new(Signals::default()),
            Duration::from_millis(5),
        );
        let (sink, queue) = sync_channel(16);
        std::thread::scope(|scope| {
            scope.spawn(move || stage.run(&queue));
            for (table, batch) in batches {
                let rows = batch.num_rows() as u64;
                let records = match table {
                    Table::Flows => rows,
                    Table::Counters => 0,
                };
                ledger.receive(&weir_telemetry::Tally { records, rows: records, ..Default::default() });
                if table == Table::Counters {
                    ledger.receive_counters(rows);
                }
                sink.send(Decoded { table, batch, records }).unwrap();
            }
            drop(sink);
        });
        ledger.snapshot()
    }
}

/// Rows that can be told apart by their `value`.
fn rows(from: u64, count: u64) -> RecordBatch {
    let times = TimestampNanosecondArray::from_iter_values((0..count).map(|_| NOW_NS)).with_timezone("UTC");
    let columns: [(&str, ArrayRef); 3] = [
        ("time", Arc::new(times.clone())),
        ("received", Arc::new(times)),
        ("value", Arc::new(UInt64Array::from_iter_values(from..from + count))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn values(tables: &Tables<OpenTable>, table: Table) -> Vec<u64> {
    let snapshot = tables.of(table).store.snapshot();
    let mut values: Vec<u64> = snapshot
        .parts(i64::MIN..i64::MAX)
        .iter()
        .flat_map(|part| {
            let read = part.read(&[Field::Value]).unwrap();
            read.column(0).as_primitive::<UInt64Type>().values().to_vec()
        })
        .collect();
    values.sort_unstable();
    values
}

#[test]
fn tables_are_kept_apart_and_come_back_after_a_restart() {
    let rig = Rig::new();
    let ledgers = rig.keep([
        (Table::Flows, rows(0, 10)),
        (Table::Counters, rows(100, 20)),
        (Table::Flows, rows(10, 5)),
        (Table::Counters, rows(120, 1)),
    ]);
    assert_eq!(ledgers.contradictions(), Vec::<String>::new());
    assert_eq!((ledgers.records.stored, ledgers.rows.stored), (15, 15));
    assert_eq!((ledgers.rows.counters.stored, ledgers.rows.counters.waiting), (21, 0));
    let ledger = Ledger::default();
    // Twice: replaying changes nothing. The second time a segment has one table's rows already.
    for _ in 0..2 {
        let tables = rig.open(&ledger);
        assert_eq!(values(&tables, Table::Flows), (0..15).collect::<Vec<_>>());
        assert_eq!(values(&tables, Table::Counters), (100..121).collect::<Vec<_>>());
        tables.of(Table::Counters).store.seal_all().unwrap();
    }
    rig.keep([(Table::Counters, rows(121, 1)), (Table::Flows, rows(15, 1))]);
    let tables = rig.open(&ledger);
    assert_eq!(values(&tables, Table::Flows), (0..16).collect::<Vec<_>>());
    assert_eq!(values(&tables, Table::Counters), (100..122).collect::<Vec<_>>());
    assert_eq!(ledger.snapshot(), LedgerSnapshot::default(), "nothing was lost");
}

/// Changes the last byte of a frame: its body no longer matches its checksum.
fn damage(dir: &Path, frame: Position) {
    let file = dir.join("journal").join(format!("{:016}.wj", frame.file));
    let mut bytes = fs::read(&file).unwrap();
    bytes[frame.offset as usize - 1] ^= 0xff;
    fs::write(&file, bytes).unwrap();
}

#[test]
fn what_a_damaged_journal_does_not_give_back_is_booked_as_lost() {
    let rig = Rig::new();
    for table in Table::ALL {
        rig.keep([(table, rows(0, 7)), (table, rows(7, 3))]);
        let dir = table_dir(rig.dir.path(), table);
        let mut reader = JournalReader::open(&dir, Position::START, Visibility::All).unwrap();
        let (first, _) = reader.next().unwrap().unwrap();
        damage(&dir, first);
    }
    let ledger = Ledger::default();
    let tables = rig.open(&ledger);
    for table in Table::ALL {
        assert_eq!(values(&tables, table), [7, 8, 9], "what came after it is there");
    }
    let ledgers = ledger.snapshot();
    assert_eq!(ledgers.contradictions(), Vec::<String>::new());
    assert_eq!((ledgers.records.decoded, ledgers.records.lost["journal_damaged"]), (7, 7));
    assert_eq!((ledgers.rows.counters.decoded, ledgers.rows.counters.lost["journal_damaged"]), (7, 7));
    let metrics = rig.deps.metrics.render();
    assert!(metrics.contains("weir_journal_lost_frames_total{table=\"counters\"} 1"), "{metrics}");
}
