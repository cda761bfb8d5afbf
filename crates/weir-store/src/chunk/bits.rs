//! Parquet's hybrid of runs and bit-packed numbers, in which codes and definition levels are written.
//!
//! A run is its length and the value once. Everything else is packed, eight numbers at a time, lowest bits first.

use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};

/// Bits that the largest of some codes takes.
pub(super) fn width_of(largest: u32) -> u32 {
    u32::BITS - largest.leading_zeros()
}

/// Appends codes, none of which takes more than `width` bits.
pub(super) fn encode(codes: &[u32], width: u32, out: &mut Vec<u8>) {
    let mut packed_from = 0;
    let mut at = 0;
    while at < codes.len() {
        // A run may only begin where whole groups of eight have been packed before it.
        let run = run_length(&codes[at..]);
        if run < 8 {
            at += 8;
            continue;
        }
        pack(&codes[packed_from..at], width, out);
        varint((run as u64) << 1, out);
        out.extend_from_slice(&codes[at].to_le_bytes()[..width.div_ceil(8) as usize]);
        at += run;
        packed_from = at;
    }
    pack(&codes[packed_from..], width, out);
}

fn run_length(codes: &[u32]) -> usize {
    let Some(first) = codes.first() else { return 0 };
    codes.iter().take_while(|code| *code == first).count()
}

/// Appends codes as one bit-packed run, filled up with zeros to a multiple of eight.
fn pack(codes: &[u32], width: u32, out: &mut Vec<u8>) {
    if codes.is_empty() {
        return;
    }
    let groups = codes.len().div_ceil(8);
    varint((groups as u64) << 1 | 1, out);
    let end = out.len() + groups * width as usize;
    out.reserve(groups * width as usize + 4);
    let (mut held, mut bits) = (0u64, 0u32);
    for code in codes {
        held |= u64::from(*code) << bits;
        bits += width;
        if bits >= 32 {
            out.extend_from_slice(&(held as u32).to_le_bytes());
            held >>= 32;
            bits -= 32;
        }
    }
    out.extend_from_slice(&held.to_le_bytes()[..bits.div_ceil(8) as usize]);
    out.resize(end, 0);
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Which rows of a page are there, as definition levels with their length before them.
pub(super) fn encode_levels(valid: &BooleanBuffer, out: &mut Vec<u8>) {
    let length_at = out.len();
    out.extend_from_slice(&[0; 4]);
    match valid.count_set_bits() {
        there if there == valid.len() || there == 0 => {
            varint((valid.len() as u64) << 1, out);
            out.push(u8::from(there > 0));
        }
        _ => {
            varint((valid.len().div_ceil(8) as u64) << 1 | 1, out);
            // Arrow packs bits in the same order.
            out.extend_from_slice(&valid.sliced().as_slice()[..valid.len().div_ceil(8)]);
        }
    }
    let length = (out.len() - length_at - 4) as u32;
    out[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
}

/// Reads `count` codes of `width` bits; `None` if the bytes are not that.
pub(super) fn decode(bytes: &[u8], width: u32, count: usize, out: &mut Vec<u32>) -> Option<()> {
    if width > u32::BITS {
        return None;
    }
    let until = out.len() + count;
    out.reserve(count);
    let mut runs = Runs { bytes, width };
    while out.len() < until {
        let wanted = until - out.len();
        match runs.next()? {
            Run::Same(length, code) => out.resize(out.len() + length.min(wanted), code),
            Run::Packed(length, packed) => unpack(packed, width, length.min(wanted), out),
        }
    }
    Some(())
}

/// Takes the definition levels from the front of a page: which of its `count` rows are there. Gives the rest too.
pub(super) fn decode_levels(page: &[u8], count: usize) -> Option<(BooleanBuffer, &[u8])> {
    let (length, page) = page.split_first_chunk::<4>()?;
    let (levels, rest) = page.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let mut valid = BooleanBufferBuilder::new(count);
    let mut runs = Runs { bytes: levels, width: 1 };
    while valid.len() < count {
        let wanted = count - valid.len();
        match runs.next()? {
            Run::Same(length, level) => valid.append_n(length.min(wanted), level == 1),
            Run::Packed(length, packed) => valid.append_packed_range(0..length.min(wanted), packed),
        }
    }
    Some((valid.finish(), rest))
}

struct Runs<'a> {
    bytes: &'a [u8],
    width: u32,
}

enum Run<'a> {
    Same(usize, u32),
    Packed(usize, &'a [u8]),
}

impl<'a> Runs<'a> {
    fn next(&mut self) -> Option<Run<'a>> {
        let header = self.header()?;
        let length = (header >> 1) as usize;
        if length == 0 {
            return None;
        }
        if header & 1 == 0 {
            let (value, rest) = self.bytes.split_at_checked(self.width.div_ceil(8) as usize)?;
            self.bytes = rest;
            let mut code = [0; 4];
            code[..value.len()].copy_from_slice(value);
            return Some(Run::Same(length, u32::from_le_bytes(code)));
        }
        let (packed, rest) = self.bytes.split_at_checked(length.checked_mul(self.width as usize)?)?;
        self.bytes = rest;
        Some(Run::Packed(length.checked_mul(8)?, packed))
    }

    fn header(&mut self) -> Option<u64> {
        let mut number = 0;
        for place in 0..5 {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

/// `packed` holds at least `count` numbers.
fn unpack(packed: &[u8], width: u32, count: usize, out: &mut Vec<u32>) {
    let mask = if width == u32::BITS { u32::MAX } else { (1 << width) - 1 };
    let at = |index: usize| {
        let bit = index * width as usize;
        (bit / 8, bit % 8)
    };
    // Up to here eight bytes can be read at once.
    let fast = (packed.len().saturating_sub(8) * 8).checked_div(width as usize).unwrap_or(count).min(count);
    out.extend((0..fast).map(|index| {
        let (byte, shift) = at(index);
        let word = packed[byte..].first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        (word >> shift) as u32 & mask
    }));
    out.extend((fast..count).map(|index| {
        let (byte, shift) = at(index);
        let mut word = [0; 8];
        let tail = &packed[byte.min(packed.len())..];
        let length = tail.len().min(8);
        word[..length].copy_from_slice(&tail[..length]);
        (u64::from_le_bytes(word) >> shift) as u32 & mask
    }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes() -> impl Strategy<Value = Vec<u32>> {
        let run = (any::<u32>(), 0..40usize, 0..33u32);
        prop::collection::vec(run, 0..30).prop_map(|runs| {
            runs.into_iter()
                .flat_map(|(code, length, width)| {
                    let mask = 1u32.checked_shl(width).unwrap_or(0).wrapping_sub(1);
                    let step = u32::from(length % 2 == 0);
                    (0..length as u32).map(move |n| code.wrapping_add(n * step) & mask)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn codes_come_back(codes in codes()) {
            let width = width_of(codes.iter().copied().max().unwrap_or(0));
            let mut bytes = Vec::new();
            encode(&codes, width, &mut bytes);
            let mut decoded = Vec::new();
            prop_assert_eq!(decode(&bytes, width, codes.len(), &mut decoded), Some(()));
            prop_assert_eq!(decoded, codes);
        }

        #[test]
        fn levels_come_back(levels in prop::collection::vec(prop::bool::weighted(0.8), 0..100), all in 0..4) {
            let levels: Vec<bool> = levels.iter().map(|level| match all { 0 => true, 1 => false, _ => *level }).collect();
            let valid = BooleanBuffer::from(levels);
            let mut bytes = Vec::new();
            encode_levels(&valid, &mut bytes);
            bytes.extend_from_slice(b"rest");
            prop_assert_eq!(decode_levels(&bytes, valid.len()), Some((valid, &b"rest"[..])));
        }

        #[test]
        fn any_bytes_are_codes_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), width in 0..40u32, count in 0..500usize) {
            let mut decoded = Vec::new();
            if decode(&bytes, width, count, &mut decoded).is_some() {
                prop_assert_eq!(decoded.len(), count);
            }
            let _ = decode_levels(&bytes, count);
        }
    }
}
