//! Correlations evaluated in the plainest way, over one batch in memory: what tests of rules ask, and what cleverer
//! evaluators can be compared with.
//!
//! Every event is looked at as the last one of a window. That decides conditions that events make true; what only the
//! end of a window can tell ("fewer than") is not decided here.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use weir_filter::Filter;
use weir_filter::column::{Cells, ColumnError, resolve};
use weir_filter::value::{Value, cell};
use weir_schema::Field;

use crate::{Amount, Correlation, GroupKey, Logic, Operand, Presence, RuleSet, Source, Window};

/// A match of an operand: when, and where to find its values.
#[derive(Debug, Clone)]
struct Event {
    time_ns: i64,
    values: Values,
}

#[derive(Debug, Clone)]
enum Values {
    Row(usize),
    Key(Vec<String>),
}

/// Whether something of a rule set notices anything in a batch.
pub(crate) fn notices(set: &RuleSet, operand: Operand, batch: &RecordBatch) -> Result<bool, ColumnError> {
    Ok(!events(set, operand, batch)?.is_empty())
}

fn events(set: &RuleSet, operand: Operand, batch: &RecordBatch) -> Result<Vec<Event>, ColumnError> {
    match operand {
        Operand::Rule(at) => {
            let mask = Filter::new(&set.rules[at].expr).mask(batch)?;
            let rows = mask.set_indices();
            rows.map(|row| {
                let time_ns = match value(batch, Field::Time, row)? {
                    Value::Time(time) => time,
                    _ => 0,
                };
                Ok(Event { time_ns, values: Values::Row(row) })
            })
            .collect()
        }
        Operand::Correlation(at) => correlate(set, &set.correlations[at], batch),
    }
}

fn value(batch: &RecordBatch, field: Field, row: usize) -> Result<Value, ColumnError> {
    let Some(column) = resolve(batch, field) else { return Ok(Value::Null) };
    Ok(cell(field.kind(), Cells::new(field, &column)?, row))
}

/// A value of an event, as text; none when it is absent.
fn text(batch: &RecordBatch, event: &Event, source: Source) -> Result<Option<String>, ColumnError> {
    match (&event.values, source) {
        (Values::Row(row), Source::Field(field)) => {
            let value = value(batch, field, *row)?;
            Ok((!value.is_null()).then(|| value.to_string()))
        }
        (Values::Key(key), Source::Key(at)) => Ok(key.get(at).cloned()),
        _ => Ok(None),
    }
}

/// The events of one group, each with the operand that it is of.
type Group = Vec<(usize, Event)>;

fn correlate(
    set: &RuleSet,
    correlation: &Correlation,
    batch: &RecordBatch,
) -> Result<Vec<Event>, ColumnError> {
    let mut groups: BTreeMap<Vec<String>, Group> = BTreeMap::new();
    for (place, operand) in correlation.operands.iter().enumerate() {
        for event in events(set, *operand, batch)? {
            if let Some(key) = key(batch, &event, place, &correlation.group_by)? {
                groups.entry(key).or_default().push((place, event));
            }
        }
    }
    let mut found = Vec::new();
    for (key, mut group) in groups {
        group.sort_by_key(|(_, event)| event.time_ns);
        for last in 0..group.len() {
            let first = first_of_window(correlation, &group, last);
            if holds(correlation, &group[first..=last], batch)? {
                found.push(Event { time_ns: group[last].1.time_ns, values: Values::Key(key.clone()) });
            }
        }
    }
    Ok(found)
}

fn key(
    batch: &RecordBatch,
    event: &Event,
    place: usize,
    group_by: &[GroupKey],
) -> Result<Option<Vec<String>>, ColumnError> {
    let mut key = Vec::new();
    for part in group_by {
        match text(batch, event, part.from[place])? {
            Some(text) => key.push(text),
            None => return Ok(None),
        }
    }
    Ok(Some(key))
}

fn first_of_window(correlation: &Correlation, group: &[(usize, Event)], last: usize) -> usize {
    let time = |at: usize| group[at].1.time_ns;
    let span = correlation.timespan_ns;
    let in_window = |at: usize| match correlation.window {
        Window::Sliding => time(last) - time(at) < span,
        Window::Tumbling => time(at).div_euclid(span) == time(last).div_euclid(span),
        Window::Session { gap_ns } => time(last) - time(at) < span && time(at + 1) - time(at) <= gap_ns,
    };
    (0..last).rev().take_while(|at| in_window(*at)).last().unwrap_or(last)
}

fn holds(
    correlation: &Correlation,
    events: &[(usize, Event)],
    batch: &RecordBatch,
) -> Result<bool, ColumnError> {
    Ok(match &correlation.logic {
        Logic::EventCount(condition) => condition.holds(events.len() as f64),
        Logic::ValueCount { of, condition } => {
            let mut seen = BTreeSet::new();
            for (place, event) in events {
                let tuple: Option<Vec<String>> =
                    of.iter().map(|from| text(batch, event, from[*place])).collect::<Result<_, _>>()?;
                seen.extend(tuple);
            }
            condition.holds(seen.len() as f64)
        }
        Logic::ValueSum { of, condition } => condition.holds(numbers(of, events, batch)?.iter().sum()),
        Logic::ValueAvg { of, condition } => {
            let numbers = numbers(of, events, batch)?;
            !numbers.is_empty() && condition.holds(numbers.iter().sum::<f64>() / numbers.len() as f64)
        }
        Logic::ValuePercentile { of, percentile, condition } => {
            let mut numbers = numbers(of, events, batch)?;
            numbers.sort_by(f64::total_cmp);
            let rank = (percentile / 100.0 * numbers.len() as f64).ceil() as usize;
            numbers.get(rank.saturating_sub(1)).is_some_and(|value| condition.holds(*value))
        }
        Logic::Temporal { ordered: false, holds } => {
            holds.holds(&|place| events.iter().any(|(other, _)| *other == place))
        }
        Logic::Temporal { ordered: true, holds } => in_order(holds, correlation.operands.len(), events),
    })
}

/// Each operand counts from its first event after one of the operand before it.
fn in_order(holds: &Presence, operands: usize, events: &[(usize, Event)]) -> bool {
    let mut after = i64::MIN;
    let mut has = Vec::new();
    for place in 0..operands {
        let next = events.iter().find(|(other, event)| *other == place && event.time_ns >= after);
        if let Some((_, event)) = next {
            after = event.time_ns;
        }
        has.push(next.is_some());
    }
    holds.holds(&|place| has.get(place) == Some(&true))
}

fn numbers(of: &Amount, events: &[(usize, Event)], batch: &RecordBatch) -> Result<Vec<f64>, ColumnError> {
    let mut found = Vec::new();
    for (place, event) in events {
        if let (Values::Row(row), Source::Field(field)) = (&event.values, of.from[*place]) {
            found.extend(value(batch, field, *row)?.as_f64().map(|number| number / of.divisor));
        }
    }
    Ok(found)
}
