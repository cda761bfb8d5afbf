//! Rows, newest first.
//!
//! The rows that can be on the page are found by their times alone, part by part; only those are then read in full. Rows
//! of the same time are ordered by a hash of everything in them, which stays the same wherever the store keeps them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{RecordBatch, UInt32Array};
use weir_filter::Filter;
use weir_filter::column::{Cells, resolve};
use weir_filter::value::{Value, cell};
use weir_schema::Field;

use crate::bucket::incomplete_from;
use crate::newest::Newest;
use crate::plan::check_range;
use crate::row_hash::row_hashes;
use crate::scan::{Damaged, Selection, each_part, lock};
use crate::{Cancel, Cursor, FlowsAnswer, FlowsQuery, Meta, Part, QueryError, Source};

/// Lists the rows of a source.
pub fn flows(source: &dyn Source, query: &FlowsQuery, cancel: &Cancel) -> Result<FlowsAnswer, QueryError> {
    let started = Instant::now();
    check_range(query.from_ns, query.to_ns)?;
    let most = FlowsQuery::MAX_LIMIT;
    if query.limit > most {
        return Err(QueryError::TooMany { what: "rows on a page", given: query.limit, most });
    }
    let planned = source.planned(query.from_ns..query.to_ns, query.filter.as_ref());
    let mut parts = planned.parts;
    // Newest first, so that old parts soon have nothing to offer.
    parts.sort_by_key(|part| std::cmp::Reverse(part.time_bounds().1));
    let found = candidates(&parts, query, cancel)?;
    let mut damaged = found.damaged;
    let mut page = page(&parts, &found.rows, query, cancel, &mut damaged)?;
    let more = page.len() > query.limit;
    page.truncate(query.limit);
    let next = page.last().filter(|_| more).map(|last| cursor_after(last, &page, query.cursor));
    let sampled =
        page.iter().any(|row| matches!(row.values[Field::Sampling.index()], Value::Number(rate) if rate > 1));
    let columns = if query.columns.is_empty() { present(&page) } else { query.columns.clone() };
    let rows = page.iter().map(|row| columns.iter().map(|field| row.values[field.index()].clone()).collect());
    Ok(FlowsAnswer {
        rows: rows.collect(),
        columns,
        next,
        matched: found.matched,
        meta: Meta {
            exact: damaged.is_empty(),
            sampled,
            rows_scanned: found.scanned,
            rows_total: planned.rows,
            rows_matched: found.matched,
            incomplete_from: incomplete_from(query.to_ns, query.now_ns, None),
            truncated: more,
            warnings: damaged.warnings(),
            elapsed_ms: started.elapsed().as_secs_f64() * 1000.0,
            ..Meta::default()
        },
    })
}

/// Rows that may be on the page, by part, and how many rows there are on all pages.
struct Candidates {
    rows: Vec<Vec<u32>>,
    matched: u64,
    scanned: u64,
    damaged: Damaged,
}

fn candidates(
    parts: &[Box<dyn Part + '_>],
    query: &FlowsQuery,
    cancel: &Cancel,
) -> Result<Candidates, QueryError> {
    let filter = query.filter.as_ref().map(Filter::new);
    let selection = Selection { from_ns: query.from_ns, to_ns: query.to_ns, filter: filter.as_ref() };
    let newest = Mutex::new(Newest::new(query.limit + 1));
    let (matched, scanned) = (AtomicU64::new(0), AtomicU64::new(0));
    let passed = each_part(parts, cancel, |place, part| {
        let too_old = lock(&newest).least().is_some_and(|least| part.time_bounds().1 < least);
        if too_old && filter.is_none() && selection.covers(part) {
            matched.fetch_add(part.rows() as u64, Ordering::Relaxed);
            return Ok(());
        }
        scanned.fetch_add(part.rows() as u64, Ordering::Relaxed);
        let kept: &[Field] = if too_old { &[] } else { &[Field::Time] };
        let (batch, mask) = selection.read(part, kept)?;
        let count = mask.as_ref().map_or(part.rows(), arrow_buffer::BooleanBuffer::count_set_bits);
        matched.fetch_add(count as u64, Ordering::Relaxed);
        if too_old || count == 0 {
            return Ok(());
        }
        let Some(column) = resolve(&batch, Field::Time) else { return Ok(()) };
        Cells::new(Field::Time, &column)?;
        let times = column.as_primitive::<TimestampNanosecondType>().values();
        let until = query.cursor.map_or(i64::MAX, |cursor| cursor.time_ns);
        let take = |row: u32| (times[row as usize] <= until).then(|| (times[row as usize], row));
        let rows: Vec<(i64, u32)> = match &mask {
            Some(mask) => mask.set_indices_u32().filter_map(take).collect(),
            None => (0..times.len() as u32).filter_map(take).collect(),
        };
        let least = lock(&newest).least().unwrap_or(i64::MIN);
        let mut own = Newest::new(query.limit + 1);
        own.offer(place, rows.into_iter().filter(|(time, _)| *time >= least), query.cursor);
        lock(&newest).join(own);
        Ok(())
    })?;
    let mut rows = vec![Vec::new(); parts.len()];
    let newest = newest.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (part, row) in newest.into_rows() {
        rows[part].push(row);
    }
    for rows in &mut rows {
        rows.sort_unstable();
    }
    let (matched, scanned) = (matched.into_inner(), scanned.into_inner());
    Ok(Candidates { rows, matched, scanned, damaged: passed.damaged })
}

/// A row read in full.
struct FullRow {
    time_ns: i64,
    hash: u64,
    /// By the field's index.
    values: Vec<Value>,
}

/// The rows of the page in order, and one more where there is one.
fn page(
    parts: &[Box<dyn Part + '_>],
    candidates: &[Vec<u32>],
    query: &FlowsQuery,
    cancel: &Cancel,
    damaged: &mut Damaged,
) -> Result<Vec<FullRow>, QueryError> {
    let stored: Vec<Field> = Field::stored().collect();
    let mut skip = query.cursor.map_or(0, |cursor| cursor.same);
    // Rows just like the cursor's are interchangeable: any `skip` of them were on the pages before.
    let mut after_cursor = |time_ns: i64, hash: u64| match query.cursor {
        Some(cursor) if time_ns == cursor.time_ns && hash == cursor.hash => {
            let given = skip > 0;
            skip = skip.saturating_sub(1);
            !given
        }
        Some(cursor) if time_ns == cursor.time_ns => hash > cursor.hash,
        _ => true,
    };
    let mut page: Vec<FullRow> = Vec::new();
    for (part, rows) in parts.iter().zip(candidates).filter(|(_, rows)| !rows.is_empty()) {
        cancel.check()?;
        let batch = match part.read_rows(&stored, &UInt32Array::from(rows.clone())) {
            Ok(batch) => batch,
            Err(error) => {
                damaged.note(error.into(), part.as_ref())?;
                continue;
            }
        };
        let Some(times) = resolve(&batch, Field::Time) else { continue };
        Cells::new(Field::Time, &times)?;
        let times = times.as_primitive::<TimestampNanosecondType>();
        let hashes = row_hashes(&batch)?;
        let mut keys: Vec<(i64, u64, usize)> = hashes
            .into_iter()
            .enumerate()
            .map(|(row, hash)| (times.value(row), hash, row))
            .filter(|(time, hash, _)| after_cursor(*time, *hash))
            .collect();
        keys.sort_unstable_by_key(|(time, hash, _)| (std::cmp::Reverse(*time), *hash));
        keys.truncate(query.limit + 1);
        page.extend(full_rows(&batch, &keys)?);
        page.sort_by_key(|row| (std::cmp::Reverse(row.time_ns), row.hash));
        page.truncate(query.limit + 1);
    }
    Ok(page)
}

fn full_rows(batch: &RecordBatch, keys: &[(i64, u64, usize)]) -> Result<Vec<FullRow>, QueryError> {
    let mut full: Vec<FullRow> = keys
        .iter()
        .map(|(time_ns, hash, _)| FullRow {
            time_ns: *time_ns,
            hash: *hash,
            values: vec![Value::Null; Field::COUNT],
        })
        .collect();
    for field in Field::all() {
        let Some(column) = resolve(batch, field) else { continue };
        let cells = Cells::new(field, &column)?;
        for (row, (_, _, at)) in full.iter_mut().zip(keys) {
            row.values[field.index()] = cell(field.kind(), cells, *at);
        }
    }
    Ok(full)
}

fn cursor_after(last: &FullRow, page: &[FullRow], before: Option<Cursor>) -> Cursor {
    let same =
        page.iter().rev().take_while(|row| (row.time_ns, row.hash) == (last.time_ns, last.hash)).count();
    let earlier = before.filter(|cursor| (cursor.time_ns, cursor.hash) == (last.time_ns, last.hash));
    // The earlier cursor came from a client, who may have made it up.
    let same = (same as u32).saturating_add(earlier.map_or(0, |cursor| cursor.same));
    Cursor { time_ns: last.time_ns, hash: last.hash, same }
}

/// The fields that at least one row has.
fn present(page: &[FullRow]) -> Vec<Field> {
    Field::all().filter(|field| page.iter().any(|row| !row.values[field.index()].is_null())).collect()
}
