//! The batches that one worker fills: flows, and the counters beside them.

use weir_schema::Table;

use crate::BatchBuilder;

/// One growing batch for each table.
#[derive(Debug, Default)]
pub struct Batches {
    /// Flow records and events.
    pub flows: BatchBuilder,
    /// Counters of interfaces and exporters.
    pub counters: BatchBuilder,
}

/// Batches that have grown to this size are passed on, however few their rows.
const FULL_BYTES: usize = 8 << 20;

impl Batches {
    /// Empty batches.
    pub fn new() -> Self {
        Batches::default()
    }

    /// The batch of a table.
    pub fn of(&mut self, table: Table) -> &mut BatchBuilder {
        match table {
            Table::Flows => &mut self.flows,
            Table::Counters => &mut self.counters,
        }
    }

    /// Rows of all tables so far.
    pub fn rows(&self) -> usize {
        self.flows.rows() + self.counters.rows()
    }

    /// Whether the batches are to be passed on whatever their age: they have this many rows, or take as much memory as
    /// so many rows of an ordinary exporter.
    ///
    /// Ask after each datagram. One can hold 65 000 records, so that a batch ends up larger than `rows` by that much at
    /// most.
    pub fn is_full(&self, rows: usize) -> bool {
        self.rows() >= rows || self.flows.bytes() + self.counters.bytes() >= FULL_BYTES
    }
}
