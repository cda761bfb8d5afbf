//! A place in the journal.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The end of a frame: "everything up to here". Positions grow in the order of appending and are never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Position {
    /// Number of the file.
    pub file: u64,
    /// Bytes from the start of the file.
    pub offset: u64,
}

impl Position {
    /// Before the first frame of any journal.
    pub const START: Position = Position { file: 0, offset: 0 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.offset)
    }
}
