//! The field table as the API tells it.

use serde::Serialize;
use utoipa::ToSchema;
use weir_schema::Field;

/// Every field, in column order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldList {
    /// The fields.
    pub fields: Vec<FieldEntry>,
}

/// One field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldEntry {
    /// Its name.
    pub name: &'static str,
    /// The type of its values: time, duration, ip, mac, u8, u16, u32, u64, text, map or service.
    pub kind: &'static str,
    /// The group it is shown in.
    pub group: &'static str,
    /// The unit of its values, or empty.
    pub unit: &'static str,
    /// Whether it is computed from other fields instead of being stored.
    pub derived: bool,
    /// Other names that mean the same, taken wherever a field name is.
    pub aliases: &'static [&'static str],
    /// The same fact of the other side.
    #[schema(required)]
    pub mirror: Option<&'static str>,
    /// What it holds.
    pub doc: &'static str,
}

impl FieldList {
    /// The whole table.
    pub fn all() -> Self {
        Self { fields: Field::all().map(FieldEntry::of).collect() }
    }
}

impl FieldEntry {
    fn of(field: Field) -> Self {
        let info = field.info();
        Self {
            name: info.name,
            kind: info.kind.name(),
            group: info.group,
            unit: info.unit,
            derived: field.is_derived(),
            aliases: info.aliases,
            mirror: info.mirror.map(Field::name),
            doc: info.doc,
        }
    }
}
