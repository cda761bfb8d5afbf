//! Batch in, batch out: says who and where the addresses of flows are.
//!
//! ```text
//! files ──► Enrichment: reads them, and again when they change ──► Sources ──► Enricher: adds columns to a batch
//! ```
//!
//! Everything that is slow (files, databases) happens in [`Enrichment`], at the start and then in a thread of its own.
//! An [`Enricher`] only looks up in memory, once for each distinct address of a batch.

mod cache;
mod columns;
mod config;
mod database;
mod enricher;
mod enrichment;
mod error;
mod find;
mod networks;
mod ranges;
mod sources;
mod texts;

pub use config::{AsPreference, EnrichConfig, NetworkConfig};
pub use enricher::Enricher;
pub use enrichment::{Enrichment, SourceStatus, check};
pub use error::EnrichError;

#[cfg(test)]
mod tests;
