//! Each crate says what it is for, takes the workspace's lints, and lies in the folder of its name.

use std::fs;
use std::path::Path;

use super::Problem;
use super::metadata::{Metadata, Package};

pub(super) fn check(root: &Path, metadata: &Metadata) -> Result<Vec<Problem>, String> {
    let mut problems = Vec::new();
    for package in metadata.members() {
        let path = Path::new(&package.manifest_path);
        let text = fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        let place = path.strip_prefix(root).unwrap_or(path).display().to_string();
        problems.extend(check_one(package, &place, &text)?);
    }
    Ok(problems)
}

fn check_one(package: &Package, place: &str, text: &str) -> Result<Vec<Problem>, String> {
    let manifest: toml::Table = text.parse().map_err(|e| format!("cannot read {place}: {e}"))?;
    let mut problems = Vec::new();
    let inherits_lints = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .and_then(toml::Value::as_bool)
        .unwrap_or(false);
    if !inherits_lints {
        problems.push(Problem::new(
            place,
            format!("`{}` does not take the workspace's lints", package.name),
            "add a table `[lints]` with `workspace = true`",
        ));
    }
    if !package.description.as_ref().is_some_and(|text| text.trim_end().ends_with('.')) {
        problems.push(Problem::new(
            place,
            format!("`{}` has no description", package.name),
            "say in one sentence what the crate is for: `description = \"….\"`",
        ));
    }
    let folder = Path::new(place).parent().and_then(Path::file_name);
    if folder.is_some_and(|folder| *folder != *package.name) {
        problems.push(Problem::new(
            place,
            format!("`{}` lies in a folder of another name", package.name),
            "rename one of the two",
        ));
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str, description: Option<&str>, place: &str) -> Vec<String> {
        let metadata = Metadata::of(&[("weir-wire", &[])]);
        let mut package = metadata.packages[0].clone();
        package.description = description.map(str::to_owned);
        check_one(&package, place, text).unwrap().into_iter().map(|p| p.what).collect()
    }

    #[test]
    fn accepts_a_manifest_that_has_everything() {
        let found = check_text("[lints]\nworkspace = true", Some("Bytes in."), "crates/weir-wire/Cargo.toml");
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn finds_what_is_missing() {
        let found = check_text("[lints.rust]\nunsafe_code = \"allow\"", None, "crates/wire/Cargo.toml");
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
