//! What can go wrong with the journal.

use std::io;
use std::path::{Path, PathBuf};

use arrow_schema::DataType;

/// A failure of the journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system refused something.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried: `create`, `write`, `sync`, …
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file was written by a later Weir.
    #[error("journal file `{}` has format {found}; this Weir reads up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The latest known format.
        known: u32,
    },
    /// A batch that the journal cannot hold; nothing was written.
    #[error("a batch cannot be written to the journal")]
    Batch(#[from] BatchError),
}

impl JournalError {
    /// Whether the batch is more than a frame holds: its halves may not be.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::Batch(BatchError::TooLarge { .. }))
    }

    /// Whether the disk is in the way, so that the same may work later.
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Io { .. })
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}

/// Why a batch cannot be put into a frame. Only a mistake in the program leads here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// A column that is not a stored field.
    #[error("column `{name}` is not in the field table")]
    UnknownColumn {
        /// The column's name.
        name: String,
    },
    /// A column whose type is not its field's.
    #[error("column `{name}` has type {found}, its field has {wanted}")]
    WrongType {
        /// The column's name.
        name: String,
        /// The column's type.
        found: DataType,
        /// The field's type.
        wanted: DataType,
    },
    /// A dictionary with a null among its values; nulls belong in the keys.
    #[error("the dictionary of column `{name}` has null values")]
    NullInDictionary {
        /// The column's name.
        name: String,
    },
    /// More rows, or more bytes, than one frame holds.
    #[error("a batch of {rows} rows and {bytes} bytes is more than a frame holds")]
    TooLarge {
        /// Rows of the batch.
        rows: usize,
        /// Bytes of its encoding, before compression.
        bytes: usize,
    },
}
