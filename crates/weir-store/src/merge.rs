//! Puts batches together: one schema, and dictionaries whose codes are translated once per distinct value.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, RecordBatchOptions, StringArray,
    UInt32Array, new_null_array,
};
use arrow_buffer::{Buffer, NullBuffer};
use arrow_schema::{ArrowError, Schema};
use arrow_select::concat::concat;
use hashbrown::HashMap;
use weir_schema::{Field, Kind};

use crate::chunk::Addresses;

/// Codes of a column in a merged dictionary.
#[derive(Default)]
struct Codes {
    codes: Vec<u32>,
    valid: Vec<bool>,
}

impl Codes {
    fn add(&mut self, column: &DictionaryArray<UInt32Type>, table: &[u32]) {
        // The code of a null row may be anything.
        let translated =
            column.keys().values().iter().map(|code| table.get(*code as usize).copied().unwrap_or(0));
        self.codes.extend(translated);
        match column.nulls() {
            Some(nulls) => self.valid.extend(nulls.iter()),
            None => self.valid.resize(self.codes.len(), true),
        }
    }

    fn add_nulls(&mut self, rows: usize) {
        self.codes.resize(self.codes.len() + rows, 0);
        self.valid.resize(self.codes.len(), false);
    }

    fn finish(self, values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        let nulls = self.valid.contains(&false).then(|| NullBuffer::from(self.valid));
        let keys = UInt32Array::try_new(self.codes.into(), nulls)?;
        Ok(Arc::new(DictionaryArray::try_new(keys, Arc::clone(values))?))
    }
}

fn dictionary(addresses: Addresses) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(FixedSizeBinaryArray::try_new(16, Buffer::from(addresses.into_bytes()), None)?))
}

/// Puts the rows of batches into one batch.
pub(crate) fn merge(batches: &[&RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let rows = batches.iter().map(|batch| batch.num_rows()).sum();
    let names = batches.iter().flat_map(|batch| batch.schema_ref().fields());
    let fields: BTreeSet<Field> = names.filter_map(|column| Field::from_name(column.name())).collect();
    let mut addresses = Addresses::default();
    let mut coded: Vec<(Field, Codes)> = fields
        .iter()
        .filter(|field| field.kind() == Kind::Ip)
        .map(|field| (*field, Codes::default()))
        .collect();
    // Batch by batch, for a batch's columns share a dictionary.
    for batch in batches {
        for (field, codes) in &mut coded {
            match batch.column_by_name(field.name()) {
                Some(column) => {
                    let column = column.as_dictionary::<UInt32Type>();
                    codes.add(column, &addresses.translate(column.values()));
                }
                None => codes.add_nulls(batch.num_rows()),
            }
        }
    }
    let values = dictionary(addresses)?;
    let mut coded = coded.into_iter();
    let mut columns = Vec::with_capacity(fields.len());
    for field in &fields {
        columns.push(match field.kind() {
            Kind::Ip => coded.next().map_or_else(Codes::default, |(_, codes)| codes).finish(&values)?,
            Kind::Text => merge_texts(batches, *field)?,
            _ => {
                let absent = |batch: &RecordBatch| new_null_array(&field.data_type(), batch.num_rows());
                let parts: Vec<ArrayRef> = batches
                    .iter()
                    .map(|batch| batch.column_by_name(field.name()).cloned().unwrap_or_else(|| absent(batch)))
                    .collect();
                concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>())?
            }
        });
    }
    let schema = Schema::new(fields.iter().map(|field| field.arrow()).collect::<Vec<_>>());
    RecordBatch::try_new_with_options(
        Arc::new(schema),
        columns,
        &RecordBatchOptions::new().with_row_count(Some(rows)),
    )
}

fn merge_texts(batches: &[&RecordBatch], field: Field) -> Result<ArrayRef, ArrowError> {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut texts: Vec<&str> = Vec::new();
    let mut codes = Codes::default();
    for batch in batches {
        let Some(column) = batch.column_by_name(field.name()) else {
            codes.add_nulls(batch.num_rows());
            continue;
        };
        let column = column.as_dictionary::<UInt32Type>();
        let values = column.values().as_string::<i32>();
        let table: Vec<u32> = (0..values.len())
            .map(|at| {
                let text = values.value(at);
                *known.entry(text).or_insert_with(|| {
                    texts.push(text);
                    texts.len() as u32 - 1
                })
            })
            .collect();
        codes.add(column, &table);
    }
    codes.finish(&(Arc::new(StringArray::from(texts)) as ArrayRef))
}
