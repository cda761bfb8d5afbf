//! Adds rows up.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, StringArray,
    TimestampNanosecondArray, UInt8Array, UInt32Array, UInt64Array,
};
use arrow_buffer::Buffer;
use arrow_schema::{ArrowError, DataType, Field as ArrowField, Schema};
use hashbrown::HashMap;
use weir_schema::Field;

use crate::chunk::{Addresses, Distinct, NONE, Texts};

/// The fields that are needed.
pub(super) const FIELDS: [Field; 11] = [
    Field::Time,
    Field::Kind,
    Field::Exporter,
    Field::Sampling,
    Field::App,
    Field::Protocol,
    Field::FlowDirection,
    Field::InIf,
    Field::OutIf,
    Field::Bytes,
    Field::Packets,
];

const MINUTE_NS: i64 = 60_000_000_000;

/// Rows, bytes, packets, bytes and packets after sampling, rows that were sampled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum([u64; 6]);

const NAMES: [&str; 6] = ["rows", "bytes", "packets", "bytes_scaled", "packets_scaled", "sampled_rows"];

impl Sum {
    fn add(&mut self, other: Sum) {
        for (sum, one) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(one);
        }
    }
}

/// What a row is added up by; texts and addresses by their numbers, which are `NONE` where there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Application {
    minute: i64,
    exporter: u32,
    app: u32,
    kind: u32,
    protocol: Option<u8>,
    direction: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Interface {
    minute: i64,
    exporter: u32,
    number: u32,
}

#[derive(Default)]
pub(super) struct Sums {
    exporters: Addresses,
    texts: Texts,
    applications: HashMap<Application, Sum>,
    interfaces: HashMap<Interface, [Sum; 2]>,
}

impl Sums {
    /// Adds the rows of a batch with the columns of [`FIELDS`].
    pub(super) fn add(&mut self, batch: &RecordBatch) {
        let column = |field: Field| batch.column_by_name(field.name());
        let Some(times) =
            column(Field::Time).and_then(|times| times.as_primitive_opt::<TimestampNanosecondType>())
        else {
            return;
        };
        let exporters = column(Field::Exporter)
            .and_then(|column| coded(column, |values| self.exporters.translate(values)));
        let mut texts =
            |field| column(field).and_then(|column| coded(column, |values| self.texts.translate(values)));
        let (apps, kinds) = (texts(Field::App), texts(Field::Kind));
        let numbers = |field| column(field).and_then(|column| column.as_primitive_opt::<UInt64Type>());
        let (bytes, packets) = (numbers(Field::Bytes), numbers(Field::Packets));
        let words = |field| column(field).and_then(|column| column.as_primitive_opt::<UInt32Type>());
        let (sampling, in_if, out_if) = (words(Field::Sampling), words(Field::InIf), words(Field::OutIf));
        let small = |field| column(field).and_then(|column| column.as_primitive_opt::<UInt8Type>());
        let (protocols, directions) = (small(Field::Protocol), small(Field::FlowDirection));
        let at = |codes: &Option<Vec<u32>>, row: usize| codes.as_ref().map_or(NONE, |codes| codes[row]);
        for row in 0..batch.num_rows() {
            let rate = sampling.filter(|rates| rates.is_valid(row)).map_or(0, |rates| rates.value(row));
            let number = |array: Option<&UInt64Array>| {
                array.filter(|array| array.is_valid(row)).map_or(0, |array| array.value(row))
            };
            let (bytes, packets) = (number(bytes), number(packets));
            // A rate of 0, or none, means unknown: the counter stays as it is.
            let scaled = |count: u64| count.saturating_mul(u64::from(rate.max(1)));
            let sum = Sum([1, bytes, packets, scaled(bytes), scaled(packets), u64::from(rate > 1)]);
            let minute = times.value(row).div_euclid(MINUTE_NS);
            let exporter = at(&exporters, row);
            let application = Application {
                minute,
                exporter,
                app: at(&apps, row),
                kind: at(&kinds, row),
                protocol: protocols.filter(|all| all.is_valid(row)).map(|all| all.value(row)),
                direction: directions.filter(|all| all.is_valid(row)).map(|all| all.value(row)),
            };
            self.applications.entry(application).or_default().add(sum);
            for (way, interfaces) in [in_if, out_if].into_iter().enumerate() {
                if let Some(number) = interfaces.filter(|all| all.is_valid(row)).map(|all| all.value(row)) {
                    let interface = Interface { minute, exporter, number };
                    self.interfaces.entry(interface).or_default()[way].add(sum);
                }
            }
        }
    }

    pub(super) fn applications(&self) -> Result<RecordBatch, ArrowError> {
        let mut all: Vec<(&Application, &Sum)> = self.applications.iter().collect();
        all.sort_unstable_by_key(|(application, _)| **application);
        let keys = || all.iter().map(|(key, _)| **key);
        let mut columns = vec![
            column(Field::Time, minutes(keys().map(|key| key.minute))),
            column(Field::Exporter, self.addresses(keys().map(|key| key.exporter))?),
            column(Field::App, self.named(keys().map(|key| key.app))?),
            column(Field::Protocol, Arc::new(keys().map(|key| key.protocol).collect::<UInt8Array>())),
            column(Field::FlowDirection, Arc::new(keys().map(|key| key.direction).collect::<UInt8Array>())),
            column(Field::Kind, self.named(keys().map(|key| key.kind))?),
        ];
        for (place, name) in NAMES.into_iter().enumerate() {
            columns.push(count(name.to_owned(), all.iter().map(|(_, sum)| sum.0[place])));
        }
        batch(columns)
    }

    pub(super) fn interfaces(&self) -> Result<RecordBatch, ArrowError> {
        let mut all: Vec<(&Interface, &[Sum; 2])> = self.interfaces.iter().collect();
        all.sort_unstable_by_key(|(interface, _)| **interface);
        let keys = || all.iter().map(|(key, _)| **key);
        let numbers = UInt32Array::from_iter_values(keys().map(|key| key.number));
        let mut columns = vec![
            column(Field::Time, minutes(keys().map(|key| key.minute))),
            column(Field::Exporter, self.addresses(keys().map(|key| key.exporter))?),
            (ArrowField::new("interface", DataType::UInt32, false), Arc::new(numbers) as ArrayRef),
        ];
        for (way, prefix) in ["in", "out"].into_iter().enumerate() {
            for (place, name) in NAMES.into_iter().enumerate() {
                columns
                    .push(count(format!("{prefix}_{name}"), all.iter().map(|(_, sums)| sums[way].0[place])));
            }
        }
        batch(columns)
    }

    fn addresses(&self, numbers: impl Iterator<Item = u32>) -> Result<ArrayRef, ArrowError> {
        let bytes: Vec<u8> = (0..self.exporters.len() as u32)
            .flat_map(|number| self.exporters.value(number).iter().copied())
            .collect();
        let values: ArrayRef = Arc::new(FixedSizeBinaryArray::try_new(16, Buffer::from(bytes), None)?);
        dictionary(numbers, values)
    }

    fn named(&self, numbers: impl Iterator<Item = u32>) -> Result<ArrayRef, ArrowError> {
        let texts =
            (0..self.texts.len() as u32).map(|number| std::str::from_utf8(self.texts.value(number)).ok());
        dictionary(numbers, Arc::new(texts.collect::<StringArray>()))
    }
}

/// The numbers of a dictionary column's values; `NONE` where there is no value.
fn coded(column: &ArrayRef, translate: impl FnOnce(&ArrayRef) -> Arc<[u32]>) -> Option<Vec<u32>> {
    let column = column.as_dictionary_opt::<UInt32Type>()?;
    let (keys, table) = (column.keys(), translate(column.values()));
    let number = |row: usize| if keys.is_valid(row) { table[keys.value(row) as usize] } else { NONE };
    Some((0..keys.len()).map(number).collect())
}

fn dictionary(numbers: impl Iterator<Item = u32>, values: ArrayRef) -> Result<ArrayRef, ArrowError> {
    let keys: UInt32Array = numbers.map(|number| (number != NONE).then_some(number)).collect();
    Ok(Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, values)?))
}

fn minutes(minutes: impl Iterator<Item = i64>) -> ArrayRef {
    let starts = minutes.map(|minute| minute.saturating_mul(MINUTE_NS));
    Arc::new(TimestampNanosecondArray::from_iter_values(starts).with_timezone("UTC"))
}

fn column(field: Field, array: ArrayRef) -> (ArrowField, ArrayRef) {
    (field.arrow(), array)
}

fn count(name: String, counts: impl Iterator<Item = u64>) -> (ArrowField, ArrayRef) {
    (ArrowField::new(name, DataType::UInt64, false), Arc::new(UInt64Array::from_iter_values(counts)))
}

fn batch(columns: Vec<(ArrowField, ArrayRef)>) -> Result<RecordBatch, ArrowError> {
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}
