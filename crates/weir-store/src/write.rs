//! Writes a segment: a Parquet file that any tool can read.
//!
//! ZSTD(1), row groups of at most 128 Ki rows, pages of 20 000 rows with a page index. `received` is delta-coded,
//! ports and counters are split into byte streams, everything else has a dictionary. Times are laid out as `times`
//! says. Row group by row group, so that memory stays small whatever the size of the segment. Between the last row
//! group and the footer lie the filters of the addresses, which only the manifest knows of.

use std::fs::File;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, ColumnPath};
use weir_schema::{Field, Kind};

use crate::StoreError;
use crate::bounds::Bounds;
use crate::chunk::{Chunk, Limits};
use crate::encode::{encode_group, groups, present};
use crate::filters::{self, GroupFilters, Place, SegmentFilters};
use crate::segment::RowGroup;
use crate::times::{self, stored_field, stored_name};

/// Rows of a row group at most.
pub(crate) const GROUP_ROWS: usize = 128 << 10;
/// A dictionary that grows beyond this is given up for the rest of its row group.
const DICTIONARY_BYTES: usize = 8 << 20;
const PAGE_ROWS: usize = 20_000;
pub(crate) const LIMITS: Limits = Limits { page_rows: PAGE_ROWS, dictionary_bytes: DICTIONARY_BYTES };
/// Version of this layout, in the file's key-value metadata.
const FORMAT: &str = "1";

/// What was written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    pub(crate) crc32c: u32,
    pub(crate) place: Option<Place>,
    pub(crate) filters: SegmentFilters,
    pub(crate) row_groups: Vec<RowGroup>,
}

/// Writes batches to a new file, in order, and makes it durable.
pub(crate) fn write_segment(path: &Path, batches: &[&RecordBatch]) -> Result<Written, StoreError> {
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    let mut writer = SegmentWriter::create(path, present(batches))?;
    for group in groups(batches, rows.div_ceil(rows.div_ceil(GROUP_ROWS).max(1))) {
        let columns = writer.columns(writer.groups())?;
        if let Some(group) = encode_group(&group, columns).map_err(|source| writer.failed(source))? {
            writer.append_group(group)?;
        }
    }
    writer.finish()
}

/// A column of a row group, encoded.
pub(crate) enum EncodedColumn {
    Codes(Box<Chunk>),
    Stock(Vec<ArrowColumnChunk>),
}

/// A row group, encoded.
pub(crate) struct EncodedGroup {
    pub(crate) rows: u64,
    pub(crate) times: RangeInclusive<i64>,
    /// In the order of the segment's fields.
    pub(crate) columns: Vec<EncodedColumn>,
    pub(crate) filters: GroupFilters,
}

/// A field of a segment, and what writes the column of one row group.
pub(crate) struct Column {
    pub(crate) field: Field,
    /// Its first leaf.
    pub(crate) descr: ColumnDescPtr,
    pub(crate) stored: arrow_schema::Field,
    /// One for each leaf.
    pub(crate) stock: Vec<ArrowColumnWriter>,
}

/// Writes a segment, a row group at a time.
pub(crate) struct SegmentWriter<'a> {
    path: &'a Path,
    fields: Vec<Field>,
    schema: SchemaRef,
    file: SerializedFileWriter<Summed>,
    stock: ArrowRowGroupWriterFactory,
    groups: Vec<(u64, RangeInclusive<i64>)>,
    filters: SegmentFilters,
}

impl<'a> SegmentWriter<'a> {
    /// Begins a file.
    pub(crate) fn create(path: &'a Path, fields: Vec<Field>) -> Result<Self, StoreError> {
        let file = File::create(path).map_err(|source| StoreError::io("create", path, source))?;
        let schema = Schema::new(fields.iter().map(|field| stored_field(*field)).collect::<Vec<_>>());
        let schema = Arc::new(schema);
        let begun =
            ArrowWriter::try_new(Summed { file, crc32c: 0 }, Arc::clone(&schema), Some(properties(&fields)))
                .and_then(ArrowWriter::into_serialized_writer);
        let (file, stock) = begun.map_err(|source| failed(path, source))?;
        Ok(Self { path, fields, schema, file, stock, groups: Vec::new(), filters: Vec::new() })
    }

    pub(crate) fn failed(&self, source: ParquetError) -> StoreError {
        failed(self.path, source)
    }

    /// Row groups so far.
    pub(crate) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// What writes the columns of a row group, by its place in the file.
    pub(crate) fn columns(&self, group: usize) -> Result<Vec<Column>, StoreError> {
        let stock = self.stock.create_column_writers(group).map_err(|source| self.failed(source))?;
        let mut stock = stock.into_iter();
        let leaves = self.file.schema_descr().columns();
        let mut leaf = 0;
        let mut columns = Vec::with_capacity(self.fields.len());
        for (place, field) in self.fields.iter().enumerate() {
            let count = if field.kind() == Kind::Map { 2 } else { 1 };
            columns.push(Column {
                field: *field,
                descr: Arc::clone(&leaves[leaf]),
                stored: self.schema.field(place).clone(),
                stock: stock.by_ref().take(count).collect(),
            });
            leaf += count;
        }
        Ok(columns)
    }

    /// Adds a row group whose columns are encoded.
    pub(crate) fn append_group(&mut self, group: EncodedGroup) -> Result<(), StoreError> {
        let path = self.path;
        let failed = |source| failed(path, source);
        let mut writer = self.file.next_row_group().map_err(failed)?;
        for column in group.columns {
            match column {
                EncodedColumn::Codes(chunk) => {
                    let Chunk { bytes, close } = *chunk;
                    writer.append_column(&bytes, close)
                }
                EncodedColumn::Stock(chunks) => {
                    chunks.into_iter().try_for_each(|chunk| chunk.append_to_row_group(&mut writer))
                }
            }
            .map_err(failed)?;
        }
        writer.close().map_err(failed)?;
        self.groups.push((group.rows, group.times));
        self.filters.push(group.filters);
        Ok(())
    }

    /// Ends the file and makes it durable.
    pub(crate) fn finish(mut self) -> Result<Written, StoreError> {
        let path = self.path;
        let failed = |source| failed(path, source);
        let place = self.write_filters().map_err(|source| StoreError::io("write", path, source))?;
        let footers = self.file.flushed_row_groups().iter();
        let row_groups = footers.zip(&self.groups).map(|(footer, (rows, times))| RowGroup {
            rows: *rows,
            min_time: *times.start(),
            max_time: *times.end(),
            bounds: Bounds::of(footer, &self.fields),
        });
        let row_groups = row_groups.collect();
        let Summed { file, crc32c } = self.file.into_inner().map_err(failed)?;
        file.sync_all().map_err(|source| StoreError::io("sync", path, source))?;
        let bytes = file.metadata().map_err(|source| StoreError::io("read", path, source))?.len();
        Ok(Written { bytes, crc32c, place, filters: self.filters, row_groups })
    }

    fn write_filters(&mut self) -> io::Result<Option<Place>> {
        if self.filters.iter().all(|group| group.src.is_none() && group.dst.is_none()) {
            return Ok(None);
        }
        let bytes = filters::write(&self.filters);
        let at = self.file.bytes_written() as u64;
        self.file.write_all(&bytes)?;
        Ok(Some(Place { at, bytes: bytes.len() as u32, crc32c: crc32c::crc32c(&bytes) }))
    }
}

fn failed(path: &Path, source: ParquetError) -> StoreError {
    StoreError::Segment { action: "write", path: path.to_owned(), source }
}

/// A file and the checksum of what was written to it.
struct Summed {
    file: File,
    crc32c: u32,
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.crc32c = crc32c::crc32c_append(self.crc32c, &bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
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
