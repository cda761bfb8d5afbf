//! Sockets, worker threads, exporter and template state: from a datagram to a batch.

mod accounting;
mod address;
pub mod capture;
pub mod config;
mod distinct;
mod exporter;
mod health;
pub mod listen;
pub mod remembered;
mod scope;
pub mod session;
mod template;
mod template_status;
mod transport;

pub use address::{ListenAddress, ListenAddressError};
pub use exporter::{ExporterStatus, Kinds};
pub use health::LastError;
pub use session::{
    Gaps, GivenUp, Layout, Memory, Newcomers, Outcome, Reason, Reasons, RememberedApplication,
    RememberedDomain, RememberedFacts, RememberedNames, Session, SessionLimits, Unwatched, Watch, WatchedSet,
};
pub use template_status::{TemplateField, TemplateList, TemplateStatus};
pub use transport::Transport;
