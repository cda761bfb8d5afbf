//! Writes a column of dictionary codes as a column chunk.
//!
//! Each batch has a dictionary of its own. Its values are numbered by `distinct`, once for all columns; a column chunk
//! has the values that really come up in it, in the order in which they do, and rows get their codes by a table look-up.
//! When the dictionary outgrows its limit, the pages from there on hold their values plainly.

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::schema::types::ColumnDescPtr;

use super::bits::{encode, width_of};
use super::distinct::Distinct;
use super::pages::{Bounds, Chunk, DataPage, Pages};

/// When a page ends, and a dictionary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Rows of a page.
    pub(crate) page_rows: usize,
    /// A dictionary that takes more bytes than this grows no further.
    pub(crate) dictionary_bytes: usize,
}

/// The number of no value.
pub(crate) const NONE: u32 = u32::MAX;

/// A column chunk while it is filled.
pub(crate) struct CodedColumn<'a> {
    distinct: &'a dyn Distinct,
    limits: Limits,
    pages: Pages,
    /// The values of the dictionary, by code.
    dictionary: Vec<u32>,
    /// The code of each value, or `NONE`.
    codes: Vec<u32>,
    dictionary_page: Vec<u8>,
    is_full: bool,
    page: Page,
    /// The last page that each value was seen in, by code.
    seen: Vec<u32>,
    pages_done: u32,
    /// The codes of the batch at hand, by the code in the batch.
    of_batch: Vec<u32>,
    values: Vec<u8>,
}

/// The rows of the page at hand.
struct Page {
    valid: BooleanBufferBuilder,
    /// Codes of the rows that are there, or the numbers of their values when the dictionary is full.
    codes: Vec<u32>,
}

impl<'a> CodedColumn<'a> {
    /// A chunk of values that are all known.
    pub(crate) fn new(
        column: ColumnDescPtr,
        distinct: &'a dyn Distinct,
        limits: Limits,
    ) -> Result<Self, ParquetError> {
        Ok(Self {
            distinct,
            limits,
            pages: Pages::new(column)?,
            dictionary: Vec::new(),
            codes: vec![NONE; distinct.len()],
            dictionary_page: Vec::new(),
            is_full: false,
            page: Page { valid: BooleanBufferBuilder::new(limits.page_rows), codes: Vec::new() },
            seen: Vec::new(),
            pages_done: 0,
            of_batch: Vec::new(),
            values: Vec::new(),
        })
    }

    /// Adds rows that have no value.
    pub(crate) fn add_nulls(&mut self, rows: usize) -> Result<(), ParquetError> {
        let mut left = rows;
        while left > 0 {
            let now = left.min(self.room());
            self.page.valid.append_n(now, false);
            left -= now;
            self.end_full_page()?;
        }
        Ok(())
    }

    /// Adds the rows of a batch; `numbers` has the number of each value of its dictionary.
    pub(crate) fn add(&mut self, column: &ArrayRef, numbers: &[u32]) -> Result<(), ParquetError> {
        let keys = column.as_dictionary::<UInt32Type>().keys();
        let nulls = keys.nulls().filter(|nulls| nulls.null_count() > 0);
        self.of_batch.clear();
        self.of_batch.resize(numbers.len(), NONE);
        let mut from = 0;
        while from < keys.len() {
            let until = keys.len().min(from + self.room());
            let rows = &keys.values()[from..until];
            match nulls {
                None => {
                    self.page.valid.append_n(rows.len(), true);
                    self.add_codes(rows.iter().copied(), numbers);
                }
                Some(nulls) => {
                    let valid = nulls.inner().slice(from, until - from);
                    self.page.valid.append_buffer(&valid);
                    // The code of a row without a value may be anything.
                    self.add_codes(valid.set_indices().map(|row| rows[row]), numbers);
                }
            }
            from = until;
            self.end_full_page()?;
        }
        Ok(())
    }

    /// Adds rows by the numbers of their values; [`NONE`] for a row without one.
    pub(crate) fn add_numbers(&mut self, rows: impl Iterator<Item = u32>) -> Result<(), ParquetError> {
        for number in rows {
            self.page.valid.append(number != NONE);
            if number != NONE {
                let code = if self.is_full { number } else { self.code_of(number) };
                self.page.codes.push(code);
            }
            self.end_full_page()?;
        }
        Ok(())
    }

    /// The code of a value in the dictionary, to which it is added if it is not there.
    fn code_of(&mut self, number: u32) -> u32 {
        let code = &mut self.codes[number as usize];
        if *code == NONE {
            *code = self.dictionary.len() as u32;
            self.dictionary.push(number);
            self.distinct.write_plain(number, &mut self.dictionary_page);
        }
        *code
    }

    fn add_codes(&mut self, rows: impl Iterator<Item = u32>, numbers: &[u32]) {
        if self.is_full {
            self.page.codes.extend(rows.map(|key| numbers[key as usize]));
            return;
        }
        for key in rows {
            let key = key as usize;
            let mut code = self.of_batch[key];
            if code == NONE {
                code = self.code_of(numbers[key]);
                self.of_batch[key] = code;
            }
            self.page.codes.push(code);
        }
    }

    fn room(&self) -> usize {
        self.limits.page_rows - self.page.valid.len()
    }

    fn end_full_page(&mut self) -> Result<(), ParquetError> {
        if self.room() == 0 { self.end_page() } else { Ok(()) }
    }

    fn end_page(&mut self) -> Result<(), ParquetError> {
        if self.page.valid.is_empty() {
            return Ok(());
        }
        let valid: BooleanBuffer = self.page.valid.finish();
        self.values.clear();
        if self.is_full {
            for number in &self.page.codes {
                self.distinct.write_plain(*number, &mut self.values);
            }
        } else {
            let width = width_of(self.page.codes.iter().copied().max().unwrap_or(0));
            self.values.push(width as u8);
            encode(&self.page.codes, width, &mut self.values);
        }
        let bounds = self.bounds();
        let encoding = if self.is_full { Encoding::PLAIN } else { Encoding::RLE_DICTIONARY };
        self.pages.add(DataPage { valid: &valid, encoding, values: &self.values, bounds })?;
        self.page.codes.clear();
        self.pages_done += 1;
        if self.dictionary_page.len() > self.limits.dictionary_bytes {
            self.is_full = true;
        }
        Ok(())
    }

    /// Smallest and largest value of the page. Each value is looked at once.
    fn bounds(&mut self) -> Option<Bounds> {
        let distinct = self.distinct;
        let compare = |a: u32, b: u32| distinct.value(a).cmp(distinct.value(b));
        let mut bounds = None;
        if self.is_full {
            for number in &self.page.codes {
                Bounds::include(&mut bounds, *number, compare);
            }
        } else {
            let page = self.pages_done + 1;
            self.seen.resize(self.dictionary.len(), 0);
            for code in &self.page.codes {
                let last = &mut self.seen[*code as usize];
                if *last != page {
                    *last = page;
                    Bounds::include(&mut bounds, self.dictionary[*code as usize], compare);
                }
            }
        }
        let value = |number| distinct.value(number).to_vec();
        bounds.map(|(least, most)| Bounds { least: value(least), most: value(most) })
    }

    /// The chunk, and the numbers of the values in its dictionary; nothing where that is not all of them.
    pub(crate) fn finish(mut self) -> Result<(Chunk, Option<Vec<u32>>), ParquetError> {
        self.end_page()?;
        let chunk = self.pages.finish(&self.dictionary_page, self.dictionary.len())?;
        Ok((chunk, (!self.is_full).then_some(self.dictionary)))
    }
}
