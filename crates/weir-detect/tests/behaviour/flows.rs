//! Flows made by hand, as batches.

use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, TimestampNanosecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};

pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const T0: i64 = 1_700_000_000 * SECOND;

pub(crate) const SYN: u16 = 2;
pub(crate) const SESSION: u16 = 0x1b;

/// One flow record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    /// IPv4 addresses.
    pub(crate) src: u32,
    pub(crate) dst: u32,
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) protocol: u8,
    pub(crate) flags: u16,
    pub(crate) icmp_type: Option<u8>,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) sampling: Option<u32>,
}

impl Row {
    pub(crate) fn tcp(src: u32, dst: u32, dst_port: u16, flags: u16, at: i64) -> Row {
        Row {
            src,
            dst,
            src_port: 40_000,
            dst_port,
            protocol: 6,
            flags,
            icmp_type: None,
            packets: 1,
            bytes: 44,
            start: at,
            end: at,
            sampling: None,
        }
    }

    pub(crate) fn udp(src: u32, dst: u32, src_port: u16, dst_port: u16, at: i64) -> Row {
        Row { src_port, protocol: 17, ..Row::tcp(src, dst, dst_port, 0, at) }
    }

    pub(crate) fn ping(src: u32, dst: u32, at: i64) -> Row {
        Row { src_port: 0, protocol: 1, icmp_type: Some(8), ..Row::tcp(src, dst, 0, 0, at) }
    }

    pub(crate) fn of(self, packets: u64, bytes: u64) -> Row {
        Row { packets, bytes, ..self }
    }

    pub(crate) fn lasting(self, seconds: f64) -> Row {
        Row { end: self.start + (seconds * SECOND as f64) as i64, ..self }
    }

    pub(crate) fn on_port(self, src_port: u16) -> Row {
        Row { src_port, ..self }
    }

    /// What the other side sent meanwhile.
    pub(crate) fn answer(self, packets: u64, bytes: u64) -> Row {
        let icmp_type = self.icmp_type.map(|_| 0);
        Row {
            src: self.dst,
            dst: self.src,
            src_port: self.dst_port,
            dst_port: self.src_port,
            icmp_type,
            packets,
            bytes,
            ..self
        }
    }
}

/// `10.0.0.n`.
pub(crate) fn inside(n: u32) -> u32 {
    0x0a00_0000 + n
}

/// `203.0.113.n`, and on.
pub(crate) fn outside(n: u32) -> u32 {
    0xcb00_7100 + n
}

fn addresses(of: impl Iterator<Item = u32>) -> ArrayRef {
    let mut known = std::collections::HashMap::new();
    let mut values: Vec<[u8; 16]> = Vec::new();
    let codes: Vec<u32> = of
        .map(|ip| {
            *known.entry(ip).or_insert_with(|| {
                values.push(std::net::Ipv4Addr::from(ip).to_ipv6_mapped().octets());
                values.len() as u32 - 1
            })
        })
        .collect();
    let values = FixedSizeBinaryArray::try_from_iter(values.iter()).unwrap();
    Arc::new(DictionaryArray::<UInt32Type>::new(UInt32Array::from(codes), Arc::new(values)))
}

pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let times = |of: fn(&Row) -> i64| -> ArrayRef {
        Arc::new(TimestampNanosecondArray::from(rows.iter().map(of).collect::<Vec<_>>()).with_timezone("UTC"))
    };
    RecordBatch::try_from_iter_with_nullable([
        ("time", times(|row| row.end), true),
        ("start", times(|row| row.start), true),
        ("end", times(|row| row.end), true),
        ("src_ip", addresses(rows.iter().map(|row| row.src)), true),
        ("dst_ip", addresses(rows.iter().map(|row| row.dst)), true),
        (
            "src_port",
            Arc::new(rows.iter().map(|row| row.src_port).collect::<UInt16Array>()) as ArrayRef,
            true,
        ),
        ("dst_port", Arc::new(rows.iter().map(|row| row.dst_port).collect::<UInt16Array>()), true),
        ("protocol", Arc::new(rows.iter().map(|row| row.protocol).collect::<UInt8Array>()), true),
        ("tcp_flags", Arc::new(rows.iter().map(|row| row.flags).collect::<UInt16Array>()), true),
        ("icmp_type", Arc::new(rows.iter().map(|row| row.icmp_type).collect::<UInt8Array>()), true),
        ("bytes", Arc::new(rows.iter().map(|row| row.bytes).collect::<UInt64Array>()), true),
        ("packets", Arc::new(rows.iter().map(|row| row.packets).collect::<UInt64Array>()), true),
        ("sampling", Arc::new(rows.iter().map(|row| row.sampling).collect::<UInt32Array>()), true),
    ])
    .unwrap()
}
