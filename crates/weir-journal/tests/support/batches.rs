//! Batches of any shape, for property tests: every field, nulls, runs, absurd times, shared and unshared dictionaries.

use std::sync::Arc;

use arrow_array::builder::{MapBuilder, MapFieldNames, StringBuilder};
use arrow_array::types::UInt32Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, StringArray,
    TimestampNanosecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_buffer::Buffer;
use arrow_schema::Schema;
use proptest::prelude::*;
use weir_schema::{Field, Kind};

/// Any batch of up to `max_rows` rows.
pub(super) fn any_batch(max_rows: usize) -> impl Strategy<Value = RecordBatch> {
    let stored: Vec<Field> = Field::stored().skip(2).collect();
    let count = stored.len();
    let fields = proptest::sample::subsequence(stored, 0..=count);
    (1..=max_rows, fields, any::<u64>()).prop_map(|(rows, fields, seed)| batch(rows, &fields, seed))
}

/// A batch with `time`, `received` and the given fields; the seed decides on everything else.
pub(super) fn batch(rows: usize, fields: &[Field], seed: u64) -> RecordBatch {
    let mut dice = Dice(seed);
    let addresses = addresses(&mut dice, rows);
    let mut all = [&[Field::Time, Field::Received], fields].concat();
    all.sort_unstable();
    all.dedup();
    let columns: Vec<(Field, ArrayRef)> = all
        .into_iter()
        .map(|field| (field, column(field, rows, &addresses, &mut dice)))
        .filter(|(_, array)| array.null_count() < array.len())
        .collect();
    let schema = Schema::new(columns.iter().map(|column| column.0.arrow()).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|column| column.1).collect()).unwrap()
}

/// A small, fast source of numbers (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// Numbers of one of several shapes, null in a share of the rows if they may be.
    fn numbers(&mut self, rows: usize, nullable: bool) -> Vec<Option<u64>> {
        let shape = self.below(5);
        let null_share = if nullable { [0, 0, 3, 10][self.below(4)] } else { 0 };
        let base = self.next() >> self.below(64);
        let mut last = base;
        (0..rows)
            .map(|row| {
                let value = match shape {
                    0 => base,
                    1 => base.wrapping_add(row as u64 / 7),
                    2 => base.wrapping_add(self.next() % 1000),
                    3 => self.next() >> self.below(64),
                    _ => {
                        last = last.wrapping_add(self.next() % 5 * 1_000_000);
                        last
                    }
                };
                (self.below(11) >= null_share).then_some(value)
            })
            .collect()
    }
}

fn addresses(dice: &mut Dice, rows: usize) -> ArrayRef {
    let count = 1 + dice.below(rows * 2);
    let mut bytes = Vec::new();
    for _ in 0..count {
        let mut address = [0u8; 16];
        address[..8].copy_from_slice(&dice.next().to_be_bytes());
        address[8..].copy_from_slice(&dice.next().to_be_bytes());
        if dice.below(4) > 0 {
            address[..12].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
        }
        bytes.extend_from_slice(&address);
    }
    Arc::new(FixedSizeBinaryArray::new(16, Buffer::from(bytes), None))
}

fn column(field: Field, rows: usize, addresses: &ArrayRef, dice: &mut Dice) -> ArrayRef {
    let numbers = dice.numbers(rows, !matches!(field, Field::Time | Field::Received));
    let codes = |limit: usize| -> UInt32Array {
        numbers.iter().map(|value| value.map(|value| (value % limit as u64) as u32)).collect()
    };
    match field.kind() {
        Kind::Time => {
            let times = numbers.iter().map(|value| value.map(|value| value as i64));
            Arc::new(times.collect::<TimestampNanosecondArray>().with_timezone("UTC"))
        }
        Kind::U8 => Arc::new(numbers.iter().map(|v| v.map(|v| v as u8)).collect::<UInt8Array>()),
        Kind::U16 => Arc::new(numbers.iter().map(|v| v.map(|v| v as u16)).collect::<UInt16Array>()),
        Kind::U32 | Kind::Service => {
            Arc::new(numbers.iter().map(|v| v.map(|v| v as u32)).collect::<UInt32Array>())
        }
        Kind::U64 | Kind::Mac | Kind::Duration => Arc::new(UInt64Array::from(numbers)),
        Kind::Ip => Arc::new(
            DictionaryArray::<UInt32Type>::try_new(codes(addresses.len()), Arc::clone(addresses)).unwrap(),
        ),
        Kind::Text => {
            let words: StringArray =
                (0..=dice.below(20)).map(|n| Some("wörd ".repeat(n % 3) + &n.to_string())).collect();
            let codes = codes(words.len());
            Arc::new(DictionaryArray::<UInt32Type>::try_new(codes, Arc::new(words)).unwrap())
        }
        Kind::Map => map(&numbers, dice),
    }
}

fn map(numbers: &[Option<u64>], dice: &mut Dice) -> ArrayRef {
    let names = MapFieldNames { entry: "entries".into(), key: "keys".into(), value: "values".into() };
    let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for number in numbers {
        for n in 0..number.map_or(0, |_| dice.below(4)) {
            builder.keys().append_value(format!("element{n}"));
            builder.values().append_option((dice.below(5) > 0).then(|| "value".repeat(dice.below(3))));
        }
        builder.append(number.is_some()).unwrap();
    }
    Arc::new(builder.finish())
}
