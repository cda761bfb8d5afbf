//! Old segments become one that is sorted, and no row is lost or doubled on the way.

use arrow_array::TimestampNanosecondArray;
use arrow_select::take::take_record_batch;

use super::*;
use crate::Order;
use crate::manifest::Fault;

/// Rows of the last ten seconds before the rig's clock starts.
fn recent(from: u64, rows: usize) -> RecordBatch {
    let made = numbered(from, rows);
    let times = |_| NOW_NS - 10_000_000_000 + from as i64;
    let times = || -> ArrayRef {
        Arc::new(TimestampNanosecondArray::from_iter_values((0..rows).map(times)).with_timezone("UTC"))
    };
    let schema = made.schema();
    let named = schema.fields().iter().zip(made.columns());
    let columns = named.map(|(field, column)| match field.name().as_str() {
        "time" | "received" => times(),
        _ => Arc::clone(column),
    });
    RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()
}

/// A store with segments of ten rows each, and the numbers of the rows in them.
fn filled(rig: &Rig, segments: u64) -> (Store, Vec<u64>) {
    let store = rig.open();
    for n in 0..segments {
        store.append_hot(recent(n * 10, 10), at(n + 1));
        store.seal_all().unwrap();
    }
    (store, (0..segments * 10).collect())
}

fn sorted_ids(snapshot: &Snapshot) -> Vec<u64> {
    let mut ids = ids(snapshot);
    ids.sort_unstable();
    ids
}

fn orders(store: &Store) -> Vec<Order> {
    store.snapshot().segments().iter().map(|segment| segment.order).collect()
}

/// The rows by destination, then source, those without first; rows that are alike stay in their order.
fn sorted(batch: &RecordBatch) -> RecordBatch {
    let column = |field: Field| -> Vec<Option<Vec<u8>>> {
        let Some(column) = batch.column_by_name(field.name()) else { return vec![None; batch.num_rows()] };
        let values = cast(column, &DataType::FixedSizeBinary(16)).unwrap();
        values.as_fixed_size_binary().iter().map(|value| value.map(<[u8]>::to_vec)).collect()
    };
    let (dst, src) = (column(Field::DstIp), column(Field::SrcIp));
    let mut rows: Vec<u32> = (0..batch.num_rows() as u32).collect();
    rows.sort_by_key(|row| (&dst[*row as usize], &src[*row as usize]));
    take_record_batch(batch, &UInt32Array::from(rows)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_segments_are_put_together_sorted(batches in prop::collection::vec(any_batch(200), 1..5)) {
        let rig = Rig::new();
        let store = rig.open();
        for (place, batch) in batches.iter().enumerate() {
            store.append_hot(batch.clone(), at(place as u64 + 1));
            store.seal_all().unwrap();
        }
        let before = crate::merge::merge(&batches.iter().collect::<Vec<_>>()).unwrap();
        prop_assert_eq!(store.compact_all().unwrap(), batches.len());
        let snapshot = store.snapshot();
        prop_assert!(snapshot.segments().iter().all(|segment| segment.order == Order::Address));
        if snapshot.segments().len() == 1 {
            prop_assert_eq!(plain(&read_all(&snapshot)), plain(&sorted(&before)));
        }
        let bounds = before.column_by_name("time").unwrap().as_primitive::<TimestampNanosecondType>().values();
        let bounds = *bounds.iter().min().unwrap()..=*bounds.iter().max().unwrap();
        prop_assert_eq!(snapshot.time_bounds(), Some(bounds));
    }
}

#[test]
fn large_segments_stay_in_row_groups() {
    let rig = Rig::new();
    let store = rig.open();
    for n in 0..3 {
        store.append_hot(recent(n * 100_000, 100_000), at(n + 1));
        store.seal_all().unwrap();
    }
    assert_eq!(store.compact_all().unwrap(), 3);
    let snapshot = store.snapshot();
    let segment = &snapshot.segments()[0];
    assert_eq!(segment.row_groups.iter().map(|group| group.rows).collect::<Vec<_>>(), [100_000; 3]);
    assert_eq!(sorted_ids(&snapshot), (0..300_000).collect::<Vec<_>>());
    let destinations: Vec<_> = snapshot
        .parts(ALWAYS)
        .iter()
        .flat_map(|part| {
            let read = part.read(&[Field::DstIp]).unwrap();
            let values = cast(read.column(0), &DataType::FixedSizeBinary(16)).unwrap();
            values.as_fixed_size_binary().iter().map(|value| value.map(<[u8]>::to_vec)).collect::<Vec<_>>()
        })
        .collect();
    assert!(destinations.is_sorted());
}

#[test]
fn a_compaction_is_due_by_age_and_by_what_waits() {
    let rig = Rig::new();
    let (store, all) = filled(&rig, 48);
    // The newest segments stay as they are.
    assert!(!store.compact_if_due(&|| true).unwrap());
    rig.clock.advance_ns(3_600_000_000_001);
    // Whoever says stop is obeyed.
    assert!(!store.compact_if_due(&|| false).unwrap());
    assert_eq!(rig.files().len(), 48);
    assert!(store.compact_if_due(&|| true).unwrap());
    assert!(!store.compact_if_due(&|| true).unwrap());
    assert_eq!(orders(&store), [Order::Address]);
    assert_eq!((sorted_ids(&store.snapshot()), store.stats().sorted_segments), (all.clone(), 1));
    // Readers of a snapshot from before have a minute, then the files go.
    assert_eq!(rig.files().len(), 49);
    rig.clock.advance_ns(60_000_000_000);
    assert_eq!(store.enforce_retention().unwrap().removed, 48);
    drop(store);
    assert_eq!(sorted_ids(&rig.open().snapshot()), all);
    // Few small ones are left alone until there are more of them.
    let rig = Rig::new();
    let (store, _) = filled(&rig, 3);
    rig.clock.advance_ns(3_600_000_000_001);
    assert!(!store.compact_if_due(&|| true).unwrap());
}

#[test]
fn a_process_may_die_after_any_step_of_a_compaction() {
    for step in [Step::Written, Step::Named, Step::Summed, Step::Committed, Step::Switched, Step::Published] {
        let rig = Rig::new();
        let (store, mut journal) = rig.open_both();
        for n in 0..4 {
            let batch = recent(n * 10, 10);
            let position = journal.append(&batch).unwrap();
            store.append_hot(batch, position);
            store.seal_all().unwrap();
        }
        let before = store.snapshot();
        *store.stop_at.lock().unwrap() = Some(step);
        assert!(matches!(store.compact_all(), Err(StoreError::Stopped)), "{step:?}");
        let all: Vec<u64> = (0..40).collect();
        assert_eq!(ids(&before), all, "{step:?}");
        drop((store, journal, before));
        let reader = ReadStore::open(rig.path()).unwrap();
        assert_eq!(sorted_ids(&reader.snapshot().unwrap()), all, "reader after {step:?}");
        let (store, journal) = rig.open_both();
        assert_eq!(sorted_ids(&store.snapshot()), all, "after {step:?}");
        assert_eq!(sorted_ids(&reader.snapshot().unwrap()), all, "reader later, after {step:?}");
        assert!(!rig.path().join("segments/orphaned").exists(), "{step:?}");
        store.compact_all().unwrap();
        rig.clock.advance_ns(60_000_000_000);
        store.enforce_retention().unwrap();
        assert_eq!(sorted_ids(&store.snapshot()), all, "compacted after {step:?}");
        assert_eq!((orders(&store), rig.files().len()), (vec![Order::Address], 1), "{step:?}");
        drop((store, journal));
        assert_eq!(sorted_ids(&rig.open().snapshot()), all, "reopened after {step:?}");
    }
}

#[test]
fn a_replacement_with_an_unknown_outcome_neither_loses_nor_doubles_a_row() {
    for (fault, restarted) in
        [(Fault::Reported, false), (Fault::Reported, true), (Fault::Real, false), (Fault::Real, true)]
    {
        let rig = Rig::new();
        let (mut store, mut all) = filled(&rig, 4);
        store.work().manifest.faults.push_back(fault);
        store.compact_all().unwrap_err();
        assert_eq!(sorted_ids(&store.snapshot()), all, "{fault:?}");
        if restarted {
            drop(store);
            store = rig.open();
            assert_eq!(sorted_ids(&store.snapshot()), all, "{fault:?}");
        } else {
            store.append_hot(recent(40, 10), at(9));
            store.seal_all().unwrap();
            all.extend(40..50);
        }
        store.compact_all().unwrap();
        assert_eq!(sorted_ids(&store.snapshot()), all, "{fault:?}");
        drop(store);
        let store = rig.open();
        rig.clock.advance_ns(60_000_000_000);
        store.enforce_retention().unwrap();
        assert_eq!(sorted_ids(&store.snapshot()), all, "{fault:?}");
        assert_eq!(rig.files().len(), store.snapshot().segments().len(), "{fault:?}");
    }
}

#[test]
fn rows_that_retention_dropped_meanwhile_do_not_come_back() {
    let mut rig = Rig::new();
    rig.config.max_age = Interval(std::time::Duration::from_hours(2));
    let (store, _) = filled(&rig, 3);
    rig.clock.advance_ns(7_100_000_000_000);
    store.append_hot(recent(30, 10), at(9));
    store.seal_all().unwrap();
    rig.clock.advance_ns(200_000_000_000);
    let dropped = AtomicBool::new(false);
    // Retention comes in the middle of the work.
    let go_on = || {
        if !dropped.swap(true, Ordering::SeqCst) {
            assert_eq!(store.enforce_retention().unwrap().dropped, 3);
        }
        true
    };
    store.compact_next(i64::MAX, true, &go_on).unwrap();
    assert_eq!(ids(&store.snapshot()), (30..40).collect::<Vec<_>>());
    assert_eq!(orders(&store), [Order::Time]);
}

#[test]
fn age_is_counted_from_the_newest_of_the_rows() {
    let mut rig = Rig::new();
    rig.config.max_age = Interval(std::time::Duration::from_hours(2));
    let store = rig.open();
    for n in 0..2 {
        store.append_hot(recent(n * 10, 10), at(n + 1));
        store.seal_all().unwrap();
        rig.clock.advance_ns(3_600_000_000_000);
    }
    store.compact_all().unwrap();
    rig.clock.advance_ns(1);
    assert_eq!(store.enforce_retention().unwrap().dropped, 0);
    rig.clock.advance_ns(3_600_000_000_000);
    assert_eq!(store.enforce_retention().unwrap().dropped, 1);
}

#[test]
fn a_full_disk_is_no_place_for_a_compaction() {
    let rig = Rig::new();
    let (mut store, _) = filled(&rig, 3);
    store.space = |_| Ok(Space { total: 100 << 30, available: 2 << 30 });
    assert_eq!(store.compact_all().unwrap(), 0);
    store.space = |_| Ok(Space { total: 100 << 30, available: 3 << 30 });
    assert_eq!(store.compact_all().unwrap(), 3);
}

#[test]
fn a_segment_that_cannot_be_read_keeps_no_other_from_its_turn() {
    let rig = Rig::new();
    let (store, all) = filled(&rig, 4);
    fs::write(rig.path().join("segments").join(&rig.files()[2]), "no Parquet").unwrap();
    assert!(matches!(store.compact_all(), Err(StoreError::Segment { .. })));
    assert_eq!(store.compact_all().unwrap(), 3);
    assert_eq!(orders(&store), [Order::Time, Order::Address]);
    let readable: Vec<_> =
        store.snapshot().parts(ALWAYS).iter().filter_map(|part| part.read(&[Field::FlowId]).ok()).collect();
    assert_eq!(readable.iter().map(RecordBatch::num_rows).sum::<usize>(), all.len() - 10);
    assert!(!rig.files().iter().any(|name| name.ends_with("tmp")));
}
