//! `DIR/rollups.current`: the list of roll-ups for other processes, replaced as a whole by a rename. A reader that has an
//! older list of segments than of roll-ups, or the other way round, sees by the segment's number what goes together.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::RollupFile;
use crate::StoreError;
use crate::published;

const NAME: &str = "rollups.current";

/// Puts a list in the place of the one before, durably.
pub(crate) fn publish(dir: &Path, rollups: &[Arc<RollupFile>]) -> Result<(), StoreError> {
    let path = dir.join(NAME);
    if rollups.is_empty() && !path.exists() {
        return Ok(());
    }
    let list: Vec<&RollupFile> = rollups.iter().map(AsRef::as_ref).collect();
    published::write(&path, |out| Ok(serde_json::to_writer(out, &list)?)).map(|_| ())
}

/// Reads the list. One that is not there is empty.
pub(crate) fn read_published(dir: &Path) -> Result<Vec<RollupFile>, StoreError> {
    let path = dir.join(NAME);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|source| StoreError::Published { path, source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(StoreError::io("read", &path, source)),
    }
}
