//! Turns the journal into Parquet segments; lists, reads, and expires them.
//!
//! A [`Store`] holds the batches that are in the journal but not in a segment (hot), and seals them into segments. A
//! [`Snapshot`] has each row exactly once, whatever happens meanwhile; other processes take theirs from a
//! [`ReadStore`]. Files of a data directory: `lock`, `manifest.sqlite` (segments and journal cursor, one transaction
//! for both), `manifest.current` and `manifest.base.N` (the same for other processes), `ballast` (space held back),
//! `segments/*.parquet`, `rollups/*.parquet` and `rollups.current` (sums of each minute, and their list).
//!
//! Segments are made in the order in which rows come; later they are put together into larger ones, sorted by address.
//!
//! Each table has a store of its own: [`table_dir`] says where. They share the disk, so [`enforce_retention`] looks at
//! all of them together.

mod ballast;
mod bounds;
mod chunk;
mod compact;
mod config;
mod encode;
mod error;
mod export;
mod filters;
mod fuse;
mod hot;
mod lock;
mod manifest;
mod merge;
mod prune;
mod published;
mod read;
mod read_store;
mod replace;
mod retention;
mod rollup;
mod segment;
mod snapshot;
mod startup;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod times;
mod verify;
mod write;

pub use config::StoreConfig;
pub use error::StoreError;
pub use export::{Exported, Select};
pub use hot::time_bounds;
pub use prune::Prune;
pub use read_store::ReadStore;
pub use retention::{Disk, Retained, enforce_retention};
pub use rollup::{Rollup, RollupFile, RollupKind};
pub use segment::{Order, RowGroup, Segment};
pub use snapshot::{Part, Parts, Snapshot};
pub use store::{Store, StoreStats};
pub use table::table_dir;
