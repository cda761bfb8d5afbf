//! The sums of compacted segments are those of their rows, are listed with them, and stay longer.

use arrow_array::types::{UInt8Type, UInt32Type};

use super::*;
use crate::RollupKind;

const SUMMED: [Field; 9] = [
    Field::Exporter,
    Field::App,
    Field::Protocol,
    Field::FlowDirection,
    Field::Sampling,
    Field::InIf,
    Field::OutIf,
    Field::Bytes,
    Field::Packets,
];

/// A row or a group, every value as text; nothing for no value.
type Key = Vec<Option<String>>;
type Totals = BTreeMap<Key, [u64; 6]>;

fn cell(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(name)?;
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::UInt8 => column.as_primitive::<UInt8Type>().value(row).to_string(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().value(row).to_string(),
        DataType::Timestamp(..) => column.as_primitive::<TimestampNanosecondType>().value(row).to_string(),
        _ => {
            let coded = column.as_dictionary::<UInt32Type>();
            let at = coded.keys().value(row) as usize;
            match coded.values().as_fixed_size_binary_opt() {
                Some(values) => format!("{:?}", values.value(at)),
                None => coded.values().as_string::<i32>().value(at).to_owned(),
            }
        }
    })
}

fn number(batch: &RecordBatch, name: &str, row: usize) -> u64 {
    cell(batch, name, row).map_or(0, |text| text.parse().unwrap())
}

fn add(totals: &mut Totals, key: Key, sums: [u64; 6]) {
    let total = totals.entry(key).or_default();
    for (total, sum) in total.iter_mut().zip(sums) {
        *total = total.saturating_add(sum);
    }
}

/// The sums one row at a time.
fn naive(batches: &[RecordBatch]) -> (Totals, Totals) {
    let (mut applications, mut interfaces) = (Totals::new(), Totals::new());
    for batch in batches {
        for row in 0..batch.num_rows() {
            let time: i64 = cell(batch, "time", row).unwrap().parse().unwrap();
            let minute = Some((time.div_euclid(60_000_000_000).saturating_mul(60_000_000_000)).to_string());
            let of = |name: &str| cell(batch, name, row);
            let (bytes, packets) = (number(batch, "bytes", row), number(batch, "packets", row));
            let rate = number(batch, "sampling", row).max(1);
            let scaled = |count: u64| count.saturating_mul(rate);
            let sums = [1, bytes, packets, scaled(bytes), scaled(packets), u64::from(rate > 1)];
            let key = ["exporter", "app", "protocol", "flow_direction", "kind"].map(of);
            add(&mut applications, std::iter::once(minute.clone()).chain(key).collect(), sums);
            for way in ["in", "out"] {
                if let Some(interface) = of(&format!("{way}_if")) {
                    let key = vec![minute.clone(), of("exporter"), Some(interface), Some(way.to_owned())];
                    add(&mut interfaces, key, sums);
                }
            }
        }
    }
    (applications, interfaces)
}

/// The sums that the store has.
fn stored(snapshot: &Snapshot) -> (Totals, Totals) {
    const NAMES: [&str; 6] = ["rows", "bytes", "packets", "bytes_scaled", "packets_scaled", "sampled_rows"];
    let (mut applications, mut interfaces) = (Totals::new(), Totals::new());
    for rollup in snapshot.rollups(RollupKind::Applications) {
        let batch = rollup.read().unwrap();
        assert_eq!(batch.num_rows() as u64, rollup.file().rows);
        for row in 0..batch.num_rows() {
            let key = ["time", "exporter", "app", "protocol", "flow_direction", "kind"];
            let key = key.map(|name| cell(&batch, name, row)).to_vec();
            add(&mut applications, key, NAMES.map(|name| number(&batch, name, row)));
        }
    }
    for rollup in snapshot.rollups(RollupKind::Interfaces) {
        let batch = rollup.read().unwrap();
        for row in 0..batch.num_rows() {
            for way in ["in", "out"] {
                let sums = NAMES.map(|name| number(&batch, &format!("{way}_{name}"), row));
                if sums[0] > 0 {
                    let mut key =
                        ["time", "exporter", "interface"].map(|name| cell(&batch, name, row)).to_vec();
                    key.push(Some(way.to_owned()));
                    add(&mut interfaces, key, sums);
                }
            }
        }
    }
    (applications, interfaces)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn sums_are_those_of_the_rows(seeds in prop::collection::vec((1..300usize, any::<u64>()), 1..4)) {
        let rig = Rig::new();
        let store = rig.open();
        let batches: Vec<_> = seeds.iter().map(|(rows, seed)| batch(*rows, &SUMMED, *seed)).collect();
        for (place, batch) in batches.iter().enumerate() {
            store.append_hot(batch.clone(), at(place as u64 + 1));
            store.seal_all().unwrap();
        }
        prop_assert!(store.snapshot().rollups(RollupKind::Applications).is_empty());
        store.compact_all().unwrap();
        let (applications, interfaces) = naive(&batches);
        if batches.iter().all(|batch| batch.column_by_name("bytes").is_some()) {
            let found = stored(&store.snapshot());
            prop_assert_eq!(&found.0, &applications);
            prop_assert_eq!(&found.1, &interfaces);
            let read = ReadStore::open(rig.path()).unwrap().snapshot().unwrap();
            prop_assert_eq!(stored(&read), (applications, interfaces));
        }
    }
}

#[test]
fn sums_are_listed_with_their_segment_and_outlive_it() {
    let mut rig = Rig::new();
    rig.config.max_age = Interval(std::time::Duration::from_hours(24));
    rig.config.rollup_max_age = Interval(std::time::Duration::from_hours(72));
    let store = rig.open();
    for n in 0..3 {
        store.append_hot(batch(100, &SUMMED, n), at(n + 1));
        store.seal_all().unwrap();
    }
    while store.compact_all().unwrap() > 0 {}
    let sums = stored(&store.snapshot());
    assert!(!sums.0.is_empty() && !sums.1.is_empty());
    let segments: Vec<u64> = store.snapshot().segments().iter().map(|segment| segment.id).collect();
    let listed = store.snapshot().rollups(RollupKind::Applications);
    assert!(listed.iter().all(|rollup| segments.contains(&rollup.file().segment)));
    // A file that nobody lists was never committed.
    fs::write(rig.path().join("rollups/0000000000000099.applications.parquet"), "half").unwrap();
    drop(store);
    let store = rig.open();
    assert_eq!(stored(&store.snapshot()), sums);
    assert!(!rig.path().join("rollups/0000000000000099.applications.parquet").exists());

    let day_ns = 24 * 3_600_000_000_000;
    rig.clock.advance_ns(day_ns + 1);
    store.enforce_retention().unwrap();
    assert_eq!(store.snapshot().rows(), 0);
    assert_eq!(stored(&store.snapshot()), sums);
    assert_eq!(stored(&ReadStore::open(rig.path()).unwrap().snapshot().unwrap()), sums);
    rig.clock.advance_ns(2 * day_ns);
    store.enforce_retention().unwrap();
    assert!(stored(&store.snapshot()).0.is_empty());
    assert!(stored(&ReadStore::open(rig.path()).unwrap().snapshot().unwrap()).0.is_empty());
    rig.clock.advance_ns(60_000_000_000);
    store.enforce_retention().unwrap();
    assert_eq!(fs::read_dir(rig.path().join("rollups")).unwrap().count(), 0);
}
