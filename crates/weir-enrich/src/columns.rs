//! Columns by the code of an address: a row's value is that of its address.

use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, StringArray, UInt32Array};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use crate::ranges::NONE;
use crate::texts::Names;

/// Gives the texts of a batch's column codes of their own, in order of appearance. Kept between columns for its memory.
#[derive(Debug, Default)]
pub(crate) struct Coder {
    /// By the number of a text: its code, or [`NONE`].
    codes: Vec<u32>,
    used: Vec<u32>,
}

impl Coder {
    /// The code of a text; [`NONE`] for none.
    #[inline]
    pub(crate) fn code(&mut self, text: u32) -> u32 {
        if text == NONE {
            return NONE;
        }
        let place = text as usize;
        if place >= self.codes.len() {
            self.codes.resize(place + 1, NONE);
        }
        if self.codes[place] == NONE {
            self.codes[place] = self.used.len() as u32;
            self.used.push(text);
        }
        self.codes[place]
    }

    /// The texts in the order of their codes; the coder starts anew. `None` if there are none.
    pub(crate) fn finish(&mut self, names: &Names) -> Option<ArrayRef> {
        if self.used.is_empty() {
            return None;
        }
        let values: StringArray = self.used.iter().map(|text| names.get(*text).or(Some(""))).collect();
        for text in self.used.drain(..) {
            self.codes[text as usize] = NONE;
        }
        Some(Arc::new(values))
    }
}

/// A column of codes by row; [`NONE`] is absent. `None` if every row is.
pub(crate) fn coded(codes: Vec<u32>, values: &ArrayRef) -> Option<ArrayRef> {
    let keys = numbers(codes, NONE)?;
    // Every code was given out for one of the values.
    DictionaryArray::<UInt32Type>::try_new(keys, Arc::clone(values))
        .ok()
        .map(|column| Arc::new(column) as ArrayRef)
}

/// A column of numbers by row, one of which stands for absent. `None` if every row is.
pub(crate) fn numbers(mut rows: Vec<u32>, absent: u32) -> Option<UInt32Array> {
    let valid = BooleanBuffer::collect_bool(rows.len(), |row| rows[row] != absent);
    let present = valid.count_set_bits();
    if present == 0 {
        return None;
    }
    if present == rows.len() {
        return Some(UInt32Array::new(ScalarBuffer::from(rows), None));
    }
    // Absent rows hold a code that exists.
    for row in &mut rows {
        *row = if *row == absent { 0 } else { *row };
    }
    Some(UInt32Array::new(ScalarBuffer::from(rows), Some(NullBuffer::new(valid))))
}

/// What each row's address has of `by_code`; `absent` where the row has no address.
pub(crate) fn gather(keys: &UInt32Array, by_code: &[u32], absent: u32) -> Vec<u32> {
    let of = |key: u32| by_code.get(key as usize).copied().unwrap_or(absent);
    match keys.nulls() {
        None => keys.values().iter().map(|key| of(*key)).collect(),
        Some(nulls) => keys
            .values()
            .iter()
            .zip(nulls.iter())
            .map(|(key, valid)| if valid { of(*key) } else { absent })
            .collect(),
    }
}
