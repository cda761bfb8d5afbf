//! The `extra` column: elements without a column of their own, by name, as text.

use std::sync::Arc;

use arrow_array::{ArrayRef, MapArray, StringArray, StructArray};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field as ArrowField, Fields};
use weir_schema::Kind;

use crate::column::Runs;

/// Entries row by row.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    row_ends: Vec<i32>,
    keys: Strings,
    values: Strings,
    valid: Runs,
}

#[derive(Debug, Default)]
struct Strings {
    bytes: String,
    ends: Vec<i32>,
    /// Bytes and texts of the last batch: what is reserved when the next one starts.
    expected: (usize, usize),
}

impl Strings {
    #[inline]
    fn start(&mut self) {
        if self.ends.capacity() == 0 {
            self.bytes.reserve(self.expected.0);
            self.ends.reserve(self.expected.1);
        }
    }

    fn end(&mut self) {
        self.ends.push(self.bytes.len() as i32);
    }

    fn array(&mut self) -> StringArray {
        self.expected = (self.bytes.len(), self.ends.len());
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        let bytes = std::mem::take(&mut self.bytes).into_bytes();
        StringArray::new(OffsetBuffer::new(ScalarBuffer::from(offsets)), Buffer::from(bytes), None)
    }
}

/// Numbers that are added in one go.
pub(crate) const MOST_NUMBERS: usize = 4;
/// Digits of the largest number.
const DIGITS: usize = 10;

impl Extra {
    pub(crate) fn is_empty(&self) -> bool {
        self.valid.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.row_ends.clear();
    }

    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.keys.bytes.len() + self.values.bytes.len() + 8 * self.keys.ends.len() + 4 * self.row_ends.len()
    }

    /// Adds an entry to the row that is being written. `write` appends the value; what it leaves empty is dropped.
    pub(crate) fn entry(&mut self, key: &str, write: impl FnOnce(&mut String)) {
        self.keys.start();
        self.values.start();
        let before = self.values.bytes.len();
        write(&mut self.values.bytes);
        if self.values.bytes.len() == before {
            return;
        }
        self.keys.bytes.push_str(key);
        self.keys.end();
        self.values.end();
    }

    /// Adds whole numbers to the row that is being written, at most [`MOST_NUMBERS`].
    #[inline]
    pub(crate) fn numbers<const N: usize>(&mut self, entries: [(&'static str, u32); N]) {
        const { assert!(N <= MOST_NUMBERS, "the digits would not fit") };
        self.keys.start();
        self.values.start();
        let mut digits = [0; MOST_NUMBERS * DIGITS];
        let (start, mut at) = (self.values.bytes.len(), 0);
        for (key, value) in entries {
            at += write_number(&mut digits[at..], value);
            self.values.ends.push((start + at) as i32);
            self.keys.bytes.push_str(key);
            self.keys.end();
        }
        self.values.bytes.push_str(std::str::from_utf8(&digits[..at]).unwrap_or_default());
    }

    /// Ends the row.
    pub(crate) fn end_row(&mut self, row: usize) {
        let before = self.row_ends.last().copied().unwrap_or(0);
        self.row_ends.resize(row, before);
        let entries = self.keys.ends.len() as i32;
        self.row_ends.push(entries);
        if entries > before {
            self.valid.mark(row, row + 1);
        }
    }

    pub(crate) fn array(&mut self, rows: usize) -> ArrayRef {
        let last = self.row_ends.last().copied().unwrap_or(0);
        self.row_ends.resize(rows, last);
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        offsets.append(&mut self.row_ends);
        let entries = StructArray::new(
            entry_fields(),
            vec![Arc::new(self.keys.array()), Arc::new(self.values.array())],
            None,
        );
        Arc::new(MapArray::new(
            Arc::new(ArrowField::new("entries", entries_type(), false)),
            OffsetBuffer::new(ScalarBuffer::from(offsets)),
            entries,
            self.valid.take(rows),
            false,
        ))
    }
}

/// Writes a number in decimal and tells how many digits it has: without the formatting machinery, as every sample has
/// some.
#[inline]
fn write_number(place: &mut [u8], mut value: u32) -> usize {
    let len = value.checked_ilog10().map_or(1, |log| log as usize + 1);
    let Some(place) = place.get_mut(..len) else { return 0 };
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
    len
}

fn entries_type() -> DataType {
    match Kind::Map.data_type() {
        DataType::Map(entries, _) => entries.data_type().clone(),
        other => other,
    }
}

fn entry_fields() -> Fields {
    match entries_type() {
        DataType::Struct(fields) => fields,
        _ => Fields::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    #[test]
    fn numbers_are_written_as_display_writes_them() {
        let mut extra = Extra::default();
        let numbers = [0, 7, 100, u32::MAX];
        extra.numbers(numbers.map(|number| ("number", number)));
        extra.end_row(0);
        let array = extra.array(1);
        let entries = array.as_map().value(0);
        let texts: Vec<_> =
            entries.column(1).as_string::<i32>().iter().flatten().map(str::to_owned).collect();
        assert_eq!(texts, numbers.map(|number| number.to_string()));
    }

    #[test]
    fn rows_without_entries_are_null() {
        let mut extra = Extra::default();
        extra.entry("a", |value| value.push('1'));
        extra.entry("empty", |_| ());
        extra.end_row(2);
        let array = extra.array(4);
        assert_eq!(array.data_type(), &Kind::Map.data_type());
        let nulls: Vec<bool> = (0..4).map(|row| array.is_null(row)).collect();
        assert_eq!(nulls, [true, true, false, true]);
    }
}
