//! Batches that look like traffic: about what a v9 exporter sends, for benches and limits.

use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, StringArray, TimestampNanosecondArray,
    UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_buffer::Buffer;
use arrow_schema::Schema;
use weir_schema::Field;

const START_NS: i64 = 1_700_000_000_000_000_000;
const MS: i64 = 1_000_000;

/// A small, fast source of numbers (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^ (z >> 27)
    }

    /// Below `limit`, small numbers far more often.
    fn skewed(&mut self, limit: u64) -> u64 {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        (unit.powi(4) * limit as f64) as u64
    }
}

/// Rows of about 60 µs after one another; `hosts` distinct addresses, or a new one in each row for a spoofed flood.
pub(crate) fn flows(number: u64, rows: usize, hosts: Option<u64>) -> RecordBatch {
    let mut dice = Dice(number);
    let base = START_NS + number as i64 * rows as i64 * 60_000;
    let mut codes = std::collections::HashMap::new();
    let mut bytes = Vec::new();
    let mut code = |host: u64| {
        let next = codes.len() as u32;
        *codes.entry(host).or_insert_with(|| {
            bytes.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10]);
            bytes.extend_from_slice(&host.to_be_bytes()[5..]);
            next
        })
    };
    let exporter: Vec<u32> = vec![code(0xff_ffff); rows];
    let host = |dice: &mut Dice| match hosts {
        Some(hosts) => dice.skewed(hosts),
        None => dice.next() & 0xff_ffff,
    };
    let (mut src, mut dst) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        src.push(code(host(&mut dice)));
        dst.push(code(hosts.map_or(7, |hosts| dice.skewed(hosts))));
    }
    let values: ArrayRef = Arc::new(FixedSizeBinaryArray::new(16, Buffer::from(bytes), None));
    let ip = |codes: Vec<u32>| -> ArrayRef {
        Arc::new(DictionaryArray::<UInt32Type>::new(UInt32Array::from(codes), Arc::clone(&values)))
    };
    let time = |times: Vec<i64>| -> ArrayRef {
        Arc::new(TimestampNanosecondArray::from(times).with_timezone("UTC"))
    };
    let mut u64s = |limit: u64, floor: u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values((0..rows).map(|_| floor + dice.skewed(limit))))
    };
    let (packets, octets) = (u64s(500, 1), u64s(400_000, 40));
    let received: Vec<i64> = (0..rows as i64).map(|row| (base + row * 60_000) / MS * MS).collect();
    let ended: Vec<i64> = received.iter().map(|at| at - (dice.skewed(15_000) as i64) * MS).collect();
    let start: Vec<i64> = ended.iter().map(|at| at - (dice.skewed(60_000) as i64) * MS).collect();
    let export: Vec<i64> = received.iter().map(|at| at / 1_000_000_000 * 1_000_000_000).collect();
    let mut u16s = |of: &dyn Fn(&mut Dice) -> u16| -> ArrayRef {
        Arc::new(UInt16Array::from_iter_values((0..rows).map(|_| of(&mut dice))))
    };
    let service = |dice: &mut Dice| [443, 53, 80, 22, 25, 8080][dice.skewed(6) as usize];
    let client = |dice: &mut Dice| 32_768 + (dice.next() % 28_000) as u16;
    let columns: Vec<(Field, ArrayRef)> = vec![
        (Field::Time, time(ended.clone())),
        (Field::Received, time(received)),
        (Field::Start, time(start)),
        (Field::End, time(ended)),
        (Field::ExportTime, time(export)),
        (Field::Exporter, ip(exporter)),
        (Field::DomainId, Arc::new(UInt32Array::from_value(7, rows))),
        (
            Field::FlowProtocol,
            Arc::new(DictionaryArray::<UInt32Type>::new(
                UInt32Array::from_value(0, rows),
                Arc::new(StringArray::from(vec!["netflow9"])),
            )),
        ),
        (Field::TemplateId, Arc::new(UInt16Array::from_value(260, rows))),
        (Field::Sequence, Arc::new(UInt32Array::from_iter_values((0..rows as u32).map(|row| row / 24)))),
        (Field::SrcIp, ip(src)),
        (Field::DstIp, ip(dst)),
        (Field::SrcPort, u16s(&client)),
        (Field::DstPort, u16s(&service)),
        (
            Field::Protocol,
            Arc::new(UInt8Array::from_iter_values((0..rows).map(|row| [6, 17, 6, 6][row % 4]))),
        ),
        (Field::Bytes, octets),
        (Field::Packets, packets),
        (Field::TcpFlags, u16s(&|dice| [0x1b, 0x02, 0x18, 0x13][dice.skewed(4) as usize])),
        (Field::Tos, Arc::new(UInt8Array::from_value(0, rows))),
        (Field::InIf, Arc::new(UInt32Array::from_iter_values((0..rows as u32).map(|row| 1 + row % 12)))),
        (Field::OutIf, Arc::new(UInt32Array::from_iter_values((0..rows as u32).map(|row| 1 + row % 7)))),
        (Field::SrcAs, Arc::new(UInt32Array::from_iter_values((0..rows).map(|_| dice.skewed(400) as u32)))),
        (Field::DstAs, Arc::new(UInt32Array::from_iter_values((0..rows).map(|_| dice.skewed(400) as u32)))),
    ];
    let mut columns = columns;
    columns.sort_by_key(|column| column.0);
    let schema = Schema::new(columns.iter().map(|column| column.0.arrow()).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|column| column.1).collect()).unwrap()
}
