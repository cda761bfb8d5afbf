//! What is known of each field, and its Arrow type.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow_schema::{DataType, Field as ArrowField, Fields, TimeUnit};

use crate::Field;
use crate::generated::fields::{ELEMENT_FIELDS, FIELDS};

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nanoseconds since 1970, UTC.
    Time,
    /// Nanoseconds.
    Duration,
    /// 16 bytes in network order; IPv4 is mapped into IPv6 (`::ffff:a.b.c.d`). Dictionary-coded.
    Ip,
    /// 48-bit MAC address in the lower bits of a `u64`.
    Mac,
    /// 8-bit number.
    U8,
    /// 16-bit number.
    U16,
    /// 32-bit number.
    U32,
    /// 64-bit number.
    U64,
    /// UTF-8 text. Dictionary-coded.
    Text,
    /// Element name → value, both as text.
    Map,
    /// IP protocol number in the upper 16 bits, server port in the lower 16.
    Service,
}

/// One line of the field table.
#[derive(Debug)]
pub struct FieldInfo {
    /// The field itself.
    pub field: Field,
    /// Its name.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// Where the UI and the reference page show it.
    pub group: &'static str,
    /// The unit of its values, or empty.
    pub unit: &'static str,
    /// IPFIX, ECS and Sigma names that mean the same.
    pub aliases: &'static [&'static str],
    /// Its name in Elastic Common Schema, or empty.
    pub ecs: &'static str,
    /// The stored fields it is computed from; empty when it is stored itself.
    pub derived: &'static [Field],
    /// The same fact of the other side (`src_ip` ↔ `dst_ip`).
    pub mirror: Option<Field>,
    /// A sentence of documentation.
    pub doc: &'static str,
}

static BY_NAME: LazyLock<HashMap<String, Field>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for info in FIELDS {
        names.insert(info.name.to_owned(), info.field);
        for alias in info.aliases {
            names.insert(alias.to_lowercase(), info.field);
        }
    }
    names
});

impl Field {
    /// Number of fields in the table.
    pub const COUNT: usize = FIELDS.len();

    /// Every field, in column order.
    pub fn all() -> impl ExactSizeIterator<Item = Field> + Clone {
        FIELDS.iter().map(|info| info.field)
    }

    /// Every field that has a column (is not derived), in column order.
    pub fn stored() -> impl Iterator<Item = Field> + Clone {
        FIELDS.iter().filter(|info| info.derived.is_empty()).map(|info| info.field)
    }

    /// The field's line of the table.
    pub fn info(self) -> &'static FieldInfo {
        &FIELDS[self as usize]
    }

    /// Its place in the table, usable as an array index below [`Field::COUNT`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The field at a place in the table.
    pub fn from_index(index: usize) -> Option<Field> {
        FIELDS.get(index).map(|info| info.field)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The type of its values.
    pub fn kind(self) -> Kind {
        self.info().kind
    }

    /// Whether it is computed from other fields instead of being stored.
    pub fn is_derived(self) -> bool {
        !self.info().derived.is_empty()
    }

    /// Finds a field by its name or by any alias (IPFIX, ECS, Sigma); letter case does not matter.
    pub fn from_name(name: &str) -> Option<Field> {
        BY_NAME.get(name).copied().or_else(|| BY_NAME.get(&name.to_lowercase()).copied())
    }

    /// The two fields that a name without its `src_`/`dst_` prefix stands for: `ip` → (`src_ip`, `dst_ip`).
    pub fn either_side(name: &str) -> Option<(Field, Field)> {
        let source = BY_NAME.get(&format!("src_{name}")).copied()?;
        Some((source, source.info().mirror?))
    }

    /// The column that an information element goes to, and its place in that field's order of preference (0 first).
    /// `enterprise` is 0 for IANA and [`crate::element::V9`] for NetFlow v9's own numbers.
    pub fn from_element(enterprise: u32, id: u16) -> Option<(Field, u8)> {
        let found =
            ELEMENT_FIELDS.binary_search_by_key(&(enterprise, id), |entry| (entry.0, entry.1)).ok()?;
        Some((ELEMENT_FIELDS[found].2, ELEMENT_FIELDS[found].3))
    }

    /// The Arrow type of its column (for derived fields: of the computed array).
    pub fn data_type(self) -> DataType {
        self.kind().data_type()
    }

    /// The Arrow field of its column. Every column but `time` and `received` may hold nulls: null means absent.
    pub fn arrow(self) -> ArrowField {
        ArrowField::new(self.name(), self.data_type(), !matches!(self, Field::Time | Field::Received))
    }
}

impl Kind {
    /// The Arrow type of a column of this kind.
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Kind::Ip => {
                DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::FixedSizeBinary(16)))
            }
            Kind::U8 => DataType::UInt8,
            Kind::U16 => DataType::UInt16,
            Kind::U32 | Kind::Service => DataType::UInt32,
            Kind::U64 | Kind::Mac | Kind::Duration => DataType::UInt64,
            Kind::Text => DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8)),
            Kind::Map => {
                let entries = Fields::from(vec![
                    ArrowField::new("keys", DataType::Utf8, false),
                    ArrowField::new("values", DataType::Utf8, true),
                ]);
                DataType::Map(Arc::new(ArrowField::new("entries", DataType::Struct(entries), false)), false)
            }
        }
    }

    /// Its name in the field table.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Time => "time",
            Kind::Duration => "duration",
            Kind::Ip => "ip",
            Kind::Mac => "mac",
            Kind::U8 => "u8",
            Kind::U16 => "u16",
            Kind::U32 => "u32",
            Kind::U64 => "u64",
            Kind::Text => "text",
            Kind::Map => "map",
            Kind::Service => "service",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_stands_at_its_own_index() {
        for (place, info) in FIELDS.iter().enumerate() {
            assert_eq!(info.field.index(), place, "{}", info.name);
        }
    }

    #[test]
    fn aliases_of_every_kind_find_their_field() {
        assert_eq!(Field::from_name("source.ip"), Some(Field::SrcIp));
        assert_eq!(Field::from_name("sourceIPv4Address"), Some(Field::SrcIp));
        assert_eq!(Field::from_name("DestinationPort"), Some(Field::DstPort));
        assert_eq!(Field::from_name("nonsense"), None);
    }

    #[test]
    fn either_side_names_find_both_fields() {
        assert_eq!(Field::either_side("ip"), Some((Field::SrcIp, Field::DstIp)));
        assert_eq!(Field::either_side("as"), Some((Field::SrcAs, Field::DstAs)));
        assert_eq!(Field::either_side("bytes"), None);
    }

    #[test]
    fn elements_go_to_their_columns() {
        assert_eq!(Field::from_element(0, 8), Some((Field::SrcIp, 0)));
        assert_eq!(Field::from_element(0, 27), Some((Field::SrcIp, 1)));
        assert_eq!(Field::from_element(0, 1).map(|f| f.0), Some(Field::Bytes));
        assert_eq!(Field::from_element(9, 65000), None);
    }
}
