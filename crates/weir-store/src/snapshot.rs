//! What a query works on: the rows as they were at one moment.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use arrow_array::RecordBatch;
use weir_schema::Field;

use crate::StoreError;
use crate::hot::Hot;
use crate::prune::{Condition, Prune};
use crate::read::Files;
use crate::rollup::{Rollup, RollupFile, RollupKind};
use crate::segment::{Segment, overlaps};
use crate::write::GROUP_ROWS;

/// All rows of a store at one moment: each exactly once, whether it was in memory or in a segment. Cheap to take and
/// to keep; a segment's file stays for a minute after retention has dropped it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) hot: Vec<Arc<Hot>>,
    pub(crate) segments: Arc<Vec<Arc<Segment>>>,
    pub(crate) rollups: Arc<Vec<Arc<RollupFile>>>,
    pub(crate) files: Arc<Files>,
}

impl Snapshot {
    /// The parts that may have rows with a `time` in the range: oldest segment first, rows in memory last. No file is
    /// opened for it.
    pub fn parts(&self, range_ns: Range<i64>) -> Vec<Part> {
        self.parts_matching(range_ns, &Prune::Nothing).parts
    }

    /// Of these only those that may have rows that meet a condition, by what the list says of them. Filters of
    /// addresses that are not in memory are asked later, by [`Part::may_match`].
    pub fn parts_matching(&self, range_ns: Range<i64>, condition: &Prune) -> Parts {
        let mut parts = Vec::new();
        let mut rows = 0;
        let segments: Vec<_> =
            self.segments.iter().filter(|segment| overlaps(&segment.time_bounds(), &range_ns)).collect();
        let condition = Arc::new(Condition::from(condition));
        let asked = condition.asks_for_hosts();
        let mut filters = Vec::new();
        if asked {
            filters = self.files.filters.get_all(segments.iter().map(|segment| segment.id));
        }
        for (place, segment) in segments.into_iter().enumerate() {
            let known = filters.get(place).and_then(Option::as_ref);
            for (group, found) in segment.row_groups.iter().enumerate() {
                if !overlaps(&found.time_bounds(), &range_ns) {
                    continue;
                }
                rows += found.rows;
                let may_match = condition.holds(&found.bounds, known.and_then(|filters| filters.get(group)));
                if may_match {
                    let unasked = (asked && known.is_none() && segment.filters.is_some())
                        .then(|| Arc::clone(&condition));
                    let (segment, files) = (Arc::clone(segment), Arc::clone(&self.files));
                    parts.push(Part(Source::RowGroup { segment, group, files, unasked }));
                }
            }
        }
        for hot in self.hot.iter().filter(|hot| overlaps(&hot.bounds, &range_ns)) {
            for from in (0..hot.batch.num_rows()).step_by(GROUP_ROWS) {
                let rows = GROUP_ROWS.min(hot.batch.num_rows() - from);
                parts.push(Part(Source::Hot { hot: Arc::clone(hot), from, rows }));
            }
            rows += hot.batch.num_rows() as u64;
        }
        Parts { parts, rows }
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

    /// The sums of one kind, oldest first. Each has the rows of one segment, which is in [`Snapshot::segments`] or was
    /// dropped for its age; the rows of segments without sums are in no other.
    pub fn rollups(&self, kind: RollupKind) -> Vec<Rollup> {
        let wanted = self.rollups.iter().filter(|file| file.kind == kind);
        wanted.map(|file| Rollup { file: Arc::clone(file), files: Arc::clone(&self.files) }).collect()
    }

    /// The segments, oldest first.
    pub fn segments(&self) -> &[Arc<Segment>] {
        &self.segments
    }
}

/// Parts of a snapshot.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Those that may have wanted rows.
    pub parts: Vec<Part>,
    /// Rows in all parts that the range touches.
    pub rows: u64,
}

/// Rows that are read at once: a batch in memory, of which a large one makes several, or a row group of a segment.
#[derive(Debug, Clone)]
pub struct Part(Source);

#[derive(Debug, Clone)]
enum Source {
    Hot {
        hot: Arc<Hot>,
        from: usize,
        rows: usize,
    },
    RowGroup {
        segment: Arc<Segment>,
        group: usize,
        files: Arc<Files>,
        /// The condition that the filters of addresses are still to be asked about.
        unasked: Option<Arc<Condition>>,
    },
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

    /// Whether it may have rows that meet the condition that it was asked for with. The answer may need a look into the
    /// file, which costs a hundredth of reading a column.
    pub fn may_match(&self) -> bool {
        let Source::RowGroup { segment, group, files, unasked: Some(condition) } = &self.0 else {
            return true;
        };
        let filters = files.filters(segment);
        let own = filters.as_ref().and_then(|filters| filters.get(*group));
        condition.holds(&segment.row_groups[*group].bounds, own)
    }

    /// Whether it is in memory.
    pub fn is_hot(&self) -> bool {
        matches!(self.0, Source::Hot { .. })
    }

    /// The fields that it has.
    pub fn fields(&self) -> Result<Vec<Field>, StoreError> {
        match &self.0 {
            Source::RowGroup { segment, files, .. } => files.fields(segment),
            Source::Hot { hot, .. } => {
                let names = hot.batch.schema_ref().fields().iter();
                Ok(names.filter_map(|column| Field::from_name(column.name())).collect())
            }
        }
    }

    /// The columns of these fields, in field order; those that the part does not have are left out. Derived fields
    /// have no column. [`StoreError::Gone`] means that retention was faster: take a new snapshot.
    pub fn read(&self, fields: &[Field]) -> Result<RecordBatch, StoreError> {
        match &self.0 {
            Source::RowGroup { segment, group, files, .. } => files.read(segment, *group, fields),
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
