//! The Rust `Field` type.

use std::fmt::Write as _;

use super::table::Entry;

/// `src_ip` → `SrcIp`.
fn variant(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}

fn kind(name: &str) -> String {
    variant(name)
}

pub(crate) fn rust(table: &[Entry]) -> String {
    let mut out = String::from(
        "// Generated from schema/fields.toml by `cargo xtask generate`. Do not edit.\n\n\
         use crate::{FieldInfo, Kind};\n\n\
         /// A field of a flow record. The order is the column order everywhere.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]\n\
         #[repr(u16)]\n\
         pub enum Field {\n",
    );
    for entry in table {
        let _ = writeln!(out, "    /// {}\n    {},", entry.doc, variant(&entry.name));
    }
    out.push_str("}\n\n/// What the table says of each field, in the order of `Field`.\npub(crate) static FIELDS: &[FieldInfo] = &[\n");
    for entry in table {
        let _ = writeln!(
            out,
            "    FieldInfo {{ field: Field::{}, name: {:?}, kind: Kind::{}, group: {:?}, unit: {:?}, aliases: &{:?}, ecs: {:?}, derived: &[{}], mirror: {}, doc: {:?} }},",
            variant(&entry.name),
            entry.name,
            kind(&entry.kind),
            entry.group,
            entry.unit.as_deref().unwrap_or(""),
            entry.aliases,
            entry.ecs.as_deref().unwrap_or(""),
            entry
                .derived
                .iter()
                .map(|name| format!("Field::{}", variant(name)))
                .collect::<Vec<_>>()
                .join(", "),
            entry
                .mirror
                .as_ref()
                .map_or_else(|| "None".to_owned(), |name| format!("Some(Field::{})", variant(name))),
            entry.doc,
        );
    }
    out.push_str("];\n\n/// Which column an element goes to and its place in the field's order of preference; sorted by (enterprise, id).\npub(crate) static ELEMENT_FIELDS: &[(u32, u16, Field, u8)] = &[\n");
    let mut elements: Vec<(u32, u16, String, usize)> = table
        .iter()
        .flat_map(|entry| {
            entry
                .element_ids
                .iter()
                .enumerate()
                .map(|(preference, (pen, id))| (*pen, *id, variant(&entry.name), preference))
        })
        .collect();
    elements.sort();
    for (pen, id, field, preference) in elements {
        let _ = writeln!(out, "    ({pen}, {id}, Field::{field}, {preference}),");
    }
    out.push_str("];\n");
    out
}
