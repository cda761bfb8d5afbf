//! From one column of codes per field to one group number per row.
//!
//! While all combinations fit into an array, a group is found by its index there; else by a hash of the combination.

use std::borrow::Cow;

use hashbrown::HashTable;

use crate::codes::{Codes, mix};

/// The groups of one part.
#[derive(Debug)]
pub(crate) struct Grouping {
    /// The group of each row; none when all are in group 0.
    pub(crate) ids: Option<Vec<u32>>,
    /// A row of each group.
    pub(crate) examples: Vec<u32>,
}

impl Grouping {
    pub(crate) fn len(&self) -> usize {
        self.examples.len()
    }

    pub(crate) fn id(&self, row: usize) -> usize {
        self.ids.as_ref().map_or(0, |ids| ids[row] as usize)
    }
}

const NONE: u32 = u32::MAX;

/// Groups rows by all columns together. There is at least one row.
pub(crate) fn group(columns: &[Codes<'_>], rows: usize) -> Grouping {
    let mut columns: Vec<(Cow<'_, [u32]>, usize)> = columns
        .iter()
        .filter_map(|column| Some((Cow::Borrowed(&**column.rows.as_ref()?), column.cardinality)))
        .collect();
    if columns.is_empty() {
        return Grouping { ids: None, examples: vec![0] };
    }
    let room = (4 * rows).clamp(1 << 16, 1 << 24);
    if product(&columns).is_none_or(|product| product > room) && columns.len() > 1 {
        // A dictionary is shared by several columns and by rows that were filtered out: count what is really there.
        for (codes, cardinality) in &mut columns {
            if *cardinality > 256 {
                let grouping = by_one(codes, *cardinality, room);
                *cardinality = grouping.examples.len();
                *codes = Cow::Owned(grouping.ids.unwrap_or_default());
            }
        }
    }
    match product(&columns) {
        _ if columns.len() == 1 => by_one(&columns[0].0, columns[0].1, room),
        Some(product) if product <= room => dense(&combine_small(&columns), product),
        _ => by_hash(&combine(&columns)),
    }
}

fn product(columns: &[(Cow<'_, [u32]>, usize)]) -> Option<usize> {
    columns.iter().try_fold(1_usize, |product, column| product.checked_mul(column.1))
}

fn by_one(codes: &[u32], cardinality: usize, room: usize) -> Grouping {
    if cardinality <= room {
        return dense(codes, cardinality);
    }
    by_hash(&codes.iter().map(|code| u64::from(*code)).collect::<Vec<_>>())
}

fn dense(keys: &[u32], cardinality: usize) -> Grouping {
    let mut table = vec![NONE; cardinality];
    let mut examples = Vec::new();
    let ids = keys
        .iter()
        .enumerate()
        .map(|(row, key)| {
            let id = &mut table[*key as usize];
            if *id == NONE {
                *id = examples.len() as u32;
                examples.push(row as u32);
            }
            *id
        })
        .collect();
    Grouping { ids: Some(ids), examples }
}

fn by_hash(keys: &[u64]) -> Grouping {
    let mut table: HashTable<(u64, u32)> = HashTable::new();
    let mut examples = Vec::new();
    let ids = keys
        .iter()
        .enumerate()
        .map(|(row, key)| {
            let entry = table.entry(mix(*key), |entry| entry.0 == *key, |entry| mix(entry.0));
            let entry = entry.or_insert_with(|| {
                examples.push(row as u32);
                (*key, examples.len() as u32 - 1)
            });
            entry.get().1
        })
        .collect();
    Grouping { ids: Some(ids), examples }
}

/// One number per combination; the product of the cardinalities fits into 32 bits.
fn combine_small(columns: &[(Cow<'_, [u32]>, usize)]) -> Vec<u32> {
    let mut keys = columns[0].0.to_vec();
    for (codes, cardinality) in &columns[1..] {
        let cardinality = *cardinality as u32;
        keys.iter_mut().zip(codes.iter()).for_each(|(key, code)| *key = *key * cardinality + code);
    }
    keys
}

/// One number per combination. Where 64 bits are too few, the combinations so far are numbered first: there are not more
/// than rows.
fn combine(columns: &[(Cow<'_, [u32]>, usize)]) -> Vec<u64> {
    let mut keys: Vec<u64> = columns[0].0.iter().map(|code| u64::from(*code)).collect();
    let mut combinations = columns[0].1 as u64;
    for (codes, cardinality) in &columns[1..] {
        let cardinality = *cardinality as u64;
        combinations = combinations.checked_mul(cardinality).unwrap_or_else(|| {
            let grouping = by_hash(&keys);
            let ids = grouping.ids.unwrap_or_default();
            keys.iter_mut().zip(ids).for_each(|(key, id)| *key = u64::from(id));
            grouping.examples.len() as u64 * cardinality
        });
        keys.iter_mut()
            .zip(codes.iter())
            .for_each(|(key, code)| *key = *key * cardinality + u64::from(*code));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distinct(columns: &[(Cow<'_, [u32]>, usize)]) -> usize {
        let combined = by_hash(&combine(columns));
        combined.examples.len()
    }

    #[test]
    fn combinations_beyond_64_bits_stay_apart() {
        let wide = |codes: &'static [u32]| (Cow::Borrowed(codes), u32::MAX as usize + 1);
        let columns = [
            wide(&[1, 1, 2, 1, 9]),
            wide(&[7, 7, 7, 8, 9]),
            wide(&[3, 3, 3, 3, 9]),
            wide(&[0, 5, 0, 0, u32::MAX]),
        ];
        assert_eq!(distinct(&columns), 5);
        assert_eq!(distinct(&columns[..3]), 4);
    }

    #[test]
    fn dense_and_hashed_agree() {
        let codes = [4, 0, 4, 2, 0];
        let dense = dense(&codes, 5);
        let hashed = by_one(&codes, usize::MAX, 1);
        assert_eq!(dense.ids, hashed.ids);
        assert_eq!(dense.examples, hashed.examples);
        assert_eq!(dense.examples, [0, 1, 3]);
    }
}
