//! A hash of everything in a row, the same wherever and in whatever company the row is stored.

use std::hash::{BuildHasher as _, Hash};

use arrow_array::{Array as _, ArrowPrimitiveType, PrimitiveArray, RecordBatch};
use foldhash::quality::FixedState;
use weir_filter::column::Cells;
use weir_filter::value::{Value, cell};
use weir_schema::Field;

use crate::QueryError;

/// One hash per row over all stored columns. The columns' hashes are added, so that their order does not matter, and
/// absent values are left out, so that a column without any is as good as no column.
pub(crate) fn row_hashes(batch: &RecordBatch) -> Result<Vec<u64>, QueryError> {
    let mut hashes = vec![0_u64; batch.num_rows()];
    for (column, arrow) in batch.columns().iter().zip(batch.schema_ref().fields()) {
        let Some(field) = Field::from_name(arrow.name()) else { continue };
        let seed = FixedState::with_seed(hash_of(&FixedState::with_seed(0), field.name()));
        match Cells::new(field, column)? {
            Cells::U8(array) => numbers(array, &seed, &mut hashes),
            Cells::U16(array) => numbers(array, &seed, &mut hashes),
            Cells::U32(array) => numbers(array, &seed, &mut hashes),
            Cells::U64(array) => numbers(array, &seed, &mut hashes),
            Cells::Time(array) => numbers(array, &seed, &mut hashes),
            Cells::Ip(keys, values) => {
                for (row, hash) in hashes.iter_mut().enumerate().filter(|(row, _)| keys.is_valid(*row)) {
                    *hash = hash.wrapping_add(hash_of(&seed, values.value(keys.value(row) as usize)));
                }
            }
            Cells::Text(keys, values) => {
                for (row, hash) in hashes.iter_mut().enumerate().filter(|(row, _)| keys.is_valid(*row)) {
                    *hash = hash.wrapping_add(hash_of(&seed, values.value(keys.value(row) as usize)));
                }
            }
            cells @ Cells::Map(_) => {
                for (row, hash) in hashes.iter_mut().enumerate() {
                    if let Value::Map(entries) = cell(field.kind(), cells, row)
                        && !entries.is_empty()
                    {
                        *hash = hash.wrapping_add(hash_of(&seed, &entries));
                    }
                }
            }
        }
    }
    Ok(hashes)
}

fn numbers<T: ArrowPrimitiveType<Native: Hash>>(
    array: &PrimitiveArray<T>,
    seed: &FixedState,
    hashes: &mut [u64],
) {
    for (row, hash) in hashes.iter_mut().enumerate().filter(|(row, _)| array.is_valid(*row)) {
        *hash = hash.wrapping_add(hash_of(seed, &array.value(row)));
    }
}

fn hash_of<T: Hash + ?Sized>(seed: &FixedState, value: &T) -> u64 {
    seed.hash_one(value)
}
