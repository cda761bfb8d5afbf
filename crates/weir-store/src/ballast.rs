//! `DIR/ballast`: room that is held back, so that a full disk can be made less full. To drop a segment the manifest
//! must be written first, and that takes space.

use std::fs::{self, OpenOptions};
use std::path::Path;

use nix::fcntl::{FallocateFlags, fallocate};
use tracing::{debug, warn};

use crate::StoreError;

const NAME: &str = "ballast";
/// More than a commit of the manifest and a new list of segments take.
pub(crate) const SIZE: u64 = 16 << 20;

/// Takes the room, if it is not taken yet.
pub(crate) fn hold(dir: &Path) {
    let path = dir.join(NAME);
    if fs::metadata(&path).is_ok_and(|found| found.len() == SIZE) {
        return;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path);
    let held = file.and_then(|file| Ok(fallocate(file, FallocateFlags::empty(), 0, SIZE as i64)?));
    if let Err(error) = held {
        debug!(%error, "cannot hold back disk space");
        let _ = fs::remove_file(&path);
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
