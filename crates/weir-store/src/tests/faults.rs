//! Disks that are full or not mounted, files that were moved, commits that nobody can tell the outcome of.

use super::*;
use crate::manifest::Fault;

/// A store with three segments of ten rows.
fn three_segments(rig: &Rig) {
    let store = rig.open();
    for n in 0..3 {
        store.append_hot(numbered(n * 10, 10), at(n + 1));
        store.seal_all().unwrap();
    }
}

fn try_open(rig: &Rig) -> Result<Store, StoreError> {
    Store::open(rig.path(), rig.config.clone(), Arc::clone(&rig.clock) as _)
}

#[test]
fn a_disk_that_is_not_mounted_costs_nothing() {
    let rig = Rig::new();
    three_segments(&rig);
    let (segments, away) = (rig.path().join("segments"), rig.path().join("away"));
    fs::rename(&segments, &away).unwrap();
    // Started without it, twice, to no effect.
    for _ in 0..2 {
        let error = try_open(&rig).err().unwrap();
        assert!(matches!(error, StoreError::SegmentsMissing { missing: 3, total: 3, .. }), "{error}");
        assert!(error.help().unwrap().contains("mount"));
    }
    fs::remove_dir(&segments).unwrap();
    fs::rename(&away, &segments).unwrap();
    assert_eq!(ids(&try_open(&rig).unwrap().snapshot()), (0..30).collect::<Vec<_>>());
}

#[test]
fn a_segment_that_comes_back_is_there_again() {
    let rig = Rig::new();
    three_segments(&rig);
    let path = rig.path().join("segments").join(&rig.files()[1]);
    let away = rig.path().join("away");
    fs::rename(&path, &away).unwrap();
    let store = rig.open();
    assert_eq!(ids(&store.snapshot()), (0..10).chain(20..30).collect::<Vec<_>>());
    store.append_hot(numbered(30, 10), at(4));
    store.seal_all().unwrap();
    store.enforce_retention().unwrap();
    drop(store);
    fs::rename(&away, &path).unwrap();
    rig.clock.advance_ns(120_000_000_000);
    let store = rig.open();
    store.enforce_retention().unwrap();
    assert_eq!(ids(&store.snapshot()), (0..40).collect::<Vec<_>>());
}

#[test]
fn segments_outlive_a_manifest_that_is_lost_or_old() {
    for keep_list in [true, false] {
        let rig = Rig::new();
        let manifest = rig.path().join("manifest.sqlite");
        drop(rig.open());
        let old = fs::read(&manifest).unwrap();
        three_segments(&rig);
        let files = rig.files();
        fs::remove_file(&manifest).unwrap();
        if !keep_list {
            fs::remove_file(rig.path().join("manifest.current")).unwrap();
        }
        for _ in 0..2 {
            let error = try_open(&rig).err().unwrap();
            assert!(matches!(error, StoreError::ManifestLost { .. }), "{error}");
            assert!(error.help().unwrap().contains("backup"));
            assert_eq!(rig.files(), files);
        }
        if keep_list {
            fs::write(&manifest, old).unwrap();
            let error = try_open(&rig).err().unwrap();
            assert!(error.to_string().contains("older than the segments"), "{error}");
            assert_eq!(rig.files(), files);
        }
    }
}

#[test]
fn files_that_no_list_has_are_kept_out_of_the_way() {
    let rig = Rig::new();
    three_segments(&rig);
    let folder = rig.path().join("segments");
    for name in ["0000000000000001-copy.parquet", "0000000000000099.parquet", "notes.txt"] {
        fs::write(folder.join(name), name).unwrap();
    }
    let store = rig.open();
    assert_eq!(ids(&store.snapshot()), (0..30).collect::<Vec<_>>());
    assert!(folder.join("orphaned/0000000000000001-copy.parquet").exists());
    assert!(folder.join("notes.txt").exists());
    // What comes after the last committed one was being made: its rows are in the journal.
    assert!(!folder.join("0000000000000099.parquet").exists());
}

#[test]
fn a_commit_with_an_unknown_outcome_neither_loses_nor_doubles_a_row() {
    // What becomes of the commit, of the question whether it took place, and of the commit after that.
    let outcomes = [
        [Fault::Reported, Fault::Real],
        [Fault::Reported, Fault::Reported],
        [Fault::Real, Fault::Real],
        [Fault::Real, Fault::Reported],
    ];
    for (outcome, restarted) in outcomes.into_iter().flat_map(|outcome| [(outcome, true), (outcome, false)]) {
        let rig = Rig::new();
        let (mut store, mut journal) = rig.open_both();
        let add = |store: &Store, journal: &mut Journal, from: u64| {
            let batch = numbered(from, 10);
            let position = journal.append(&batch).unwrap();
            store.append_hot(batch, position);
        };
        add(&store, &mut journal, 0);
        store.work().manifest.faults.extend(outcome);
        store.seal_all().unwrap_err();
        assert_eq!(rig.files().len(), 1, "{outcome:?}");
        assert_eq!(ids(&store.snapshot()), (0..10).collect::<Vec<_>>());
        // Small batches are not put together with what may be in a segment.
        for n in 1..100 {
            add(&store, &mut journal, n * 10);
        }
        if restarted {
            drop((store, journal));
            (store, journal) = rig.open_both();
        }
        assert_eq!(ids(&store.snapshot()), (0..1000).collect::<Vec<_>>(), "{outcome:?}");
        store.seal_all().unwrap();
        store.seal_all().unwrap();
        journal.retire(store.cursor()).unwrap();
        assert_eq!(ids(&store.snapshot()), (0..1000).collect::<Vec<_>>(), "{outcome:?}");
        drop((store, journal));
        let (store, _journal) = rig.open_both();
        assert_eq!(ids(&store.snapshot()), (0..1000).collect::<Vec<_>>(), "{outcome:?}");
        assert_eq!(rig.files().len(), store.snapshot().segments().len(), "{outcome:?}");
    }
}

#[test]
fn segments_are_no_larger_than_they_are_said_to_be() {
    let mut rig = Rig::new();
    rig.config.segment_rows = 100;
    rig.config.hot_memory = ByteSize(256 << 10);
    let store = rig.open();
    let mut from = 0;
    while !store.is_full() {
        store.append_hot(numbered(from, 30), at(from + 1));
        from += 30;
    }
    assert!(store.hot_bytes() >= 256 << 10 && from > 200, "{from}");
    let mut sealed = 0;
    while store.seal_if_due().unwrap() {
        sealed += 1;
    }
    assert!(sealed > 1 && !store.is_full());
    store.seal_all().unwrap();
    let segments = store.snapshot().segments().to_vec();
    assert!(segments.iter().all(|segment| segment.rows <= 100), "{segments:?}");
    assert_eq!(ids(&store.snapshot()), (0..from).collect::<Vec<_>>());
}

#[test]
fn a_large_batch_in_memory_is_read_in_parts() {
    let rig = Rig::new();
    let store = rig.open();
    store.append_hot(numbered(0, 300_000), at(1));
    let snapshot = store.snapshot();
    assert_eq!(
        snapshot.parts(ALWAYS).iter().map(crate::Part::rows).collect::<Vec<_>>(),
        [131_072, 131_072, 37_856]
    );
    assert_eq!(ids(&snapshot), (0..300_000).collect::<Vec<_>>());
}

#[test]
fn the_directories_that_opening_makes_may_be_several() {
    let rig = Rig::new();
    let dir = rig.path().join("a/b/c");
    drop(Store::open(&dir, StoreConfig::default(), Arc::clone(&rig.clock) as _).unwrap());
    assert!(dir.join("segments").is_dir());
}
