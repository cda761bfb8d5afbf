//! `weir fields`: the field table.

use std::fmt::Write as _;

use weir_schema::Field;

use crate::failure::Failure;
use crate::output::say;

pub(crate) fn run() -> Result<(), Failure> {
    let mut text = String::new();
    let mut group = "";
    for field in Field::all() {
        let info = field.info();
        if info.group != group {
            group = info.group;
            let _ = writeln!(text, "{}{group}", if text.is_empty() { "" } else { "\n" });
        }
        let _ = writeln!(text, "  {:<22} {:<9} {}", info.name, info.kind.name(), info.doc);
    }
    say(&text)
}
