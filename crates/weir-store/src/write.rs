//! Writes a segment: a Parquet file that any tool can read.
//!
//! ZSTD(1), row groups of at most 128 Ki rows, pages of 20 000 rows with a page index. `received` is delta-coded,
//! ports and counters are split into byte streams, everything else has a dictionary. Times are laid out as `times`
//! says. Row group by row group, so that memory stays small whatever the size of the segment.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, RecordBatch, new_null_array};
use arrow_schema::{Field as ArrowField, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnDescPtr, ColumnPath};
use weir_schema::{Field, Kind};

use crate::StoreError;
use crate::chunk::{Addresses, CodedColumn, Distinct, Limits, Texts};
use crate::hot::time_bounds;
use crate::segment::RowGroup;
use crate::times::{self, stored_field, stored_name};

/// Rows of a row group at most.
pub(crate) const GROUP_ROWS: usize = 128 << 10;
/// A dictionary that grows beyond this is given up for the rest of its row group.
const DICTIONARY_BYTES: usize = 8 << 20;
const PAGE_ROWS: usize = 20_000;
const LIMITS: Limits = Limits { page_rows: PAGE_ROWS, dictionary_bytes: DICTIONARY_BYTES };
/// Version of this layout, in the file's key-value metadata.
const FORMAT: &str = "1";

/// What was written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    pub(crate) row_groups: Vec<RowGroup>,
}

/// Writes batches to a new file, in order, and makes it durable.
pub(crate) fn write_segment(path: &Path, batches: &[&RecordBatch]) -> Result<Written, StoreError> {
    let io = |action| move |source| StoreError::io(action, path, source);
    let file = File::create(path).map_err(io("create"))?;
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    let mut writer = SegmentWriter::new(path, &file, present(batches))?;
    for group in groups(batches, rows.div_ceil(rows.div_ceil(GROUP_ROWS).max(1))) {
        writer.write_group(&group)?;
    }
    let row_groups = writer.finish()?;
    file.sync_all().map_err(io("sync"))?;
    let bytes = file.metadata().map_err(io("read"))?.len();
    Ok(Written { bytes, row_groups })
}

/// Divides rows into row groups of at most so many.
fn groups(batches: &[&RecordBatch], most: usize) -> Vec<Vec<RecordBatch>> {
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

/// The fields that any of the batches has.
fn present(batches: &[&RecordBatch]) -> Vec<Field> {
    let mut fields = BTreeSet::new();
    for batch in batches {
        for column in batch.schema_ref().fields() {
            fields.extend(Field::from_name(column.name()).filter(|field| !field.is_derived()));
        }
    }
    fields.into_iter().collect()
}

/// Writes a segment, a row group at a time.
pub(crate) struct SegmentWriter<'a> {
    path: &'a Path,
    fields: Vec<Field>,
    schema: SchemaRef,
    file: SerializedFileWriter<&'a File>,
    stock: ArrowRowGroupWriterFactory,
    row_groups: Vec<RowGroup>,
}

impl<'a> SegmentWriter<'a> {
    /// Begins a file; `path` is its name in messages.
    pub(crate) fn new(path: &'a Path, file: &'a File, fields: Vec<Field>) -> Result<Self, StoreError> {
        let schema = Schema::new(fields.iter().map(|field| stored_field(*field)).collect::<Vec<_>>());
        let schema = Arc::new(schema);
        let begun = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties(&fields)))
            .and_then(ArrowWriter::into_serialized_writer);
        let (file, stock) = begun.map_err(|source| failed(path, source))?;
        Ok(Self { path, fields, schema, file, stock, row_groups: Vec::new() })
    }

    /// Writes rows as one row group. Column after column, so that only one is in memory in its encoded form.
    pub(crate) fn write_group(&mut self, rows: &[RecordBatch]) -> Result<(), StoreError> {
        let path = self.path;
        let failed = |source| failed(path, source);
        let Some(bounds) = rows
            .iter()
            .filter_map(time_bounds)
            .reduce(|all, one| *all.start().min(one.start())..=*all.end().max(one.end()))
        else {
            return Ok(());
        };
        let columns = self.file.schema_descr().columns().to_vec();
        let mut columns = columns.into_iter();
        let stock = self.stock.create_column_writers(self.row_groups.len()).map_err(failed)?;
        let mut stock = stock.into_iter();
        let mut group = self.file.next_row_group().map_err(failed)?;
        let addresses = Numbered::addresses(rows, &self.fields);
        for (place, field) in self.fields.iter().enumerate() {
            let leaves = if field.kind() == Kind::Map { 2 } else { 1 };
            let stock = stock.by_ref().take(leaves).collect::<Vec<_>>();
            let column = columns.by_ref().take(leaves).next();
            match (field.kind(), column) {
                (Kind::Ip, Some(column)) => {
                    addresses.write(rows, *field, column, &mut group).map_err(failed)?;
                }
                (Kind::Text, Some(column)) => {
                    Numbered::texts(rows, *field).write(rows, *field, column, &mut group).map_err(failed)?;
                }
                _ => {
                    write_stock(rows, *field, self.schema.field(place), stock, &mut group).map_err(failed)?;
                }
            }
        }
        group.close().map_err(failed)?;
        self.row_groups.push(RowGroup {
            rows: rows.iter().map(|batch| batch.num_rows() as u64).sum(),
            min_time: *bounds.start(),
            max_time: *bounds.end(),
        });
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<Vec<RowGroup>, StoreError> {
        self.file.close().map_err(|source| failed(self.path, source))?;
        Ok(self.row_groups)
    }
}

fn failed(path: &Path, source: ParquetError) -> StoreError {
    StoreError::Segment { action: "write", path: path.to_owned(), source }
}

/// The number of each value of the dictionaries of batches; nothing for a batch that does not have the field.
type OfBatches = Vec<Option<Arc<[u32]>>>;

/// The distinct values of columns of a row group, and what the codes of each batch stand for.
struct Numbered<D> {
    distinct: D,
    numbers: Vec<(Field, OfBatches)>,
}

impl Numbered<Addresses> {
    fn addresses(rows: &[RecordBatch], fields: &[Field]) -> Self {
        let mut distinct = Addresses::default();
        let fields = fields.iter().filter(|field| field.kind() == Kind::Ip);
        let mut numbers: Vec<_> = fields.map(|field| (*field, Vec::with_capacity(rows.len()))).collect();
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
    fn write(
        &self,
        rows: &[RecordBatch],
        field: Field,
        column: ColumnDescPtr,
        group: &mut SerializedRowGroupWriter<'_, &File>,
    ) -> Result<(), ParquetError> {
        let mut chunk = CodedColumn::new(column, &self.distinct, LIMITS)?;
        let of_batches = self.numbers.iter().find(|known| known.0 == field).map_or(&[][..], |known| &known.1);
        for (batch, numbers) in rows.iter().zip(of_batches) {
            match (batch.column_by_name(field.name()), numbers) {
                (Some(column), Some(numbers)) => chunk.add(column, numbers)?,
                _ => chunk.add_nulls(batch.num_rows())?,
            }
        }
        let chunk = chunk.finish()?.0;
        group.append_column(&chunk.bytes, chunk.close)
    }
}

/// Writes a column as Parquet's own writer does.
fn write_stock(
    rows: &[RecordBatch],
    field: Field,
    stored: &ArrowField,
    mut writers: Vec<ArrowColumnWriter>,
    group: &mut SerializedRowGroupWriter<'_, &File>,
) -> Result<(), ParquetError> {
    for batch in rows {
        let found = match field.kind() {
            Kind::Time => times::to_stored(batch, field),
            _ => batch.column_by_name(field.name()).cloned(),
        };
        let column = found.unwrap_or_else(|| new_null_array(stored.data_type(), batch.num_rows()));
        if column.data_type() != stored.data_type() {
            let (name, found) = (field.name(), column.data_type());
            return Err(ParquetError::General(format!("column `{name}` has the type {found}")));
        }
        for (writer, leaf) in writers.iter_mut().zip(compute_leaves(stored, &column)?) {
            writer.write(&leaf)?;
        }
    }
    writers.into_iter().try_for_each(|writer| writer.close()?.append_to_row_group(group))
}

fn properties(fields: &[Field]) -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    let metadata = [("weir.format", FORMAT), ("weir.times", times::EXPLANATION)];
    let metadata = metadata.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()));
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("weir ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_max_row_group_row_count(None)
        .set_key_value_metadata(Some(metadata.into()));
    for field in fields {
        if let Some(encoding) = encoding(*field) {
            let path = ColumnPath::from(stored_name(*field));
            builder = builder
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, encoding);
        }
    }
    builder.build()
}

/// The encoding of columns that are better off without a dictionary.
fn encoding(field: Field) -> Option<Encoding> {
    let is_port =
        field.kind() == Kind::U16 && field.name().ends_with("_port") && field != Field::ExporterPort;
    let is_count = matches!(field.info().unit, "bytes" | "packets") && field.kind() == Kind::U64;
    match field {
        Field::Received => Some(Encoding::DELTA_BINARY_PACKED),
        // Hardly any value of a counter comes twice.
        Field::Value | Field::Delta => Some(Encoding::BYTE_STREAM_SPLIT),
        _ if is_port || is_count => Some(Encoding::BYTE_STREAM_SPLIT),
        _ => None,
    }
}
