//! The UI's list of fields.

use std::fmt::Write as _;

use super::table::Entry;

pub(crate) fn fields(table: &[Entry]) -> String {
    let mut out = String::from(
        "// Generated from schema/fields.toml by `cargo xtask generate`. Do not edit.\n\n\
         export type FieldKind =\n  | \"time\"\n  | \"duration\"\n  | \"ip\"\n  | \"mac\"\n  | \"u8\"\n  | \"u16\"\n  | \"u32\"\n  | \"u64\"\n  | \"text\"\n  | \"map\"\n  | \"service\";\n\n\
         export interface FieldInfo {\n  name: string;\n  kind: FieldKind;\n  group: string;\n  unit: string;\n  derived: boolean;\n  mirror: string | null;\n  aliases: readonly string[];\n  doc: string;\n}\n\n\
         export const FIELDS: readonly FieldInfo[] = [\n",
    );
    for entry in table {
        let _ = writeln!(
            out,
            "  {{ name: {:?}, kind: {:?}, group: {:?}, unit: {:?}, derived: {}, mirror: {}, aliases: {:?}, doc: {:?} }},",
            entry.name,
            entry.kind,
            entry.group,
            entry.unit.as_deref().unwrap_or(""),
            !entry.derived.is_empty(),
            entry.mirror.as_ref().map_or_else(|| "null".to_owned(), |m| format!("{m:?}")),
            entry.aliases,
            entry.doc,
        );
    }
    out.push_str("];\n");
    out
}
