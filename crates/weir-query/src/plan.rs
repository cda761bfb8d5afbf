//! A query checked and broken down into what has to be read, kept and added up.

use std::collections::BTreeSet;

use weir_filter::Filter;
use weir_filter::column::sources;
use weir_filter::value::{duration_text, time_text};
use weir_schema::{Field, Kind};

use crate::bucket::Bucketing;
use crate::{Measure, Query, QueryError};

/// A column of numbers that is kept per group. Measures share them: an average is a sum and a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Rows,
    /// Rows that are flows.
    Flows,
    Sum(Field),
    /// Values that are there.
    Count(Field),
    Min(Field),
    Max(Field),
}

impl Slot {
    pub(crate) fn field(self) -> Option<Field> {
        match self {
            Slot::Rows => None,
            Slot::Flows => Some(Field::Kind),
            Slot::Sum(field) | Slot::Count(field) | Slot::Min(field) | Slot::Max(field) => Some(field),
        }
    }

    /// The number of a group without rows.
    pub(crate) fn empty(self) -> u64 {
        if matches!(self, Slot::Min(_)) { u64::MAX } else { 0 }
    }

    /// Puts two groups together.
    pub(crate) fn join(self, a: u64, b: u64) -> u64 {
        match self {
            Slot::Rows | Slot::Flows | Slot::Sum(_) | Slot::Count(_) => a.saturating_add(b),
            Slot::Min(_) => a.min(b),
            Slot::Max(_) => a.max(b),
        }
    }
}

/// How a measure comes out of the slots and the sets of unique values, by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The slot as it is.
    Total(usize),
    /// The slot, when the second one (how many values there are) is not 0.
    Extreme(usize, usize),
    /// The first slot divided by the second.
    Mean(usize, usize),
    /// The size of a set.
    Unique(usize),
}

#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) from_ns: i64,
    pub(crate) to_ns: i64,
    pub(crate) filter: Option<Filter>,
    pub(crate) by: Vec<Field>,
    pub(crate) buckets: Option<Bucketing>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) uniques: Vec<Field>,
    /// One per measure.
    pub(crate) outcomes: Vec<Outcome>,
    /// Place of the measure that ranks the groups.
    pub(crate) order: usize,
    /// Stored fields needed after the filter has had its say.
    pub(crate) kept: Vec<Field>,
    pub(crate) memory_bytes: usize,
}

impl Plan {
    pub(crate) fn new(query: &Query) -> Result<Self, QueryError> {
        check(query)?;
        let mut plan = Plan {
            from_ns: query.from_ns,
            to_ns: query.to_ns,
            filter: query.filter.as_ref().map(Filter::new),
            by: query.by.clone(),
            buckets: query.every_ns.map(|every| Bucketing::new(query.from_ns, query.to_ns, every)),
            slots: vec![Slot::Rows],
            uniques: Vec::new(),
            outcomes: Vec::new(),
            order: query.order.unwrap_or(0),
            kept: Vec::new(),
            memory_bytes: query.memory_bytes.unwrap_or(Query::MEMORY_BYTES),
        };
        plan.outcomes = query.measures.iter().map(|measure| plan.outcome(*measure)).collect();
        plan.kept = plan.kept_fields();
        Ok(plan)
    }

    fn outcome(&mut self, measure: Measure) -> Outcome {
        match measure {
            Measure::Flows => Outcome::Total(self.slot(Slot::Flows)),
            Measure::Rows => Outcome::Total(0),
            Measure::Unique(field) => Outcome::Unique(place(&mut self.uniques, field)),
            Measure::Min(field) => {
                Outcome::Extreme(self.slot(Slot::Min(field)), self.slot(Slot::Count(field)))
            }
            Measure::Max(field) => {
                Outcome::Extreme(self.slot(Slot::Max(field)), self.slot(Slot::Count(field)))
            }
            Measure::Avg(field) => Outcome::Mean(self.slot(Slot::Sum(field)), self.slot(Slot::Count(field))),
            Measure::Bytes => Outcome::Total(self.slot(Slot::Sum(Field::Bytes))),
            Measure::Packets => Outcome::Total(self.slot(Slot::Sum(Field::Packets))),
            Measure::BytesScaled => Outcome::Total(self.slot(Slot::Sum(Field::BytesScaled))),
            Measure::PacketsScaled => Outcome::Total(self.slot(Slot::Sum(Field::PacketsScaled))),
            Measure::Sum(field) => Outcome::Total(self.slot(Slot::Sum(field))),
        }
    }

    fn slot(&mut self, slot: Slot) -> usize {
        place(&mut self.slots, slot)
    }

    fn kept_fields(&self) -> Vec<Field> {
        let measured = self.slots.iter().filter_map(|slot| slot.field());
        let mut kept: BTreeSet<Field> = self
            .by
            .iter()
            .copied()
            .chain(measured)
            .chain(self.uniques.iter().copied())
            .flat_map(sources)
            .copied()
            .collect();
        kept.insert(Field::Sampling);
        if self.buckets.is_some() {
            kept.insert(Field::Time);
        }
        kept.into_iter().collect()
    }
}

fn place<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> usize {
    list.iter().position(|item| *item == wanted).unwrap_or_else(|| {
        list.push(wanted);
        list.len() - 1
    })
}

fn check(query: &Query) -> Result<(), QueryError> {
    check_range(query.from_ns, query.to_ns)?;
    let few = |what, given, most| {
        if given > most { Err(QueryError::TooMany { what, given, most }) } else { Ok(()) }
    };
    few("fields to group by", query.by.len(), Query::MAX_BY)?;
    few("measures", query.measures.len(), Query::MAX_MEASURES)?;
    if let Some(field) = query.by.iter().find(|field| field.kind() == Kind::Map) {
        return Err(QueryError::NotGroupable { field: field.name() });
    }
    if query.measures.is_empty() {
        return Err(QueryError::NoMeasure);
    }
    for measure in &query.measures {
        measure.check()?;
    }
    if let Some(order) = query.order.filter(|order| *order >= query.measures.len()) {
        return Err(QueryError::Order { order, measures: query.measures.len() });
    }
    if let Some(every) = query.every_ns {
        let count = if every > 0 { (query.to_ns.saturating_sub(query.from_ns)) / every } else { 0 };
        if every <= 0 || count > Query::MAX_BUCKETS {
            let every = duration_text(every.unsigned_abs());
            return Err(QueryError::Buckets { every, count, most: Query::MAX_BUCKETS });
        }
    }
    Ok(())
}

pub(crate) fn check_range(from_ns: i64, to_ns: i64) -> Result<(), QueryError> {
    if from_ns < to_ns {
        return Ok(());
    }
    Err(QueryError::EmptyRange { from: time_text(from_ns), to: time_text(to_ns) })
}
