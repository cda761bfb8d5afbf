//! Where the tables of a data directory are.

use std::path::{Path, PathBuf};

use weir_schema::Table;

/// The folder of a table's journal and store. Flows lie in the data directory itself, so its lock guards all tables.
pub fn table_dir(data: &Path, table: Table) -> PathBuf {
    match table {
        Table::Flows => data.to_owned(),
        Table::Counters => data.join(table.name()),
    }
}
