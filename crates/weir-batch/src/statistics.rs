//! Exporters' statistics: numbers in options records become rows of the table of counters, one for each number.

use weir_schema::Field;
use weir_schema::element::ElementType;
use weir_wire::template::{Dialect, FieldSpecifier};

use crate::builder::BatchBuilder;
use crate::column::Column;
use crate::compile::{self, Entry};
use crate::convert::dense;
use crate::options::OptionsPlan;
use crate::origin::{Origin, Sampling};
use crate::plan::{Plan, RowKind, Shape};
use crate::records::{Fixed, Place, Records};

/// What a template of statistics tells.
#[derive(Debug)]
pub(crate) struct Statistics {
    /// Fills the columns that say whose numbers they are: scope, sampler, interface.
    subject: Plan,
    counters: Vec<(&'static str, Place)>,
}

/// paddingOctets: stands for a field that is no part of the subject.
const PADDING: u16 = 210;

impl Statistics {
    /// The statistics of an options template, if it tells at least one count.
    pub(crate) fn among(dialect: Dialect, scope_count: u16, entries: &[Entry]) -> Option<Statistics> {
        let number = |at: usize, entry: &Entry| {
            let known = entry.known.filter(|_| at >= usize::from(scope_count))?;
            let unsigned = matches!(
                known.element_type,
                ElementType::Unsigned8
                    | ElementType::Unsigned16
                    | ElementType::Unsigned32
                    | ElementType::Unsigned64
            );
            let fits = (1..=8).contains(&entry.place.length);
            (unsigned && fits && !is_identifier(entry.specifier)).then_some((known.name, entry.place))
        };
        let counters: Vec<_> =
            entries.iter().enumerate().filter_map(|(at, entry)| number(at, entry)).collect();
        if !counters.iter().any(|(name, _)| is_count(name)) {
            return None;
        }
        let subject = entries.iter().enumerate().map(|(at, entry)| match number(at, entry) {
            Some(_) => FieldSpecifier { enterprise: 0, element: PADDING, ..entry.specifier },
            None => entry.specifier,
        });
        let subject = Plan { kind: RowKind::Options, ..compile::plan(dialect, subject).ok()? };
        Some(Statistics { subject, counters })
    }

    pub(crate) fn memory(&self) -> usize {
        self.subject.memory() + self.counters.len() * size_of::<(&str, Place)>()
    }
}

/// Numbers that name something instead of counting it.
fn is_identifier(field: FieldSpecifier) -> bool {
    let process_or_template = matches!(field.element, 143..=145 | 149);
    field.enterprise == 0
        && (process_or_template
            || Field::from_element(0, field.element).is_some_and(|(column, _)| {
                !matches!(column.info().group, "counters") && column != Field::Sampling
            }))
}

fn is_count(name: &str) -> bool {
    name.ends_with("Count") || name.contains("TotalPkts") || name.contains("TotalFlows")
}

impl BatchBuilder {
    /// Appends the statistics in a set of options records: a row of `kind` `options` for each number, with its
    /// element's name in `counter` and the number in `value`. Meant for the table of counters. Tells how many rows.
    pub fn append_statistics(&mut self, origin: &Origin<'_>, plan: &OptionsPlan, body: &[u8]) -> usize {
        let Some(statistics) = &plan.statistics else { return 0 };
        match &plan.shape {
            Shape::Fixed(length) => self.append_counters(origin, statistics, Fixed::new(body, *length)),
            Shape::Variable(layout) => {
                let mut bases = std::mem::take(&mut self.offsets);
                let walk = layout.locate(body, &mut bases);
                let rows = self.append_counters(origin, statistics, walk.records);
                self.offsets = bases;
                rows
            }
        }
    }

    fn append_counters<'a>(
        &mut self,
        origin: &Origin<'_>,
        statistics: &Statistics,
        records: impl Records<'a>,
    ) -> usize {
        let count = records.count();
        if count == 0 {
            return 0;
        }
        // The rate of a sampler says nothing about the exporter's own numbers.
        let origin = Origin { sampling: Sampling::default(), ..*origin };
        for (name, place) in &statistics.counters {
            let (row, expected) = (self.rows, self.expected);
            self.append_records(&origin, &statistics.subject, records, count);
            self.repeat_text(Field::Counter, name, row, count);
            if let Column::U64(values) = &mut self.columns[Field::Value.index()] {
                dense(values, *place, records, row, expected, |value| value);
            }
            self.cell_bytes += 12 * count;
        }
        count * statistics.counters.len()
    }
}
