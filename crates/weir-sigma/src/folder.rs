//! Rules and tests in a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::Document;

/// Most files of a folder that are read.
const MAX_FILES: usize = 20_000;
/// Most bytes of one file.
const MAX_BYTES: u64 = 8 << 20;
/// Deepest folder below the one that is named.
const MAX_DEPTH: usize = 16;

/// A folder, or a file, that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub struct FolderError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// The files below a folder whose names end in one of `endings`, in the order of their paths; of a file, itself. Links to
/// folders are not followed, names that begin with a dot are left out.
pub fn read_files(path: &Path, endings: &[&str]) -> Result<Vec<Document>, FolderError> {
    let mut files = Vec::new();
    collect(path, endings, 0, &mut files)?;
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let fail = |source| FolderError { path: path.clone(), source };
            if fs::metadata(&path).map_err(fail)?.len() > MAX_BYTES {
                return Err(fail(io::Error::other(format!("it has more than {MAX_BYTES} bytes"))));
            }
            let bytes = fs::read(&path).map_err(fail)?;
            let text = String::from_utf8(bytes).map_err(|_| fail(io::Error::other("it is not UTF-8")))?;
            Ok(Document { file: path.display().to_string(), text })
        })
        .collect()
}

/// What tells that the files below a folder were changed: their paths, lengths and times of change, in the order of their
/// paths. A folder that is not there has none.
pub fn stamp_files(
    path: &Path,
    endings: &[&str],
) -> Result<Vec<(PathBuf, u64, Option<SystemTime>)>, FolderError> {
    let mut files = Vec::new();
    if path.exists() {
        collect(path, endings, 0, &mut files)?;
    }
    files.sort();
    files
        .into_iter()
        .map(|path| match fs::metadata(&path) {
            Ok(found) => Ok((path, found.len(), found.modified().ok())),
            Err(source) => Err(FolderError { path, source }),
        })
        .collect()
}

fn collect(path: &Path, endings: &[&str], depth: usize, files: &mut Vec<PathBuf>) -> Result<(), FolderError> {
    let fail = |source| FolderError { path: path.to_owned(), source };
    if depth == 0 && fs::metadata(path).map_err(fail)?.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    if depth > MAX_DEPTH {
        return Err(fail(io::Error::other(format!("it is more than {MAX_DEPTH} folders deep"))));
    }
    for entry in fs::read_dir(path).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let kind = entry.file_type().map_err(fail)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let wanted = endings.iter().any(|ending| name.ends_with(ending));
        if kind.is_dir() {
            collect(&entry.path(), endings, depth + 1, files)?;
        } else if wanted && entry.path().is_file() {
            if files.len() >= MAX_FILES {
                return Err(fail(io::Error::other(format!("it holds more than {MAX_FILES} files"))));
            }
            files.push(entry.path());
        }
    }
    Ok(())
}
