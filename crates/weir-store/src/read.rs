//! Reads row groups of segments and gives them the layout that every other stage knows.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_cast::cast;
use arrow_schema::{ArrowError, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use tracing::error;
use weir_schema::{Field, Kind};

use crate::StoreError;
use crate::chunk::{is_coded_addresses, read_addresses};
use crate::filters::{self, Kept, SegmentFilters};
use crate::segment::Segment;
use crate::times::{Rebuilt, needed, stored_name};

/// Footers that are kept: a query reads the row groups of a segment one after the other.
const KEPT_FOOTERS: usize = 64;

/// The files of a store, for reading.
#[derive(Debug)]
pub(crate) struct Files {
    dir: PathBuf,
    footers: Mutex<VecDeque<(u64, ArrowReaderMetadata)>>,
    pub(crate) filters: Kept,
    /// What was found damaged, by path.
    damaged: Mutex<BTreeMap<String, String>>,
}

impl Files {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, footers: Mutex::default(), filters: Kept::default(), damaged: Mutex::default() }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn path(&self, segment: &Segment) -> PathBuf {
        self.dir.join(&segment.path)
    }

    /// The given columns of a row group, as far as the segment has them.
    pub(crate) fn read(
        &self,
        segment: &Segment,
        group: usize,
        fields: &[Field],
    ) -> Result<RecordBatch, StoreError> {
        let rows = segment.row_groups.get(group).map_or(0, |found| found.rows as usize);
        let columns = self.read_stored(segment, group, &needed(fields))?;
        Ok(to_logical(&columns, rows, fields)?)
    }

    /// The columns of these fields as they are stored.
    pub(crate) fn read_stored(
        &self,
        segment: &Segment,
        group: usize,
        fields: &[Field],
    ) -> Result<Vec<(Field, ArrayRef)>, StoreError> {
        let rows = segment.row_groups.get(group).map_or(0, |found| found.rows as usize);
        let file = self.open(segment)?;
        let footer = self.footer(segment.id, &file);
        let columns = footer.and_then(|footer| read_stored(file, footer, group, rows, fields));
        columns.map_err(|source| self.damage(segment, source))
    }

    /// The fields that a segment has.
    pub(crate) fn fields(&self, segment: &Segment) -> Result<Vec<Field>, StoreError> {
        let footer = self.footer(segment.id, &self.open(segment)?);
        let footer = footer.map_err(|source| self.damage(segment, source))?;
        let known: HashMap<&str, Field> = Field::stored().map(|field| (stored_name(field), field)).collect();
        let fields = footer.schema().fields().iter().map(|column| {
            known.get(column.name().as_str()).copied().ok_or_else(|| StoreError::Newer {
                path: self.path(segment),
                found: u32::MAX,
                known: 1,
            })
        });
        fields.collect()
    }

    /// The filters of a segment's addresses, read from its file where they are not in memory. Where they cannot be
    /// read there are none: they only save work.
    pub(crate) fn filters(&self, segment: &Segment) -> Option<Arc<SegmentFilters>> {
        let place = segment.filters?;
        if let Some(kept) = self.filters.get(segment.id) {
            return Some(kept);
        }
        let file = self.open(segment).ok()?;
        let Some(read) = filters::read(&file, place, segment.row_groups.len()).ok()? else {
            self.damage(segment, ParquetError::General("its filters of addresses are damaged".to_owned()));
            return None;
        };
        let read = Arc::new(read);
        self.filters.put(segment.id, Arc::clone(&read));
        Some(read)
    }

    /// What was found damaged since the store was opened: the path, and what was wrong.
    pub(crate) fn damaged(&self) -> Vec<(String, String)> {
        let damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        damaged.iter().map(|(path, reason)| (path.clone(), reason.clone())).collect()
    }

    fn damage(&self, segment: &Segment, source: ParquetError) -> StoreError {
        let mut damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = damaged.entry(segment.path.clone());
        if let Entry::Vacant(entry) = reason {
            error!(path = segment.path, rows = segment.rows, cause = %source, "segment is damaged");
            entry.insert(source.to_string());
        }
        StoreError::Segment { action: "read", path: self.path(segment), source }
    }

    fn open(&self, segment: &Segment) -> Result<File, StoreError> {
        let path = self.path(segment);
        File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => StoreError::Gone { path },
            _ => StoreError::io("open", &path, source),
        })
    }

    fn footer(&self, id: u64, file: &File) -> Result<ArrowReaderMetadata, ParquetError> {
        let known = |footers: &VecDeque<(u64, ArrowReaderMetadata)>| {
            footers.iter().find(|known| known.0 == id).map(|known| known.1.clone())
        };
        if let Some(footer) = known(&self.footers.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(footer);
        }
        let footer = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
        let mut footers = self.footers.lock().unwrap_or_else(PoisonError::into_inner);
        if known(&footers).is_none() {
            footers.push_back((id, footer.clone()));
            if footers.len() > KEPT_FOOTERS {
                footers.pop_front();
            }
        }
        Ok(footer)
    }
}

/// The columns of a row group as they are stored, as far as the file has them: addresses as codes, the others as
/// Parquet's own reader gives them.
fn read_stored(
    file: File,
    footer: ArrowReaderMetadata,
    group: usize,
    rows: usize,
    fields: &[Field],
) -> Result<Vec<(Field, ArrayRef)>, ParquetError> {
    let metadata = Arc::clone(footer.metadata());
    let found = metadata.row_groups().get(group).filter(|found| found.num_rows() == rows as i64);
    let found = found.ok_or_else(|| ParquetError::General(format!("row group {group} is not as listed")))?;
    let mut columns = Vec::new();
    let mut stock = Vec::new();
    for field in fields {
        let Ok(root) = footer.schema().index_of(stored_name(*field)) else { continue };
        let chunk = found.columns().iter().find(|chunk| chunk.column_path().string() == stored_name(*field));
        match chunk.filter(|chunk| field.kind() == Kind::Ip && is_coded_addresses(chunk)) {
            Some(chunk) => columns.push((*field, read_addresses(&file, chunk, rows)?)),
            None => stock.push((*field, root)),
        }
    }
    if stock.is_empty() {
        return Ok(columns);
    }
    let mask = ProjectionMask::roots(footer.parquet_schema(), stock.iter().map(|(_, root)| *root));
    let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer)
        .with_projection(mask)
        .with_row_groups(vec![group])
        .with_batch_size(rows.max(1))
        .build()?;
    let batch =
        reader.next().ok_or_else(|| ParquetError::General(format!("row group {group} has no rows")))??;
    for (field, _) in stock {
        columns.extend(batch.column_by_name(stored_name(field)).map(|column| (field, Arc::clone(column))));
    }
    Ok(columns)
}

/// Makes a batch of stored columns: times turned back, fields in order.
fn to_logical(
    stored: &[(Field, ArrayRef)],
    rows: usize,
    fields: &[Field],
) -> Result<RecordBatch, ArrowError> {
    let find =
        |field: Field| stored.iter().find(|column| column.0 == field).map(|column| Arc::clone(&column.1));
    let times = Rebuilt::new(&find);
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    fields.dedup();
    let columns: Vec<(Field, ArrayRef)> = fields
        .into_iter()
        .filter(|field| !field.is_derived())
        .filter_map(|field| {
            let column = if field.kind() == Kind::Time { times.column(field) } else { find(field) };
            Some((field, as_today(field, column?)?))
        })
        .collect();
    let schema = Schema::new(columns.iter().map(|column| column.0.arrow()).collect::<Vec<_>>());
    RecordBatch::try_new_with_options(
        Arc::new(schema),
        columns.into_iter().map(|column| column.1).collect(),
        &RecordBatchOptions::new().with_row_count(Some(rows)),
    )
}

/// A column in the type that its field has today; `None` if that has become something else.
fn as_today(field: Field, column: ArrayRef) -> Option<ArrayRef> {
    let wanted = field.data_type();
    if *column.data_type() == wanted { Some(column) } else { cast(&column, &wanted).ok() }
}
