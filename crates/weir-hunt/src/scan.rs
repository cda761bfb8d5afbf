//! Reads the parts of a source on a few threads, and hands them on in the order of their beginnings.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array as _, BooleanArray, RecordBatch};
use arrow_buffer::BooleanBuffer;
use arrow_select::filter::filter_record_batch;
use weir_filter::Filter;
use weir_query::{Cancel, Part, QueryError};
use weir_schema::Field;

/// Threads that read at most.
const THREADS: usize = 4;
/// Parts that may wait for those before them.
const AHEAD: usize = 6;

/// Which rows of each part are wanted, and which of their columns.
pub(crate) struct Wanted<'a> {
    pub(crate) fields: &'a [Field],
    pub(crate) filter: Option<&'a Filter>,
    pub(crate) range_ns: Range<i64>,
}

impl Wanted<'_> {
    /// The rows of a part.
    fn read(&self, part: &dyn Part) -> Result<Option<RecordBatch>, QueryError> {
        if !part.may_match() {
            return Ok(None);
        }
        let mut fields: BTreeSet<Field> = self.fields.iter().copied().collect();
        fields.extend(self.filter.into_iter().flat_map(Filter::fields));
        let batch = part.read(&fields.into_iter().collect::<Vec<_>>())?;
        let (first, last) = part.time_bounds();
        let mut mask = self.filter.map(|filter| filter.mask(&batch)).transpose()?;
        if first < self.range_ns.start || last >= self.range_ns.end {
            let in_time = self.in_time(&batch);
            mask = Some(mask.map_or(in_time.clone(), |mask| &mask & &in_time));
        }
        let batch = match mask {
            None => batch,
            Some(mask) if !mask.has_true() => return Ok(None),
            Some(mask) => filter_record_batch(&batch, &BooleanArray::new(mask, None))?,
        };
        Ok(Some(batch))
    }

    fn in_time(&self, batch: &RecordBatch) -> BooleanBuffer {
        let column = batch.column_by_name(Field::Time.name());
        match column.and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>()) {
            None => BooleanBuffer::new_unset(batch.num_rows()),
            Some(times) => BooleanBuffer::collect_bool(times.len(), |row| {
                times.is_valid(row) && self.range_ns.contains(&times.value(row))
            }),
        }
    }
}

/// What became of a part.
type Outcome<T> = Result<Option<T>, QueryError>;

struct Shared<T> {
    ready: Mutex<BTreeMap<usize, Outcome<T>>>,
    changed: Condvar,
    next: AtomicUsize,
    done: AtomicUsize,
    is_over: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `take` with each part's place and rows, in the order of `parts`; parts without wanted rows have none. `prepare` runs
/// on the threads that read. A damaged segment costs its rows alone: `take` is told why.
pub(crate) fn each_in_order<'a, T: Send>(
    parts: &[Box<dyn Part + 'a>],
    wanted: &Wanted<'_>,
    cancel: &Cancel,
    prepare: impl Fn(RecordBatch) -> T + Sync,
    mut take: impl FnMut(usize, Outcome<T>) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let shared = Shared {
        ready: Mutex::new(BTreeMap::new()),
        changed: Condvar::new(),
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    };
    let read = || {
        loop {
            let place = shared.next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(place) else { return };
            let outcome = cancel.check().and_then(|()| wanted.read(part.as_ref()));
            let outcome = outcome.map(|batch| batch.map(&prepare));
            let mut ready = lock(&shared.ready);
            while place > shared.done.load(Ordering::Relaxed) + AHEAD
                && !shared.is_over.load(Ordering::Relaxed)
            {
                ready = shared.changed.wait(ready).unwrap_or_else(PoisonError::into_inner);
            }
            ready.insert(place, outcome);
            shared.changed.notify_all();
            if shared.is_over.load(Ordering::Relaxed) {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..cores.min(THREADS).min(parts.len()) {
            scope.spawn(read);
        }
        // Whatever ends this, a panic too, must let the threads go.
        let _over = Over(&shared);
        for place in 0..parts.len() {
            let outcome = {
                let mut ready = lock(&shared.ready);
                let outcome = loop {
                    match ready.remove(&place) {
                        Some(outcome) => break outcome,
                        None => ready = shared.changed.wait(ready).unwrap_or_else(PoisonError::into_inner),
                    }
                };
                shared.done.store(place + 1, Ordering::Relaxed);
                shared.changed.notify_all();
                outcome
            };
            take(place, outcome)?;
        }
        Ok(())
    })
}

/// Tells the reading threads at its end that nobody waits for them.
struct Over<'a, T>(&'a Shared<T>);

impl<T> Drop for Over<'_, T> {
    fn drop(&mut self) {
        let _ready = lock(&self.0.ready);
        self.0.is_over.store(true, Ordering::Relaxed);
        self.0.next.store(usize::MAX / 2, Ordering::Relaxed);
        self.0.changed.notify_all();
    }
}
