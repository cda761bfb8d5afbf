//! An expression made ready to run over batches.
//!
//! A test on a dictionary-coded column looks at each dictionary value once and then only at codes. The two sides of an
//! either-side test usually share their dictionary, and then it is looked at once for both.

use std::collections::{BTreeSet, HashSet};

use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, MapArray, PrimitiveArray, RecordBatch, StringArray, UInt32Array,
};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use weir_schema::{Field, Kind};

use crate::Wildcard;
use crate::calendar::Reader;
use crate::column::{Cells, ColumnError, address, resolve, sources};
use crate::expr::{Check, Expr, Item, Order, Pattern, Subject, Test};
use crate::members::{Numbers, Ranges};

/// A filter that yields masks.
#[derive(Debug)]
pub struct Filter {
    root: Node,
    fields: Vec<Field>,
}

impl Filter {
    /// Prepares an expression.
    pub fn new(expr: &Expr) -> Self {
        let mut fields = BTreeSet::new();
        expr.tests(&mut |test| {
            for field in subject_fields(&test.subject) {
                fields.extend(sources(field));
            }
        });
        Self { root: Node::new(expr), fields: fields.into_iter().collect() }
    }

    /// The stored fields whose columns it looks at.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// A bit per row: whether the row passes.
    pub fn mask(&self, batch: &RecordBatch) -> Result<BooleanBuffer, ColumnError> {
        self.root.mask(batch)
    }
}

fn subject_fields(subject: &Subject) -> Vec<Field> {
    match subject {
        Subject::Field(field) => vec![*field],
        Subject::Either(source) => [Some(*source), source.info().mirror].into_iter().flatten().collect(),
        Subject::Extra(_) => vec![Field::Extra],
        Subject::Calendar(calendar) => vec![calendar.field],
    }
}

/// What is looked at of a column.
#[derive(Debug)]
enum View {
    /// Its values.
    Whole,
    /// The value of one element of `extra`.
    Element(String),
    /// A part of its times.
    Calendar(Reader),
}

impl View {
    fn new(subject: &Subject) -> Self {
        match subject {
            Subject::Field(_) | Subject::Either(_) => View::Whole,
            Subject::Extra(name) => View::Element(name.clone()),
            Subject::Calendar(calendar) => View::Calendar(Reader::new(calendar)),
        }
    }
}

#[derive(Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Test { fields: Vec<Field>, view: View, probe: Probe, negated: bool },
}

impl Node {
    fn new(expr: &Expr) -> Self {
        match expr {
            Expr::And(parts) => Node::And(parts.iter().map(Node::new).collect()),
            Expr::Or(parts) => Node::Or(parts.iter().map(Node::new).collect()),
            Expr::Not(part) => Node::Not(Box::new(Node::new(part))),
            Expr::Test(test) => {
                let (probe, negated) = Probe::new(test);
                let view = View::new(&test.subject);
                Node::Test { fields: subject_fields(&test.subject), view, probe, negated }
            }
        }
    }

    fn mask(&self, batch: &RecordBatch) -> Result<BooleanBuffer, ColumnError> {
        let rows = batch.num_rows();
        match self {
            Node::And(parts) => {
                let mut all = BooleanBuffer::new_set(rows);
                for part in parts {
                    if !all.has_true() {
                        break;
                    }
                    all = &all & &part.mask(batch)?;
                }
                Ok(all)
            }
            Node::Or(parts) => {
                let mut any = BooleanBuffer::new_unset(rows);
                for part in parts {
                    any = &any | &part.mask(batch)?;
                }
                Ok(any)
            }
            Node::Not(part) => Ok(!&part.mask(batch)?),
            Node::Test { fields, view, probe, negated } => {
                let mut hit = BooleanBuffer::new_unset(rows);
                let mut present = BooleanBuffer::new_unset(rows);
                let mut tables = Tables::default();
                for field in fields {
                    let Some(column) = resolve(batch, *field) else { continue };
                    let side = match view {
                        View::Whole => probe.column(*field, &column, &mut tables)?,
                        View::Element(name) => probe.element(Cells::new(*field, &column)?, name, rows),
                        View::Calendar(reader) => probe.calendar(Cells::new(*field, &column)?, reader, rows),
                    };
                    hit = &hit | &side.hit;
                    present = &present | &side.present;
                }
                Ok(if *negated { &present & &!&hit } else { hit })
            }
        }
    }
}

/// Which rows of a column pass, and which have a value at all; a row that passes has one.
struct Side {
    hit: BooleanBuffer,
    present: BooleanBuffer,
}

impl Side {
    fn new(hit: BooleanBuffer, nulls: Option<&NullBuffer>) -> Self {
        match nulls {
            Some(nulls) => Self { hit: &hit & nulls.inner(), present: nulls.inner().clone() },
            None => Self { present: BooleanBuffer::new_set(hit.len()), hit },
        }
    }
}

/// The positive form of a check, prepared for the type of its column.
#[derive(Debug)]
enum Probe {
    Exists,
    Numbers(Numbers),
    Times(Ranges<i64>),
    Addresses(Ranges<u128>),
    Texts(HashSet<String>),
    Pattern(Pattern),
    Wildcards(Vec<Wildcard>),
    /// All of the bits are set.
    AllBits(u64),
    /// At least one of the bits is set.
    AnyBit(u64),
}

impl Probe {
    /// The probe, and whether its outcome is to be turned round.
    fn new(test: &Test) -> (Self, bool) {
        match &test.check {
            Check::Exists => (Probe::Exists, false),
            Check::Matches { pattern, negated } => (Probe::Pattern(pattern.clone()), *negated),
            Check::Like { patterns, negated } => (Probe::Wildcards(patterns.clone()), *negated),
            Check::Flags { bits, lacks: false } => (Probe::AllBits(*bits), false),
            Check::Flags { bits, lacks: true } => (Probe::AnyBit(*bits), true),
            Check::Order { order, bound } => {
                let range = match order {
                    Order::Below => (i128::MIN, *bound - 1),
                    Order::AtMost => (i128::MIN, *bound),
                    Order::Above => (*bound + 1, i128::MAX),
                    Order::AtLeast => (*bound, i128::MAX),
                };
                (Self::ranges(test.subject.kind(), &[range]), false)
            }
            Check::In { items, negated } => (Self::items(test.subject.kind(), items), *negated),
        }
    }

    fn ranges(kind: Kind, ranges: &[(i128, i128)]) -> Self {
        if kind == Kind::Time {
            let clamp = |bound: i128| bound.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
            return Probe::Times(Ranges::new(
                ranges.iter().map(|(low, high)| (clamp(*low), clamp(*high))).collect(),
            ));
        }
        Probe::Numbers(Numbers::new(ranges))
    }

    fn items(kind: Kind, items: &[Item]) -> Self {
        let mut numbers = Vec::new();
        let mut addresses = Vec::new();
        let mut texts = HashSet::new();
        // A set holds no sets.
        let flat = items.iter().flat_map(|item| match item {
            Item::Set { items, .. } => items.as_slice(),
            other => std::slice::from_ref(other),
        });
        for item in flat {
            match item {
                Item::Range { low, high } => numbers.push((*low, *high)),
                Item::Named { ranges, .. } => numbers.extend(ranges),
                Item::Network(network) => addresses.extend(network.ranges()),
                Item::Addresses { low, high } => addresses.push((*low, *high)),
                Item::Text(text) => {
                    texts.insert(text.clone());
                }
                Item::Set { .. } => {}
            }
        }
        match kind {
            Kind::Ip => Probe::Addresses(Ranges::new(addresses)),
            Kind::Text | Kind::Map => Probe::Texts(texts),
            other => Self::ranges(other, &numbers),
        }
    }

    fn number(&self, number: u64) -> bool {
        match self {
            Probe::Numbers(numbers) => numbers.contains(number),
            Probe::AllBits(bits) => number & bits == *bits,
            Probe::AnyBit(bits) => number & bits != 0,
            _ => false,
        }
    }

    /// A probe of numbers asks a text that is a number.
    fn text(&self, text: &str) -> bool {
        match self {
            Probe::Exists => true,
            Probe::Texts(texts) => texts.contains(text),
            Probe::Pattern(pattern) => pattern.is_match(text),
            Probe::Wildcards(patterns) => patterns.iter().any(|pattern| pattern.is_match(text)),
            Probe::Numbers(numbers) => text.parse().is_ok_and(|number| numbers.contains(number)),
            _ => false,
        }
    }

    fn column(&self, field: Field, column: &ArrayRef, tables: &mut Tables) -> Result<Side, ColumnError> {
        let cells = Cells::new(field, column)?;
        if matches!(self, Probe::Exists) {
            return Ok(present(cells, column));
        }
        Ok(match cells {
            Cells::U8(array) => self.numbers(array),
            Cells::U16(array) => self.numbers(array),
            Cells::U32(array) => self.numbers(array),
            Cells::U64(array) => self.numbers(array),
            Cells::Time(array) => {
                let Probe::Times(ranges) = self else { return Ok(none(array)) };
                let values = array.values();
                let hit = match ranges.as_slice() {
                    [(low, high)] => {
                        BooleanBuffer::collect_bool(values.len(), |row| (*low..=*high).contains(&values[row]))
                    }
                    _ => BooleanBuffer::collect_bool(values.len(), |row| ranges.contains(values[row])),
                };
                Side::new(hit, array.nulls())
            }
            Cells::Ip(keys, values) => {
                let Probe::Addresses(ranges) = self else { return Ok(none(keys)) };
                tables.side(keys, values, &|at| ranges.contains(address(values, at)))
            }
            Cells::Text(keys, values) => tables.side(keys, values, &|at| self.text(values.value(at))),
            Cells::Map(map) => none(map),
        })
    }

    fn numbers<T: ArrowPrimitiveType<Native: Into<u64>>>(&self, array: &PrimitiveArray<T>) -> Side {
        let values = array.values();
        let hit = match self {
            Probe::Numbers(Numbers::One { low, width }) => {
                let (low, width) = (*low, *width);
                BooleanBuffer::collect_bool(values.len(), |row| {
                    let number: u64 = values[row].into();
                    number.wrapping_sub(low) <= width
                })
            }
            _ => BooleanBuffer::collect_bool(values.len(), |row| self.number(values[row].into())),
        };
        Side::new(hit, array.nulls())
    }

    /// Asks a part of the time in every row.
    fn calendar(&self, cells: Cells<'_>, reader: &Reader, rows: usize) -> Side {
        let Cells::Time(times) = cells else {
            let unset = BooleanBuffer::new_unset(rows);
            return Side { hit: unset.clone(), present: unset };
        };
        let values = times.values();
        let hit = match self {
            Probe::Exists => BooleanBuffer::new_set(values.len()),
            _ => {
                BooleanBuffer::collect_bool(values.len(), |row| self.number(reader.read(values[row]).into()))
            }
        };
        Side::new(hit, times.nulls())
    }

    /// Asks the value of one element of `extra` in every row.
    fn element(&self, cells: Cells<'_>, name: &str, rows: usize) -> Side {
        let unset = || BooleanBuffer::new_unset(rows);
        let Cells::Map(map) = cells else { return Side { hit: unset(), present: unset() } };
        let Some((names, values)) = entries(map) else { return Side { hit: unset(), present: unset() } };
        let offsets = map.value_offsets();
        let find = |row: usize| {
            let range = offsets[row] as usize..offsets[row + 1] as usize;
            let found = range.into_iter().find(|entry| names.value(*entry) == name)?;
            (map.is_valid(row) && values.is_valid(found)).then(|| values.value(found))
        };
        Side {
            hit: BooleanBuffer::collect_bool(rows, |row| find(row).is_some_and(|text| self.text(text))),
            present: BooleanBuffer::collect_bool(rows, |row| find(row).is_some()),
        }
    }
}

fn entries(map: &MapArray) -> Option<(&StringArray, &StringArray)> {
    Some((map.keys().as_any().downcast_ref()?, map.values().as_any().downcast_ref()?))
}

fn none(array: &dyn Array) -> Side {
    Side::new(BooleanBuffer::new_unset(array.len()), array.nulls())
}

fn present(cells: Cells<'_>, column: &ArrayRef) -> Side {
    match cells {
        Cells::Ip(keys, values) => Tables::default().side(keys, values, &|_| true),
        Cells::Text(keys, values) => Tables::default().side(keys, values, &|_| true),
        _ => Side::new(BooleanBuffer::new_set(column.len()), column.nulls()),
    }
}

/// The outcome per dictionary value, kept for the next column with the same dictionary.
#[derive(Default)]
struct Tables {
    last: Option<(*const u8, usize, Vec<bool>)>,
}

impl Tables {
    fn side(&mut self, keys: &UInt32Array, values: &dyn Array, probe: &dyn Fn(usize) -> bool) -> Side {
        let codes = keys.values();
        let ask = |at: usize| at < values.len() && values.is_valid(at) && probe(at);
        // A dictionary that is much larger than the batch is not worth going through.
        let hit = if values.len() > 4 * codes.len() {
            BooleanBuffer::collect_bool(codes.len(), |row| keys.is_valid(row) && ask(codes[row] as usize))
        } else {
            let data = values.to_data();
            let identity =
                (data.buffers().first().map_or(std::ptr::null(), arrow_buffer::Buffer::as_ptr), values.len());
            if self.last.as_ref().is_none_or(|last| (last.0, last.1) != identity) {
                self.last = Some((identity.0, identity.1, (0..values.len()).map(ask).collect()));
            }
            let table = self.last.as_ref().map_or(&[][..], |last| &last.2);
            BooleanBuffer::collect_bool(codes.len(), |row| table.get(codes[row] as usize) == Some(&true))
        };
        if values.null_count() == 0 {
            return Side::new(hit, keys.nulls());
        }
        let present = BooleanBuffer::collect_bool(codes.len(), |row| {
            keys.is_valid(row) && values.is_valid(codes[row] as usize)
        });
        Side { hit: &hit & &present, present }
    }
}

#[cfg(test)]
mod tests;
