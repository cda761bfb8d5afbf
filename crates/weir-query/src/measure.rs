//! What can be measured of a group.

use std::fmt;
use std::str::FromStr;

use weir_schema::{Field, Kind, Table};

/// A measure of a group of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Bytes as exported.
    Bytes,
    /// Packets as exported.
    Packets,
    /// Number of flows: rows that are traffic, and no events.
    Flows,
    /// Number of rows, whatever they are.
    Rows,
    /// Bytes times the sampling rate.
    BytesScaled,
    /// Packets times the sampling rate.
    PacketsScaled,
    /// Number of different values, absent ones not counted. Exact.
    Unique(Field),
    /// Sum of a number; 0 when every value is absent.
    Sum(Field),
    /// Smallest value, absent when every value is.
    Min(Field),
    /// Largest value, absent when every value is.
    Max(Field),
    /// Mean of the values that are there.
    Avg(Field),
}

/// A text that names no measure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// Not a measure's name.
    #[error(
        "unknown measure `{name}`; there are bytes, packets, flows, rows, bytes_scaled, packets_scaled, \
         unique(FIELD), sum(FIELD), min(FIELD), max(FIELD) and avg(FIELD)"
    )]
    Unknown {
        /// The text.
        name: String,
    },
    /// No such field.
    #[error("unknown field `{field}` in `{measure}`")]
    UnknownField {
        /// The field's name as written.
        field: String,
        /// The whole text.
        measure: String,
    },
    /// The measure does not exist for the field's type.
    #[error("`{measure}` cannot be measured: `{field}` is not a number")]
    NotANumber {
        /// The field.
        field: &'static str,
        /// The measure.
        measure: String,
    },
}

impl Measure {
    /// What is measured of a table's rows when nobody says what, by name.
    pub fn defaults(table: Table) -> &'static [&'static str] {
        match table {
            Table::Flows => &["bytes", "packets", "flows"],
            Table::Counters => &["sum(delta)", "max(value)", "rows"],
        }
    }

    /// The field that the measure looks at; none where it counts rows.
    pub fn field(self) -> Option<Field> {
        match self {
            Measure::Bytes => Some(Field::Bytes),
            Measure::Packets => Some(Field::Packets),
            Measure::Flows | Measure::Rows => None,
            Measure::BytesScaled => Some(Field::BytesScaled),
            Measure::PacketsScaled => Some(Field::PacketsScaled),
            Measure::Unique(field)
            | Measure::Sum(field)
            | Measure::Min(field)
            | Measure::Max(field)
            | Measure::Avg(field) => Some(field),
        }
    }

    /// Checks that the measure exists for the field's type.
    pub fn check(self) -> Result<Self, MeasureError> {
        let Some(field) = self.field() else { return Ok(self) };
        let number = matches!(field.kind(), Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 | Kind::Duration);
        let fits = match self {
            Measure::Unique(_) => field.kind() != Kind::Map,
            Measure::Min(_) | Measure::Max(_) => number || field.kind() == Kind::Time,
            _ => number,
        };
        if fits {
            Ok(self)
        } else {
            Err(MeasureError::NotANumber { field: field.name(), measure: self.to_string() })
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measure::Bytes => f.write_str("bytes"),
            Measure::Packets => f.write_str("packets"),
            Measure::Flows => f.write_str("flows"),
            Measure::Rows => f.write_str("rows"),
            Measure::BytesScaled => f.write_str("bytes_scaled"),
            Measure::PacketsScaled => f.write_str("packets_scaled"),
            Measure::Unique(field) => write!(f, "unique({})", field.name()),
            Measure::Sum(field) => write!(f, "sum({})", field.name()),
            Measure::Min(field) => write!(f, "min({})", field.name()),
            Measure::Max(field) => write!(f, "max({})", field.name()),
            Measure::Avg(field) => write!(f, "avg({})", field.name()),
        }
    }
}

impl FromStr for Measure {
    type Err = MeasureError;

    fn from_str(text: &str) -> Result<Self, MeasureError> {
        let trimmed = text.trim();
        let unknown = || MeasureError::Unknown { name: trimmed.to_owned() };
        let Some((name, rest)) = trimmed.split_once('(') else {
            return match trimmed {
                "bytes" => Ok(Measure::Bytes),
                "packets" => Ok(Measure::Packets),
                "flows" => Ok(Measure::Flows),
                "rows" => Ok(Measure::Rows),
                "bytes_scaled" => Ok(Measure::BytesScaled),
                "packets_scaled" => Ok(Measure::PacketsScaled),
                _ => Err(unknown()),
            };
        };
        let field = rest.strip_suffix(')').ok_or_else(unknown)?.trim();
        let measure: fn(Field) -> Measure = match name.trim() {
            "unique" => Measure::Unique,
            "sum" => Measure::Sum,
            "min" => Measure::Min,
            "max" => Measure::Max,
            "avg" => Measure::Avg,
            _ => return Err(unknown()),
        };
        let field = Field::from_name(field).ok_or_else(|| MeasureError::UnknownField {
            field: field.to_owned(),
            measure: trimmed.to_owned(),
        })?;
        measure(field).check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_prints() {
        for text in
            ["bytes", "packets", "flows", "rows", "bytes_scaled", "unique(src_ip)", "max(bytes)", "min(time)"]
        {
            assert_eq!(text.parse::<Measure>().map(|measure| measure.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn every_table_has_measures_of_its_own() {
        for table in Table::ALL {
            assert!(Measure::defaults(table).iter().all(|name| name.parse::<Measure>().is_ok()));
        }
    }

    #[test]
    fn refuses_what_cannot_be_measured() {
        assert!(matches!("avg(src_ip)".parse::<Measure>(), Err(MeasureError::NotANumber { .. })));
        assert!(matches!("sum(nope)".parse::<Measure>(), Err(MeasureError::UnknownField { .. })));
        assert!(matches!("median(bytes)".parse::<Measure>(), Err(MeasureError::Unknown { .. })));
    }
}
