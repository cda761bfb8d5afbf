//! The usual ops over records of one length.
//!
//! What an op does is looked up once, in one word that the plan has ready: exporters with several templates send sets of
//! a few records, where a processor that guesses a jump wrong loses more than the work takes.

use weir_schema::Kind;

use crate::builder::BatchBuilder;
use crate::column::{Cell, Column};
use crate::convert::forget_zeros;
use crate::format::milliseconds_ns;
use crate::origin::{Origin, Uptime};
use crate::plan::{Convert, Op};
use crate::records::{Fixed, Records};
use crate::sflow::mac;

/// So many records are appended cell by cell: to make ready for a loop would cost more than it saves.
const FEW: usize = 3;

/// The usual ops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Numbers: bits of the column, bytes on the wire.
    U8From1,
    U16From1,
    U16From2,
    U32From1,
    U32From2,
    U32From4,
    U64From1,
    U64From2,
    U64From4,
    U64From6,
    U64From8,
    Ipv4,
    Ipv6,
    Uptime,
    Milliseconds,
    /// Any other op.
    Other,
}

impl Step {
    pub(crate) fn of(kind: Kind, convert: Convert, length: u16) -> Step {
        match (kind, convert, length) {
            (Kind::U8, Convert::Number, 1) => Step::U8From1,
            (Kind::U16, Convert::Number, 1) => Step::U16From1,
            (Kind::U16, Convert::Number, 2) => Step::U16From2,
            (Kind::U32, Convert::Number, 1) => Step::U32From1,
            (Kind::U32, Convert::Number, 2) => Step::U32From2,
            (Kind::U32, Convert::Number, 4) => Step::U32From4,
            (Kind::U64, Convert::Number, 1) => Step::U64From1,
            (Kind::U64, Convert::Number, 2) => Step::U64From2,
            (Kind::U64, Convert::Number, 4) => Step::U64From4,
            (Kind::U64 | Kind::Mac, Convert::Number, 6) => Step::U64From6,
            (Kind::U64, Convert::Number, 8) => Step::U64From8,
            (Kind::Ip, Convert::Ipv4, 4) => Step::Ipv4,
            (Kind::Ip, Convert::Ipv6, 16) => Step::Ipv6,
            (Kind::Time, Convert::Uptime, 4) => Step::Uptime,
            (Kind::Time, Convert::Milliseconds, 8) => Step::Milliseconds,
            _ => Step::Other,
        }
    }
}

impl BatchBuilder {
    /// Appends the fields of records.
    pub(crate) fn run_steps(&mut self, ops: &[Op], origin: &Origin<'_>, records: Fixed<'_>) {
        let (row, expected, uptime) = (self.rows, self.expected, origin.uptime);
        let to = Target { records, row, expected };
        for op in ops {
            let column = &mut self.columns[op.field.index()];
            match op.step {
                Step::U8From1 => to.numbers(column, op, u8::from_be_bytes),
                Step::U16From1 => to.numbers(column, op, |[byte]| u16::from(byte)),
                Step::U16From2 => to.numbers(column, op, u16::from_be_bytes),
                Step::U32From1 => to.numbers(column, op, |[byte]| u32::from(byte)),
                Step::U32From2 => to.numbers(column, op, |bytes| u32::from(u16::from_be_bytes(bytes))),
                Step::U32From4 => to.numbers(column, op, u32::from_be_bytes),
                Step::U64From1 => to.numbers(column, op, |[byte]| u64::from(byte)),
                Step::U64From2 => to.numbers(column, op, |bytes| u64::from(u16::from_be_bytes(bytes))),
                Step::U64From4 => to.numbers(column, op, |bytes| u64::from(u32::from_be_bytes(bytes))),
                Step::U64From6 => {
                    to.numbers(column, op, mac);
                }
                Step::U64From8 => to.numbers(column, op, u64::from_be_bytes),
                Step::Ipv4 => {
                    let addresses = &mut self.addresses;
                    to.numbers(column, op, |bytes| addresses.code_v4(u32::from_be_bytes(bytes)));
                }
                Step::Ipv6 => {
                    let addresses = &mut self.addresses;
                    to.numbers(column, op, |bytes| addresses.code_v6(bytes));
                }
                Step::Uptime if uptime == Uptime::Unknown => {}
                Step::Uptime => {
                    to.times(column, op, |bytes| uptime.absolute_ns(u64::from(u32::from_be_bytes(bytes))));
                }
                Step::Milliseconds => {
                    to.times(column, op, |bytes| milliseconds_ns(u64::from_be_bytes(bytes)));
                }
                Step::Other => self.run_op(*op, origin, records),
            }
        }
    }
}

/// The records and the rows that they become.
#[derive(Clone, Copy)]
struct Target<'a> {
    records: Fixed<'a>,
    row: usize,
    expected: usize,
}

impl Target<'_> {
    #[inline]
    fn numbers<T: Cell, const W: usize>(
        self,
        column: &mut Column,
        op: &Op,
        mut number: impl FnMut([u8; W]) -> T,
    ) {
        let Some(typed) = T::of(column) else { return };
        let (row, count) = (self.row, self.records.count());
        if count <= FEW {
            for at in 0..count {
                typed.push(number(self.records.array_of(at, op.place)), row + at, self.expected);
            }
        } else {
            typed.reach(row, self.expected);
            typed.values.extend((0..count).map(|at| number(self.records.array_of(at, op.place))));
            typed.valid.mark(row, row + count);
        }
    }

    #[inline]
    fn times<const W: usize>(self, column: &mut Column, op: &Op, time: impl Fn([u8; W]) -> i64) {
        let Column::Time(typed) = column else { return };
        let count = self.records.count();
        typed.reach(self.row, self.expected);
        typed.values.extend((0..count).map(|at| time(self.records.array_of(at, op.place))));
        typed.valid.mark(self.row, self.row + count);
        forget_zeros(typed, self.row);
    }
}
