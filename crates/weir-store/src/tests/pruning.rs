//! Row groups that cannot have a wanted row are not read, those that can are; and what is damaged costs only itself.

use std::io::{Seek, SeekFrom, Write};

use rusqlite::Connection;

use super::*;
use crate::bounds::Bound;
use crate::filters::{GroupFilters, Place};
use crate::fuse::{self, AddressFilter};
use crate::read::Files;
use crate::{Order, Prune, RowGroup, Segment};

const HOST: u128 = 0xffff_0a00_0000;

/// Rows from one host to another, all with the same port.
fn between(src: u128, dst: u128, port: u16, rows: usize) -> RecordBatch {
    let made = batch(rows, &[Field::SrcIp, Field::DstIp, Field::DstPort], 1);
    let ip = |address: u128| -> ArrayRef {
        let values = FixedSizeBinaryArray::try_from_iter([address.to_be_bytes()].into_iter()).unwrap();
        Arc::new(DictionaryArray::<UInt32Type>::new(UInt32Array::from_value(0, rows), Arc::new(values)))
    };
    let columns = [
        (Field::Time, Arc::clone(made.column_by_name("time").unwrap())),
        (Field::Received, Arc::clone(made.column_by_name("received").unwrap())),
        (Field::SrcIp, ip(src)),
        (Field::DstIp, ip(dst)),
        (Field::DstPort, Arc::new(UInt16Array::from_value(port, rows))),
    ];
    let mut columns = columns.to_vec();
    columns.sort_by_key(|column| column.0);
    let schema = arrow_schema::Schema::new(columns.iter().map(|column| column.0.arrow()).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|column| column.1).collect()).unwrap()
}

/// Twenty segments, each from a host of its own to a host of its own.
fn filled(rig: &Rig) -> Store {
    let store = rig.open();
    for n in 0..20 {
        store.append_hot(between(HOST + n, HOST + 1000 + n, 400 + n as u16, 10), at(n as u64 * 2 + 1));
        store.append_hot(between(HOST + 5000, HOST + 5000, 400 + n as u16, 10), at(n as u64 * 2 + 2));
        store.seal_all().unwrap();
    }
    store
}

fn address(field: Field, host: u128) -> Prune {
    Prune::Address(field, vec![(host, host)])
}

/// How many row groups are planned, and how many of them are worth reading.
fn counts(snapshot: &Snapshot, condition: &Prune) -> (usize, usize) {
    let found = snapshot.parts_matching(ALWAYS, condition);
    assert_eq!(found.rows, snapshot.rows());
    (found.parts.len(), found.parts.iter().filter(|part| part.may_match()).count())
}

#[test]
fn a_host_is_looked_for_only_where_it_may_be() {
    let rig = Rig::new();
    let store = filled(&rig);
    let either = |host| Prune::Any(vec![address(Field::SrcIp, host), address(Field::DstIp, host)]);
    for snapshot in [store.snapshot(), ReadStore::open(rig.path()).unwrap().snapshot().unwrap()] {
        assert_eq!(counts(&snapshot, &Prune::Nothing).1, 20);
        assert_eq!(counts(&snapshot, &address(Field::SrcIp, HOST + 7)).1, 1);
        assert_eq!(counts(&snapshot, &address(Field::DstIp, HOST + 7)).1, 0);
        assert_eq!(counts(&snapshot, &either(HOST + 1007)).1, 1);
        assert_eq!(counts(&snapshot, &Prune::Number(Field::DstPort, vec![(405, 406)])).1, 2);
        assert_eq!(counts(&snapshot, &Prune::Number(Field::SrcPort, vec![(0, u64::MAX)])).1, 0);
        // By now the filters are in memory, and planning asks them.
        assert_eq!(counts(&snapshot, &either(HOST + 1007)), (1, 1));
    }
    store.compact_all().unwrap();
    let snapshot = store.snapshot();
    assert_eq!(counts(&snapshot, &either(HOST + 1007)).1, 1);
    assert_eq!(counts(&snapshot, &either(HOST + 3000)).1, 0);
}

#[test]
fn filters_that_are_damaged_hide_nothing() {
    let rig = Rig::new();
    drop(filled(&rig));
    let store = rig.open();
    let snapshot = store.snapshot();
    for segment in snapshot.segments() {
        let mut file = fs::OpenOptions::new().write(true).open(rig.path().join(&segment.path)).unwrap();
        file.seek(SeekFrom::Start(segment.filters.unwrap().at + 20)).unwrap();
        file.write_all(&[0x55; 8]).unwrap();
    }
    assert_eq!(counts(&snapshot, &address(Field::SrcIp, HOST + 7)), (8, 8));
    assert_eq!(store.damaged().len(), 8);
}

#[test]
fn a_damaged_segment_is_counted_and_costs_only_its_rows() {
    let rig = Rig::new();
    let store = rig.open();
    for n in 0..3 {
        store.append_hot(numbered(n * 10, 10), at(n + 1));
        store.seal_all().unwrap();
    }
    let path = rig.path().join("segments").join(&rig.files()[1]);
    let length = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length / 2).unwrap();
    let parts = store.snapshot().parts(ALWAYS);
    let read: Vec<_> = parts.iter().map(|part| part.read(&[Field::FlowId])).collect();
    assert!(matches!(read[1], Err(StoreError::Segment { .. })));
    assert!(read[0].is_ok() && read[2].is_ok());
    assert_eq!((store.stats().damaged_segments, store.damaged().len()), (1, 1));
    assert!(path.ends_with(Path::new(&store.damaged()[0].0).file_name().unwrap()));
}

/// 250 000 row groups: two years at a thousand rows a second. The time is printed, for machines differ.
#[test]
fn a_long_list_is_planned_without_opening_a_file() {
    let segment = |id: u64| {
        let from = id as i64 * 1_000_000;
        let groups = (0..16u64).map(|group| {
            let host = u128::from(id * 16 + group);
            let bounds = [
                (Field::SrcIp, Bound::Addresses(HOST, HOST + 0xff_ffff)),
                (Field::DstIp, Bound::Addresses(HOST + host, HOST + host + 1000)),
                (Field::DstPort, Bound::Numbers(22, 65_000)),
                (Field::Bytes, Bound::Numbers(40, 1_000_000 + id)),
                (Field::SrcAs, Bound::Absent),
            ];
            let (min_time, max_time) = (from, from + 999_999);
            RowGroup { rows: 131_072, min_time, max_time, bounds: bounds.into_iter().collect() }
        });
        Segment {
            id,
            path: Segment::path_of(id),
            rows: 16 * 131_072,
            bytes: 50 << 20,
            created_ns: from,
            min_time: from,
            max_time: from + 999_999,
            order: Order::Address,
            crc32c: None,
            filters: Some(Place { at: 0, bytes: 0, crc32c: 0 }),
            row_groups: groups.collect(),
        }
    };
    let files = Arc::new(Files::new("/nowhere".into()));
    let segments: Vec<_> = (0..15_625).map(|id| Arc::new(segment(id))).collect();
    let hosts: Vec<u64> = (0..16).map(|host| fuse::key(HOST + host)).collect();
    let filter = AddressFilter::new(&hosts).unwrap();
    let filters = GroupFilters { src: Some(filter.clone()), dst: Some(filter) };
    for segment in &segments {
        files.filters.put(segment.id, Arc::new(vec![filters.clone(); 16]));
    }
    let snapshot = Snapshot { hot: Vec::new(), segments: Arc::new(segments), rollups: Arc::default(), files };
    let either = |host| Prune::Any(vec![address(Field::SrcIp, host), address(Field::DstIp, host)]);
    let day = 100_000_000..103_000_000;
    for (name, range, condition, wanted) in [
        ("a range of time", day.clone(), Prune::Nothing, 48),
        ("a host in a range of time", day, either(HOST + 77), 0),
        ("a host in all of time", ALWAYS, either(HOST + 7), 250_000),
        ("a host that nobody saw", ALWAYS, either(HOST + 99_999), 0),
        ("many bytes", ALWAYS, Prune::Number(Field::Bytes, vec![(1_015_000, u64::MAX)]), 625 * 16),
    ] {
        let begun = std::time::Instant::now();
        let found = snapshot.parts_matching(range, &condition).parts.len();
        println!("{name}: {found} of 250000 row groups, {:.2} ms", begun.elapsed().as_secs_f64() * 1e3);
        // A filter lets through one in 256 that it should not.
        assert!(found >= wanted && found <= wanted + 250_000 / 50, "{name}: {found}");
    }
}

/// The tables of the first format, as that Weir made them.
const FIRST_FORMAT: &str = "
    CREATE TABLE state (only INTEGER PRIMARY KEY CHECK (only = 1), commits INTEGER NOT NULL,
        next_segment INTEGER NOT NULL, journal_file INTEGER NOT NULL, journal_offset INTEGER NOT NULL);
    CREATE TABLE segment (id INTEGER PRIMARY KEY, path TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
        created_ns INTEGER NOT NULL, min_time INTEGER NOT NULL, max_time INTEGER NOT NULL);
    CREATE TABLE row_group (segment INTEGER NOT NULL REFERENCES segment ON DELETE CASCADE, place INTEGER NOT NULL,
        rows INTEGER NOT NULL, min_time INTEGER NOT NULL, max_time INTEGER NOT NULL, PRIMARY KEY (segment, place))
        WITHOUT ROWID;
    CREATE TABLE dropped (path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, dropped_ns INTEGER NOT NULL);
    PRAGMA user_version = 1;
";

#[test]
fn a_store_of_the_first_format_goes_on() {
    let rig = Rig::new();
    let store = rig.open();
    for n in 0..3 {
        store.append_hot(numbered(n * 10, 10), at(n + 1));
        store.seal_all().unwrap();
    }
    let segments = store.snapshot().segments().to_vec();
    drop(store);
    let path = rig.path().join("manifest.sqlite");
    for name in ["manifest.sqlite", "manifest.sqlite-wal", "manifest.sqlite-shm", "manifest.current"] {
        let _ = fs::remove_file(rig.path().join(name));
    }
    let old = Connection::open(&path).unwrap();
    old.execute_batch(FIRST_FORMAT).unwrap();
    old.execute("INSERT INTO state VALUES (1, 3, 4, 1, 3)", []).unwrap();
    for segment in &segments {
        let (id, rows, bytes) = (segment.id as i64, segment.rows as i64, segment.bytes as i64);
        let times = (segment.created_ns, segment.min_time, segment.max_time);
        old.execute(
            "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?)",
            (id, &segment.path, rows, bytes, times.0, times.1, times.2),
        )
        .unwrap();
        old.execute("INSERT INTO row_group VALUES (?, 0, ?, ?, ?)", (id, rows, times.1, times.2)).unwrap();
    }
    drop(old);
    let store = rig.open();
    assert_eq!(ids(&store.snapshot()), (0..30).collect::<Vec<_>>());
    // Nothing is known of its row groups, so none is left out.
    assert_eq!(counts(&store.snapshot(), &address(Field::SrcIp, HOST)), (3, 3));
    store.append_hot(numbered(30, 10), at(4));
    store.seal_all().unwrap();
    drop(store);
    let store = rig.open();
    assert_eq!(ids(&store.snapshot()), (0..40).collect::<Vec<_>>());
    assert_eq!(store.compact_all().unwrap(), 4);
    assert_eq!(store.snapshot().segments()[0].order, Order::Address);
    assert!(store.snapshot().segments()[0].crc32c.is_some());
    assert_eq!(store.snapshot().rows(), 40);
}
