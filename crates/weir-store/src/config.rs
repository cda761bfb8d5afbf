//! What can be set about the store.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_config::{ByteSize, Interval};

/// The store: segments made from the journal, and how long they are kept. Flows and counters share the limits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// A segment is written when this many rows wait for it in memory.
    pub segment_rows: usize,
    /// A segment is written when the waiting rows take this much memory.
    pub segment_memory: ByteSize,
    /// Memory that rows may take until they are in a segment. What comes when it is used up waits: in Weir's queue, then
    /// in the kernel's receive buffers, and then the kernel drops datagrams and counts them.
    pub hot_memory: ByteSize,
    /// A segment is written when the oldest waiting row is this old.
    pub segment_age: Interval,
    /// Segments whose rows are all older than this are put together into larger ones, sorted by address. Until then,
    /// ranges of a few minutes are found quickest as they are.
    pub compact_after: Interval,
    /// How long rows are kept, counted from the writing of their segment.
    pub max_age: Interval,
    /// How long the sums of each minute are kept, which take little space.
    pub rollup_max_age: Interval,
    /// Segments beyond this size in total are removed, the oldest first. Not set: half of the file system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_size: Option<ByteSize>,
    /// Segments are removed, the oldest first, while the file system has less free space than this. Not set: 2 GiB,
    /// or a twentieth of the file system where that is less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_free: Option<ByteSize>,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            segment_rows: 512 << 10,
            segment_memory: ByteSize(64 << 20),
            hot_memory: ByteSize(192 << 20),
            segment_age: Interval(Duration::from_mins(15)),
            compact_after: Interval(Duration::from_hours(1)),
            max_age: Interval(Duration::from_hours(90 * 24)),
            rollup_max_age: Interval(Duration::from_hours(730 * 24)),
            max_size: None,
            min_free: None,
        }
    }
}
