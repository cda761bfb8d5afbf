//! What can be set about the journal.

use serde::{Deserialize, Serialize};
use weir_config::{ByteSize, Interval};

/// The journal: the durable log that every record goes to first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalConfig {
    /// How long a record may wait for its fsync. A power failure loses at most this much; `kill -9` loses nothing
    /// that was written.
    pub sync_interval: Interval,
    /// A file that has reached this size is followed by a new one. Files are removed whole.
    pub file_size: ByteSize,
    /// When the files of a table are as large as this together, everything that waits is written to segments before more
    /// is appended, so that files can be removed. It bounds what a restart has to read. At least twice `file_size`.
    pub max_size: ByteSize,
    /// Frames are kept in memory until they are on disk, so that they can be written again when an fsync fails. At
    /// this many bytes the next append waits for an fsync first.
    pub unsynced_size: ByteSize,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self {
            sync_interval: Interval(std::time::Duration::from_secs(1)),
            file_size: ByteSize(64 << 20),
            max_size: ByteSize(1 << 30),
            unsynced_size: ByteSize(32 << 20),
        }
    }
}
