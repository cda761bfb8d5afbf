//! The book's reference page of the fields.

use std::fmt::Write as _;

use super::table::Entry;

pub(crate) fn fields(table: &[Entry]) -> String {
    let mut out = String::from(
        "<!-- Generated from schema/fields.toml by `cargo xtask generate`. Do not edit. -->\n\n# Fields\n\n\
         Any name in the first column or among its aliases works in filters, in `--by`, and in the API. Fields marked\n\
         *derived* are not stored: they are computed from other fields when asked for. `src_*` and `dst_*` pairs also\n\
         work without their prefix in filters (`ip`, `port`): either side matches.\n",
    );
    let mut group = "";
    for entry in table {
        if entry.group != group {
            group = &entry.group;
            let _ = write!(
                out,
                "\n## {}\n\n| field | type | meaning | aliases and elements |\n| --- | --- | --- | --- |\n",
                title(group)
            );
        }
        let mut names: Vec<String> = entry.aliases.iter().map(|name| format!("`{name}`")).collect();
        names.extend(
            entry.elements.iter().filter(|name| name.contains([':', '/'])).map(|name| format!("`{name}`")),
        );
        let _ = writeln!(
            out,
            "| `{}` | {}{} | {}{} | {} |",
            entry.name,
            entry.kind,
            entry.unit.as_ref().map(|unit| format!(", {unit}")).unwrap_or_default(),
            if entry.derived.is_empty() { "" } else { "*derived* " },
            entry.doc,
            names.join(" ")
        );
    }
    out
}

fn title(group: &str) -> String {
    let mut letters = group.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
