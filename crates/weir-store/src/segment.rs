//! What is known of a segment without opening it.

use std::ops::{Range, RangeInclusive};

use serde::{Deserialize, Serialize};

use crate::bounds::Bounds;
use crate::filters::Place;

/// A Parquet file of rows, written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its number. Numbers are never used twice.
    pub id: u64,
    /// Its path within the data directory.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// When its newest rows were first written to a segment, by Weir's clock: age is counted from then.
    pub created_ns: i64,
    /// Earliest `time` in it.
    pub min_time: i64,
    /// Latest `time` in it.
    pub max_time: i64,
    /// How its rows are sorted.
    #[serde(default)]
    pub order: Order,
    /// The checksum (CRC-32C) of the file; segments of early versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc32c: Option<u32>,
    /// Where its filters of addresses are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) filters: Option<Place>,
    /// Its row groups, in the order of the file.
    pub row_groups: Vec<RowGroup>,
}

/// How the rows of a segment are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As they came.
    #[default]
    Time,
    /// By `dst_ip`, then `src_ip`: what the second compaction makes.
    Address,
}

/// A part of a segment that is read as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowGroup {
    /// Rows in it.
    pub rows: u64,
    /// Earliest `time` in it.
    pub min_time: i64,
    /// Latest `time` in it.
    pub max_time: i64,
    /// Smallest and largest values in it.
    #[serde(default)]
    pub(crate) bounds: Bounds,
}

impl Segment {
    /// The path of a segment by its number.
    pub(crate) fn path_of(id: u64) -> String {
        format!("{FOLDER}/{id:016}.parquet")
    }

    /// Earliest and latest `time` in it.
    pub fn time_bounds(&self) -> RangeInclusive<i64> {
        self.min_time..=self.max_time
    }
}

impl RowGroup {
    /// Earliest and latest `time` in it.
    pub fn time_bounds(&self) -> RangeInclusive<i64> {
        self.min_time..=self.max_time
    }
}

/// What follows the name of a segment while it is written.
pub(crate) const UNFINISHED: &str = ".parquet.tmp";
/// What follows it when the file was emptied before the segment could be taken off the list: see `retention`.
pub(crate) const GIVEN_UP: &str = ".given-up";

/// The number of a segment by the name of its file.
pub(crate) fn id_of(name: &str) -> Option<u64> {
    name.strip_suffix(".parquet")?.parse().ok()
}

/// The folder of the segments within the data directory.
pub(crate) const FOLDER: &str = "segments";

/// Whether rows with these times can lie in a range.
pub(crate) fn overlaps(bounds: &RangeInclusive<i64>, range: &Range<i64>) -> bool {
    *bounds.start() < range.end && *bounds.end() >= range.start
}
