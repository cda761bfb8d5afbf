//! Sockets, worker threads, exporter and template state: from a datagram to a batch.

mod accounting;
mod address;
pub mod capture;
pub mod config;
mod exporter;
mod health;
pub mod listen;
pub mod remembered;
mod scope;
pub mod session;
mod template;
mod transport;

pub use address::{ListenAddress, ListenAddressError};
pub use exporter::{ExporterStatus, Kinds, TemplateSummary};
pub use health::LastError;
pub use session::{
    Gaps, GivenUp, Layout, Memory, Outcome, Reason, Reasons, RememberedApplication, RememberedDomain,
    RememberedFacts, RememberedNames, Session, SessionLimits, Unwatched, Watch, WatchedSet,
};
pub use transport::Transport;
