//! Why the pipeline cannot start.

use weir_ingest::capture::CaptureError;
use weir_ingest::listen::ListenError;
use weir_journal::JournalError;
use weir_store::StoreError;

/// The stage that refused.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The data directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal within it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A port.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// A thread.
    #[error("cannot start the {name} thread")]
    Thread {
        /// What it was to do.
        name: &'static str,
        /// What the kernel said.
        #[source]
        source: std::io::Error,
    },
    /// A capture file.
    #[error(transparent)]
    Capture(#[from] CaptureError),
}

impl PipelineError {
    /// What to do about it, where there is something.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Listen(error) => Some(error.help()),
            Self::Store(error) => error.help(),
            _ => None,
        }
    }
}
