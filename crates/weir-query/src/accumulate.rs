//! Adding up the rows of one part per group.

use arrow_array::{Array as _, ArrowPrimitiveType, PrimitiveArray, RecordBatch, StringArray, UInt32Array};
use hashbrown::HashTable;
use weir_filter::column::{Cells, FLOW, resolve};
use weir_schema::Field;

use crate::QueryError;
use crate::codes::{Codes, SIGN, mix};
use crate::group::Grouping;
use crate::plan::Slot;

/// The number of each group.
pub(crate) fn accumulate(
    slot: Slot,
    batch: &RecordBatch,
    grouping: &Grouping,
) -> Result<Vec<u64>, QueryError> {
    let mut totals = vec![slot.empty(); grouping.len()];
    // A batch without kinds is all flows.
    let all_flows = slot == Slot::Flows && batch.column_by_name(Field::Kind.name()).is_none();
    let Some(field) = slot.field().filter(|_| !all_flows) else {
        match &grouping.ids {
            None => totals[0] = batch.num_rows() as u64,
            Some(ids) => ids.iter().for_each(|id| totals[*id as usize] += 1),
        }
        return Ok(totals);
    };
    let Some(column) = resolve(batch, field) else { return Ok(totals) };
    match Cells::new(field, &column)? {
        Cells::U8(array) => fold(slot, array, Into::into, grouping, &mut totals),
        Cells::U16(array) => fold(slot, array, Into::into, grouping, &mut totals),
        Cells::U32(array) => fold(slot, array, Into::into, grouping, &mut totals),
        Cells::U64(array) => fold(slot, array, |value| value, grouping, &mut totals),
        Cells::Time(array) => fold(slot, array, |value| value as u64 ^ SIGN, grouping, &mut totals),
        Cells::Text(codes, names) if slot == Slot::Flows => count_flows(codes, names, grouping, &mut totals),
        Cells::Ip(..) | Cells::Text(..) | Cells::Map(_) => {}
    }
    Ok(totals)
}

fn count_flows(codes: &UInt32Array, names: &StringArray, grouping: &Grouping, totals: &mut [u64]) {
    let is_flow: Vec<u64> = names.iter().map(|name| u64::from(name == Some(FLOW))).collect();
    for (row, code) in codes.values().iter().enumerate() {
        totals[grouping.id(row)] += is_flow.get(*code as usize).copied().unwrap_or(0);
    }
}

fn fold<T: ArrowPrimitiveType>(
    slot: Slot,
    array: &PrimitiveArray<T>,
    number: impl Fn(T::Native) -> u64 + Copy,
    grouping: &Grouping,
    totals: &mut [u64],
) {
    // One loop for each, so that none asks what to do per row.
    match slot {
        Slot::Rows | Slot::Flows => {}
        Slot::Sum(_) => each(array, number, grouping, totals, u64::saturating_add),
        Slot::Count(_) => each(array, number, grouping, totals, |count, _| count + 1),
        Slot::Min(_) => each(array, number, grouping, totals, u64::min),
        Slot::Max(_) => each(array, number, grouping, totals, u64::max),
    }
}

fn each<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    number: impl Fn(T::Native) -> u64,
    grouping: &Grouping,
    totals: &mut [u64],
    join: impl Fn(u64, u64) -> u64,
) {
    let values = array.values();
    let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
    match (&grouping.ids, nulls) {
        (None, None) => {
            totals[0] = values.iter().fold(totals[0], |total, value| join(total, number(*value)));
        }
        (Some(ids), None) => {
            for (id, value) in ids.iter().zip(values.iter()) {
                let total = &mut totals[*id as usize];
                *total = join(*total, number(*value));
            }
        }
        (_, Some(nulls)) => {
            for row in nulls.valid_indices() {
                let total = &mut totals[grouping.id(row)];
                *total = join(*total, number(values[row]));
            }
        }
    }
}

/// The different (group, code) pairs of a column, absent values left out.
pub(crate) fn pairs(codes: &Codes<'_>, grouping: &Grouping, rows: usize) -> Vec<(u32, u32)> {
    let mut seen: HashTable<u64> = HashTable::new();
    let mut found = Vec::new();
    let cardinality = codes.cardinality as u64;
    let combinations = cardinality * grouping.len() as u64;
    let mut bits =
        (combinations <= 8 * rows as u64 + 65536).then(|| vec![0_u64; combinations as usize / 64 + 1]);
    for row in 0..rows {
        let (group, code) = (grouping.id(row) as u32, codes.code(row));
        let pair = u64::from(group) * cardinality + u64::from(code);
        let new = match &mut bits {
            Some(bits) => {
                let (word, bit) = (&mut bits[pair as usize / 64], 1_u64 << (pair % 64));
                let new = *word & bit == 0;
                *word |= bit;
                new
            }
            None => match seen.entry(mix(pair), |other| *other == pair, |other| mix(*other)) {
                hashbrown::hash_table::Entry::Occupied(_) => false,
                hashbrown::hash_table::Entry::Vacant(place) => {
                    place.insert(pair);
                    true
                }
            },
        };
        if new && codes.key(code) != crate::codes::Key::Null {
            found.push((group, code));
        }
    }
    found
}
