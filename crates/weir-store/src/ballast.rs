//! `DIR/ballast`: room that is held back, so that a full disk can be made less full. To drop a segment the manifest
//! must be written first, and that takes space.

use std::fs::{self, OpenOptions};
use std::path::Path;

use nix::fcntl::{FallocateFlags, fallocate};
use tracing::{debug, warn};

use crate::StoreError;

const NAME: &str = "ballast";
/// More than a commit of the manifest and a list of a few thousand segments take.
pub(crate) const SIZE: u64 = 16 << 20;

/// The room to hold for a published list of this size: a new one beside it, and as much for the manifest's commit.
pub(crate) fn size_for(list_bytes: u64) -> u64 {
    SIZE.max(4 * list_bytes)
}

/// Takes the room, if it is not taken yet.
pub(crate) fn hold(dir: &Path, size: u64) {
    let path = dir.join(NAME);
    let before = fs::metadata(&path).map_or(0, |found| found.len());
    if before >= size {
        return;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let held = file.and_then(|file| {
        let held = fallocate(&file, FallocateFlags::empty(), 0, size as i64);
        // What was held before stays.
        held.map_err(|error| file.set_len(before).err().unwrap_or_else(|| error.into()))
    });
    if let Err(error) = held {
        debug!(%error, "cannot hold back disk space");
        if before == 0 {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Does something that needs disk space; where there is none, gives back what was held and tries once more.
pub(crate) fn with_room<T>(
    dir: &Path,
    mut work: impl FnMut() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    match work() {
        Err(error) if error.is_disk_full() && fs::remove_file(dir.join(NAME)).is_ok() => {
            warn!(%error, "the disk is full, using the space that was held back");
            work()
        }
        result => result,
    }
}
