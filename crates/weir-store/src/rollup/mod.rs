//! Sums of the rows of a compacted segment, minute by minute: far fewer rows, for questions about long ranges.
//!
//! They are exact. A minute is that of `time`. Each compacted segment has one of each kind, a Parquet file in `rollups/`;
//! they are listed in the same transaction as the segment, and stay longer than it.

mod list;
mod sums;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use weir_schema::Field;

use crate::StoreError;
use crate::read::Files;
use crate::segment::Segment;

pub(crate) use list::{publish, read_published};

/// The folder of the roll-ups within the data directory.
pub(crate) const FOLDER: &str = "rollups";

/// What rows are added up by, beside the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollupKind {
    /// `exporter`, `app`, `protocol`, `flow_direction`, `kind`.
    Applications,
    /// `exporter` and `interface`: what came in through it, and what went out.
    Interfaces,
}

impl RollupKind {
    /// Every kind.
    pub const ALL: [RollupKind; 2] = [RollupKind::Applications, RollupKind::Interfaces];

    /// Its name, also in the names of files.
    pub fn name(self) -> &'static str {
        match self {
            RollupKind::Applications => "applications",
            RollupKind::Interfaces => "interfaces",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The sums of a segment, as they are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollupFile {
    /// What its rows are added up by.
    pub kind: RollupKind,
    /// The segment whose rows it adds up: all of them, and no others. The segment may be gone by now.
    pub segment: u64,
    /// Its path within the data directory.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// As that of the segment.
    pub created_ns: i64,
    /// Earliest `time` of the rows that were added up.
    pub min_time: i64,
    /// Latest `time` of them.
    pub max_time: i64,
}

/// Sums that can be read.
#[derive(Debug, Clone)]
pub struct Rollup {
    pub(crate) file: Arc<RollupFile>,
    pub(crate) files: Arc<Files>,
}

impl Rollup {
    /// What is listed of it.
    pub fn file(&self) -> &RollupFile {
        &self.file
    }

    /// The sums. `time` is the start of the minute; `rows`, `bytes`, `packets`, `bytes_scaled`, `packets_scaled` and
    /// `sampled_rows` are sums (of interfaces one of each with `in_` and `out_` before it); the others are what they
    /// are of.
    pub fn read(&self) -> Result<RecordBatch, StoreError> {
        let path = self.files.dir().join(&self.file.path);
        let failed = |source| StoreError::Segment { action: "read", path: path.clone(), source };
        let file = File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => StoreError::Gone { path: path.clone() },
            _ => StoreError::io("open", &path, source),
        })?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(self.file.rows.max(1) as usize).build());
        let batch = reader.map_err(failed)?.next();
        let batch = batch.ok_or_else(|| failed(ParquetError::General("it has no rows".to_owned())))?;
        batch.map_err(|error| failed(error.into()))
    }
}

/// Adds up the rows of segments; nothing for those that have no traffic.
pub(crate) fn add_up(
    files: &Files,
    inputs: &[Arc<Segment>],
    pause: &dyn Fn() -> Result<(), StoreError>,
) -> Result<Vec<(RollupKind, RecordBatch)>, StoreError> {
    let mut sums = sums::Sums::default();
    let traffic = inputs.iter().map(|segment| Ok(files.fields(segment)?.contains(&Field::Bytes)));
    if !traffic.collect::<Result<Vec<bool>, StoreError>>()?.contains(&true) {
        return Ok(Vec::new());
    }
    for segment in inputs {
        for group in 0..segment.row_groups.len() {
            pause()?;
            sums.add(&files.read(segment, group, &sums::FIELDS)?);
        }
    }
    let batches =
        [(RollupKind::Applications, sums.applications()?), (RollupKind::Interfaces, sums.interfaces()?)];
    Ok(batches.into_iter().filter(|(_, batch)| batch.num_rows() > 0).collect())
}

/// Writes sums to a file of their own, durably.
pub(crate) fn write_file(
    dir: &Path,
    kind: RollupKind,
    sums: &RecordBatch,
    segment: &Segment,
) -> Result<RollupFile, StoreError> {
    let folder = dir.join(FOLDER);
    let name = format!("{FOLDER}/{:016}.{}.parquet", segment.id, kind.name());
    let path = dir.join(&name);
    let io = |source| StoreError::io("write", &path, source);
    let failed = |source| StoreError::Segment { action: "write", path: path.clone(), source };
    crate::startup::create_directory(&folder).map_err(io)?;
    let file = File::create(&path).map_err(io)?;
    let properties = WriterProperties::builder()
        .set_created_by(concat!("weir ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default()))
        .build();
    let mut writer = ArrowWriter::try_new(file, sums.schema(), Some(properties)).map_err(failed)?;
    writer.write(sums).map_err(failed)?;
    let file = writer.into_inner().map_err(failed)?;
    file.sync_all().map_err(io)?;
    File::open(&folder).and_then(|folder| folder.sync_all()).map_err(io)?;
    Ok(RollupFile {
        kind,
        segment: segment.id,
        path: name,
        rows: sums.num_rows() as u64,
        bytes: file.metadata().map_err(io)?.len(),
        created_ns: segment.created_ns,
        min_time: segment.min_time,
        max_time: segment.max_time,
    })
}
