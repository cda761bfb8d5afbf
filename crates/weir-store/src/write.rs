//! Writes a segment: a Parquet file that any tool can read.
//!
//! ZSTD(1), row groups of at most 128 Ki rows, pages of 20 000 rows with a page index. `received` is delta-coded,
//! ports and counters are split into byte streams, everything else has a dictionary. Times are laid out as `times`
//! says. Row group by row group, so that memory stays small whatever the size of the segment.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use weir_schema::{Field, Kind};

use crate::StoreError;
use crate::hot::time_bounds;
use crate::segment::RowGroup;
use crate::times::{self, stored_field, stored_name};

/// Rows of a row group at most.
pub(crate) const GROUP_ROWS: usize = 128 << 10;
/// Rows given to the Parquet writer at a time: it turns dictionary codes back into addresses.
const SLICE_ROWS: usize = 8 << 10;
/// A dictionary that grows beyond this is given up for the rest of its row group.
const DICTIONARY_BYTES: usize = 8 << 20;
const PAGE_ROWS: usize = 20_000;
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
    let parquet =
        |source: ParquetError| StoreError::Segment { action: "write", path: path.to_owned(), source };
    let file = File::create(path).map_err(io("create"))?;
    let fields = present(batches);
    let schema = Arc::new(Schema::new(fields.iter().map(|field| stored_field(*field)).collect::<Vec<_>>()));
    let mut writer =
        ArrowWriter::try_new(&file, Arc::clone(&schema), Some(properties(&fields))).map_err(parquet)?;
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    let group_rows = rows.div_ceil(rows.div_ceil(GROUP_ROWS).max(1));
    let mut groups = Groups { limit: group_rows, open: None, done: Vec::new() };
    for batch in batches {
        let mut from = 0;
        while from < batch.num_rows() {
            let len = (batch.num_rows() - from).min(SLICE_ROWS).min(groups.room());
            let slice = batch.slice(from, len);
            writer.write(&to_stored(&slice, &fields, &schema)?).map_err(parquet)?;
            if groups.add(&slice) {
                writer.flush().map_err(parquet)?;
            }
            from += len;
        }
    }
    writer.close().map_err(parquet)?;
    file.sync_all().map_err(io("sync"))?;
    let bytes = file.metadata().map_err(io("read"))?.len();
    Ok(Written { bytes, row_groups: groups.finish() })
}

/// Row groups while they are filled.
struct Groups {
    limit: usize,
    open: Option<RowGroup>,
    done: Vec<RowGroup>,
}

impl Groups {
    fn room(&self) -> usize {
        self.limit - self.open.map_or(0, |open| open.rows as usize)
    }

    /// Counts rows in; true if they fill the row group.
    fn add(&mut self, slice: &RecordBatch) -> bool {
        let Some(bounds) = time_bounds(slice) else {
            return false;
        };
        let new = RowGroup { rows: 0, min_time: *bounds.start(), max_time: *bounds.end() };
        let open = self.open.get_or_insert(new);
        open.rows += slice.num_rows() as u64;
        open.min_time = open.min_time.min(*bounds.start());
        open.max_time = open.max_time.max(*bounds.end());
        let full = self.room() == 0;
        if full {
            self.done.extend(self.open.take());
        }
        full
    }

    fn finish(mut self) -> Vec<RowGroup> {
        self.done.extend(self.open);
        self.done
    }
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

/// The rows as the file has them: every field of the segment, times as differences.
fn to_stored(batch: &RecordBatch, fields: &[Field], schema: &SchemaRef) -> Result<RecordBatch, StoreError> {
    let column = |field: &Field| -> ArrayRef {
        let found = match field.kind() {
            Kind::Time => times::to_stored(batch, *field),
            _ => batch.column_by_name(field.name()).cloned(),
        };
        found.unwrap_or_else(|| new_null_array(stored_field(*field).data_type(), batch.num_rows()))
    };
    Ok(RecordBatch::try_new(Arc::clone(schema), fields.iter().map(column).collect())?)
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
