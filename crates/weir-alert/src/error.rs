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
    /// A suppression without a condition.
    #[error("a suppression needs a condition: this one would hide every alert")]
    HidesEverything,
    /// The filter of a suppression cannot be read.
    #[error("the filter `{text}` is not understood: {reason}")]
    Filter {
        /// The filter.
        text: String,
        /// The first thing that is wrong with it.
        reason: String,
    },
    /// There are as many suppressions as there may be.
    #[error("{most} suppressions are in force, which is as many as there may be")]
    TooManySuppressions {
        /// How many there may be.
        most: usize,
    },
}

impl AlertError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            AlertError::Database { .. } => None,
            AlertError::Newer { .. } => Some("start the Weir that wrote it, or a later one"),
            AlertError::HidesEverything => Some("name a rule, an entity, a network or a filter"),
            AlertError::Filter { .. } => Some("it may ask for the fields that the alert is about"),
            AlertError::TooManySuppressions { .. } => Some("end some that are no longer needed"),
            AlertError::NotAnAddress { .. } => Some("write `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32`"),
        }
    }
}
