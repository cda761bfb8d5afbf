//! The engine's state in a file, with the place in the journal that it belongs to.
//!
//! `WEIRDET2`, the position (file u64, offset u64), the state, and the CRC32C of all before it; little-endian. The state is
//! written as it is, never gathered in memory first. The file is written beside the old one and takes its place when it is
//! on disk.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

const MAGIC: &[u8; 8] = b"WEIRDET2";
const HEAD: usize = 24;
/// Bytes gathered before they go to the file.
const BUFFER: usize = 64 << 10;
/// A file larger than this was not written by us.
const LARGEST: u64 = 4 << 30;

/// A state and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// File and offset in the journal: everything up to here is in the state, and nothing after it.
    pub position: (u64, u64),
    /// What [`crate::Engine::save`] wrote.
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
        Some(Self { position: (number(8)?, number(16)?), state: body.get(HEAD..)?.to_vec() })
    }

    /// Writes a snapshot in the place of the one before. `state` writes what [`Snapshot::state`] will be.
    pub fn write(
        path: &Path,
        position: (u64, u64),
        state: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), SnapshotError> {
        let failed = |source| SnapshotError::Io { action: "write", path: path.display().to_string(), source };
        let beside = path.with_extension("new");
        let file = File::create(&beside).map_err(failed)?;
        let mut out = BufWriter::with_capacity(BUFFER, Summed { file, crc: 0 });
        let all = || {
            out.write_all(MAGIC)?;
            out.write_all(&position.0.to_le_bytes())?;
            out.write_all(&position.1.to_le_bytes())?;
            state(&mut out)?;
            out.flush()
        };
        all().map_err(failed)?;
        let Summed { mut file, crc } = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.write_all(&crc.to_le_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&beside, path).map_err(failed)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()).map_err(failed)
    }
}

/// A file, and the CRC32C of what went into it.
struct Summed {
    file: File,
    crc: u32,
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.crc = crc32c::crc32c_append(self.crc, &bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
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
        Snapshot::write(&path, (3, 4711), |out| out.write_all(&[1, 2, 3])).unwrap();
        let snapshot = Snapshot { position: (3, 4711), state: vec![1, 2, 3] };
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
