//! sFlow: a sampled packet becomes a row, a discarded one an event, and each counter a row of the counters table.
//!
//! Records differ from sample to sample, so rows are written cell by cell. What the samples of a datagram share is
//! written once for all of them.

mod counters;
mod discard;
mod extended;
mod flow;
mod route;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use weir_schema::Field;

use crate::builder::BatchBuilder;
use crate::column::{Cell, Column};
use crate::extra::Extra;
use crate::origin::{Origin, SamplingOrigin};
use crate::plan::RowKind;

pub use counters::{CounterMemory, CountersOutcome};
pub(crate) use route::Routes;

impl BatchBuilder {
    /// Appends the samples of a datagram: give them one by one to what this returns.
    pub fn samples<'b, 'o>(&'b mut self, origin: &'b Origin<'o>) -> SampleRows<'b, 'o> {
        let first = self.rows;
        SampleRows { batch: self, origin, first }
    }
}

/// The rows that a datagram's samples become. What they share is written when this is dropped.
#[derive(Debug)]
pub struct SampleRows<'b, 'o> {
    batch: &'b mut BatchBuilder,
    origin: &'b Origin<'o>,
    first: usize,
}

impl SampleRows<'_, '_> {
    /// Ends a row that is complete but for what it shares with its neighbours. A rate of 0 is unknown.
    fn end_row(&mut self, kind: RowKind, rate: u32) {
        let row = self.batch.rows;
        self.batch.shared.kind.repeat(kind, row, 1);
        if rate != 0 {
            let sampling = self.origin.sampling;
            let origin = if sampling.forced { sampling.origin } else { SamplingOrigin::Record };
            self.batch.append_rate(rate, origin, row, 1);
        }
        self.batch.rows += 1;
    }
}

impl Drop for SampleRows<'_, '_> {
    fn drop(&mut self) {
        let count = self.batch.rows - self.first;
        if count > 0 {
            self.batch.rows = self.first;
            self.batch.append_origin(self.origin, count);
            self.batch.append_time(self.origin, count);
            self.batch.rows += count;
        }
    }
}

/// Cells of the row in hand.
impl BatchBuilder {
    /// Writes a cell of the row in hand.
    #[inline]
    pub(crate) fn cell<T: Cell>(&mut self, field: Field, value: Option<T>) {
        if let Some(value) = value {
            self.put(field, value);
        }
    }

    #[inline]
    fn put<T: Cell>(&mut self, field: Field, value: T) {
        let (row, expected) = (self.rows, self.expected);
        if let Some(typed) = self.typed(field) {
            typed.push(value, row, expected);
        }
    }

    #[inline]
    fn address(&mut self, field: Field, value: Option<IpAddr>) {
        if let Some(address) = value {
            let code = self.addresses.code(address);
            self.put(field, code);
        }
    }

    fn text(&mut self, field: Field, value: &str) {
        if !value.is_empty() {
            self.repeat_text(field, value, self.rows, 1);
            self.cell_bytes += 4;
        }
    }

    /// Fills a cell unless it has a value already, and tells whether it did.
    fn fill<T: Cell>(&mut self, field: Field, value: T) -> bool {
        let (row, expected) = (self.rows, self.expected);
        match self.typed(field) {
            Some(typed) if typed.values.len() <= row => {
                typed.push(value, row, expected);
                true
            }
            _ => false,
        }
    }

    /// The same for a text.
    fn fill_text(&mut self, field: Field, value: &str) -> bool {
        let row = self.rows;
        match &self.columns[field.index()] {
            Column::Text(text) if text.codes.values.len() <= row && !value.is_empty() => {
                self.text(field, value);
                true
            }
            _ => false,
        }
    }

    #[inline]
    fn extra(&mut self) -> Option<&mut Extra> {
        match &mut self.columns[Field::Extra.index()] {
            Column::Extra(extra) => Some(extra),
            _ => None,
        }
    }

    /// Adds a number to the row's `extra`.
    fn extra_number(&mut self, key: &'static str, value: u32) {
        if let Some(extra) = self.extra() {
            extra.numbers([(key, value)]);
        }
    }

    /// Ends the row's `extra`.
    #[inline]
    fn end_extra(&mut self) {
        let row = self.rows;
        if let Some(extra) = self.extra() {
            extra.end_row(row);
        }
    }
}

/// A MAC address as a number.
#[inline]
pub(crate) fn mac(octets: [u8; 6]) -> u64 {
    let mut bytes = [0; 8];
    bytes[2..].copy_from_slice(&octets);
    u64::from_be_bytes(bytes)
}
