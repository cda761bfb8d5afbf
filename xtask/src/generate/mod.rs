//! Writes the files that are made from `schema/`: the field table and the registries.

mod docs;
mod fields;
mod registries;
mod table;
mod typescript;

use std::fs;
use std::path::Path;

/// Whether to write the generated files or only to say which are stale.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// Makes every generated file from `schema/`.
pub(crate) fn run(root: &Path, mode: Mode) -> Result<(), String> {
    let registries = registries::Registries::read(&root.join("schema/registries"))?;
    let table = table::read(&root.join("schema/fields.toml"), &registries)?;
    let generated = root.join("crates/weir-schema/src/generated");
    let files = [
        (generated.join("fields.rs"), fields::rust(&table)),
        (generated.join("elements.rs"), registries.elements_rust()),
        (generated.join("services.rs"), registries.services_rust()),
        (root.join("web/src/generated/fields.ts"), typescript::fields(&table)),
        (root.join("docs/src/reference/fields.md"), docs::fields(&table)),
    ];
    let mut stale = Vec::new();
    for (path, text) in files {
        if fs::read_to_string(&path).is_ok_and(|found| found == text) {
            continue;
        }
        if mode == Mode::Check {
            stale.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
        }
        fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        println!("wrote {}", path.strip_prefix(root).unwrap_or(&path).display());
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "stale generated files: {}\nhelp: run `cargo xtask generate` and commit",
            stale.join(", ")
        ))
    }
}
