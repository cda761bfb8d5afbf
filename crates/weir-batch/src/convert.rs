//! How the bytes of a field become the values of a column.

use crate::address::Addresses;
use crate::column::{Cell, Typed};
use crate::event::TEARDOWN;
use crate::format::{
    be_uint, milliseconds_ns, ntp_ns, push_application_id, push_text, seconds_ns, trim_text,
};
use crate::origin::{Origin, Uptime};
use crate::plan::{Convert, Op};
use crate::records::{Place, Records};
use crate::text::Text;

/// Appends numbers that fit their column as they are, others row by row.
pub(crate) fn numbers<'a, T: Cell>(
    typed: &mut Typed<T>,
    op: Op,
    records: impl Records<'a>,
    row: usize,
    expected: usize,
) {
    if let Convert::AtTeardown(event) = op.convert {
        typed.reach(row, expected);
        for (at, bytes) in records.slices(op.place).enumerate() {
            if be_uint(records.slice(at, event)) == TEARDOWN {
                typed.push(T::narrow(be_uint(bytes)), row + at, expected);
            }
        }
    } else if op.convert == Convert::SparseNumber {
        sparse(typed, op.place, records, row, expected, |bytes| {
            if bytes.is_empty() || bytes.len() > 8 { None } else { T::try_from(be_uint(bytes)).ok() }
        });
    } else {
        dense(typed, op.place, records, row, expected, T::narrow);
    }
}

/// Appends a number from every record. One loop per width, so that each compiles to a load and a byte swap.
#[inline]
pub(crate) fn dense<'a, T: Copy + Default>(
    typed: &mut Typed<T>,
    place: Place,
    records: impl Records<'a>,
    row: usize,
    expected: usize,
    convert: impl Fn(u64) -> T,
) {
    typed.reach(row, expected);
    let out = &mut typed.values;
    match place.length {
        1 => out.extend(records.arrays(place).map(|[byte]: [u8; 1]| convert(u64::from(byte)))),
        2 => out.extend(records.arrays(place).map(|bytes| convert(u64::from(u16::from_be_bytes(bytes))))),
        4 => out.extend(records.arrays(place).map(|bytes| convert(u64::from(u32::from_be_bytes(bytes))))),
        8 => out.extend(records.arrays(place).map(|bytes| convert(u64::from_be_bytes(bytes)))),
        _ => out.extend(records.slices(place).map(|bytes| convert(be_uint(bytes)))),
    }
    typed.valid.mark(row, typed.values.len());
}

/// Appends a number from the records that have one.
fn sparse<'a, T: Copy + Default>(
    typed: &mut Typed<T>,
    place: Place,
    records: impl Records<'a>,
    row: usize,
    expected: usize,
    convert: impl Fn(&[u8]) -> Option<T>,
) {
    typed.reach(row, expected);
    for (at, bytes) in records.slices(place).enumerate() {
        let value = convert(bytes);
        typed.values.push(value.unwrap_or_default());
        if value.is_some() {
            typed.valid.mark(row + at, row + at + 1);
        }
    }
}

pub(crate) fn append_addresses<'a>(
    typed: &mut Typed<u32>,
    op: Op,
    records: impl Records<'a>,
    row: usize,
    expected: usize,
    addresses: &mut Addresses,
) {
    typed.reach(row, expected);
    let out = &mut typed.values;
    match op.convert {
        Convert::Ipv4 => {
            out.extend(records.arrays(op.place).map(|key| addresses.code_v4(u32::from_be_bytes(key))));
        }
        Convert::EitherIp(other) => {
            let pairs = records.arrays::<4>(op.place).zip(records.arrays::<16>(other));
            out.extend(pairs.map(|(v4, v6)| {
                if v4 == [0; 4] && v6 != [0; 16] {
                    addresses.code_v6(v6)
                } else {
                    addresses.code_v4(u32::from_be_bytes(v4))
                }
            }));
        }
        _ => out.extend(records.arrays(op.place).map(|key| addresses.code_v6(key))),
    }
    typed.valid.mark(row, typed.values.len());
}

pub(crate) fn append_times<'a>(
    typed: &mut Typed<i64>,
    op: Op,
    records: impl Records<'a>,
    row: usize,
    expected: usize,
    origin: &Origin<'_>,
) {
    let place = op.place;
    match op.convert {
        Convert::Seconds => dense(typed, place, records, row, expected, seconds_ns),
        Convert::Milliseconds => dense(typed, place, records, row, expected, milliseconds_ns),
        Convert::Ntp { mask } => dense(typed, place, records, row, expected, |value| ntp_ns(value, mask)),
        Convert::Uptime if origin.uptime == Uptime::Unknown => return,
        Convert::Uptime => {
            dense(typed, place, records, row, expected, |value| origin.uptime.absolute_ns(value));
        }
        Convert::UptimeSince(boot) => {
            typed.reach(row, expected);
            let boots = records.slices(boot).map(|bytes| milliseconds_ns(be_uint(bytes)));
            let times = records.slices(place).zip(boots);
            typed
                .values
                .extend(times.map(|(bytes, boot_ns)| Uptime::Boot(boot_ns).absolute_ns(be_uint(bytes))));
            typed.valid.mark(row, typed.values.len());
        }
        Convert::DeltaMicroseconds => dense(typed, place, records, row, expected, |value| {
            let ago_ns = i64::try_from(value).unwrap_or(i64::MAX).saturating_mul(1000);
            origin.export_ns.saturating_sub(ago_ns)
        }),
        _ => return,
    }
    forget_zeros(typed, row);
}

/// No exporter means 1970: a zero among the times from a row on is "unknown".
#[inline]
pub(crate) fn forget_zeros(typed: &mut Typed<i64>, row: usize) {
    if typed.values[row..].contains(&0) {
        typed.valid.truncate(row);
        for at in row..typed.values.len() {
            if typed.values[at] != 0 {
                typed.valid.mark(at, at + 1);
            }
        }
    }
}

/// Appends texts; tells how many bytes the dictionary grew by. An empty text is an absent one.
pub(crate) fn append_texts<'a>(
    text: &mut Text,
    op: Op,
    records: impl Records<'a>,
    row: usize,
    expected: usize,
) -> usize {
    text.codes.reach(row, expected);
    let mut grown = 0;
    for (at, bytes) in records.slices(op.place).enumerate() {
        let code = if op.convert == Convert::ApplicationId {
            text.intern_written(|out| push_application_id(out, bytes))
        } else {
            intern_bytes(text, trim_text(bytes))
        };
        text.codes.values.push(code.map_or(0, |(code, _)| code));
        if let Some((_, more)) = code {
            grown += more;
            text.codes.valid.mark(row + at, row + at + 1);
        }
    }
    grown
}

/// The code of a text as it came; bytes that are not UTF-8 are written as they can be.
fn intern_bytes(text: &mut Text, bytes: &[u8]) -> Option<(u32, usize)> {
    if bytes.is_empty() {
        return None;
    }
    Some(match text.find(bytes) {
        Ok(code) => (code, 0),
        Err(hash) => match std::str::from_utf8(bytes) {
            Ok(value) => text.insert(value, hash),
            Err(_) => return text.intern_written(|out| push_text(out, bytes)),
        },
    })
}
