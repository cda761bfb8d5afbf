//! Rows that are in the journal and in memory, but not in a segment yet.

use std::ops::RangeInclusive;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt32Type};
use arrow_array::{Array, RecordBatch};
use weir_journal::Position;
use weir_schema::Field;

/// A batch, what it costs, and the times in it.
#[derive(Debug)]
pub(crate) struct Hot {
    pub(crate) batch: RecordBatch,
    /// Where the journal holds it.
    pub(crate) position: Position,
    pub(crate) bounds: RangeInclusive<i64>,
    /// Memory that it takes.
    pub(crate) bytes: usize,
    /// When it came, by Weir's clock.
    pub(crate) since_ns: i64,
}

impl Hot {
    pub(crate) fn new(batch: RecordBatch, position: Position, since_ns: i64) -> Self {
        let bounds = time_bounds(&batch).unwrap_or(0..=0);
        let bytes = memory(&batch);
        Self { batch, position, bounds, bytes, since_ns }
    }
}

/// Earliest and latest `time` of a batch, nanoseconds since 1970; `None` without rows.
pub fn time_bounds(batch: &RecordBatch) -> Option<RangeInclusive<i64>> {
    let column = batch.column_by_name(Field::Time.name())?;
    let times = column.as_primitive_opt::<TimestampNanosecondType>()?.values();
    Some(*times.iter().min()?..=*times.iter().max()?)
}

/// Memory of a batch; a dictionary that several columns share counts once.
fn memory(batch: &RecordBatch) -> usize {
    let mut dictionaries: Vec<*const ()> = Vec::new();
    let mut bytes = 0;
    for column in batch.columns() {
        // The arrays themselves, beside their buffers: what counts in batches of a few rows.
        bytes += 256;
        let Some(coded) = column.as_dictionary_opt::<UInt32Type>() else {
            bytes += column.get_buffer_memory_size();
            continue;
        };
        bytes += coded.keys().get_buffer_memory_size();
        let values = std::sync::Arc::as_ptr(coded.values()).cast::<()>();
        if !dictionaries.contains(&values) {
            dictionaries.push(values);
            bytes += coded.values().get_buffer_memory_size();
        }
    }
    bytes
}
