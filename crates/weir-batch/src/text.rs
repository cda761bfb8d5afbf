//! A text column: each distinct text once per batch, rows hold codes.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, DictionaryArray, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::column::Typed;

/// Codes and their dictionary.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) codes: Typed<u32>,
    table: HashTable<u32>,
    bytes: String,
    ends: Vec<i32>,
    last: u32,
    hasher: RandomState,
    scratch: String,
}

impl Text {
    /// The code of a text; also how many bytes the batch grew by.
    pub(crate) fn intern(&mut self, text: &str) -> (u32, usize) {
        match self.find(text.as_bytes()) {
            Ok(code) => (code, 0),
            Err(hash) => self.insert(text, hash),
        }
    }

    /// The code of a text that is known, else its hash. What is found is UTF-8, as all that was inserted.
    #[inline]
    pub(crate) fn find(&mut self, text: &[u8]) -> Result<u32, u64> {
        if slice(self.bytes.as_bytes(), &self.ends, self.last) == Some(text) {
            return Ok(self.last);
        }
        let hash = self.hasher.hash_one(text);
        let (bytes, ends) = (self.bytes.as_bytes(), &self.ends);
        match self.table.find(hash, |code| slice(bytes, ends, *code) == Some(text)) {
            Some(code) => {
                self.last = *code;
                Ok(*code)
            }
            None => Err(hash),
        }
    }

    /// Takes a text in that was not found.
    pub(crate) fn insert(&mut self, text: &str, hash: u64) -> (u32, usize) {
        let code = self.ends.len() as u32;
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as i32);
        let (bytes, ends, hasher) = (self.bytes.as_bytes(), &self.ends, &self.hasher);
        self.table
            .insert_unique(hash, code, |code| hasher.hash_one(slice(bytes, ends, *code).unwrap_or_default()));
        self.last = code;
        (code, text.len() + 16)
    }

    /// Interns what `write` writes, unless that is nothing.
    pub(crate) fn intern_written(&mut self, write: impl FnOnce(&mut String)) -> Option<(u32, usize)> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        write(&mut scratch);
        let code = (!scratch.is_empty()).then(|| self.intern(&scratch));
        self.scratch = scratch;
        code
    }

    /// The text of a code.
    pub(crate) fn text(&self, code: u32) -> Option<&str> {
        slice(self.bytes.as_bytes(), &self.ends, code).and_then(|text| std::str::from_utf8(text).ok())
    }

    pub(crate) fn array(&mut self, rows: usize) -> ArrayRef {
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        let bytes = std::mem::take(&mut self.bytes).into_bytes();
        let values =
            StringArray::new(OffsetBuffer::new(ScalarBuffer::from(offsets)), Buffer::from(bytes), None);
        self.table.clear();
        Arc::new(DictionaryArray::new(self.codes.array::<UInt32Type>(rows), Arc::new(values)))
    }
}

#[inline]
fn slice<'a>(bytes: &'a [u8], ends: &[i32], code: u32) -> Option<&'a [u8]> {
    let code = code as usize;
    let start = if code == 0 { 0 } else { *ends.get(code - 1)? as usize };
    bytes.get(start..*ends.get(code)? as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_code() {
        let mut text = Text::default();
        let (a, b) = (text.intern("a").0, text.intern("").0);
        assert_eq!((text.intern("a").0, text.intern("").0, text.intern("b").0), (a, b, 2));
    }
}
