//! Runs the analytics over the flows of a capture, in the order of their ends.

use std::collections::BTreeMap;

use arrow_array::{RecordBatch, TimestampNanosecondArray, UInt32Array};
use arrow_select::take::take_record_batch;
use weir_detect::{Behaviour, Detection};

const SECOND: i64 = 1_000_000_000;
/// What all analytics share, in bytes.
const MEMORY: usize = 128 << 20;

/// Rows of a batch that the analytics see at once.
const ROWS: usize = 64;

/// The last that was said of each entity in each window.
pub(crate) fn detections(batches: &[RecordBatch]) -> Vec<Detection> {
    let mut behaviour = Behaviour::new(MEMORY);
    let mut found = Vec::new();
    let mut latest = i64::MIN;
    for batch in ordered(batches) {
        behaviour.observe(&batch, &mut found);
        latest = latest.max(times(&batch).into_iter().max().unwrap_or(i64::MIN));
        behaviour.advance(latest - 60 * SECOND, &mut found);
    }
    if latest > i64::MIN {
        // Time goes on after the capture, so that what is open is decided.
        for hours in 0..49 {
            behaviour.advance(latest + hours * 1_800 * SECOND, &mut found);
        }
    }
    let mut last = BTreeMap::new();
    for detection in found {
        last.insert((detection.rule.clone(), detection.entity.clone(), detection.window_ns), detection);
    }
    last.into_values().collect()
}

/// What is said when the flows come as they are, received years after they ended.
pub(crate) fn replayed(batches: &[RecordBatch]) -> Vec<Detection> {
    let mut behaviour = Behaviour::new(MEMORY);
    let mut found = Vec::new();
    let mut latest = i64::MIN;
    for batch in batches {
        behaviour.observe(batch, &mut found);
        latest = latest.max(times(batch).into_iter().max().unwrap_or(i64::MIN));
        behaviour.advance(latest, &mut found);
    }
    if latest > i64::MIN {
        for seconds in 0..60 {
            behaviour.advance(latest + seconds * SECOND, &mut found);
        }
    }
    found
}

fn times(batch: &RecordBatch) -> Vec<i64> {
    let column = batch.column_by_name("time").unwrap();
    column.as_any().downcast_ref::<TimestampNanosecondArray>().unwrap().values().to_vec()
}

/// All rows in the order of `time`, in batches.
fn ordered(batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let mut order: Vec<(i64, usize, u32)> = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        order.extend(times(batch).into_iter().enumerate().map(|(row, time)| (time, at, row as u32)));
    }
    order.sort_unstable();
    let mut ordered = Vec::new();
    for run in order.chunks(ROWS) {
        // Batches need not have the same columns.
        for (at, batch) in batches.iter().enumerate() {
            let rows: Vec<u32> = run.iter().filter(|place| place.1 == at).map(|place| place.2).collect();
            if !rows.is_empty() {
                ordered.push(take_record_batch(batch, &UInt32Array::from(rows)).unwrap());
            }
        }
    }
    ordered
}

/// Rows in all.
pub(crate) fn rows(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}
