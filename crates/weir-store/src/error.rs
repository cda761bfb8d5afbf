//! What can go wrong with the store.

use std::io;
use std::path::{Path, PathBuf};

use weir_journal::JournalError;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused something.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried: `create`, `write`, …
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The data directory cannot be made or written to.
    #[error("cannot use data directory `{}`", path.display())]
    Directory {
        /// The data directory.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another process holds the data directory.
    #[error("data directory `{}` is in use by {}", path.display(), holder(*process))]
    InUse {
        /// The data directory.
        path: PathBuf,
        /// The other process, if it left its number.
        process: Option<u32>,
    },
    /// There is nothing to read.
    #[error("`{}` is not a data directory of Weir", path.display())]
    NoData {
        /// The directory that was named.
        path: PathBuf,
    },
    /// A file was written by a later Weir.
    #[error("`{}` has format {found}; this Weir reads up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The latest known format.
        known: u32,
    },
    /// The list of segments cannot be read or changed.
    #[error("cannot {action} the manifest `{}`", path.display())]
    Manifest {
        /// What was tried.
        action: &'static str,
        /// The manifest.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
    /// The list of segments is gone, or is an old copy, and the segments are there.
    #[error("the manifest `{}` is {state}, and there are segments that it should list", path.display())]
    ManifestLost {
        /// The manifest.
        path: PathBuf,
        /// What it is.
        state: &'static str,
    },
    /// Most segments are not where they were: a disk that is not mounted, more likely than anything else.
    #[error("{missing} of {total} segments are missing in `{}`", folder.display())]
    SegmentsMissing {
        /// Where they should be.
        folder: PathBuf,
        /// How many are not there.
        missing: usize,
        /// How many there should be.
        total: usize,
    },
    /// The published list of segments is not what a Weir writes.
    #[error("`{}` cannot be understood", path.display())]
    Published {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// A segment cannot be read or written.
    #[error("cannot {action} segment `{}`", path.display())]
    Segment {
        /// What was tried.
        action: &'static str,
        /// The segment.
        path: PathBuf,
        /// Why not.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// A segment was removed by retention since the snapshot was taken. Take a new snapshot and ask again, once.
    #[error("segment `{}` was removed while it was to be read", path.display())]
    Gone {
        /// The segment.
        path: PathBuf,
    },
    /// The store was changing faster than it could be read.
    #[error("data directory `{}` keeps changing while it is read", path.display())]
    Busy {
        /// The data directory.
        path: PathBuf,
    },
    /// Columns that do not fit together.
    #[error("cannot put columns together")]
    Columns(#[from] arrow_schema::ArrowError),
    /// The journal beside the segments.
    #[error("cannot read the journal")]
    Journal(#[from] JournalError),
    /// The rows to copy could not be selected.
    #[error("cannot tell which rows to copy")]
    Select(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A compaction was told to stop.
    #[error("the compaction was told to stop")]
    Interrupted,
    /// A compaction would change what the store holds. The segments stay as they are.
    #[error("`{}` has {rows} rows, and what it was made of {wanted}", path.display())]
    RowsDiffer {
        /// The new segment.
        path: PathBuf,
        /// Its rows.
        rows: u64,
        /// Those of the segments that it should replace.
        wanted: u64,
    },
    /// A test stopped the work here, as `kill -9` would.
    #[cfg(test)]
    #[error("stopped by a test")]
    Stopped,
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    /// Whether there was no space left.
    pub(crate) fn is_disk_full(&self) -> bool {
        match self {
            Self::Io { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            Self::Manifest { source, .. } => matches!(
                source.sqlite_error_code(),
                // What SQLite says where it cannot grow its write-ahead log is one or the other.
                Some(rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::SystemIoFailure)
            ),
            _ => false,
        }
    }

    /// What the user can do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Directory { .. } => Some(
                "name a directory that this user may write to with `--data DIR`, or change its owner".into(),
            ),
            Self::InUse { .. } => Some(
                "stop that process, ask it with `--url` instead, or name another directory with `--data DIR`"
                    .into(),
            ),
            Self::NoData { .. } => Some("name the directory that `weir serve --data DIR` writes to".into()),
            Self::ManifestLost { .. } => Some(
                "put it back from a backup; or, to begin anew, move `segments`, `manifest.current` and \
                 `manifest.sqlite` out of the data directory"
                    .into(),
            ),
            Self::SegmentsMissing { .. } => Some(
                "mount the disk that they are on, or put them back; or, to begin anew without them, move \
                 `segments`, `manifest.current` and `manifest.sqlite` out of the data directory"
                    .into(),
            ),
            Self::Newer { .. } => Some("use the Weir that wrote it, or a later one".into()),
            Self::Gone { .. } | Self::Busy { .. } => Some("ask again".into()),
            _ => None,
        }
    }
}

fn holder(process: Option<u32>) -> String {
    process.map_or_else(|| "another process".to_owned(), |id| format!("process {id}"))
}
