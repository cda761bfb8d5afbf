//! One value of a flow, as keys and sets keep it.

use arrow_array::{Array, ArrayRef, RecordBatch};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use weir_filter::column::{Cells, address, resolve};
use weir_filter::value::{Value, display};
use weir_filter::{Check, Expr, Item, Network, Subject, Test};
use weir_schema::Field;

/// A value that can be compared and kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Atom {
    Absent,
    Number(u64),
    Time(i64),
    Address(u128),
    Text(String),
}

impl Atom {
    pub(super) fn read(cells: Cells<'_>, row: usize) -> Self {
        match cells {
            Cells::U8(array) if array.is_valid(row) => Atom::Number(array.value(row).into()),
            Cells::U16(array) if array.is_valid(row) => Atom::Number(array.value(row).into()),
            Cells::U32(array) if array.is_valid(row) => Atom::Number(array.value(row).into()),
            Cells::U64(array) if array.is_valid(row) => Atom::Number(array.value(row)),
            Cells::Time(array) if array.is_valid(row) => Atom::Time(array.value(row)),
            Cells::Ip(keys, values) if keys.is_valid(row) && values.is_valid(keys.value(row) as usize) => {
                Atom::Address(address(values, keys.value(row) as usize))
            }
            Cells::Text(keys, values) if keys.is_valid(row) && values.is_valid(keys.value(row) as usize) => {
                Atom::Text(values.value(keys.value(row) as usize).to_owned())
            }
            _ => Atom::Absent,
        }
    }

    /// As the filter language writes it, without quotes.
    pub(super) fn text(&self, field: Field) -> String {
        let value = match self {
            Atom::Absent => return "absent".to_owned(),
            Atom::Number(number) => Value::of_number(field.kind(), *number),
            Atom::Time(time) => Value::Time(*time),
            Atom::Address(bits) => Value::of_address(*bits),
            Atom::Text(text) => return text.clone(),
        };
        display(field, &value)
    }

    /// The condition that a field has this value.
    pub(super) fn condition(&self, field: Field) -> Expr {
        match self {
            Atom::Absent => {
                Expr::not(Expr::Test(Test { subject: Subject::Field(field), check: Check::Exists }))
            }
            Atom::Number(number) => Expr::is(field, Item::number(*number)),
            Atom::Time(time) => Expr::is(field, Item::number(*time)),
            Atom::Address(bits) => Expr::is(field, Item::Network(Network::new(*bits, 128))),
            Atom::Text(text) => Expr::is(field, Item::Text(text.clone())),
        }
    }

    /// Adds this value to a hash. The same on every machine and in every version: hashes are saved.
    pub(super) fn mix(&self, hash: u64) -> u64 {
        match self {
            Atom::Absent => mix(hash, 0),
            Atom::Number(number) => mix(mix(hash, 1), *number),
            Atom::Time(time) => mix(mix(hash, 2), *time as u64),
            Atom::Address(bits) => mix(mix(mix(hash, 3), *bits as u64), (*bits >> 64) as u64),
            Atom::Text(text) => text.bytes().fold(mix(hash, 4), |hash, byte| mix(hash, byte.into())),
        }
    }

    /// Bytes beyond the value itself.
    pub(super) fn heap(&self) -> usize {
        if let Atom::Text(text) = self { text.capacity() } else { 0 }
    }
}

/// One round of the SplitMix64 generator (Steele, Lea and Flood, 2014), which spreads every bit over all.
fn mix(hash: u64, value: u64) -> u64 {
    let mut z = (hash ^ value).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The columns of a batch that rules asked for, each found once.
pub(super) struct Columns<'a> {
    pub(super) batch: &'a RecordBatch,
    found: HashMap<Field, Option<ArrayRef>>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(batch: &'a RecordBatch) -> Self {
        Self { batch, found: HashMap::new() }
    }

    pub(super) fn get(&mut self, field: Field) -> Option<ArrayRef> {
        self.found.entry(field).or_insert_with(|| resolve(self.batch, field)).clone()
    }
}
