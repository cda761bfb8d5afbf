//! Where databases lie when the configuration names none.

use std::fs;
use std::path::{Path, PathBuf};

/// The package's place.
const SHARED: &str = "/usr/share/weir/geo";

/// The databases to read: those named, else what lies in `geo` of the data directory, beside the program, and in the
/// package's place: the first of these that has any.
pub(crate) fn databases(named: &[PathBuf], data: &Path) -> Vec<PathBuf> {
    if !named.is_empty() {
        return named.to_vec();
    }
    let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("geo")));
    let folders = [Some(data.join("geo")), beside, Some(PathBuf::from(SHARED))];
    folders
        .into_iter()
        .flatten()
        .map(|folder| within(&folder))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// The databases in a folder, by name.
fn within(folder: &Path) -> Vec<PathBuf> {
    let is_database = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("mmdb" | "csv")) && path.is_file()
    };
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_database).collect();
    found.sort();
    found
}
