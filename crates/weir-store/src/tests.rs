//! The store as its users see it: each row exactly once, whatever is interrupted, removed or read meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, UInt16Array, UInt32Array,
    UInt64Array,
};
use arrow_cast::cast;
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use proptest::prelude::*;
use tempfile::TempDir;
use weir_config::{ByteSize, Interval};
use weir_journal::{Journal, JournalConfig, Position};
use weir_schema::{Field, Kind, Table};
use weir_telemetry::ManualClock;

use crate::retention::Space;
use crate::store::Step;
use crate::{ReadStore, Snapshot, Store, StoreConfig, StoreError, enforce_retention, table_dir};

#[path = "../../weir-journal/tests/support/batches.rs"]
mod batches;

mod compaction;
mod faults;
mod pruning;
mod rollups;

use batches::{any_batch, batch};

const FIELDS: [Field; 5] = [Field::SrcIp, Field::DstIp, Field::FlowProtocol, Field::Bytes, Field::Extra];
const ALWAYS: std::ops::Range<i64> = i64::MIN..i64::MAX;

const NOW_NS: i64 = 1_700_000_000_000_000_000;

struct Rig {
    dir: TempDir,
    clock: Arc<ManualClock>,
    config: StoreConfig,
}

impl Rig {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(NOW_NS));
        Self { dir: TempDir::new().unwrap(), clock, config: StoreConfig::default() }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn open(&self) -> Store {
        Store::open(self.path(), self.config.clone(), Arc::clone(&self.clock) as _).unwrap()
    }

    /// Store and journal, as the pipeline opens them.
    fn open_both(&self) -> (Store, Journal) {
        let store = self.open();
        let journal = Journal::open(self.path(), JournalConfig::default(), store.cursor()).unwrap();
        for entry in journal.reader(store.cursor()).unwrap() {
            let (position, batch) = entry.unwrap();
            store.append_hot(batch, position);
        }
        (store, journal)
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path().join("segments"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn at(offset: u64) -> Position {
    Position { file: 1, offset }
}

/// Rows that can be told apart: `flow_id` counts from `from`.
fn numbered(from: u64, rows: usize) -> RecordBatch {
    let made = batch(rows, &FIELDS, from);
    let mut columns: BTreeMap<Field, ArrayRef> = made
        .schema()
        .fields()
        .iter()
        .zip(made.columns())
        .map(|(field, column)| (Field::from_name(field.name()).unwrap(), Arc::clone(column)))
        .collect();
    columns.insert(Field::FlowId, Arc::new(UInt64Array::from_iter_values(from..from + rows as u64)));
    let schema = arrow_schema::Schema::new(columns.keys().map(|field| field.arrow()).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_values().collect()).unwrap()
}

fn try_ids(snapshot: &Snapshot) -> Result<Vec<u64>, StoreError> {
    let mut ids = Vec::new();
    for part in snapshot.parts(ALWAYS) {
        let read = part.read(&[Field::FlowId])?;
        assert_eq!(read.num_rows(), part.rows());
        ids.extend_from_slice(read.column(0).as_primitive::<UInt64Type>().values());
    }
    Ok(ids)
}

fn ids(snapshot: &Snapshot) -> Vec<u64> {
    try_ids(snapshot).unwrap()
}

fn read_all(snapshot: &Snapshot) -> RecordBatch {
    let every: Vec<Field> = Field::all().collect();
    let parts: Vec<_> = snapshot.parts(ALWAYS).iter().map(|part| part.read(&every).unwrap()).collect();
    crate::merge::merge(&parts.iter().collect::<Vec<_>>()).unwrap()
}

/// Columns by name with their values instead of codes, without columns that are all null.
fn plain(batch: &RecordBatch) -> Vec<(String, ArrayRef)> {
    let named = batch.schema_ref().fields().iter().zip(batch.columns());
    named
        .filter(|(_, column)| column.null_count() < column.len())
        .map(|(field, column)| {
            let column = match column.data_type() {
                DataType::Dictionary(_, values) => cast(column, values).unwrap(),
                _ => Arc::clone(column),
            };
            (field.name().clone(), column)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_batches_come_back_from_a_segment(batches in prop::collection::vec(any_batch(200), 1..4)) {
        let rig = Rig::new();
        let store = rig.open();
        for (place, batch) in batches.iter().enumerate() {
            store.append_hot(batch.clone(), at(place as u64 + 1));
        }
        let before = plain(&crate::merge::merge(&batches.iter().collect::<Vec<_>>()).unwrap());
        prop_assert_eq!(&plain(&read_all(&store.snapshot())), &before);
        prop_assert!(store.seal_all().unwrap());
        let snapshot = store.snapshot();
        prop_assert!(snapshot.parts(ALWAYS).iter().all(|part| !part.is_hot()));
        let after = read_all(&snapshot);
        prop_assert_eq!(&plain(&after), &before);
        for part in snapshot.parts(ALWAYS) {
            let read = part.read(&Field::all().collect::<Vec<_>>()).unwrap();
            for column in read.schema().fields() {
                let field = Field::from_name(column.name()).unwrap();
                prop_assert_eq!(column.as_ref(), &field.arrow());
            }
        }
    }

    #[test]
    fn any_column_can_be_read_alone(batch in any_batch(100), field in 0..Field::COUNT) {
        let field = Field::from_index(field).unwrap();
        let rig = Rig::new();
        let store = rig.open();
        store.append_hot(batch.clone(), at(1));
        store.seal_all().unwrap();
        let read = store.snapshot().parts(ALWAYS)[0].read(&[field]).unwrap();
        prop_assert_eq!(read.num_rows(), batch.num_rows());
        let wanted: Vec<_> = plain(&batch).into_iter().filter(|(name, _)| name == field.name()).collect();
        prop_assert_eq!(plain(&read), wanted);
    }
}

#[test]
fn long_segments_have_several_row_groups_found_by_their_times() {
    let rig = Rig::new();
    let store = rig.open();
    let rows = 30_000;
    for n in 0..10 {
        store.append_hot(numbered(n * rows, rows as usize), at(n + 1));
    }
    store.seal_all().unwrap();
    let snapshot = store.snapshot();
    let segment = &snapshot.segments()[0];
    assert_eq!(segment.row_groups.iter().map(|group| group.rows).collect::<Vec<_>>(), [100_000; 3]);
    assert_eq!(ids(&snapshot), (0..10 * rows).collect::<Vec<_>>());
    for group in &segment.row_groups {
        let found = snapshot.parts(group.min_time..group.min_time + 1);
        assert!(found.iter().any(|part| part.time_bounds() == group.time_bounds()));
        assert!(found.iter().all(|part| part.time_bounds().contains(&group.min_time)));
    }
}

#[test]
fn the_file_says_how_its_times_are_laid_out() {
    let rig = Rig::new();
    let store = rig.open();
    store.append_hot(batch(10, &[Field::Start, Field::End, Field::ExportTime], 4), at(1));
    store.seal_all().unwrap();
    let file = fs::File::open(rig.path().join("segments").join(&rig.files()[0])).unwrap();
    let footer = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()).unwrap();
    let names: Vec<_> =
        footer.parquet_schema().columns().iter().map(|column| column.name().to_owned()).collect();
    let wanted = [
        "received_minus_time",
        "received",
        "end_minus_start",
        "time_minus_end",
        "received_minus_export_time",
    ];
    assert_eq!(names, wanted);
    let metadata = footer.metadata().file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| metadata.iter().find(|entry| entry.key == key).unwrap().value.clone().unwrap();
    assert_eq!(value("weir.format"), "1");
    assert!(value("weir.times").contains("time = received - received_minus_time"));
}

#[test]
fn a_process_may_die_after_any_step_of_a_seal() {
    for step in [Step::Written, Step::Named, Step::Committed, Step::Switched, Step::Published] {
        let rig = Rig::new();
        let (store, mut journal) = rig.open_both();
        let mut next = 0;
        let mut add = |store: &Store, journal: &mut Journal, batches: usize| {
            for _ in 0..batches {
                let batch = numbered(next, 40);
                next += 40;
                let position = journal.append(&batch).unwrap();
                store.append_hot(batch, position);
            }
            next
        };
        add(&store, &mut journal, 3);
        store.seal_all().unwrap();
        add(&store, &mut journal, 3);
        *store.stop_at.lock().unwrap() = Some(step);
        assert!(matches!(store.seal_all(), Err(StoreError::Stopped)), "{step:?}");
        let total = add(&store, &mut journal, 2);
        drop((store, journal));
        let all: Vec<u64> = (0..total).collect();

        assert_eq!(
            ids(&ReadStore::open(rig.path()).unwrap().snapshot().unwrap()),
            all,
            "reader after {step:?}"
        );
        let (store, mut journal) = rig.open_both();
        assert_eq!(ids(&store.snapshot()), all, "after {step:?}");
        assert_eq!(rig.files().len(), store.snapshot().segments().len(), "leftovers of {step:?}");
        store.seal_all().unwrap();
        let total = add(&store, &mut journal, 1);
        journal.retire(store.cursor()).unwrap();
        assert_eq!(ids(&store.snapshot()), (0..total).collect::<Vec<_>>(), "later, after {step:?}");
    }
}

#[test]
fn a_replayed_batch_that_is_stored_already_is_ignored() {
    let rig = Rig::new();
    let store = rig.open();
    store.append_hot(numbered(0, 10), at(5));
    store.append_hot(numbered(0, 10), at(5));
    store.seal_all().unwrap();
    store.append_hot(numbered(0, 10), at(5));
    assert_eq!(ids(&store.snapshot()), (0..10).collect::<Vec<_>>());
    assert_eq!(store.cursor(), at(5));
}

#[test]
fn snapshots_have_each_row_once_while_segments_are_made() {
    let rig = Rig::new();
    let store = rig.open();
    let (written, done) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let appended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let mut n = 0;
                loop {
                    let segments = store.stats().segments;
                    if segments >= 20 {
                        break;
                    }
                    if n >= (segments + 1) * 40 {
                        std::thread::yield_now();
                        continue;
                    }
                    store.append_hot(numbered(n * 50, 50), at(n + 1));
                    n += 1;
                    written.store(n * 50, Ordering::SeqCst);
                }
            }));
            // The others end even if this thread fails.
            done.store(true, Ordering::SeqCst);
            appended.unwrap();
        });
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                store.seal_all().unwrap();
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(Ordering::SeqCst) {
                    let atleast = written.load(Ordering::SeqCst);
                    let seen = ids(&store.snapshot());
                    assert_eq!(seen, (0..seen.len() as u64).collect::<Vec<_>>());
                    assert!(seen.len() as u64 >= atleast.max(last));
                    last = seen.len() as u64;
                }
            });
        }
    });
    assert_eq!(ids(&store.snapshot()), (0..written.load(Ordering::SeqCst)).collect::<Vec<_>>());
}

#[test]
fn a_segment_is_due_by_rows_by_memory_and_by_age() {
    let mut rig = Rig::new();
    rig.config.segment_rows = 100;
    let store = rig.open();
    store.append_hot(numbered(0, 99), at(1));
    assert!(!store.seal_if_due().unwrap());
    store.append_hot(numbered(99, 1), at(2));
    assert!(store.seal_if_due().unwrap());
    store.append_hot(numbered(100, 1), at(3));
    rig.clock.advance_ns(15 * 60 * 1_000_000_000 - 1);
    assert!(!store.seal_if_due().unwrap());
    rig.clock.advance_ns(1);
    assert!(store.seal_if_due().unwrap());
    assert!(!store.seal_if_due().unwrap());
    drop(store);
    rig.config.segment_memory = ByteSize(1000);
    let store = rig.open();
    store.append_hot(numbered(101, 50), at(4));
    assert!(store.seal_if_due().unwrap());
    assert_eq!(store.stats().segments, 3);
    assert_eq!((store.stats().rows, store.stats().hot_rows), (151, 0));
}

#[test]
fn many_small_batches_are_put_together() {
    let rig = Rig::new();
    let store = rig.open();
    for n in 0..500 {
        store.append_hot(numbered(n * 3, 3), at(n + 1));
    }
    let snapshot = store.snapshot();
    assert!(snapshot.parts(ALWAYS).len() < 70, "{}", snapshot.parts(ALWAYS).len());
    assert_eq!(ids(&snapshot), (0..1500).collect::<Vec<_>>());
    store.seal_all().unwrap();
    assert_eq!(store.cursor(), at(500));
    assert_eq!(plain(&read_all(&store.snapshot())), plain(&read_all(&snapshot)));
}

#[test]
fn old_segments_go_and_their_files_a_minute_later() {
    let mut rig = Rig::new();
    rig.config.max_age = Interval(std::time::Duration::from_hours(1));
    let store = rig.open();
    let hour_ns = 3_600_000_000_000;
    store.append_hot(numbered(0, 10), at(1));
    store.seal_all().unwrap();
    rig.clock.advance_ns(hour_ns / 2);
    store.append_hot(numbered(10, 10), at(2));
    store.seal_all().unwrap();
    let before = store.snapshot();
    assert_eq!(store.enforce_retention().unwrap().dropped, 0);
    rig.clock.advance_ns(hour_ns / 2 + 1);
    let retained = store.enforce_retention().unwrap();
    assert_eq!((retained.dropped, retained.rows, retained.removed), (1, 10, 0));
    assert_eq!(ids(&store.snapshot()), (10..20).collect::<Vec<_>>());
    // Whoever took a snapshot before can still read it, for a minute.
    assert_eq!(ids(&before).len(), 20);
    assert_eq!(rig.files().len(), 2);
    drop(store);
    let store = rig.open();
    assert_eq!(ids(&store.snapshot()), (10..20).collect::<Vec<_>>());
    rig.clock.advance_ns(60_000_000_000);
    assert_eq!(store.enforce_retention().unwrap().removed, 1);
    assert_eq!(rig.files().len(), 1);
    assert!(matches!(try_ids(&before), Err(StoreError::Gone { .. })));
    // What is hot, and new segments, are untouched.
    store.append_hot(numbered(20, 10), at(3));
    store.seal_all().unwrap();
    assert_eq!(ids(&store.snapshot()), (10..30).collect::<Vec<_>>());
}

#[test]
fn a_full_disk_costs_the_oldest_segments() {
    let rig = Rig::new();
    let mut store = rig.open();
    for n in 0..4 {
        store.append_hot(numbered(n * 10, 10), at(n + 1));
        store.seal_all().unwrap();
    }
    store.space = |_| Ok(Space { total: 100 << 30, available: (2 << 30) - 1 });
    assert_eq!(store.enforce_retention().unwrap().dropped, 1);
    // Its file is still there, and counted as free already.
    assert_eq!(store.enforce_retention().unwrap().dropped, 0);
    store.space = |_| Ok(Space { total: 100 << 30, available: 0 });
    let retained = store.enforce_retention().unwrap();
    assert_eq!((retained.dropped, retained.removed), (3, 4));
    assert_eq!(rig.files().len(), 0);
    store.append_hot(numbered(40, 10), at(5));
    assert_eq!(ids(&store.snapshot()), (40..50).collect::<Vec<_>>());
}

#[test]
fn tables_share_the_limits_and_the_oldest_segment_of_all_goes_first() {
    let mut rig = Rig::new();
    let flows = rig.open();
    let dir = table_dir(rig.path(), Table::Counters);
    let open = |config: &StoreConfig| Store::open(&dir, config.clone(), Arc::clone(&rig.clock) as _).unwrap();
    let counters = open(&rig.config);
    for n in 0..6 {
        let store = if n % 2 == 0 { &flows } else { &counters };
        store.append_hot(numbered(n * 10, 10), at(n + 1));
        store.seal_all().unwrap();
        rig.clock.advance_ns(1_000_000_000);
    }
    let bytes = |store: &Store| store.stats().bytes;
    assert_eq!(enforce_retention(&[&flows, &counters]).unwrap().dropped, 0);
    // Together one byte too many: the very oldest goes, and that is one of flows.
    let (all, newest) = (bytes(&flows) + bytes(&counters), bytes(&counters));
    drop((flows, counters));
    rig.config.max_size = Some(ByteSize(all - 1));
    let (flows, counters) = (rig.open(), open(&rig.config));
    assert_eq!(enforce_retention(&[&flows, &counters]).unwrap().dropped, 1);
    assert_eq!(ids(&flows.snapshot()), (20..30).chain(40..50).collect::<Vec<_>>());
    assert_eq!(bytes(&counters), newest);
    drop((flows, counters));
    // Room for one: only the newest of all stays, and it is one of counters.
    rig.config.max_size = Some(ByteSize(newest / 3 + 64));
    let (flows, counters) = (rig.open(), open(&rig.config));
    assert_eq!(enforce_retention(&[&flows, &counters]).unwrap().dropped, 4);
    assert_eq!((flows.snapshot().rows(), ids(&counters.snapshot())), (0, (50..60).collect()));
}

#[test]
fn a_table_that_nobody_wrote_to_has_no_rows() {
    let rig = Rig::new();
    let no_data = ReadStore::open_table(rig.path(), Table::Counters);
    assert!(matches!(no_data, Err(StoreError::NoData { .. })));
    drop(rig.open());
    let absent = ReadStore::open_table(rig.path(), Table::Counters).unwrap();
    assert_eq!(absent.snapshot().unwrap().rows(), 0);
    let counters =
        Store::open(&table_dir(rig.path(), Table::Counters), rig.config.clone(), Arc::clone(&rig.clock) as _)
            .unwrap();
    counters.append_hot(numbered(0, 10), at(1));
    counters.seal_all().unwrap();
    assert_eq!(ids(&absent.snapshot().unwrap()), (0..10).collect::<Vec<_>>());
    assert_eq!(ReadStore::open(rig.path()).unwrap().snapshot().unwrap().rows(), 0);
}

#[test]
fn space_is_held_back_and_given_up_when_a_commit_needs_it() {
    let rig = Rig::new();
    let store = rig.open();
    store.enforce_retention().unwrap();
    let ballast = rig.path().join("ballast");
    assert_eq!(fs::metadata(&ballast).unwrap().len(), crate::ballast::SIZE);
    let full = || StoreError::io("write", &ballast, std::io::ErrorKind::StorageFull.into());
    let mut tries = 0;
    let done = crate::ballast::with_room(rig.path(), || {
        tries += 1;
        if ballast.exists() { Err(full()) } else { Ok(tries) }
    });
    assert_eq!(done.unwrap(), 2);
    assert!(crate::ballast::with_room(rig.path(), || Err::<(), _>(full())).is_err());
    store.enforce_retention().unwrap();
    assert!(ballast.exists());
}

#[test]
fn other_processes_read_beside_the_writer_what_is_on_disk() {
    let rig = Rig::new();
    assert!(matches!(ReadStore::open(rig.path()), Err(StoreError::NoData { .. })));
    let (store, mut journal) = rig.open_both();
    let reader = ReadStore::open(rig.path()).unwrap();
    let mut add = |from| {
        let batch = numbered(from, 10);
        let position = journal.append(&batch).unwrap();
        store.append_hot(batch, position);
        journal.sync().unwrap();
    };
    add(0);
    assert_eq!(ids(&reader.snapshot().unwrap()), (0..10).collect::<Vec<_>>());
    store.seal_all().unwrap();
    add(10);
    assert_eq!(ids(&reader.snapshot().unwrap()), (0..20).collect::<Vec<_>>());
    let batch = numbered(20, 10);
    journal.append(&batch).unwrap();
    assert_eq!(ids(&reader.snapshot().unwrap()), (0..20).collect::<Vec<_>>());
    // When the writer is gone, every sound frame counts.
    drop((store, journal));
    assert_eq!(ids(&reader.snapshot().unwrap()), (0..30).collect::<Vec<_>>());
}

#[test]
fn says_who_has_the_directory_and_what_to_do() {
    let rig = Rig::new();
    let first = rig.open();
    let second = Store::open(rig.path(), StoreConfig::default(), Arc::clone(&rig.clock) as _).err().unwrap();
    let id = std::process::id();
    assert_eq!(
        second.to_string(),
        format!("data directory `{}` is in use by process {id}", rig.path().display())
    );
    assert!(second.help().unwrap().contains("--url"));
    drop(first);
    rig.open();

    let file = rig.path().join("file");
    fs::write(&file, "").unwrap();
    let error =
        Store::open(&file.join("data"), StoreConfig::default(), Arc::clone(&rig.clock) as _).err().unwrap();
    assert!(error.to_string().starts_with("cannot use data directory `"), "{error}");
    assert!(error.help().unwrap().contains("--data DIR"));
}

#[test]
fn a_segment_that_somebody_removed_costs_only_its_rows() {
    let rig = Rig::new();
    let store = rig.open();
    store.append_hot(numbered(0, 10), at(1));
    store.seal_all().unwrap();
    store.append_hot(numbered(10, 10), at(2));
    store.seal_all().unwrap();
    drop(store);
    fs::remove_file(rig.path().join("segments").join(&rig.files()[0])).unwrap();
    fs::write(rig.path().join("segments/0000000000000099.parquet.tmp"), "half").unwrap();
    let store = rig.open();
    assert_eq!(ids(&store.snapshot()), (10..20).collect::<Vec<_>>());
    assert_eq!(rig.files().len(), 1);
}

#[test]
fn derived_fields_and_unknown_columns_are_left_out() {
    let rig = Rig::new();
    let store = rig.open();
    store.append_hot(numbered(0, 10), at(1));
    for _ in 0..2 {
        let part = &store.snapshot().parts(ALWAYS)[0];
        let read = part.read(&[Field::Service, Field::TlsSni, Field::FlowId, Field::Time]).unwrap();
        let names: Vec<_> = read.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, ["time", "flow_id"]);
        assert_eq!(part.read(&[Field::TlsSni]).unwrap().num_rows(), 10);
        store.seal_all().unwrap();
    }
    assert!(Field::all().any(|field| field.kind() == Kind::Service && field.is_derived()));
}
