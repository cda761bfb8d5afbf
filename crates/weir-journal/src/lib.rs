//! The append-only log of batches: frames, fsync, readers with cursors, retirement.
//!
//! The journal is the only durable write on the hot path; whoever works on its batches is a reader with a
//! [`Position`] of its own. `DIR/journal` holds files `NNNNNNNNNNNNNNNN.wj` of self-contained frames (see `frame`
//! and `file` for the bytes) and `synced`, which tells other processes how far the frames are on disk.
//!
//! ```
//! # use weir_journal::{Journal, JournalConfig, Position};
//! # let dir = tempfile::tempdir()?;
//! let mut journal = Journal::open(dir.path(), JournalConfig::default(), Position::START)?;
//! // journal.append(&batch)?; and about once a second:
//! journal.sync()?;
//! for entry in journal.reader(Position::START)? {
//!     let (position, batch) = entry?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod columns;
mod config;
mod dictionaries;
mod error;
mod file;
mod frame;
mod journal;
mod numbers;
mod position;
mod reader;
mod synced;
#[cfg(test)]
mod tests;

pub use config::JournalConfig;
pub use error::{BatchError, JournalError};
pub use journal::{Cut, Damage, Journal};
pub use position::Position;
pub use reader::{JournalReader, Skipped, Visibility};

/// The folder of the journal within the data directory.
pub const FOLDER: &str = "journal";
