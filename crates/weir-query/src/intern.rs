//! Values of one field over all parts, each with a number of its own.

use std::cmp::Ordering;
use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use weir_filter::value::Value;
use weir_schema::{Field, Kind};

use crate::codes::{Key, SIGN, mix};

/// Numbers values in the order they come in; absence is number 0.
#[derive(Debug)]
pub(crate) struct Interner {
    kind: Kind,
    /// Half a hash and the code: growing the table and most comparisons need not look at the values.
    index: HashTable<(u32, u32)>,
    values: Values,
    text_bytes: usize,
}

#[derive(Debug)]
enum Values {
    Numbers(Vec<u64>),
    Ips(Vec<u128>),
    Texts(Vec<Box<str>>),
}

impl Interner {
    pub(crate) fn new(field: Field) -> Self {
        // Place 0 stands for absence and is never looked up by value.
        let values = match field.kind() {
            Kind::Ip => Values::Ips(vec![0]),
            Kind::Text | Kind::Map => Values::Texts(vec!["".into()]),
            _ => Values::Numbers(vec![0]),
        };
        Self { kind: field.kind(), index: HashTable::new(), values, text_bytes: 0 }
    }

    pub(crate) fn intern(&mut self, key: Key<'_>) -> u32 {
        match (&mut self.values, key) {
            (Values::Numbers(numbers), Key::Number(number)) => {
                find(&mut self.index, numbers, mix(number), |other| *other == number, || number)
            }
            (Values::Ips(ips), Key::Ip(ip)) => {
                find(&mut self.index, ips, mix_ip(ip), |other| *other == ip, || ip)
            }
            (Values::Texts(texts), Key::Text(text)) => {
                let before = texts.len();
                let hash = hash_text(text);
                let code = find(&mut self.index, texts, hash, |other| **other == *text, || text.into());
                if texts.len() > before {
                    self.text_bytes += text.len();
                }
                code
            }
            _ => 0,
        }
    }

    pub(crate) fn value(&self, code: u32) -> Value {
        if code == 0 {
            return Value::Null;
        }
        match &self.values {
            Values::Numbers(numbers) if self.kind == Kind::Time => {
                Value::Time((numbers[code as usize] ^ SIGN) as i64)
            }
            Values::Numbers(numbers) => Value::of_number(self.kind, numbers[code as usize]),
            Values::Ips(ips) => Value::of_address(ips[code as usize]),
            Values::Texts(texts) => Value::Text(texts[code as usize].to_string()),
        }
    }

    /// Orders values; absence comes first.
    pub(crate) fn order(&self, a: u32, b: u32) -> Ordering {
        if a == 0 || b == 0 {
            return a.cmp(&b);
        }
        let (a, b) = (a as usize, b as usize);
        match &self.values {
            Values::Numbers(numbers) => numbers[a].cmp(&numbers[b]),
            Values::Ips(ips) => ips[a].cmp(&ips[b]),
            Values::Texts(texts) => texts[a].cmp(&texts[b]),
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let values = match &self.values {
            Values::Numbers(numbers) => numbers.capacity() * 8,
            Values::Ips(ips) => ips.capacity() * 16,
            Values::Texts(texts) => texts.capacity() * 16 + self.text_bytes,
        };
        values + self.index.allocation_size()
    }
}

fn find<T>(
    index: &mut HashTable<(u32, u32)>,
    values: &mut Vec<T>,
    hash: u64,
    same: impl Fn(&T) -> bool,
    make: impl FnOnce() -> T,
) -> u32 {
    let half = (hash >> 32) as u32;
    match index.entry(
        whole(half),
        |entry| entry.0 == half && same(&values[entry.1 as usize]),
        |entry| whole(entry.0),
    ) {
        Entry::Occupied(entry) => entry.get().1,
        Entry::Vacant(place) => {
            let code = values.len() as u32;
            values.push(make());
            place.insert((half, code));
            code
        }
    }
}

/// The table takes its place from the lower bits of a hash and a tag from the upper ones.
pub(crate) fn whole(half: u32) -> u64 {
    u64::from(half) << 32 | u64::from(half)
}

fn mix_ip(ip: u128) -> u64 {
    mix(mix(ip as u64) ^ (ip >> 64) as u64)
}

fn hash_text(text: &str) -> u64 {
    FixedState::with_seed(0).hash_one(text)
}
