//! What can go wrong with alerts.

use std::path::PathBuf;

/// Why something about alerts could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// SQLite refused.
    #[error("cannot {action} {path}")]
    Database {
        /// What was to be done: `open`, `read`, `change`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// SQLite's reason.
        source: rusqlite::Error,
    },
    /// A later Weir wrote the file.
    #[error("{path} has format {found}; this Weir knows up to {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest one known here.
        known: u32,
    },
    /// Text that should be an address or a network is none.
    #[error("`{text}` is neither an address nor a network")]
    NotAnAddress {
        /// The text.
        text: String,
    },
}

impl AlertError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            AlertError::Database { .. } => None,
            AlertError::Newer { .. } => Some("start the Weir that wrote it, or a later one"),
            AlertError::NotAnAddress { .. } => Some("write `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32`"),
        }
    }
}
