//! The tables that rows are kept in.

/// A table: rows of one kind of fact, kept, retired and queried apart from the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Table {
    /// Flow records and events.
    #[default]
    Flows,
    /// Counters: of interfaces (sFlow) and of exporters (options records).
    Counters,
}

impl Table {
    /// Every table.
    pub const ALL: [Table; 2] = [Table::Flows, Table::Counters];

    /// Its name in queries and in the data directory.
    pub fn name(self) -> &'static str {
        match self {
            Table::Flows => "flows",
            Table::Counters => "counters",
        }
    }

    /// Finds a table by its name.
    pub fn from_name(name: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.name() == name)
    }
}
