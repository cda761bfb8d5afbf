//! What can go wrong while generating.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why `weir generate` could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// `--spike` names no service.
    #[error("unknown spike `{name}`; known are: {known}")]
    UnknownSpike {
        /// As given.
        name: String,
        /// What could have been given.
        known: String,
    },
    /// `--scenario` names no scenario.
    #[error("unknown scenario `{name}`; known are: {known}")]
    UnknownScenario {
        /// As given.
        name: String,
        /// What could have been given.
        known: String,
    },
    /// A value that makes no sense together with the others, or at all.
    #[error("{option} {problem}")]
    BadOption {
        /// The option.
        option: &'static str,
        /// What about it.
        problem: String,
    },
    /// The target's name has no address.
    #[error("cannot find an address for target `{target}`")]
    Resolve {
        /// As given.
        target: String,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },
    /// A source socket could not be opened.
    #[error("cannot open source socket {number} of {count}; with many exporters raise `ulimit -n`")]
    Socket {
        /// Which one, from 1.
        number: usize,
        /// Of how many.
        count: usize,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// What is to be noticed could not be written down.
    #[error("cannot write {}", path.display())]
    Expected {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A datagram could not be sent.
    #[error("cannot send to {target}")]
    Send {
        /// The collector.
        target: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl GenerateError {
    /// Whether the command line was wrong (exit code 2) rather than the world (1).
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            GenerateError::UnknownSpike { .. }
                | GenerateError::UnknownScenario { .. }
                | GenerateError::BadOption { .. }
        )
    }
}
