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
}
