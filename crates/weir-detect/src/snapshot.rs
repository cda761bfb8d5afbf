//! The engine's state in a file, with the place in the journal that it belongs to.
//!
//! `WEIRDET1`, the position (file u64, offset u64), the length of the state u64, the state, and the CRC32C of all before it;
//! little-endian. The file is written beside the old one and takes its place when it is on disk.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

const MAGIC: &[u8; 8] = b"WEIRDET1";
const HEAD: usize = 32;
/// A file larger than this was not written by us.
const LARGEST: u64 = 4 << 30;

/// A state and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// File and offset in the journal: everything up to here is in the state, and nothing after it.
    pub position: (u64, u64),
    /// What [`crate::Engine::save`] gave.
    pub state: Vec<u8>,
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file was changed, or is of another version.
    #[error("{path} is damaged, or of another version of Weir; detection starts afresh")]
    Damaged {
        /// The file.
        path: String,
    },
}

impl Snapshot {
    /// Reads a snapshot; `None` if there is no file.
    pub fn read(path: &Path) -> Result<Option<Self>, SnapshotError> {
        let failed = |source| SnapshotError::Io { action: "read", path: path.display().to_string(), source };
        let bytes = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed(source)),
            Ok(found) if found.len() > LARGEST => Vec::new(),
            Ok(_) => fs::read(path).map_err(failed)?,
        };
        let damaged = || SnapshotError::Damaged { path: path.display().to_string() };
        Self::decode(&bytes).ok_or_else(damaged).map(Some)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, crc) = bytes.split_last_chunk::<4>()?;
        if !body.starts_with(MAGIC) || crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
            return None;
        }
        let number = |at: usize| Some(u64::from_le_bytes(*body.get(at..)?.first_chunk()?));
        let state = body.get(HEAD..)?.to_vec();
        (number(24)? == state.len() as u64).then_some(Self { position: (number(8)?, number(16)?), state })
    }

    /// Writes a snapshot in the place of the one before.
    pub fn write(&self, path: &Path) -> Result<(), SnapshotError> {
        let failed = |source| SnapshotError::Io { action: "write", path: path.display().to_string(), source };
        let mut bytes = Vec::with_capacity(HEAD + self.state.len() + 4);
        bytes.extend_from_slice(MAGIC);
        for number in [self.position.0, self.position.1, self.state.len() as u64] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.state);
        let crc = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        let beside = path.with_extension("new");
        let mut file = File::create(&beside).map_err(failed)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&beside, path).map_err(failed)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_comes_back_and_a_changed_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("detect.state");
        assert!(Snapshot::read(&path).unwrap().is_none());
        let snapshot = Snapshot { position: (3, 4711), state: vec![1, 2, 3] };
        snapshot.write(&path).unwrap();
        assert_eq!(Snapshot::read(&path).unwrap(), Some(snapshot));
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(matches!(Snapshot::read(&path), Err(SnapshotError::Damaged { .. })), "byte {at}");
            fs::write(&path, &bytes[..at]).unwrap();
            assert!(matches!(Snapshot::read(&path), Err(SnapshotError::Damaged { .. })), "length {at}");
        }
    }
}
