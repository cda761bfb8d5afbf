//! Copies rows to Parquet files of their own: every field under its name, times as times.

use std::collections::BTreeSet;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{BooleanArray, RecordBatch, new_null_array};
use arrow_buffer::BooleanBuffer;
use arrow_schema::{Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use weir_schema::Field;

use crate::{Prune, Snapshot, StoreError};

/// A file ends when it has so many rows.
const FILE_ROWS: usize = 4 << 20;
const GROUP_ROWS: usize = 128 << 10;

/// What was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// The files, in the order of their rows.
    pub files: Vec<PathBuf>,
    /// Rows in them.
    pub rows: u64,
    /// Segments that could not be read, each once; their rows are missing.
    pub damaged: Vec<String>,
}

/// Which rows of a batch are wanted; nothing when all are.
pub type Select<'a> =
    &'a dyn Fn(&RecordBatch) -> Result<Option<BooleanBuffer>, Box<dyn std::error::Error + Send + Sync>>;

impl Snapshot {
    /// Copies the rows of a range that are selected to new files in a folder: `flows-1.parquet` and so on, where `flows`
    /// is `name`. Files that are there already are not touched: then it fails.
    pub fn export(
        &self,
        range_ns: Range<i64>,
        condition: &Prune,
        select: Select<'_>,
        folder: &Path,
        name: &str,
    ) -> Result<Exported, StoreError> {
        let parts = self.parts_matching(range_ns.clone(), condition).parts;
        let mut exported = Exported::default();
        let mut fields = BTreeSet::new();
        for part in &parts {
            // What is damaged says so again when its rows are read.
            fields.extend(part.fields().unwrap_or_default());
        }
        let fields: Vec<Field> = fields.into_iter().collect();
        let schema = Arc::new(Schema::new(fields.iter().map(|field| field.arrow()).collect::<Vec<_>>()));
        let mut open: Option<Open> = None;
        for part in parts.iter().filter(|part| part.may_match()) {
            let batch = match part.read(&fields) {
                Ok(batch) => batch,
                Err(StoreError::Segment { path, .. }) => {
                    let path = path.display().to_string();
                    if !exported.damaged.contains(&path) {
                        exported.damaged.push(path);
                    }
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut wanted = in_range(&batch, &range_ns);
            if let Some(selected) = select(&batch).map_err(StoreError::Select)? {
                wanted = &wanted & &selected;
            }
            let batch = filter_record_batch(&batch, &BooleanArray::new(wanted, None))?;
            if batch.num_rows() == 0 {
                continue;
            }
            let mut file = match open.take() {
                Some(file) => file,
                None => Open::create(folder, name, exported.files.len() + 1, &schema)?,
            };
            file.write(&complete(&batch, &schema)?)?;
            exported.rows += batch.num_rows() as u64;
            if file.rows >= FILE_ROWS {
                exported.files.push(file.finish()?);
            } else {
                open = Some(file);
            }
        }
        if let Some(file) = open {
            exported.files.push(file.finish()?);
        }
        Ok(exported)
    }
}

fn in_range(batch: &RecordBatch, range_ns: &Range<i64>) -> BooleanBuffer {
    let times = batch.column_by_name(Field::Time.name());
    match times.and_then(|times| times.as_primitive_opt::<TimestampNanosecondType>()) {
        Some(times) => BooleanBuffer::collect_bool(times.len(), |row| range_ns.contains(&times.value(row))),
        None => BooleanBuffer::new_unset(batch.num_rows()),
    }
}

/// The batch with every column of the schema.
fn complete(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, StoreError> {
    let columns = schema.fields().iter().map(|field| {
        let found = batch.column_by_name(field.name()).cloned();
        found.unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows()))
    });
    Ok(RecordBatch::try_new(Arc::clone(schema), columns.collect())?)
}

/// A file that is being written.
struct Open {
    path: PathBuf,
    writer: ArrowWriter<File>,
    rows: usize,
}

impl Open {
    fn create(folder: &Path, name: &str, number: usize, schema: &SchemaRef) -> Result<Self, StoreError> {
        let path = folder.join(format!("{name}-{number}.parquet"));
        let file = File::create_new(&path).map_err(|source| StoreError::io("create", &path, source))?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("weir ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties));
        let writer = writer.map_err(|source| failed(&path, source))?;
        Ok(Self { path, writer, rows: 0 })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.rows += batch.num_rows();
        self.writer.write(batch).map_err(|source| failed(&self.path, source))
    }

    fn finish(self) -> Result<PathBuf, StoreError> {
        let file = self.writer.into_inner().map_err(|source| failed(&self.path, source))?;
        file.sync_all().map_err(|source| StoreError::io("sync", &self.path, source))?;
        Ok(self.path)
    }
}

fn failed(path: &Path, source: parquet::errors::ParquetError) -> StoreError {
    StoreError::Segment { action: "write", path: path.to_owned(), source }
}
