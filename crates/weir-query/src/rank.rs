//! From groups to an answer: the largest ones, the remainder, and their values.

use std::cmp::Ordering;

use weir_filter::value::Value;
use weir_schema::{Field, Kind};

use crate::codes::SIGN;
use crate::plan::{Outcome, Plan, Slot};
use crate::table::{Table, Totals};
use crate::{Query, QueryError, Row};

/// The rows of an answer.
#[derive(Debug)]
pub(crate) struct Ranked {
    pub(crate) rows: Vec<Row>,
    pub(crate) totals: Vec<Row>,
    pub(crate) groups: usize,
    pub(crate) truncated: bool,
}

pub(crate) fn rank(table: &Table, plan: &Plan, query: &Query) -> Result<Ranked, QueryError> {
    match plan.buckets {
        None => Ok(rank_groups(table, plan, query)),
        Some(_) => rank_series(table, plan, query),
    }
}

fn rank_groups(table: &Table, plan: &Plan, query: &Query) -> Ranked {
    let totals = table.totals();
    let order = largest(&totals, plan, query, table.len(), |a, b| table.order(a, b));
    let (shown, rest) = order;
    let mut rows: Vec<Row> = shown
        .iter()
        .enumerate()
        .map(|(series, id)| row(series, table.key(*id), values(&totals, plan, *id)))
        .collect();
    if query.other && !rest.is_empty() {
        let mut into = vec![None; table.len()];
        for id in &rest {
            into[*id] = Some(0);
        }
        rows.push(remainder(shown.len(), plan, &table.roll_up(&into, 1), 0));
    }
    if rows.is_empty() && plan.by.is_empty() {
        rows.push(row(0, Vec::new(), values(&table.roll_up(&[], 1), plan, 0)));
    }
    Ranked { rows, totals: Vec::new(), groups: table.len(), truncated: !query.other && !rest.is_empty() }
}

fn rank_series(table: &Table, plan: &Plan, query: &Query) -> Result<Ranked, QueryError> {
    let (series_of, examples) = table.without_buckets();
    let into: Vec<Option<u32>> = series_of.iter().map(|series| Some(*series)).collect();
    let whole = table.roll_up(&into, examples.len());
    let order = |a: usize, b: usize| table.order(examples[a], examples[b]);
    let (shown, rest) = largest(&whole, plan, query, examples.len(), order);

    let mut totals: Vec<Row> = shown
        .iter()
        .enumerate()
        .map(|(place, series)| row(place, table.key(examples[*series]), values(&whole, plan, *series)))
        .collect();
    let mut place_of = vec![None; examples.len()];
    shown.iter().enumerate().for_each(|(place, series)| place_of[*series] = Some(place));

    let each = table.totals();
    let mut rows = Vec::new();
    for id in 0..table.len() {
        let Some(place) = place_of[series_of[id] as usize] else { continue };
        let time_ns = plan.buckets.map(|buckets| buckets.start_of(table.bucket(id)));
        rows.push(Row { time_ns, ..row(place, table.key(id), values(&each, plan, id)) });
    }
    if query.other && !rest.is_empty() {
        let left_out = |id: usize| place_of[series_of[id] as usize].is_none();
        let all: Vec<Option<u32>> = (0..table.len()).map(|id| left_out(id).then_some(0)).collect();
        totals.push(remainder(shown.len(), plan, &table.roll_up(&all, 1), 0));
        let mut buckets: Vec<u32> =
            (0..table.len()).filter(|id| left_out(*id)).map(|id| table.bucket(id)).collect();
        buckets.sort_unstable();
        buckets.dedup();
        let bucket_place =
            |id: usize| buckets.binary_search(&table.bucket(id)).ok().map(|place| place as u32);
        let into: Vec<Option<u32>> =
            (0..table.len()).map(|id| if left_out(id) { bucket_place(id) } else { None }).collect();
        let rolled = table.roll_up(&into, buckets.len());
        for (at, bucket) in buckets.iter().enumerate() {
            let time_ns = plan.buckets.map(|buckets| buckets.start_of(*bucket));
            rows.push(Row { time_ns, ..remainder(shown.len(), plan, &rolled, at) });
        }
    }
    if totals.is_empty() && plan.by.is_empty() {
        totals.push(row(0, Vec::new(), values(&table.roll_up(&[], 1), plan, 0)));
    }
    if rows.len() > Query::MAX_ROWS {
        return Err(QueryError::TooMany {
            what: "rows in its answer",
            given: rows.len(),
            most: Query::MAX_ROWS,
        });
    }
    rows.sort_by_key(|row| (row.time_ns, row.series));
    Ok(Ranked { rows, totals, groups: examples.len(), truncated: !query.other && !rest.is_empty() })
}

/// The groups to show, largest first (of equals the one with the smaller key), and the rest.
fn largest(
    totals: &Totals<'_>,
    plan: &Plan,
    query: &Query,
    groups: usize,
    by_key: impl Fn(usize, usize) -> Ordering,
) -> (Vec<usize>, Vec<usize>) {
    let outcome = plan.outcomes[plan.order];
    let sizes: Vec<(bool, u64)> = (0..groups).map(|id| size(totals, outcome, id)).collect();
    let order = |a: &usize, b: &usize| sizes[*b].cmp(&sizes[*a]).then_with(|| by_key(*a, *b));
    let mut ids: Vec<usize> = (0..groups).collect();
    // Without fields there is one group, and it is never left out.
    let least = usize::from(plan.by.is_empty());
    let top = query.top.unwrap_or(Query::MAX_ROWS).clamp(least, Query::MAX_ROWS);
    let mut rest = Vec::new();
    if top < ids.len() {
        if top > 0 {
            ids.select_nth_unstable_by(top - 1, order);
        }
        rest = ids.split_off(top);
    }
    ids.sort_unstable_by(order);
    (ids, rest)
}

/// A number to rank by: absent ones are smallest, and means keep their order as bits because none is negative.
fn size(totals: &Totals<'_>, outcome: Outcome, id: usize) -> (bool, u64) {
    match outcome {
        Outcome::Total(slot) => (true, totals.slots[slot][id]),
        Outcome::Unique(set) => (true, totals.uniques[set][id]),
        Outcome::Extreme(slot, count) => {
            let there = totals.slots[count][id] > 0;
            (there, if there { totals.slots[slot][id] } else { 0 })
        }
        Outcome::Mean(sum, count) => match totals.slots[count][id] {
            0 => (false, 0),
            count => (true, (totals.slots[sum][id] as f64 / count as f64).to_bits()),
        },
    }
}

fn values(totals: &Totals<'_>, plan: &Plan, id: usize) -> Vec<Value> {
    let kind = |slot: usize| plan.slots[slot].field().map_or(Kind::U64, Field::kind);
    let value = |outcome: &Outcome| match (*outcome, size(totals, *outcome, id)) {
        (_, (false, _)) => Value::Null,
        (Outcome::Mean(..), (_, bits)) => Value::Float(f64::from_bits(bits)),
        (Outcome::Extreme(slot, _), (_, number)) if kind(slot) == Kind::Time => {
            Value::Time((number ^ SIGN) as i64)
        }
        (Outcome::Total(slot) | Outcome::Extreme(slot, _), (_, number)) => match plan.slots[slot] {
            Slot::Rows | Slot::Flows => Value::Number(number),
            _ => Value::of_number(kind(slot), number),
        },
        (Outcome::Unique(_), (_, number)) => Value::Number(number),
    };
    plan.outcomes.iter().map(value).collect()
}

fn row(series: usize, key: Vec<Value>, values: Vec<Value>) -> Row {
    Row { time_ns: None, series, key, values, other: false }
}

fn remainder(series: usize, plan: &Plan, totals: &Totals<'_>, id: usize) -> Row {
    Row { other: true, ..row(series, vec![Value::Null; plan.by.len()], values(totals, plan, id)) }
}
