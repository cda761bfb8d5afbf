//! A batch's columns as bytes: the body of a frame, before compression.
//!
//! Body: dictionaries (see there), column count u16, then per column: id u16, length u32, and
//!   validity: 0 "every row has a value", or 1 and a bitmap;
//!   ip, text: place of the dictionary u16, codes as numbers;
//!   map: entries per row as numbers, entry count u32, keys as texts, validity and texts of the values;
//!   else: numbers.
//! Columns without any value are left out. Ids are those of the file's table of columns, not of the field table:
//! that may have changed since.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, DictionaryArray, MapArray, PrimitiveArray, RecordBatch,
    RecordBatchOptions, StructArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Schema};
use weir_schema::{Field, Kind};

use crate::bytes::{Budget, Cursor, Malformed, put_part};
use crate::dictionaries::{Dictionaries, get_dictionaries, get_texts, offsets, put_texts};
use crate::error::BatchError;
use crate::numbers::{Number, get_numbers, put_numbers};

/// What a column id of a file stands for: a field of this Weir, and the kind that its values were written as.
pub(crate) type ColumnTable = Vec<Option<(Field, Kind)>>;

/// Memory that one decoded frame may take.
const MAX_DECODED: usize = 1 << 30;

/// Appends the body of a frame. Column ids are the fields' indexes.
pub(crate) fn put_batch(out: &mut Vec<u8>, batch: &RecordBatch) -> Result<(), BatchError> {
    let mut dictionaries = Dictionaries::default();
    let mut columns = Vec::new();
    let mut present = 0u16;
    for (arrow, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let field = Field::from_name(arrow.name()).filter(|field| field.name() == arrow.name());
        let field = field
            .filter(|field| !field.is_derived())
            .ok_or_else(|| BatchError::UnknownColumn { name: arrow.name().clone() })?;
        if array.data_type() != &field.data_type() {
            return Err(BatchError::WrongType {
                name: arrow.name().clone(),
                found: array.data_type().clone(),
                wanted: field.data_type(),
            });
        }
        if array.null_count() < array.len() {
            columns.extend_from_slice(&(field.index() as u16).to_le_bytes());
            put_part(&mut columns, |out| put_column(out, field, array, &mut dictionaries))?;
            present += 1;
        }
    }
    dictionaries.put(out);
    out.extend_from_slice(&present.to_le_bytes());
    out.extend_from_slice(&columns);
    Ok(())
}

fn put_column(
    out: &mut Vec<u8>,
    field: Field,
    array: &ArrayRef,
    dictionaries: &mut Dictionaries,
) -> Result<(), BatchError> {
    put_validity(out, array.nulls());
    match field.kind() {
        Kind::Time => put_numbers(out, array.as_primitive::<TimestampNanosecondType>().values()),
        Kind::U8 => put_numbers(out, array.as_primitive::<UInt8Type>().values()),
        Kind::U16 => put_numbers(out, array.as_primitive::<UInt16Type>().values()),
        Kind::U32 | Kind::Service => put_numbers(out, array.as_primitive::<UInt32Type>().values()),
        Kind::U64 | Kind::Mac | Kind::Duration => {
            put_numbers(out, array.as_primitive::<UInt64Type>().values());
        }
        Kind::Ip | Kind::Text => {
            let coded = array.as_dictionary::<UInt32Type>();
            if coded.values().null_count() > 0 {
                return Err(BatchError::NullInDictionary { name: field.name().to_owned() });
            }
            out.extend_from_slice(&dictionaries.place(coded.values()).to_le_bytes());
            put_numbers(out, coded.keys().values());
        }
        Kind::Map => put_map(out, array.as_map()),
    }
    Ok(())
}

fn put_validity(out: &mut Vec<u8>, nulls: Option<&NullBuffer>) {
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        None => out.push(0),
        Some(nulls) => {
            out.push(1);
            out.extend_from_slice(&nulls.inner().sliced().as_slice()[..nulls.len().div_ceil(8)]);
        }
    }
}

fn get_validity(cursor: &mut Cursor<'_>, count: usize) -> Result<Option<NullBuffer>, Malformed> {
    match cursor.u8()? {
        0 => Ok(None),
        1 => {
            let bits = cursor.take(count.div_ceil(8))?;
            Ok(Some(NullBuffer::new(BooleanBuffer::new(Buffer::from(bits), 0, count))))
        }
        _ => Err(Malformed("it has an unknown kind of validity")),
    }
}

fn put_map(out: &mut Vec<u8>, map: &MapArray) {
    let offsets = map.offsets();
    let lengths: Vec<u32> = offsets.windows(2).map(|pair| (pair[1] - pair[0]) as u32).collect();
    put_numbers(out, &lengths);
    let (first, last) = (offsets[0] as usize, offsets[map.len()] as usize);
    out.extend_from_slice(&((last - first) as u32).to_le_bytes());
    put_texts(out, &map.keys().as_string::<i32>().slice(first, last - first));
    let values = map.values().as_string::<i32>().slice(first, last - first);
    put_validity(out, values.nulls());
    put_texts(out, &values);
}

fn get_map(
    cursor: &mut Cursor<'_>,
    rows: usize,
    nulls: Option<NullBuffer>,
    budget: &mut Budget,
) -> Result<ArrayRef, Malformed> {
    let DataType::Map(entries, ordered) = Kind::Map.data_type() else {
        return Err(Malformed("it has a map where there is none"));
    };
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(Malformed("it has a map where there is none"));
    };
    let lengths: Vec<u32> = get_numbers(cursor, rows, budget)?;
    let offsets = offsets(&lengths, budget)?;
    let count = cursor.u32()? as usize;
    let keys = get_texts(cursor, count, None, budget)?;
    let values_nulls = get_validity(cursor, count)?;
    let values = get_texts(cursor, count, values_nulls, budget)?;
    let pairs = StructArray::try_new(fields.clone(), vec![Arc::new(keys), Arc::new(values)], None)
        .map_err(|_| Malformed("its map has unequal halves"))?;
    MapArray::try_new(Arc::clone(&entries), offsets, pairs, nulls, ordered)
        .map(|map| Arc::new(map) as ArrayRef)
        .map_err(|_| Malformed("its map has too few entries"))
}

/// Reads the body of a frame.
pub(crate) fn get_batch(body: &[u8], rows: usize, table: &ColumnTable) -> Result<RecordBatch, Malformed> {
    let mut cursor = Cursor(body);
    let mut budget = Budget(MAX_DECODED);
    let dictionaries = get_dictionaries(&mut cursor, &mut budget)?;
    let count = cursor.u16()?;
    let mut columns: Vec<(Field, ArrayRef)> = Vec::new();
    for _ in 0..count {
        let id = cursor.u16()?;
        let mut part = cursor.part()?;
        let known = table.get(usize::from(id)).ok_or(Malformed("it has a column without a name"))?;
        if let Some((field, kind)) = *known
            && let Some(array) = get_column(&mut part, field, kind, rows, &dictionaries, &mut budget)?
        {
            columns.push((field, array));
        }
    }
    cursor.finish()?;
    columns.sort_by_key(|column| column.0);
    if columns.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err(Malformed("it has a column twice"));
    }
    let schema = Schema::new(columns.iter().map(|column| column.0.arrow()).collect::<Vec<_>>());
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let arrays = columns.into_iter().map(|column| column.1).collect();
    RecordBatch::try_new_with_options(Arc::new(schema), arrays, &options)
        .map_err(|_| Malformed("it lacks a time"))
}

/// Reads a column; `None` where the field has become something that its old values do not fit.
fn get_column(
    cursor: &mut Cursor<'_>,
    field: Field,
    written_as: Kind,
    rows: usize,
    dictionaries: &[Option<ArrayRef>],
    budget: &mut Budget,
) -> Result<Option<ArrayRef>, Malformed> {
    let nulls = get_validity(cursor, rows)?;
    let is_number = |kind: Kind| !matches!(kind, Kind::Ip | Kind::Text | Kind::Map | Kind::Time);
    let kind = field.kind();
    let array = match kind {
        _ if kind != written_as && !(is_number(kind) && is_number(written_as)) => return Ok(None),
        Kind::Time => {
            let times = get_primitive::<TimestampNanosecondType>(cursor, rows, nulls, budget)?;
            Arc::new(times.with_timezone("UTC")) as ArrayRef
        }
        Kind::U8 => Arc::new(get_primitive::<UInt8Type>(cursor, rows, nulls, budget)?),
        Kind::U16 => Arc::new(get_primitive::<UInt16Type>(cursor, rows, nulls, budget)?),
        Kind::U32 | Kind::Service => Arc::new(get_primitive::<UInt32Type>(cursor, rows, nulls, budget)?),
        Kind::U64 | Kind::Mac | Kind::Duration => {
            Arc::new(get_primitive::<UInt64Type>(cursor, rows, nulls, budget)?)
        }
        Kind::Ip | Kind::Text => {
            let place = usize::from(cursor.u16()?);
            let values = dictionaries.get(place).and_then(Option::as_ref);
            let values = values.ok_or(Malformed("it has codes without a dictionary"))?;
            let keys = get_primitive::<UInt32Type>(cursor, rows, nulls, budget)?;
            let coded = DictionaryArray::try_new(keys, Arc::clone(values))
                .map_err(|_| Malformed("it has a code that its dictionary lacks"))?;
            if *coded.data_type() != kind.data_type() {
                return Err(Malformed("it has the wrong dictionary for a column"));
            }
            Arc::new(coded)
        }
        Kind::Map => get_map(cursor, rows, nulls, budget)?,
    };
    cursor.finish()?;
    Ok(Some(array))
}

fn get_primitive<T>(
    cursor: &mut Cursor<'_>,
    rows: usize,
    nulls: Option<NullBuffer>,
    budget: &mut Budget,
) -> Result<PrimitiveArray<T>, Malformed>
where
    T: ArrowPrimitiveType,
    T::Native: Number,
{
    let values = get_numbers::<T::Native>(cursor, rows, budget)?;
    PrimitiveArray::try_new(ScalarBuffer::from(values), nulls)
        .map_err(|_| Malformed("its columns differ in length"))
}
