//! A growing column: values, and the runs of rows that have one.

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, DictionaryArray, PrimitiveArray, TimestampNanosecondArray};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, MutableBuffer, NullBuffer, ScalarBuffer};
use weir_schema::Kind;

use crate::extra::Extra;
use crate::text::Text;

/// The rows that hold a value, as ranges: most columns are present for whole sets at a time.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    /// The last range: it may still grow. Beside the column's length, so that a cell is written without another look
    /// into memory.
    last: (u32, u32),
    closed: Vec<(u32, u32)>,
}

impl Runs {
    /// Marks rows as present; they come after all marked before.
    #[inline]
    pub(crate) fn mark(&mut self, start: usize, end: usize) {
        if self.last.1 as usize == start {
            self.last.1 = end as u32;
        } else {
            self.mark_apart(start, end);
        }
    }

    #[inline(never)]
    fn mark_apart(&mut self, start: usize, end: usize) {
        let before = std::mem::replace(&mut self.last, (start as u32, end as u32));
        if before.0 < before.1 {
            self.closed.push(before);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.last.0 == self.last.1 && self.closed.is_empty()
    }

    /// Whether a row holds a value; quick for the last rows.
    pub(crate) fn contains(&self, row: usize) -> bool {
        let row = row as u32;
        let mut latest_first = std::iter::once(&self.last).chain(self.closed.iter().rev());
        latest_first.find(|(start, _)| *start <= row).is_some_and(|(_, end)| row < *end)
    }

    /// Forgets what is marked from a row on.
    pub(crate) fn truncate(&mut self, end: usize) {
        while self.last.0 as usize >= end {
            match self.closed.pop() {
                Some(range) => self.last = range,
                None => return self.last = (0, 0),
            }
        }
        self.last.1 = self.last.1.min(end as u32);
    }

    /// The validity of a column of so many rows, and a fresh start.
    pub(crate) fn take(&mut self, rows: usize) -> Option<NullBuffer> {
        let whole = self.closed.is_empty() && self.last == (0, rows as u32);
        let nulls = (!whole).then(|| {
            let mut bits = MutableBuffer::from_len_zeroed(rows.div_ceil(8));
            for (start, end) in self.closed.iter().chain(std::iter::once(&self.last)) {
                set_bits(bits.as_slice_mut(), *start as usize, *end as usize);
            }
            NullBuffer::new(BooleanBuffer::new(bits.into(), 0, rows))
        });
        self.closed.clear();
        self.last = (0, 0);
        nulls
    }
}

/// Sets the bits `start..end`, least significant first.
fn set_bits(bytes: &mut [u8], start: usize, end: usize) {
    if start >= end {
        return;
    }
    let (first, last) = (start / 8, (end - 1) / 8);
    let (from, to) = (0xff_u8 << (start % 8), 0xff_u8 >> (7 - (end - 1) % 8));
    if first == last {
        bytes[first] |= from & to;
    } else {
        bytes[first] |= from;
        bytes[first + 1..last].fill(0xff);
        bytes[last] |= to;
    }
}

/// Values of one native type.
#[derive(Debug, Default)]
pub(crate) struct Typed<T> {
    pub(crate) values: Vec<T>,
    pub(crate) valid: Runs,
}

impl<T: Copy + Default> Typed<T> {
    /// Makes ready to append at `row`: earlier rows without a value are filled up.
    #[inline]
    pub(crate) fn reach(&mut self, row: usize, expected: usize) {
        if self.values.capacity() == 0 {
            self.values.reserve(expected);
        }
        if self.values.len() < row {
            self.values.resize(row, T::default());
        }
    }

    /// Appends the same value to `count` rows.
    #[inline]
    pub(crate) fn repeat(&mut self, value: T, row: usize, count: usize, expected: usize) {
        self.reach(row, expected);
        self.values.resize(row + count, value);
        self.valid.mark(row, row + count);
    }

    /// Appends one row. A row that has been written already keeps what it has.
    #[inline]
    pub(crate) fn push(&mut self, value: T, row: usize, expected: usize) {
        // Mostly the row before has a value too, and there is room.
        if self.values.len() == row && row < self.values.capacity() && self.valid.last.1 as usize == row {
            self.valid.last.1 += 1;
            self.values.push(value);
        } else {
            self.push_after_gap(value, row, expected);
        }
    }

    #[inline(never)]
    fn push_after_gap(&mut self, value: T, row: usize, expected: usize) {
        if self.values.len() + 1 == row && row < self.values.capacity() {
            self.values.push(T::default());
        } else {
            self.reach(row, expected);
        }
        if self.values.len() > row {
            return;
        }
        self.values.push(value);
        self.valid.mark(row, row + 1);
    }
}

impl<T: ArrowNativeType> Typed<T> {
    /// The column as an Arrow array of so many rows, and a fresh start.
    pub(crate) fn array<P: ArrowPrimitiveType<Native = T>>(&mut self, rows: usize) -> PrimitiveArray<P> {
        self.values.resize(rows, T::default());
        let values = std::mem::take(&mut self.values);
        PrimitiveArray::new(ScalarBuffer::from(values), self.valid.take(rows))
    }
}

/// A column of any kind.
#[derive(Debug)]
pub(crate) enum Column {
    U8(Typed<u8>),
    U16(Typed<u16>),
    U32(Typed<u32>),
    U64(Typed<u64>),
    Time(Typed<i64>),
    /// Codes of the batch's shared table of addresses.
    Ip(Typed<u32>),
    Text(Box<Text>),
    Extra(Box<Extra>),
}

/// A native type that has columns.
pub(crate) trait Cell: Copy + Default + TryFrom<u64> {
    /// The column's values, if it is one of this type.
    fn of(column: &mut Column) -> Option<&mut Typed<Self>>;
    /// The lower bits of a number.
    fn narrow(value: u64) -> Self;
}

macro_rules! cell {
    ($native:ty, $($variant:ident)|+) => {
        impl Cell for $native {
            #[inline]
            fn of(column: &mut Column) -> Option<&mut Typed<Self>> {
                match column {
                    $(Column::$variant(typed) => Some(typed),)+
                    _ => None,
                }
            }
            #[inline]
            fn narrow(value: u64) -> Self {
                value as $native
            }
        }
    };
}
cell!(u8, U8);
cell!(u16, U16);
cell!(u32, U32 | Ip);
cell!(u64, U64);
cell!(i64, Time);

impl Column {
    pub(crate) fn new(kind: Kind) -> Column {
        match kind {
            Kind::Time => Column::Time(Typed::default()),
            Kind::Ip => Column::Ip(Typed::default()),
            Kind::U8 => Column::U8(Typed::default()),
            Kind::U16 => Column::U16(Typed::default()),
            Kind::U32 | Kind::Service => Column::U32(Typed::default()),
            Kind::U64 | Kind::Mac | Kind::Duration => Column::U64(Typed::default()),
            Kind::Text => Column::Text(Box::default()),
            Kind::Map => Column::Extra(Box::default()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Column::U8(typed) => typed.valid.is_empty(),
            Column::U16(typed) => typed.valid.is_empty(),
            Column::U32(typed) | Column::Ip(typed) => typed.valid.is_empty(),
            Column::U64(typed) => typed.valid.is_empty(),
            Column::Time(typed) => typed.valid.is_empty(),
            Column::Text(text) => text.codes.valid.is_empty(),
            Column::Extra(extra) => extra.is_empty(),
        }
    }

    /// Forgets values that turned out to be all absent.
    pub(crate) fn clear(&mut self) {
        match self {
            Column::U8(typed) => typed.values.clear(),
            Column::U16(typed) => typed.values.clear(),
            Column::U32(typed) | Column::Ip(typed) => typed.values.clear(),
            Column::U64(typed) => typed.values.clear(),
            Column::Time(typed) => typed.values.clear(),
            Column::Text(text) => text.codes.values.clear(),
            Column::Extra(extra) => extra.clear(),
        }
    }

    /// The column as an Arrow array of so many rows; the buffers go along without a copy.
    pub(crate) fn array(&mut self, rows: usize, addresses: &ArrayRef, utc: &Arc<str>) -> ArrayRef {
        match self {
            Column::U8(typed) => Arc::new(typed.array::<UInt8Type>(rows)),
            Column::U16(typed) => Arc::new(typed.array::<UInt16Type>(rows)),
            Column::U32(typed) => Arc::new(typed.array::<UInt32Type>(rows)),
            Column::U64(typed) => Arc::new(typed.array::<UInt64Type>(rows)),
            Column::Time(typed) => {
                let array: TimestampNanosecondArray = typed.array::<TimestampNanosecondType>(rows);
                Arc::new(array.with_timezone(Arc::clone(utc)))
            }
            Column::Ip(typed) => {
                Arc::new(DictionaryArray::new(typed.array::<UInt32Type>(rows), Arc::clone(addresses)))
            }
            Column::Text(text) => text.array(rows),
            Column::Extra(extra) => extra.array(rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_become_bits() {
        let mut runs = Runs::default();
        runs.mark(0, 3);
        runs.mark(3, 5);
        runs.mark(7, 30);
        let nulls = runs.take(40).unwrap();
        let expected: Vec<bool> = (0..40).map(|row| row < 5 || (7..30).contains(&row)).collect();
        assert_eq!(nulls.iter().collect::<Vec<_>>(), expected);
        runs.mark(0, 8);
        assert!(runs.take(8).is_none());
    }

    #[test]
    fn bits_are_set_from_any_to_any() {
        for start in 0..24 {
            for end in start..=24 {
                let mut bytes = [0; 3];
                set_bits(&mut bytes, start, end);
                let set: Vec<usize> = (0..24).filter(|at| bytes[at / 8] >> (at % 8) & 1 == 1).collect();
                assert_eq!(set, (start..end).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn runs_are_taken_back() {
        let mut runs = Runs::default();
        runs.mark(2, 4);
        runs.mark(6, 9);
        runs.mark(10, 11);
        runs.truncate(7);
        assert!(runs.contains(3) && !runs.contains(5) && runs.contains(6) && !runs.contains(7));
        runs.truncate(2);
        assert!(runs.is_empty());
        runs.mark(1, 2);
        assert_eq!(runs.take(3).unwrap().iter().collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn rows_before_the_first_value_are_null() {
        let mut typed = Typed::<u16>::default();
        typed.repeat(7, 3, 2, 10);
        typed.push(9, 6, 10);
        let array = typed.array::<UInt16Type>(8);
        let values: Vec<Option<u16>> = array.iter().collect();
        assert_eq!(values, [None, None, None, Some(7), Some(7), None, Some(9), None]);
    }
}
