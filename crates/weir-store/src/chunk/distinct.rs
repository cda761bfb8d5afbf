//! Values, each once, by the number that they were given when they first came.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

/// Values by number.
pub(crate) trait Distinct {
    /// How many there are.
    fn len(&self) -> usize;
    /// The bytes of a value; they sort as the values do.
    fn value(&self, number: u32) -> &[u8];
    /// Appends a value as Parquet writes it plainly.
    fn write_plain(&self, number: u32, out: &mut Vec<u8>);
}

/// Addresses. Columns of one batch share a dictionary, whose addresses are looked up once for all of them.
#[derive(Default)]
pub(crate) struct Addresses {
    /// The numbers by what they stand for.
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
    bytes: Vec<u8>,
    /// The last dictionary that was looked up.
    last: Option<(ArrayRef, Arc<[u32]>)>,
}

impl Addresses {
    /// The number of each value of a dictionary.
    pub(crate) fn translate(&mut self, values: &ArrayRef) -> Arc<[u32]> {
        if let Some((last, table)) = &self.last
            && Arc::ptr_eq(last, values)
        {
            return Arc::clone(table);
        }
        let addresses = values.as_fixed_size_binary().value_data().as_chunks::<16>().0;
        let table: Arc<[u32]> = addresses.iter().map(|address| self.number(*address)).collect();
        self.last = Some((Arc::clone(values), Arc::clone(&table)));
        table
    }

    /// The number of an address.
    pub(crate) fn number(&mut self, address: [u8; 16]) -> u32 {
        let (bytes, hasher) = (&mut self.bytes, &self.hasher);
        let known = |number: &u32| bytes.as_chunks::<16>().0[*number as usize];
        let hash = |address: [u8; 16]| hasher.hash_one(u128::from_be_bytes(address));
        let entry = self.numbers.entry(
            hash(address),
            |number| known(number) == address,
            |number| hash(known(number)),
        );
        match entry {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let number = (bytes.len() / 16) as u32;
                bytes.extend_from_slice(&address);
                entry.insert(number);
                number
            }
        }
    }

    /// All of them, 16 bytes each, by number.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl Distinct for Addresses {
    fn len(&self) -> usize {
        self.numbers.len()
    }

    fn value(&self, number: u32) -> &[u8] {
        let at = number as usize * 16;
        &self.bytes[at..at + 16]
    }

    fn write_plain(&self, number: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(self.value(number));
    }
}

/// Texts of a column.
#[derive(Default)]
pub(crate) struct Texts {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Texts {
    /// The number of each value of a dictionary.
    pub(crate) fn translate(&mut self, values: &ArrayRef) -> Arc<[u32]> {
        let values = values.as_string::<i32>();
        (0..values.len()).map(|at| self.number(values.value(at))).collect()
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let (text, number) = (Arc::<str>::from(text), self.texts.len() as u32);
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }
}

impl Distinct for Texts {
    fn len(&self) -> usize {
        self.texts.len()
    }

    fn value(&self, number: u32) -> &[u8] {
        self.texts[number as usize].as_bytes()
    }

    fn write_plain(&self, number: u32, out: &mut Vec<u8>) {
        let text = self.value(number);
        out.extend_from_slice(&(text.len() as u32).to_le_bytes());
        out.extend_from_slice(text);
    }
}
