//! The values of a column as small numbers that are dense within one part.
//!
//! Dictionary columns come as codes already. Numbers become their distance from the smallest one where that is not far,
//! and are hashed where it is.

use std::borrow::Cow;

use arrow_array::{
    Array, ArrowPrimitiveType, FixedSizeBinaryArray, PrimitiveArray, StringArray, UInt32Array,
};
use arrow_buffer::NullBuffer;
use hashbrown::HashTable;
use weir_filter::column::{Cells, address};

/// A column as codes.
#[derive(Debug)]
pub(crate) struct Codes<'a> {
    /// One code per row; none when every row has code 0.
    pub(crate) rows: Option<Cow<'a, [u32]>>,
    /// All codes are below it.
    pub(crate) cardinality: usize,
    /// The code that stands for an absent value.
    null: Option<u32>,
    space: Space<'a>,
}

/// What codes stand for.
#[derive(Debug)]
enum Space<'a> {
    Nothing,
    Ip(&'a FixedSizeBinaryArray),
    Text(&'a StringArray),
    /// Numbers from this one on.
    From(u64),
    List(Vec<u64>),
}

/// A value that groups are made by. Times have their sign bit turned, so that they sort as unsigned numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    Null,
    Number(u64),
    Ip(u128),
    Text(&'a str),
}

/// Turns times into numbers of the same order, and back.
pub(crate) const SIGN: u64 = 1 << 63;

impl<'a> Codes<'a> {
    /// A column that a part does not have: every value is absent.
    pub(crate) fn absent() -> Self {
        Self { rows: None, cardinality: 1, null: Some(0), space: Space::Nothing }
    }

    /// Numbers that are dense already, such as time buckets.
    pub(crate) fn of_numbers(numbers: &[u32]) -> Self {
        numbers_of(numbers.len(), None, |row| u64::from(numbers[row]))
    }

    pub(crate) fn new(cells: Cells<'a>) -> Self {
        match cells {
            Cells::U8(array) => numbers(array),
            Cells::U16(array) => numbers(array),
            Cells::U32(array) => numbers(array),
            Cells::U64(array) => numbers(array),
            Cells::Time(array) => {
                let values = array.values();
                numbers_of(values.len(), array.nulls(), |row| values[row] as u64 ^ SIGN)
            }
            Cells::Ip(keys, values) => dictionary(keys, values.len(), Space::Ip(values)),
            Cells::Text(keys, values) => dictionary(keys, values.len(), Space::Text(values)),
            Cells::Map(_) => Self::absent(),
        }
    }

    pub(crate) fn code(&self, row: usize) -> u32 {
        self.rows.as_ref().map_or(0, |codes| codes[row])
    }

    /// What a code stands for.
    pub(crate) fn key(&self, code: u32) -> Key<'_> {
        if self.null == Some(code) {
            return Key::Null;
        }
        let at = code as usize;
        match &self.space {
            Space::Ip(values) if values.is_valid(at) => Key::Ip(address(values, at)),
            Space::Text(values) if values.is_valid(at) => Key::Text(values.value(at)),
            Space::Ip(_) | Space::Text(_) | Space::Nothing => Key::Null,
            Space::From(first) => Key::Number(first + u64::from(code)),
            Space::List(numbers) => Key::Number(numbers[at]),
        }
    }
}

fn numbers<'a, T: ArrowPrimitiveType<Native: Into<u64>>>(array: &PrimitiveArray<T>) -> Codes<'a> {
    let values = array.values();
    numbers_of(values.len(), array.nulls(), |row| values[row].into())
}

fn dictionary<'a>(keys: &'a UInt32Array, values: usize, space: Space<'a>) -> Codes<'a> {
    match keys.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => Codes { rows: Some(Cow::Borrowed(keys.values())), cardinality: values, null: None, space },
        Some(nulls) => {
            let null = values as u32;
            let codes = keys.values().iter().zip(nulls).map(|(key, valid)| if valid { *key } else { null });
            Codes { rows: Some(codes.collect()), cardinality: values + 1, null: Some(null), space }
        }
    }
}

fn numbers_of<'a>(rows: usize, nulls: Option<&NullBuffer>, number: impl Fn(usize) -> u64) -> Codes<'a> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
    let valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let bounds = match nulls {
        None => (0..rows).map(&number).fold((u64::MAX, 0), |(low, high), n| (low.min(n), high.max(n))),
        Some(_) => (0..rows)
            .filter(|row| valid(*row))
            .map(&number)
            .fold((u64::MAX, 0), |(low, high), n| (low.min(n), high.max(n))),
    };
    if bounds.0 > bounds.1 {
        return Codes::absent();
    }
    let span = bounds.1 - bounds.0;
    if span == 0 && nulls.is_none() {
        return Codes { rows: None, cardinality: 1, null: None, space: Space::From(bounds.0) };
    }
    if span < (4 * rows as u64).max(65536) {
        let null = span as u32 + 1;
        let code = |row: usize| if valid(row) { (number(row) - bounds.0) as u32 } else { null };
        return Codes {
            rows: Some((0..rows).map(code).collect()),
            cardinality: span as usize + 1 + usize::from(nulls.is_some()),
            null: nulls.map(|_| null),
            space: Space::From(bounds.0),
        };
    }
    let mut seen: HashTable<(u64, u32)> = HashTable::new();
    let mut list = Vec::new();
    let mut codes = Vec::with_capacity(rows);
    for row in 0..rows {
        if !valid(row) {
            codes.push(u32::MAX);
            continue;
        }
        let number = number(row);
        let entry = seen.entry(mix(number), |entry| entry.0 == number, |entry| mix(entry.0));
        let entry = entry.or_insert_with(|| {
            list.push(number);
            (number, list.len() as u32 - 1)
        });
        codes.push(entry.get().1);
    }
    let null = list.len() as u32;
    if nulls.is_some() {
        codes.iter_mut().filter(|code| **code == u32::MAX).for_each(|code| *code = null);
    }
    Codes {
        rows: Some(codes.into()),
        cardinality: list.len() + usize::from(nulls.is_some()),
        null: nulls.map(|_| null),
        space: Space::List(list),
    }
}

/// Spreads the bits of a number: both halves of a multiplication.
pub(crate) fn mix(number: u64) -> u64 {
    let product = u128::from(number ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
    (product as u64) ^ (product >> 64) as u64
}
