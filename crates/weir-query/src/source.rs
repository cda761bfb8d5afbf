//! Where rows come from.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{RecordBatch, RecordBatchOptions, UInt32Array};
use arrow_schema::Schema;
use arrow_select::take::take_record_batch;
use weir_filter::Expr;
use weir_schema::Field;

/// How many columns [`Part::read_rows`] reads before it throws away the rows that are not wanted.
const COLUMNS_AT_ONCE: usize = 8;

/// What a source can fail with.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// A fixed set of rows, in parts.
pub trait Source: Send + Sync {
    /// The parts that may hold rows with `time` in the range.
    fn parts(&self, range_ns: Range<i64>) -> Vec<Box<dyn Part + '_>>;

    /// Of these the ones that may hold rows that pass a filter, as far as that is known without reading any.
    fn planned(&self, range_ns: Range<i64>, _filter: Option<&Expr>) -> Planned<'_> {
        let parts = self.parts(range_ns);
        let rows = parts.iter().map(|part| part.rows() as u64).sum();
        Planned { parts, rows }
    }
}

/// The parts that a question is asked of.
pub struct Planned<'a> {
    /// Those that may hold wanted rows.
    pub parts: Vec<Box<dyn Part + 'a>>,
    /// Rows in all parts that the range touches.
    pub rows: u64,
}

/// Some rows that are read together: a hot batch, or a row group of a segment.
pub trait Part: Send + Sync {
    /// How many rows it has.
    fn rows(&self) -> usize;

    /// Smallest and largest `time` in it, or wider.
    fn time_bounds(&self) -> (i64, i64);

    /// Whether it may hold rows that pass the filter that it was planned with. The answer may cost a little I/O.
    fn may_match(&self) -> bool {
        true
    }

    /// Reads columns, those of `fields` that it has, over all its rows.
    fn read(&self, fields: &[Field]) -> Result<RecordBatch, SourceError>;

    /// Reads columns of some rows; `rows` is ascending. A few columns at a time, so that never the whole part is held.
    fn read_rows(&self, fields: &[Field], rows: &UInt32Array) -> Result<RecordBatch, SourceError> {
        let mut columns = Vec::new();
        for few in fields.chunks(COLUMNS_AT_ONCE) {
            let batch = take_record_batch(&self.read(few)?, rows)?;
            let named = batch.schema_ref().fields().iter().map(Arc::clone);
            columns.extend(named.zip(batch.columns().iter().map(Arc::clone)));
        }
        let (fields, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?)
    }
}

/// Batches in memory.
#[derive(Debug, Clone, Default)]
pub struct Batches(Vec<(RecordBatch, (i64, i64))>);

impl Batches {
    /// A source of these batches. A batch without rows or without `time` holds nothing that a range could select.
    pub fn new(batches: impl IntoIterator<Item = RecordBatch>) -> Self {
        Self(batches.into_iter().filter_map(|batch| bounds(&batch).map(|bounds| (batch, bounds))).collect())
    }
}

fn bounds(batch: &RecordBatch) -> Option<(i64, i64)> {
    let time = batch.column_by_name(Field::Time.name())?;
    let time = time.as_primitive_opt::<TimestampNanosecondType>()?;
    Some((*time.values().iter().min()?, *time.values().iter().max()?))
}

impl Source for Batches {
    fn parts(&self, range_ns: Range<i64>) -> Vec<Box<dyn Part + '_>> {
        self.0
            .iter()
            .filter(|(_, (first, last))| *first < range_ns.end && *last >= range_ns.start)
            .map(|part| Box::new(part) as Box<dyn Part>)
            .collect()
    }
}

impl Part for &(RecordBatch, (i64, i64)) {
    fn rows(&self) -> usize {
        self.0.num_rows()
    }

    fn time_bounds(&self) -> (i64, i64) {
        self.1
    }

    fn read(&self, fields: &[Field]) -> Result<RecordBatch, SourceError> {
        let batch = &self.0;
        let places: Vec<usize> =
            fields.iter().filter_map(|field| batch.schema_ref().index_of(field.name()).ok()).collect();
        Ok(batch.project(&places)?)
    }
}
