//! What can be wrong with the configuration of notifications.

/// A mistake in `[notify]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// Two channels of different kinds have one name.
    #[error("there are two channels named `{name}`")]
    Twice {
        /// The name.
        name: String,
    },
    /// A channel that is named is not there.
    #[error("there is no channel named `{name}`")]
    NoChannel {
        /// The name.
        name: String,
    },
    /// A route names no channel.
    #[error("a route names no channel")]
    NowhereTo,
    /// Something about a channel cannot be used.
    #[error("channel `{name}`: {problem}")]
    Channel {
        /// The channel.
        name: String,
        /// What is wrong, and what to do.
        problem: String,
    },
}
