//! The distinct values of a frame's dictionary-coded columns. Address columns share one dictionary; it is written once.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer};

use crate::bytes::{Budget, Cursor, Malformed, put_part};
use crate::numbers::{get_numbers, put_numbers};

const IP: u8 = 1;
const TEXT: u8 = 2;
/// First 12 bytes of an IPv4 address that is mapped into IPv6.
const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/// The dictionaries of the frame being written; a column refers to one by its place.
#[derive(Default)]
pub(crate) struct Dictionaries(Vec<ArrayRef>);

impl Dictionaries {
    /// The place of a dictionary, which is added if it is new.
    pub(crate) fn place(&mut self, values: &ArrayRef) -> u16 {
        let known = self.0.iter().position(|other| same_values(other, values));
        let place = known.unwrap_or_else(|| {
            self.0.push(Arc::clone(values));
            self.0.len() - 1
        });
        place as u16
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.0.len() as u16).to_le_bytes());
        for values in &self.0 {
            put_part(out, |out| {
                let text = values.as_string_opt::<i32>();
                out.push(if text.is_some() { TEXT } else { IP });
                out.extend_from_slice(&(values.len() as u32).to_le_bytes());
                match text {
                    Some(text) => put_texts(out, text),
                    None => put_addresses(out, values.as_fixed_size_binary()),
                }
            });
        }
    }
}

/// Whether two dictionaries are the same memory. Equal values elsewhere are merely written twice.
fn same_values(one: &ArrayRef, other: &ArrayRef) -> bool {
    Arc::ptr_eq(one, other)
        || match (one.as_fixed_size_binary_opt(), other.as_fixed_size_binary_opt()) {
            (Some(one), Some(other)) => std::ptr::eq(one.value_data(), other.value_data()),
            _ => false,
        }
}

/// Addresses: a flag per address, then four bytes where it is IPv4 and sixteen elsewhere.
fn put_addresses(out: &mut Vec<u8>, values: &FixedSizeBinaryArray) {
    let addresses = values.value_data().as_chunks::<16>().0;
    let flags = out.len();
    out.resize(flags + addresses.len().div_ceil(8), 0);
    for (at, address) in addresses.iter().enumerate() {
        if address.starts_with(&MAPPED) {
            out[flags + at / 8] |= 1 << (at % 8);
            out.extend_from_slice(&address[12..]);
        } else {
            out.extend_from_slice(address);
        }
    }
}

fn get_addresses(cursor: &mut Cursor<'_>, count: usize, budget: &mut Budget) -> Result<ArrayRef, Malformed> {
    budget.charge(count, 16)?;
    let flags = cursor.take(count.div_ceil(8))?;
    let mut values = Vec::with_capacity(count * 16);
    for at in 0..count {
        if flags[at / 8] >> (at % 8) & 1 == 1 {
            values.extend_from_slice(&MAPPED);
            values.extend_from_slice(cursor.take(4)?);
        } else {
            values.extend_from_slice(cursor.take(16)?);
        }
    }
    let array = FixedSizeBinaryArray::try_new(16, Buffer::from(values), None);
    array.map(|array| Arc::new(array) as ArrayRef).map_err(|_| Malformed("its addresses are incomplete"))
}

/// Texts: their lengths, then their bytes.
pub(crate) fn put_texts(out: &mut Vec<u8>, values: &StringArray) {
    let offsets = values.value_offsets();
    let lengths: Vec<u32> = offsets.windows(2).map(|pair| (pair[1] - pair[0]) as u32).collect();
    put_numbers(out, &lengths);
    let (first, last) = (offsets[0] as usize, offsets[values.len()] as usize);
    out.extend_from_slice(&values.value_data()[first..last]);
}

pub(crate) fn get_texts(
    cursor: &mut Cursor<'_>,
    count: usize,
    nulls: Option<arrow_buffer::NullBuffer>,
    budget: &mut Budget,
) -> Result<StringArray, Malformed> {
    let lengths: Vec<u32> = get_numbers(cursor, count, budget)?;
    let offsets = offsets(&lengths, budget)?;
    let bytes = cursor.take(offsets.last() as usize)?;
    StringArray::try_new(offsets, Buffer::from(bytes), nulls).map_err(|_| Malformed("its text is not UTF-8"))
}

/// Turns lengths into Arrow's offsets.
pub(crate) fn offsets(lengths: &[u32], budget: &mut Budget) -> Result<OffsetBuffer<i32>, Malformed> {
    budget.charge(lengths.len() + 1, size_of::<i32>())?;
    OffsetBuffer::try_from_lengths(lengths.iter().map(|length| *length as usize))
        .map_err(|_| Malformed("its lengths add up to too much"))
}

/// Reads the dictionaries of a frame. One of a type that is not known is `None`.
pub(crate) fn get_dictionaries(
    cursor: &mut Cursor<'_>,
    budget: &mut Budget,
) -> Result<Vec<Option<ArrayRef>>, Malformed> {
    let count = cursor.u16()?;
    let mut dictionaries = Vec::new();
    for _ in 0..count {
        let mut part = cursor.part()?;
        let values = match part.u8()? {
            IP => {
                let count = part.u32()? as usize;
                Some(get_addresses(&mut part, count, budget)?)
            }
            TEXT => {
                let count = part.u32()? as usize;
                Some(Arc::new(get_texts(&mut part, count, None, budget)?) as ArrayRef)
            }
            _ => None,
        };
        if values.is_some() {
            part.finish()?;
        }
        dictionaries.push(values);
    }
    Ok(dictionaries)
}
