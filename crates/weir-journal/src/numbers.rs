//! Numbers of a column, made small before LZ4 sees them.
//!
//! Two shapes: *runs* (a few values, each many times: columns that a template does not have, exporter, domain) and
//! *narrow* (difference to the smallest value, divided by a common power of ten, in as few bytes as they need:
//! counters, ports, dictionary codes, times in whole milliseconds).

use crate::bytes::{Budget, Cursor, Malformed};

/// More runs than this are not worth looking for.
const MAX_RUNS: usize = 32;
const RUNS: u8 = 0xff;
/// Divisors that times in nanoseconds often share, biggest first; their index is stored.
const SCALES: [u64; 4] = [1, 1_000_000_000, 1_000_000, 1_000];

/// A number that fits into 64 bits.
pub(crate) trait Number: Copy + PartialEq {
    fn to_u64(self) -> u64;
    fn from_u64(wide: u64) -> Option<Self>;
}

macro_rules! number {
    ($($native:ty),*) => {$(
        impl Number for $native {
            fn to_u64(self) -> u64 {
                u64::from(self)
            }
            fn from_u64(wide: u64) -> Option<Self> {
                Self::try_from(wide).ok()
            }
        }
    )*};
}
number!(u8, u16, u32, u64);

/// Times: two's complement.
impl Number for i64 {
    fn to_u64(self) -> u64 {
        self as u64
    }
    fn from_u64(wide: u64) -> Option<Self> {
        Some(wide as i64)
    }
}

/// Appends the encoding of `values`. Their count is not written: the reader knows it.
pub(crate) fn put_numbers<T: Number>(out: &mut Vec<u8>, values: &[T]) {
    if !put_runs(out, values) {
        put_narrow(out, values);
    }
}

fn put_runs<T: Number>(out: &mut Vec<u8>, values: &[T]) -> bool {
    let start = out.len();
    out.extend_from_slice(&[RUNS, 0]);
    let mut rest = values;
    let mut runs = 0u8;
    while let Some(first) = rest.first() {
        if usize::from(runs) == MAX_RUNS {
            out.truncate(start);
            return false;
        }
        let len = rest.iter().position(|value| value != first).unwrap_or(rest.len());
        out.extend_from_slice(&(len as u32).to_le_bytes());
        out.extend_from_slice(&first.to_u64().to_le_bytes());
        rest = &rest[len..];
        runs += 1;
    }
    out[start + 1] = runs;
    // Short columns: a run costs 12 bytes, which a few narrow values do not.
    if runs > 1 && usize::from(runs) * 12 > size_of_val(values) {
        out.truncate(start);
        return false;
    }
    true
}

fn put_narrow<T: Number>(out: &mut Vec<u8>, values: &[T]) {
    let smallest = values.iter().map(|value| value.to_u64()).min().unwrap_or(0);
    let greatest = values.iter().map(|value| value.to_u64()).max().unwrap_or(0);
    let range = greatest - smallest;
    let divides = |scale: u64| values.iter().all(|value| (value.to_u64() - smallest).is_multiple_of(scale));
    let scale = if size_of::<T>() == 8 && range > u64::from(u16::MAX) {
        (1..SCALES.len()).find(|index| divides(SCALES[*index])).unwrap_or(0)
    } else {
        0
    };
    let divisor = SCALES[scale];
    let width: u8 = match range / divisor {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    out.extend_from_slice(&[width, scale as u8]);
    out.extend_from_slice(&smallest.to_le_bytes());
    if divisor == 1 {
        put_fixed(out, width, values.iter().map(|value| value.to_u64() - smallest));
    } else {
        put_fixed(out, width, values.iter().map(|value| (value.to_u64() - smallest) / divisor));
    }
}

fn put_fixed(out: &mut Vec<u8>, width: u8, values: impl ExactSizeIterator<Item = u64>) {
    let start = out.len();
    out.resize(start + values.len() * usize::from(width), 0);
    let room = &mut out[start..];
    match width {
        1 => values.zip(room).for_each(|(value, byte)| *byte = value as u8),
        2 => values
            .zip(room.as_chunks_mut().0)
            .for_each(|(value, bytes)| *bytes = (value as u16).to_le_bytes()),
        4 => values
            .zip(room.as_chunks_mut().0)
            .for_each(|(value, bytes)| *bytes = (value as u32).to_le_bytes()),
        _ => values.zip(room.as_chunks_mut().0).for_each(|(value, bytes)| *bytes = value.to_le_bytes()),
    }
}

/// Reads `count` numbers.
pub(crate) fn get_numbers<T: Number>(
    cursor: &mut Cursor<'_>,
    count: usize,
    budget: &mut Budget,
) -> Result<Vec<T>, Malformed> {
    budget.charge(count, size_of::<T>())?;
    let tag = cursor.u8()?;
    if tag == RUNS { get_runs(cursor, count) } else { get_narrow(cursor, count, tag) }
}

fn get_runs<T: Number>(cursor: &mut Cursor<'_>, count: usize) -> Result<Vec<T>, Malformed> {
    let runs = cursor.u8()?;
    let mut values = Vec::with_capacity(count);
    for _ in 0..runs {
        let len = cursor.u32()? as usize;
        let value = T::from_u64(cursor.u64()?).ok_or(Malformed("a number is too large for its column"))?;
        if len > count - values.len() {
            return Err(Malformed("it has more numbers than rows"));
        }
        values.resize(values.len() + len, value);
    }
    if values.len() == count { Ok(values) } else { Err(Malformed("it has fewer numbers than rows")) }
}

fn get_narrow<T: Number>(cursor: &mut Cursor<'_>, count: usize, width: u8) -> Result<Vec<T>, Malformed> {
    let scale = *SCALES.get(usize::from(cursor.u8()?)).ok_or(Malformed("it has an unknown scale"))?;
    let smallest = cursor.u64()?;
    let bytes = count.checked_mul(usize::from(width)).ok_or(Malformed("it ends early"))?;
    let bytes = cursor.take(bytes)?;
    let back = |narrow: u64| T::from_u64(smallest.wrapping_add(narrow.wrapping_mul(scale)));
    let values: Option<Vec<T>> = match width {
        1 => bytes.iter().map(|byte| back(u64::from(*byte))).collect(),
        2 => bytes.as_chunks().0.iter().map(|value| back(u64::from(u16::from_le_bytes(*value)))).collect(),
        4 => bytes.as_chunks().0.iter().map(|value| back(u64::from(u32::from_le_bytes(*value)))).collect(),
        8 => bytes.as_chunks().0.iter().map(|value| back(u64::from_le_bytes(*value))).collect(),
        _ => return Err(Malformed("it has an unknown encoding")),
    };
    values.ok_or(Malformed("a number is too large for its column"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded_len<T: Number + std::fmt::Debug>(values: &[T]) -> usize {
        let mut out = Vec::new();
        put_numbers(&mut out, values);
        let back = get_numbers::<T>(&mut Cursor(&out), values.len(), &mut Budget(1 << 20)).unwrap();
        assert_eq!(back, values);
        out.len()
    }

    #[test]
    fn what_repeats_or_is_close_together_becomes_small() {
        assert_eq!(encoded_len::<u32>(&[]), 2);
        assert_eq!(encoded_len(&vec![7u64; 8000]), 14);
        assert_eq!(encoded_len(&[vec![7u32; 4000], vec![9; 4000]].concat()), 26);
        let ports: Vec<u16> = (0..1000).map(|n| 40000 + n % 200).collect();
        assert_eq!(encoded_len(&ports), 10 + 1000);
        let milliseconds: Vec<i64> = (0..1000).map(|n| 1_700_000_000_000_000_000 + n * 1_000_000).collect();
        assert_eq!(encoded_len(&milliseconds), 10 + 2000);
        encoded_len(&[i64::MIN, -1, 0, 1, i64::MAX]);
        encoded_len(&[0, u64::MAX, 5]);
    }

    #[test]
    fn a_run_longer_than_the_column_is_refused() {
        let mut out = vec![RUNS, 1];
        out.extend_from_slice(&u32::MAX.to_le_bytes());
        out.extend_from_slice(&1u64.to_le_bytes());
        assert!(get_numbers::<u8>(&mut Cursor(&out), 10, &mut Budget(100)).is_err());
        assert!(get_numbers::<u8>(&mut Cursor(&out), usize::MAX, &mut Budget(100)).is_err());
    }
}
