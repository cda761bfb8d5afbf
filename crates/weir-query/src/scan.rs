//! Going over the parts of a source: which rows count, and sharing the work among threads.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{TimestampNanosecondType, UInt32Type};
use arrow_array::{Array as _, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_buffer::BooleanBuffer;
use arrow_select::filter::filter_record_batch;
use weir_filter::Filter;
use weir_filter::column::{Cells, resolve};
use weir_schema::Field;

use crate::{Cancel, Part, QueryError};

/// Most threads for one query.
const MAX_THREADS: usize = 4;
/// Below this many rows another thread costs more than it brings.
const ROWS_PER_THREAD: usize = 100_000;

/// What came of going over parts.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    /// Rows of the parts that were read.
    pub(crate) rows: u64,
    /// Rows of parts in segments that are damaged, by the segment.
    pub(crate) damaged: Damaged,
}

/// Segments that could not be read, and how many rows of theirs are not in the answer.
#[derive(Debug, Default)]
pub(crate) struct Damaged(BTreeMap<String, u64>);

impl Damaged {
    /// Takes note of a segment, if that is what the error is about.
    pub(crate) fn note(&mut self, error: QueryError, part: &dyn Part) -> Result<(), QueryError> {
        let Some(path) = error.damaged() else { return Err(error) };
        *self.0.entry(path).or_default() += part.rows() as u64;
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a reader of the answer must know.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let warning = |(path, rows): (&String, &u64)| {
            format!(
                "segment `{path}` is damaged: {rows} rows are not in this answer; `weir store verify` says more"
            )
        };
        self.0.iter().map(warning).collect()
    }
}

/// Calls `work` with each part that may match and its place, on a few threads. The first error stops all, but for
/// damaged segments: the others can still answer.
pub(crate) fn each_part<'a>(
    parts: &[Box<dyn Part + 'a>],
    cancel: &Cancel,
    work: impl Fn(usize, &dyn Part) -> Result<(), QueryError> + Sync,
) -> Result<Passed, QueryError> {
    let rows: usize = parts.iter().map(|part| part.rows()).sum();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(MAX_THREADS).min(parts.len()).min(rows / ROWS_PER_THREAD + 1);
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<QueryError>> = Mutex::new(None);
    let damaged = Mutex::new(Damaged::default());
    let scanned = AtomicU64::new(0);
    let worker = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(place) else { return };
            let part = part.as_ref();
            let worked = cancel.check().and_then(|()| {
                if !part.may_match() {
                    return Ok(());
                }
                scanned.fetch_add(part.rows() as u64, Ordering::Relaxed);
                work(place, part)
            });
            if let Err(error) = worked.or_else(|error| lock(&damaged).note(error, part)) {
                next.store(parts.len(), Ordering::Relaxed);
                lock(&failure).get_or_insert(error);
                return;
            }
        }
    };
    if threads <= 1 {
        worker();
    } else {
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(worker);
            }
            worker();
        });
    }
    let failure = lock(&failure).take();
    let damaged = damaged.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failure.map_or(Ok(Passed { rows: scanned.into_inner(), damaged }), Err)
}

/// A lock that a panicking thread has left is still good: the panic itself is passed on by the thread scope.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Which rows of a part count.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    pub(crate) from_ns: i64,
    pub(crate) to_ns: i64,
    pub(crate) filter: Option<&'a Filter>,
}

impl Selection<'_> {
    /// Whether every row of the part has a time in the range.
    pub(crate) fn covers(&self, part: &dyn Part) -> bool {
        let (first, last) = part.time_bounds();
        self.from_ns <= first && last < self.to_ns
    }

    /// Reads `kept` and what the selection itself needs; gives the rows that count, or nothing when all do.
    pub(crate) fn read(
        &self,
        part: &dyn Part,
        kept: &[Field],
    ) -> Result<(RecordBatch, Option<BooleanBuffer>), QueryError> {
        let covered = self.covers(part);
        let mut fields = kept.to_vec();
        fields.extend(self.filter.into_iter().flat_map(Filter::fields));
        fields.extend((!covered).then_some(Field::Time));
        fields.sort_unstable();
        fields.dedup();
        let batch = with_rows(part.read(&fields)?, part.rows())?;
        let in_time = if covered { None } else { Some(self.in_time(&batch)?) };
        let passing = self.filter.map(|filter| filter.mask(&batch)).transpose()?;
        let mask = match (in_time, passing) {
            (Some(in_time), Some(passing)) => Some(&in_time & &passing),
            (in_time, passing) => in_time.or(passing),
        };
        Ok((batch, mask.filter(BooleanBuffer::has_false)))
    }

    fn in_time(&self, batch: &RecordBatch) -> Result<BooleanBuffer, QueryError> {
        let Some(column) = resolve(batch, Field::Time) else {
            return Ok(BooleanBuffer::new_unset(batch.num_rows()));
        };
        Cells::new(Field::Time, &column)?;
        let times = column.as_primitive::<TimestampNanosecondType>().values();
        let (from, to) = (self.from_ns, self.to_ns);
        Ok(BooleanBuffer::collect_bool(times.len(), |row| (from..to).contains(&times[row])))
    }
}

/// The rows of a mask, with only the columns of `kept`.
pub(crate) fn only(
    batch: &RecordBatch,
    mask: Option<BooleanBuffer>,
    kept: &[Field],
) -> Result<RecordBatch, QueryError> {
    let places: Vec<usize> =
        kept.iter().filter_map(|field| batch.schema_ref().index_of(field.name()).ok()).collect();
    let batch = batch.project(&places)?;
    let Some(mask) = mask else { return Ok(batch) };
    if places.is_empty() {
        return with_rows(batch, mask.count_set_bits());
    }
    Ok(filter_record_batch(&batch, &BooleanArray::new(mask, None))?)
}

/// A batch without columns forgets how many rows it has.
fn with_rows(batch: RecordBatch, rows: usize) -> Result<RecordBatch, QueryError> {
    if batch.num_columns() > 0 {
        return Ok(batch);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(batch.schema(), Vec::new(), &options)?)
}

/// Whether any row was sampled at one in two or more.
pub(crate) fn is_sampled(batch: &RecordBatch) -> Result<bool, QueryError> {
    let Some(column) = resolve(batch, Field::Sampling) else { return Ok(false) };
    Cells::new(Field::Sampling, &column)?;
    let rates = column.as_primitive::<UInt32Type>();
    Ok(match rates.nulls() {
        None => rates.values().iter().any(|rate| *rate > 1),
        Some(_) => rates.iter().flatten().any(|rate| rate > 1),
    })
}
