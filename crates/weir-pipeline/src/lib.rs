//! Connects the stages: listen → enrich → journal → hot batches and segments. Bounded queues, loss accounting, ordered shutdown.
//!
//! Threads: the receive workers (weir-ingest), one that enriches and writes the journal, one that makes segments and
//! enforces retention, one that puts old segments together, one that watches: a reader of the journal. Queues: workers → journal, [`QUEUE_BATCHES`] batches; when it
//! is full the workers `wait`. Rows in memory: as many
//! bytes as the store may have; when they are used up the journal's stage `waits`, and the disk's want of room is waited
//! for in the same way.

mod compact_stage;
mod config;
mod detect_stage;
mod error;
mod journal_stage;
mod load;
mod running;
mod signals;
mod store_stage;
mod tables;
#[cfg(test)]
mod tests;

pub use config::{DataConfig, PipelineConfig};
pub use detect_stage::{DetectStatus, Sink, Watch};
pub use error::PipelineError;
pub use load::{LoadSummary, load};
pub use running::{Deps, Pipeline};
pub use weir_enrich::SourceStatus;
pub use weir_ingest::listen::ListenerStatus;
pub use weir_ingest::{ExporterStatus, TemplateList};

/// Batches that wait for the journal. At the default batch size this is about a second at 500 000 records/s.
pub const QUEUE_BATCHES: usize = 16;
