//! Turns the rows of batches into the encoded columns of a row group.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use parquet::arrow::arrow_writer::{ArrowColumnWriter, compute_leaves};
use parquet::errors::ParquetError;
use weir_schema::{Field, Kind};

use crate::chunk::{Addresses, Chunk, CodedColumn, Distinct, Texts};
use crate::filters::GroupFilters;
use crate::fuse::{self, AddressFilter};
use crate::hot::time_bounds;
use crate::times;
use crate::write::{Column, EncodedColumn, EncodedGroup, LIMITS};

/// The fields that any of the batches has.
pub(crate) fn present(batches: &[&RecordBatch]) -> Vec<Field> {
    let mut fields = BTreeSet::new();
    for batch in batches {
        for column in batch.schema_ref().fields() {
            fields.extend(Field::from_name(column.name()).filter(|field| !field.is_derived()));
        }
    }
    fields.into_iter().collect()
}

/// Divides rows into row groups of at most so many.
pub(crate) fn groups(batches: &[&RecordBatch], most: usize) -> Vec<Vec<RecordBatch>> {
    let mut groups = Vec::new();
    let (mut open, mut room) = (Vec::new(), most);
    for batch in batches {
        let mut from = 0;
        while from < batch.num_rows() {
            let rows = (batch.num_rows() - from).min(room);
            open.push(batch.slice(from, rows));
            from += rows;
            room -= rows;
            if room == 0 {
                groups.push(std::mem::take(&mut open));
                room = most;
            }
        }
    }
    groups.extend((!open.is_empty()).then_some(open));
    groups
}

/// Encodes rows as one row group, column after column; nothing where there are no rows.
pub(crate) fn encode_group(
    rows: &[RecordBatch],
    columns: Vec<Column>,
) -> Result<Option<EncodedGroup>, ParquetError> {
    let times = rows.iter().filter_map(time_bounds);
    let Some(times) = times.reduce(|all, one| *all.start().min(one.start())..=*all.end().max(one.end()))
    else {
        return Ok(None);
    };
    let addresses = Numbered::addresses(rows, columns.iter().map(|column| column.field));
    let mut filters = GroupFilters::default();
    let mut encoded = Vec::with_capacity(columns.len());
    for column in columns {
        let field = column.field;
        encoded.push(match field.kind() {
            Kind::Ip => {
                let (chunk, numbers) = addresses.encode(rows, &column)?;
                filters.put(field, filter_of(&addresses.distinct, numbers.as_deref()));
                EncodedColumn::Codes(Box::new(chunk))
            }
            Kind::Text => {
                EncodedColumn::Codes(Box::new(Numbered::texts(rows, field).encode(rows, &column)?.0))
            }
            _ => {
                let null = |batch: &RecordBatch| new_null_array(column.stored.data_type(), batch.num_rows());
                let stored = rows.iter().map(|batch| {
                    let found = match field.kind() {
                        Kind::Time => times::to_stored(batch, field),
                        _ => batch.column_by_name(field.name()).cloned(),
                    };
                    found.unwrap_or_else(|| null(batch))
                });
                let stored: Vec<ArrayRef> = stored.collect();
                encode_stock(column, &stored)?
            }
        });
    }
    let rows = rows.iter().map(|batch| batch.num_rows() as u64).sum();
    Ok(Some(EncodedGroup { rows, times, columns: encoded, filters }))
}

/// Encodes a column as Parquet's own writer does.
pub(crate) fn encode_stock(mut column: Column, arrays: &[ArrayRef]) -> Result<EncodedColumn, ParquetError> {
    for array in arrays {
        if array.data_type() != column.stored.data_type() {
            let (name, found) = (column.field.name(), array.data_type());
            return Err(ParquetError::General(format!("column `{name}` has the type {found}")));
        }
        for (writer, leaf) in column.stock.iter_mut().zip(compute_leaves(&column.stored, array)?) {
            writer.write(&leaf)?;
        }
    }
    let chunks = column.stock.into_iter().map(ArrowColumnWriter::close);
    Ok(EncodedColumn::Stock(chunks.collect::<Result<_, _>>()?))
}

/// A filter of the addresses with these numbers. Without the numbers there is none.
pub(crate) fn filter_of(addresses: &Addresses, numbers: Option<&[u32]>) -> Option<AddressFilter> {
    let key = |number: &u32| {
        let bytes = addresses.value(*number).first_chunk::<16>().copied().unwrap_or_default();
        fuse::key(u128::from_be_bytes(bytes))
    };
    AddressFilter::new(&numbers?.iter().map(key).collect::<Vec<_>>())
}

/// The number of each value of the dictionaries of batches; nothing for a batch that does not have the field.
type OfBatches = Vec<Option<Arc<[u32]>>>;

/// The distinct values of columns of a row group, and what the codes of each batch stand for.
struct Numbered<D> {
    distinct: D,
    numbers: Vec<(Field, OfBatches)>,
}

impl Numbered<Addresses> {
    fn addresses(rows: &[RecordBatch], fields: impl Iterator<Item = Field>) -> Self {
        let mut distinct = Addresses::default();
        let fields = fields.filter(|field| field.kind() == Kind::Ip);
        let mut numbers: Vec<_> = fields.map(|field| (field, Vec::with_capacity(rows.len()))).collect();
        // Batch by batch, for a batch's columns share a dictionary.
        for batch in rows {
            for (field, of_batches) in &mut numbers {
                let column = batch.column_by_name(field.name());
                let column = column.and_then(|column| column.as_dictionary_opt::<UInt32Type>());
                of_batches.push(column.map(|column| distinct.translate(column.values())));
            }
        }
        Self { distinct, numbers }
    }
}

impl Numbered<Texts> {
    fn texts(rows: &[RecordBatch], field: Field) -> Self {
        let mut distinct = Texts::default();
        let of_batches = rows.iter().map(|batch| {
            let column = batch.column_by_name(field.name())?.as_dictionary_opt::<UInt32Type>()?;
            Some(distinct.translate(column.values()))
        });
        let numbers = vec![(field, of_batches.collect())];
        Self { distinct, numbers }
    }
}

impl<D: Distinct> Numbered<D> {
    /// The chunk, and the numbers of the values in it.
    fn encode(
        &self,
        rows: &[RecordBatch],
        column: &Column,
    ) -> Result<(Chunk, Option<Vec<u32>>), ParquetError> {
        let mut chunk = CodedColumn::new(Arc::clone(&column.descr), &self.distinct, LIMITS)?;
        let known = self.numbers.iter().find(|known| known.0 == column.field);
        for (batch, numbers) in rows.iter().zip(known.map_or(&[][..], |known| &known.1)) {
            match (batch.column_by_name(column.field.name()), numbers) {
                (Some(column), Some(numbers)) => chunk.add(column, numbers)?,
                _ => chunk.add_nulls(batch.num_rows())?,
            }
        }
        chunk.finish()
    }
}
