//! The `extra` column: elements without a column of their own, by name, as text.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, MapArray, StringArray, StructArray};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field as ArrowField, Fields};
use weir_schema::Kind;

use crate::column::Runs;
use crate::format::push_unsigned;

/// Entries row by row.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    /// Where each row's entries end, behind a zero: as Arrow has them, so that they are handed on without a copy.
    row_ends: Vec<i32>,
    /// Rows of the last batch and some more: what is reserved when the next one starts.
    expected_rows: usize,
    keys: Strings,
    values: Strings,
    valid: Runs,
}

#[derive(Debug, Default)]
struct Strings {
    bytes: String,
    /// Behind a zero, likewise.
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
            self.ends.push(0);
        }
    }

    fn end(&mut self) {
        self.ends.push(self.bytes.len() as i32);
    }

    /// Adds some keys at once.
    fn append(&mut self, keys: &Keys, range: Range<usize>) {
        let Some([start, ends @ ..]) = keys.ends.get(range.start..=range.end) else { return };
        let end = ends.last().unwrap_or(start);
        let shift = self.bytes.len() as i32 - start;
        self.bytes.push_str(keys.bytes.get(*start as usize..*end as usize).unwrap_or_default());
        self.ends.extend(ends.iter().map(|end| end + shift));
    }

    /// How many texts there are.
    fn len(&self) -> usize {
        self.ends.len().saturating_sub(1)
    }

    fn array(&mut self) -> StringArray {
        self.start();
        let some_more = |len: usize| len + len / 16;
        self.expected = (some_more(self.bytes.len()), some_more(self.ends.len()));
        let offsets = std::mem::take(&mut self.ends);
        let bytes = std::mem::take(&mut self.bytes).into_bytes();
        StringArray::new(OffsetBuffer::new(ScalarBuffer::from(offsets)), Buffer::from(bytes), None)
    }
}

/// Keys of entries that mostly come together, one behind the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    bytes: Box<str>,
    /// Behind a zero.
    ends: Box<[i32]>,
}

impl Keys {
    pub(crate) fn new(keys: &[String]) -> Keys {
        let ends = keys.iter().scan(0, |end, key| {
            *end += key.len() as i32;
            Some(*end)
        });
        Keys { bytes: keys.concat().into(), ends: std::iter::once(0).chain(ends).collect() }
    }

    pub(crate) fn memory(&self) -> usize {
        self.bytes.len() + size_of_val(&*self.ends)
    }
}

impl Extra {
    pub(crate) fn is_empty(&self) -> bool {
        self.valid.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.row_ends.clear();
    }

    /// Bytes held, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.keys.bytes.len() + self.values.bytes.len() + 8 * self.keys.len() + 4 * self.row_ends.len()
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

    /// Adds an entry for each of `ops`, whose keys are `keys`, to the row that is being written. `write` appends the value;
    /// what it leaves empty is dropped.
    #[inline]
    pub(crate) fn entries<T>(&mut self, keys: &Keys, ops: &[T], mut write: impl FnMut(&T, &mut String)) {
        self.keys.start();
        self.values.start();
        // Keys are added as many at a time as have values.
        let mut first = 0;
        let mut before = self.values.bytes.len();
        for (at, op) in ops.iter().enumerate() {
            write(op, &mut self.values.bytes);
            let end = self.values.bytes.len();
            if end == before {
                self.keys.append(keys, first..at);
                first = at + 1;
            } else {
                self.values.ends.push(end as i32);
                before = end;
            }
        }
        self.keys.append(keys, first..ops.len());
    }

    /// Adds whole numbers to the row that is being written.
    #[inline]
    pub(crate) fn numbers<const N: usize>(&mut self, entries: [(&'static str, u32); N]) {
        self.keys.start();
        self.values.start();
        for (key, value) in entries {
            push_unsigned(&mut self.values.bytes, u64::from(value));
            self.values.end();
            self.keys.bytes.push_str(key);
            self.keys.end();
        }
    }

    /// Ends the row.
    #[inline]
    pub(crate) fn end_row(&mut self, row: usize) {
        let before = self.row_ends.last().copied().unwrap_or(0);
        if self.row_ends.len() != row + 1 {
            self.reach(row, before);
        }
        let entries = self.keys.len() as i32;
        self.row_ends.push(entries);
        if entries > before {
            self.valid.mark(row, row + 1);
        }
    }

    /// Rows before this one have no entries.
    #[inline(never)]
    fn reach(&mut self, row: usize, entries: i32) {
        if self.row_ends.capacity() == 0 {
            self.row_ends.reserve(self.expected_rows);
        }
        self.row_ends.resize(row + 1, entries);
    }

    pub(crate) fn array(&mut self, rows: usize) -> ArrayRef {
        self.reach(rows, self.row_ends.last().copied().unwrap_or(0));
        self.expected_rows = rows + rows / 16;
        let offsets = std::mem::take(&mut self.row_ends);
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
    fn keys_without_values_are_left_out() {
        let keys = Keys::new(&["a", "bc", "", "def", "g"].map(str::to_owned));
        for absent in 0..1_u32 << 5 {
            let mut extra = Extra::default();
            extra.entry("before", |value| value.push('x'));
            extra.entries(&keys, &[0, 1, 2, 3, 4], |at, value| {
                if absent >> at & 1 == 0 {
                    value.push_str(&at.to_string());
                }
            });
            extra.end_row(0);
            let array = extra.array(1);
            let entries = array.as_map().value(0);
            let texts = |at: usize| {
                let column = entries.column(at).as_string::<i32>();
                column.iter().flatten().skip(1).map(str::to_owned).collect::<Vec<_>>()
            };
            let expected: Vec<_> = (0..5).filter(|at| absent >> at & 1 == 0).collect();
            assert_eq!(
                texts(0),
                expected.iter().map(|at| ["a", "bc", "", "def", "g"][*at]).collect::<Vec<_>>()
            );
            assert_eq!(texts(1), expected.iter().map(usize::to_string).collect::<Vec<_>>());
        }
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
