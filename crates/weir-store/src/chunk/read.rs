//! Reads an address column of a row group as it was written: as codes.

use std::fs::File;
use std::io::Cursor;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, DictionaryArray, FixedSizeBinaryArray, UInt32Array};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, Buffer, NullBuffer};
use bytes::Bytes;
use hashbrown::HashMap;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

use super::bits::{decode, decode_levels};

/// Whether a column chunk has addresses, and every one of its pages is of a kind that can be read here.
pub(crate) fn is_coded_addresses(column: &ColumnChunkMetaData) -> bool {
    let descr = column.column_descr();
    descr.physical_type() == Type::FIXED_LEN_BYTE_ARRAY
        && descr.type_length() == 16
        && descr.max_rep_level() == 0
        && descr.max_def_level() <= 1
        && column.encodings().all(|encoding| {
            matches!(
                encoding,
                Encoding::PLAIN | Encoding::RLE | Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY
            )
        })
}

/// Reads the chunk as a dictionary array of `rows` rows.
pub(crate) fn read_addresses(
    file: &File,
    column: &ColumnChunkMetaData,
    rows: usize,
) -> Result<ArrayRef, ParquetError> {
    let mut read = Read {
        rows,
        optional: column.column_descr().max_def_level() > 0,
        dictionary: Vec::new(),
        codes: Vec::with_capacity(rows),
        valid: None,
        known: None,
    };
    let chunk = Arc::new(Chunk::read(file, column)?);
    let mut pages = SerializedPageReader::new(chunk, column, rows, None)?;
    while let Some(page) = pages.get_next_page()? {
        read.add(page)?;
    }
    read.finish()
}

struct Read {
    rows: usize,
    optional: bool,
    /// 16 bytes for each code.
    dictionary: Vec<u8>,
    /// Of every row; 0 where there is no value.
    codes: Vec<u32>,
    /// Which rows have a value, once some have none.
    valid: Option<BooleanBufferBuilder>,
    /// The code of each value, when plain values are to be added.
    known: Option<HashMap<u128, u32>>,
}

impl Read {
    fn add(&mut self, page: Page) -> Result<(), ParquetError> {
        match page {
            Page::DictionaryPage { buf, num_values, .. } => {
                let values = buf.get(..num_values as usize * 16);
                self.dictionary = values.ok_or_else(|| wrong("dictionary page is too short"))?.to_vec();
                Ok(())
            }
            Page::DataPage { buf, num_values, encoding, .. } => {
                self.add_data(&buf, num_values as usize, encoding)
            }
            Page::DataPageV2 { .. } => Err(wrong("data page of version 2")),
        }
    }

    fn add_data(&mut self, page: &[u8], rows: usize, encoding: Encoding) -> Result<(), ParquetError> {
        if rows > self.rows - self.codes.len() {
            return Err(wrong("more values than the row group has rows"));
        }
        let from = self.codes.len();
        let (valid, values) = if self.optional {
            let (valid, values) = decode_levels(page, rows).ok_or_else(|| wrong("definition levels"))?;
            (Some(valid), values)
        } else {
            (None, page)
        };
        let there = valid.as_ref().map_or(rows, BooleanBuffer::count_set_bits);
        match encoding {
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                let (width, packed) = values.split_first().ok_or_else(|| wrong("no code width"))?;
                decode(packed, u32::from(*width), there, &mut self.codes).ok_or_else(|| wrong("codes"))?;
                let values = self.dictionary.len() / 16;
                if self.codes[from..].iter().any(|code| *code as usize >= values) {
                    return Err(wrong("a code beyond the dictionary"));
                }
            }
            Encoding::PLAIN => {
                let values = values.get(..there * 16).ok_or_else(|| wrong("too few values"))?;
                self.add_plain(values.as_chunks::<16>().0);
            }
            other => return Err(wrong(&format!("data page with encoding {other}"))),
        }
        self.spread(from, rows, valid);
        Ok(())
    }

    /// Adds what is new in a page to the dictionary.
    fn add_plain(&mut self, values: &[[u8; 16]]) {
        let (codes, dictionary) = (&mut self.codes, &mut self.dictionary);
        let known = self.known.get_or_insert_with(|| {
            let values = dictionary.as_chunks::<16>().0.iter();
            values.enumerate().map(|(code, value)| (u128::from_be_bytes(*value), code as u32)).collect()
        });
        codes.extend(values.iter().map(|value| {
            *known.entry(u128::from_be_bytes(*value)).or_insert_with(|| {
                dictionary.extend_from_slice(value);
                (dictionary.len() / 16 - 1) as u32
            })
        }));
    }

    /// Moves the codes of a page to the rows that have values.
    fn spread(&mut self, from: usize, rows: usize, valid: Option<BooleanBuffer>) {
        let there = self.codes.len() - from;
        if there == rows {
            if let Some(all) = &mut self.valid {
                all.append_n(rows, true);
            }
            return;
        }
        let Some(valid) = valid else { return };
        let mut codes = vec![0; rows];
        for (row, code) in valid.set_indices().zip(&self.codes[from..]) {
            codes[row] = *code;
        }
        self.codes.truncate(from);
        self.codes.extend(codes);
        let all = self.valid.get_or_insert_with(|| {
            let mut all = BooleanBufferBuilder::new(self.rows);
            all.append_n(from, true);
            all
        });
        all.append_buffer(&valid);
    }

    fn finish(self) -> Result<ArrayRef, ParquetError> {
        if self.codes.len() != self.rows {
            return Err(wrong("fewer values than the row group has rows"));
        }
        let nulls = self.valid.map(|mut valid| NullBuffer::new(valid.finish()));
        let values = FixedSizeBinaryArray::try_new(16, Buffer::from(self.dictionary), None)?;
        let keys = UInt32Array::try_new(self.codes.into(), nulls)?;
        Ok(Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, Arc::new(values))?))
    }
}

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(format!("cannot read the codes of an address column: {what}"))
}

/// The bytes of a column chunk.
struct Chunk {
    start: u64,
    bytes: Bytes,
}

impl Chunk {
    fn read(file: &File, column: &ColumnChunkMetaData) -> Result<Self, ParquetError> {
        let (start, length) = column.byte_range();
        let there = file.metadata()?.len();
        if start.checked_add(length).is_none_or(|end| end > there) {
            return Err(wrong("the file ends before the column chunk does"));
        }
        let mut bytes = vec![0; length as usize];
        file.read_exact_at(&mut bytes, start)?;
        Ok(Self { start, bytes: bytes.into() })
    }

    fn from(&self, start: u64) -> Result<Bytes, ParquetError> {
        let at = start.checked_sub(self.start).filter(|at| *at <= self.bytes.len() as u64);
        at.map(|at| self.bytes.slice(at as usize..))
            .ok_or_else(|| wrong("a page outside of the column chunk"))
    }
}

impl Length for Chunk {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Chunk {
    type T = Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(Cursor::new(self.from(start)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let bytes = self.from(start)?;
        if length > bytes.len() {
            return Err(wrong("a page that ends outside of the column chunk"));
        }
        Ok(bytes.slice(..length))
    }
}
