//! What a query works on: the rows as they were at one moment.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use arrow_array::RecordBatch;
use weir_schema::Field;

use crate::StoreError;
use crate::hot::Hot;
use crate::read::Files;
use crate::segment::{Segment, overlaps};
use crate::write::GROUP_ROWS;

/// All rows of a store at one moment: each exactly once, whether it was in memory or in a segment. Cheap to take and
/// to keep; a segment's file stays for a minute after retention has dropped it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) hot: Vec<Arc<Hot>>,
    pub(crate) segments: Arc<Vec<Arc<Segment>>>,
    pub(crate) files: Arc<Files>,
}

impl Snapshot {
    /// The parts that may have rows with a `time` in the range: oldest segment first, rows in memory last. No file is
    /// opened for it.
    pub fn parts(&self, range_ns: Range<i64>) -> Vec<Part> {
        let mut parts = Vec::new();
        for segment in self.segments.iter().filter(|segment| overlaps(&segment.time_bounds(), &range_ns)) {
            for (group, found) in segment.row_groups.iter().enumerate() {
                if overlaps(&found.time_bounds(), &range_ns) {
                    let (segment, files) = (Arc::clone(segment), Arc::clone(&self.files));
                    parts.push(Part(Source::RowGroup { segment, group, files }));
                }
            }
        }
        for hot in self.hot.iter().filter(|hot| overlaps(&hot.bounds, &range_ns)) {
            for from in (0..hot.batch.num_rows()).step_by(GROUP_ROWS) {
                let rows = GROUP_ROWS.min(hot.batch.num_rows() - from);
                parts.push(Part(Source::Hot { hot: Arc::clone(hot), from, rows }));
            }
        }
        parts
    }

    /// Rows in total.
    pub fn rows(&self) -> u64 {
        let segments: u64 = self.segments.iter().map(|segment| segment.rows).sum();
        let hot: u64 = self.hot.iter().map(|hot| hot.batch.num_rows() as u64).sum();
        segments + hot
    }

    /// Earliest and latest `time`; `None` without rows.
    pub fn time_bounds(&self) -> Option<RangeInclusive<i64>> {
        let segments = self.segments.iter().map(|segment| segment.time_bounds());
        let hot = self.hot.iter().map(|hot| hot.bounds.clone());
        segments.chain(hot).reduce(|all, one| *all.start().min(one.start())..=*all.end().max(one.end()))
    }

    /// The segments, oldest first.
    pub fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }
}

/// Rows that are read at once: a batch in memory, of which a large one makes several, or a row group of a segment.
#[derive(Debug, Clone)]
pub struct Part(Source);

#[derive(Debug, Clone)]
enum Source {
    Hot { hot: Arc<Hot>, from: usize, rows: usize },
    RowGroup { segment: Arc<Segment>, group: usize, files: Arc<Files> },
}

impl Part {
    /// Rows in it.
    pub fn rows(&self) -> usize {
        match &self.0 {
            Source::Hot { rows, .. } => *rows,
            Source::RowGroup { segment, group, .. } => segment.row_groups[*group].rows as usize,
        }
    }

    /// No `time` in it is earlier or later.
    pub fn time_bounds(&self) -> RangeInclusive<i64> {
        match &self.0 {
            Source::Hot { hot, .. } => hot.bounds.clone(),
            Source::RowGroup { segment, group, .. } => segment.row_groups[*group].time_bounds(),
        }
    }

    /// Whether it is in memory.
    pub fn is_hot(&self) -> bool {
        matches!(self.0, Source::Hot { .. })
    }

    /// The columns of these fields, in field order; those that the part does not have are left out. Derived fields
    /// have no column. [`StoreError::Gone`] means that retention was faster: take a new snapshot.
    pub fn read(&self, fields: &[Field]) -> Result<RecordBatch, StoreError> {
        match &self.0 {
            Source::RowGroup { segment, group, files } => files.read(segment, *group, fields),
            Source::Hot { hot, from, rows } => {
                let schema = hot.batch.schema_ref();
                let mut places: Vec<usize> =
                    fields.iter().filter_map(|field| schema.index_of(field.name()).ok()).collect();
                places.sort_unstable();
                places.dedup();
                Ok(hot.batch.project(&places)?.slice(*from, *rows))
            }
        }
    }
}
