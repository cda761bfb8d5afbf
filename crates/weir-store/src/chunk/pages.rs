//! The data pages of a column chunk, compressed as they come, with what the page index and the footer say of them.

use std::cmp::Ordering;

use arrow_buffer::BooleanBuffer;
use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Compression, Encoding, EncodingMask, PageType, Type, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, LevelHistogram, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::bits::encode_levels;

const ZSTD_LEVEL: i32 = 1;
/// Longer values are not kept as bounds.
const BOUND_BYTES: usize = 64;

/// Smallest and largest value of a page or a chunk, as bytes that sort as the values do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) least: Vec<u8>,
    pub(super) most: Vec<u8>,
}

/// A data page before it is compressed.
pub(super) struct DataPage<'a> {
    /// Which of its rows are there.
    pub(super) valid: &'a BooleanBuffer,
    pub(super) encoding: Encoding,
    /// The encoded values of the rows that are there.
    pub(super) values: &'a [u8],
    /// Of those values, if there are any.
    pub(super) bounds: Option<Bounds>,
}

/// A column chunk while its pages come.
pub(super) struct Pages {
    column: ColumnDescPtr,
    compressor: zstd::bulk::Compressor<'static>,
    data: Vec<CompressedPage>,
    offsets: OffsetIndexBuilder,
    index: ColumnIndexBuilder,
    last: Option<Bounds>,
    ascending: bool,
    descending: bool,
    /// Of the chunk; without, when a value was too long to say.
    bounds: Option<Bounds>,
    bounded: bool,
    nulls: u64,
    rows: u64,
    body: Vec<u8>,
}

/// A chunk as it goes into the row group.
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    pub(crate) close: ColumnCloseResult,
}

impl Pages {
    pub(super) fn new(column: ColumnDescPtr) -> Result<Self, ParquetError> {
        Ok(Self {
            index: ColumnIndexBuilder::new(column.physical_type()),
            column,
            compressor: zstd::bulk::Compressor::new(ZSTD_LEVEL)?,
            data: Vec::new(),
            offsets: OffsetIndexBuilder::new(),
            last: None,
            ascending: true,
            descending: true,
            bounds: None,
            bounded: true,
            nulls: 0,
            rows: 0,
            body: Vec::new(),
        })
    }

    pub(super) fn add(&mut self, page: DataPage<'_>) -> Result<(), ParquetError> {
        let rows = page.valid.len();
        let nulls = rows - page.valid.count_set_bits();
        if nulls > 0 && self.column.max_def_level() == 0 {
            let path = self.column.path();
            return Err(ParquetError::General(format!("`{path}` must have a value in every row")));
        }
        let mut body = std::mem::take(&mut self.body);
        body.clear();
        if self.column.max_def_level() > 0 {
            encode_levels(page.valid, &mut body);
        }
        body.extend_from_slice(page.values);
        let compressed = CompressedPage::new(
            Page::DataPage {
                buf: self.compressor.compress(&body)?.into(),
                num_values: rows as u32,
                encoding: page.encoding,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            },
            body.len(),
        );
        self.data.push(compressed);
        self.body = body;
        self.offsets.append_row_count(rows as i64);
        self.rows += rows as u64;
        self.nulls += nulls as u64;
        self.index_page(page.bounds, nulls as i64, rows == nulls);
        if let Some(mut levels) = LevelHistogram::try_new(self.column.max_def_level()) {
            levels.increment_by(0, nulls as i64);
            levels.increment_by(1, (rows - nulls) as i64);
            self.index.append_histograms(&None, &Some(levels));
        }
        Ok(())
    }

    fn index_page(&mut self, bounds: Option<Bounds>, nulls: i64, null_page: bool) {
        if null_page {
            self.index.append(true, Vec::new(), Vec::new(), nulls, None);
            return;
        }
        let short = |bounds: &Bounds| bounds.least.len().max(bounds.most.len()) <= BOUND_BYTES;
        let Some(bounds) = bounds.filter(short) else {
            self.index.to_invalid();
            self.bounded = false;
            return;
        };
        if let Some(last) = self.last.take() {
            self.ascending &= last.least <= bounds.least && last.most <= bounds.most;
            self.descending &= last.least >= bounds.least && last.most >= bounds.most;
        }
        self.bounds = Some(match self.bounds.take() {
            None => bounds.clone(),
            Some(all) => {
                Bounds { least: all.least.min(bounds.least.clone()), most: all.most.max(bounds.most.clone()) }
            }
        });
        if self.index.valid() {
            self.index.append(false, bounds.least.clone(), bounds.most.clone(), nulls, None);
        }
        self.last = Some(bounds);
    }

    /// Puts the chunk together: first the dictionary, its values written plainly, even where there are none.
    pub(super) fn finish(mut self, dictionary: &[u8], values: usize) -> Result<Chunk, ParquetError> {
        let mut out = TrackedWrite::new(Vec::new());
        let mut writer = SerializedPageWriter::new(&mut out);
        let page = Page::DictionaryPage {
            buf: self.compressor.compress(dictionary)?.into(),
            num_values: values as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let spec = writer.write_page(CompressedPage::new(page, dictionary.len()))?;
        let (mut compressed, mut uncompressed) = (spec.compressed_size, spec.uncompressed_size);
        let data_from = compressed;
        let mut encodings = vec![Encoding::RLE, Encoding::PLAIN];
        let (page_type, encoding) = (PageType::DICTIONARY_PAGE, Encoding::PLAIN);
        let mut stats = vec![PageEncodingStats { page_type, encoding, count: 1 }];
        for page in self.data {
            let (page_type, encoding) = (PageType::DATA_PAGE, page.encoding());
            let spec = writer.write_page(page)?;
            self.offsets.append_offset_and_size(spec.offset as i64, spec.compressed_size as i32);
            compressed += spec.compressed_size;
            uncompressed += spec.uncompressed_size;
            encodings.push(encoding);
            match stats.last_mut() {
                Some(last) if (last.page_type, last.encoding) == (page_type, encoding) => last.count += 1,
                _ => stats.push(PageEncodingStats { page_type, encoding, count: 1 }),
            }
        }
        let bounds = self.bounds.filter(|_| self.bounded);
        let levels = LevelHistogram::try_new(self.column.max_def_level()).map(|mut levels| {
            levels.increment_by(0, self.nulls as i64);
            levels.increment_by(1, (self.rows - self.nulls) as i64);
            levels
        });
        let metadata = ColumnChunkMetaData::builder(self.column.clone())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_encodings_mask(EncodingMask::new_from_encodings(encodings.iter()))
            .set_page_encoding_stats(stats)
            .set_total_compressed_size(compressed as i64)
            .set_total_uncompressed_size(uncompressed as i64)
            .set_num_values(self.rows as i64)
            .set_dictionary_page_offset(Some(0))
            .set_data_page_offset(data_from as i64)
            .set_definition_level_histogram(levels)
            .set_statistics(statistics(self.column.physical_type(), bounds, self.nulls))
            .build()?;
        self.index.set_boundary_order(match (self.ascending, self.descending) {
            (true, _) => BoundaryOrder::ASCENDING,
            (false, true) => BoundaryOrder::DESCENDING,
            (false, false) => BoundaryOrder::UNORDERED,
        });
        let column_index = if self.index.valid() { Some(self.index.build()?) } else { None };
        let bytes: Bytes = out.into_inner()?.into();
        Ok(Chunk {
            close: ColumnCloseResult {
                bytes_written: bytes.len() as u64,
                rows_written: self.rows,
                metadata,
                bloom_filter: None,
                column_index,
                offset_index: Some(self.offsets.build()),
            },
            bytes,
        })
    }
}

fn statistics(physical: Type, bounds: Option<Bounds>, nulls: u64) -> Statistics {
    let (least, most) = bounds.map(|bounds| (bounds.least, bounds.most)).unzip();
    if physical == Type::FIXED_LEN_BYTE_ARRAY {
        let value = |bytes: Vec<u8>| FixedLenByteArray::from(bytes);
        return ValueStatistics::new(least.map(value), most.map(value), None, Some(nulls), false).into();
    }
    let value = |bytes: Vec<u8>| ByteArray::from(bytes);
    ValueStatistics::new(least.map(value), most.map(value), None, Some(nulls), false).into()
}

impl Bounds {
    /// Makes room for a value.
    pub(super) fn include(
        bounds: &mut Option<(u32, u32)>,
        number: u32,
        compare: impl Fn(u32, u32) -> Ordering,
    ) {
        let (least, most) = bounds.get_or_insert((number, number));
        if compare(number, *least).is_lt() {
            *least = number;
        }
        if compare(number, *most).is_gt() {
            *most = number;
        }
    }
}
