//! `journal/synced`: how far the frames are on disk, for readers in other processes.
//!
//! 20 bytes, written in place: file u64, offset u64, CRC32C u32. The file itself is not fsynced: it matters only to
//! readers beside a running writer, who see the same memory. After a power failure there is no writer, and then
//! every sound frame counts.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::bytes::Cursor;
use crate::{JournalError, Position};

const NAME: &str = "synced";
const LEN: usize = 20;

/// The writer's side.
pub(crate) struct Mark(File);

impl Mark {
    pub(crate) fn open(folder: &Path) -> Result<Self, JournalError> {
        let path = folder.join(NAME);
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        file.map(Self).map_err(|source| JournalError::io("open", &path, source))
    }

    pub(crate) fn publish(&self, position: Position) -> io::Result<()> {
        let mut bytes = [0; LEN];
        bytes[..8].copy_from_slice(&position.file.to_le_bytes());
        bytes[8..16].copy_from_slice(&position.offset.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..16]);
        bytes[16..].copy_from_slice(&crc.to_le_bytes());
        self.0.write_all_at(&bytes, 0)
    }
}

/// The mark as it is now; `None` if there is none that can be read.
pub(crate) fn read(folder: &Path) -> Option<Position> {
    let file = File::open(folder.join(NAME)).ok()?;
    let mut bytes = [0; LEN];
    // A read may meet a write halfway: the checksum tells, and the next read is fine.
    for _ in 0..8 {
        file.read_exact_at(&mut bytes, 0).ok()?;
        let mut cursor = Cursor(&bytes);
        let position = Position { file: cursor.u64().ok()?, offset: cursor.u64().ok()? };
        if cursor.u32() == Ok(crc32c::crc32c(&bytes[..16])) {
            return Some(position);
        }
    }
    None
}
