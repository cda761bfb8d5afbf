//! The tables that can be asked.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use weir_schema::Table;

/// A table of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum TableName {
    /// Flow records, and the events of firewalls and translators.
    #[default]
    Flows,
    /// Counters of interfaces (sFlow) and of exporters (options records).
    Counters,
}

impl From<TableName> for Table {
    fn from(name: TableName) -> Self {
        match name {
            TableName::Flows => Table::Flows,
            TableName::Counters => Table::Counters,
        }
    }
}

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match Table::from_name(&name) {
            Some(Table::Flows) => Ok(TableName::Flows),
            Some(Table::Counters) => Ok(TableName::Counters),
            None => {
                let known: Vec<&str> = Table::ALL.iter().map(|table| table.name()).collect();
                let message = format!("unknown table `{name}`; there are {}", known.join(" and "));
                Err(serde::de::Error::custom(message))
            }
        }
    }
}
