//! Answering a query: every part is grouped and added up by itself, then taken into the table of all groups.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{ArrayRef, RecordBatch};
use weir_filter::column::{Cells, resolve};
use weir_schema::Field;

use crate::accumulate::{accumulate, pairs};
use crate::bucket::incomplete_from;
use crate::codes::Codes;
use crate::group::group;
use crate::plan::Plan;
use crate::rank::rank;
use crate::scan::{Selection, each_part, is_sampled, lock, only};
use crate::table::{PartGroups, Table};
use crate::{Answer, Cancel, Meta, Part, Query, QueryError, Source};

/// Answers a query over the rows of a source.
pub fn run(source: &dyn Source, query: &Query, cancel: &Cancel) -> Result<Answer, QueryError> {
    let started = Instant::now();
    let plan = Plan::new(query)?;
    let planned = source.planned(query.from_ns..query.to_ns, query.filter.as_ref());
    let table = Mutex::new(Table::new(&plan));
    let matched = AtomicU64::new(0);
    let sampled = AtomicBool::new(false);
    let passed = each_part(&planned.parts, cancel, |_, part| {
        let Some(batch) = select(part, &plan)? else { return Ok(()) };
        matched.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        if is_sampled(&batch)? {
            sampled.store(true, Ordering::Relaxed);
        }
        add_part(&batch, &plan, &table, cancel)
    })?;
    cancel.check()?;
    let table = table.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let ranked = rank(&table, &plan, query)?;
    Ok(Answer {
        by: query.by.clone(),
        measures: query.measures.clone(),
        buckets: plan.buckets.map(|buckets| buckets.buckets()),
        rows: ranked.rows,
        totals: ranked.totals,
        groups: ranked.groups,
        meta: Meta {
            exact: passed.damaged.is_empty(),
            sampled: sampled.into_inner(),
            rows_scanned: passed.rows,
            rows_total: planned.rows,
            rows_matched: matched.into_inner(),
            incomplete_from: incomplete_from(query.to_ns, query.now_ns, plan.buckets),
            truncated: ranked.truncated,
            warnings: passed.damaged.warnings(),
            elapsed_ms: started.elapsed().as_secs_f64() * 1000.0,
            ..Meta::default()
        },
    })
}

/// The rows of a part that count, with the columns that are needed; nothing when there are none.
fn select(part: &dyn Part, plan: &Plan) -> Result<Option<RecordBatch>, QueryError> {
    let selection = Selection { from_ns: plan.from_ns, to_ns: plan.to_ns, filter: plan.filter.as_ref() };
    let (batch, mask) = selection.read(part, &plan.kept)?;
    if batch.num_rows() == 0 || mask.as_ref().is_some_and(|mask| !mask.has_true()) {
        return Ok(None);
    }
    let batch = only(&batch, mask, &plan.kept)?;
    // Rows without a time cannot be in a bucket.
    let timed = plan.buckets.is_none() || resolve(&batch, Field::Time).is_some();
    Ok(timed.then_some(batch))
}

fn add_part(
    batch: &RecordBatch,
    plan: &Plan,
    table: &Mutex<Table>,
    cancel: &Cancel,
) -> Result<(), QueryError> {
    let rows = batch.num_rows();
    let columns_of = |fields: &[Field]| -> Vec<(Field, Option<ArrayRef>)> {
        fields.iter().map(|field| (*field, resolve(batch, *field))).collect()
    };
    let (by, uniques) = (columns_of(&plan.by), columns_of(&plan.uniques));
    let mut columns = Vec::with_capacity(by.len() + 1);
    let bucket_codes = match (plan.buckets, resolve(batch, Field::Time)) {
        (Some(buckets), Some(times)) => {
            Some(buckets.codes(times.as_primitive_opt::<TimestampNanosecondType>().ok_or_else(|| {
                weir_filter::column::ColumnError {
                    field: Field::Time.name(),
                    expected: Field::Time.data_type(),
                    found: arrow_array::Array::data_type(&times).clone(),
                }
            })?))
        }
        _ => None,
    };
    if plan.buckets.is_some() {
        columns.push(Codes::of_numbers(bucket_codes.as_deref().unwrap_or(&[])));
    }
    for (field, column) in &by {
        columns.push(codes(*field, column.as_ref())?);
    }
    cancel.check()?;
    let grouping = group(&columns, rows);
    let slots =
        plan.slots.iter().map(|slot| accumulate(*slot, batch, &grouping)).collect::<Result<_, _>>()?;
    let mut unique_pairs = Vec::with_capacity(uniques.len());
    for (field, column) in &uniques {
        let codes = codes(*field, column.as_ref())?;
        let pairs = pairs(&codes, &grouping, rows);
        unique_pairs.push((codes, pairs));
    }
    let part = PartGroups { columns: &columns, grouping: &grouping, slots, uniques: unique_pairs };
    cancel.check()?;
    lock(table).merge(&part)
}

fn codes(field: Field, column: Option<&ArrayRef>) -> Result<Codes<'_>, QueryError> {
    match column {
        Some(column) => Ok(Codes::new(Cells::new(field, column)?)),
        None => Ok(Codes::absent()),
    }
}
