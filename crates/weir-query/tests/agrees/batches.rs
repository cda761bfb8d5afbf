//! Rows in the plainest form, random ones, and the batches they make.

use std::sync::Arc;

use arrow_array::builder::{MapBuilder, MapFieldNames, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, TimestampNanosecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use arrow_schema::Schema;
use proptest::prelude::*;
use weir_schema::Field;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Flow {
    pub(crate) time: i64,
    pub(crate) start: Option<i64>,
    pub(crate) exporter: Option<u128>,
    pub(crate) src_ip: Option<u128>,
    pub(crate) dst_ip: Option<u128>,
    pub(crate) src_port: Option<u16>,
    pub(crate) dst_port: Option<u16>,
    pub(crate) protocol: Option<u8>,
    pub(crate) tcp_flags: Option<u16>,
    pub(crate) bytes: Option<u64>,
    pub(crate) packets: Option<u64>,
    pub(crate) flows: Option<u64>,
    pub(crate) sampling: Option<u32>,
    pub(crate) in_if: Option<u32>,
    pub(crate) src_mac: Option<u64>,
    pub(crate) app: Option<&'static str>,
    pub(crate) kind: Option<&'static str>,
    pub(crate) extra: Option<&'static str>,
}

const IPS: [u128; 5] = [0xffff_0a00_0001, 0xffff_0a00_0002, 0xffff_c000_0201, 1, 0x2001_0db8 << 96];

pub(crate) fn flow() -> impl Strategy<Value = Flow> {
    fn maybe<T: Clone + std::fmt::Debug + 'static>(
        values: &[T],
    ) -> impl Strategy<Value = Option<T>> + use<T> {
        prop::option::weighted(0.8, prop::sample::select(values.to_vec()))
    }
    let ips = (maybe(&IPS[..2]), maybe(&IPS), maybe(&IPS));
    let ports = (maybe(&[443_u16, 53, 50000]), maybe(&[443_u16, 53, 80, 60000]), maybe(&[6_u8, 17, 1]));
    let counters =
        (maybe(&[0, 100, 1000, u64::MAX]), maybe(&[1_u64, 7]), maybe(&[1_u64]), maybe(&[0_u32, 1, 1000]));
    let rest = (
        maybe(&[-3_i64, 0, 900]),
        maybe(&[2_u16, 0x12]),
        maybe(&[1_u32, 7, u32::MAX]),
        maybe(&[1_u64, 0xffff_ffff_ffff]),
        maybe(&["dns", "web", ""]),
        maybe(&["a", "b"]),
        maybe(&["flow", "event"]),
    );
    (prop_oneof![-60..1200_i64, Just(400_i64)], ips, ports, counters, rest).prop_map(
        |(time, ips, ports, counters, rest)| Flow {
            time,
            exporter: ips.0,
            src_ip: ips.1,
            dst_ip: ips.2,
            src_port: ports.0,
            dst_port: ports.1,
            protocol: ports.2,
            bytes: counters.0,
            packets: counters.1,
            flows: counters.2,
            sampling: counters.3,
            start: rest.0,
            tcp_flags: rest.1,
            in_if: rest.2,
            src_mac: rest.3,
            app: rest.4,
            extra: rest.5,
            kind: rest.6,
        },
    )
}

/// The batch of rows as the stages before would make it: columns without any value are left out.
pub(crate) fn batch(rows: &[Flow]) -> RecordBatch {
    let mut ips: Vec<u128> =
        rows.iter().flat_map(|row| [row.exporter, row.src_ip, row.dst_ip]).flatten().collect();
    ips.sort_unstable();
    ips.dedup();
    let bytes: Vec<[u8; 16]> = ips.iter().map(|ip| ip.to_be_bytes()).collect();
    let values: ArrayRef = if bytes.is_empty() {
        Arc::new(FixedSizeBinaryArray::new_null(16, 0))
    } else {
        Arc::new(FixedSizeBinaryArray::try_from_iter(bytes.into_iter()).expect("16 bytes"))
    };
    let ip = |pick: fn(&Flow) -> Option<u128>| -> ArrayRef {
        let code = |ip| ips.binary_search(&ip).expect("in the dictionary") as u32;
        let keys: UInt32Array = rows.iter().map(|row| pick(row).map(code)).collect();
        Arc::new(DictionaryArray::<UInt32Type>::new(keys, Arc::clone(&values)))
    };
    let texts = |pick: fn(&Flow) -> Option<&'static str>| -> ArrayRef {
        let mut builder = StringDictionaryBuilder::<UInt32Type>::new();
        for row in rows {
            builder.append_option(pick(row));
        }
        Arc::new(builder.finish())
    };
    let names = MapFieldNames { entry: "entries".into(), key: "keys".into(), value: "values".into() };
    let mut extra = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for row in rows {
        if let Some(value) = row.extra {
            extra.keys().append_value("name");
            extra.values().append_value(value);
        }
        extra.append(row.extra.is_some()).expect("an entry");
    }
    let time = |array: TimestampNanosecondArray| -> ArrayRef { Arc::new(array.with_timezone("UTC")) };
    let u16s = |pick: fn(&Flow) -> Option<u16>| -> ArrayRef {
        Arc::new(rows.iter().map(pick).collect::<UInt16Array>())
    };
    let u32s = |pick: fn(&Flow) -> Option<u32>| -> ArrayRef {
        Arc::new(rows.iter().map(pick).collect::<UInt32Array>())
    };
    let u64s = |pick: fn(&Flow) -> Option<u64>| -> ArrayRef {
        Arc::new(rows.iter().map(pick).collect::<UInt64Array>())
    };
    let columns: Vec<(Field, ArrayRef)> = vec![
        (Field::Time, time(rows.iter().map(|row| Some(row.time)).collect())),
        (Field::Received, time(rows.iter().map(|_| Some(2_000_000)).collect())),
        (Field::Start, time(rows.iter().map(|row| row.start).collect())),
        (Field::Exporter, ip(|row| row.exporter)),
        (Field::Sampling, u32s(|row| row.sampling)),
        (Field::SrcIp, ip(|row| row.src_ip)),
        (Field::DstIp, ip(|row| row.dst_ip)),
        (Field::SrcPort, u16s(|row| row.src_port)),
        (Field::DstPort, u16s(|row| row.dst_port)),
        (Field::Protocol, Arc::new(rows.iter().map(|row| row.protocol).collect::<UInt8Array>())),
        (Field::Bytes, u64s(|row| row.bytes)),
        (Field::Packets, u64s(|row| row.packets)),
        (Field::Flows, u64s(|row| row.flows)),
        (Field::TcpFlags, u16s(|row| row.tcp_flags)),
        (Field::InIf, u32s(|row| row.in_if)),
        (Field::SrcMac, u64s(|row| row.src_mac)),
        (Field::App, texts(|row| row.app)),
        (Field::Kind, texts(|row| row.kind)),
        (Field::Extra, Arc::new(extra.finish())),
    ];
    let present =
        columns.into_iter().filter(|(_, array)| array.null_count() < array.len() || rows.is_empty());
    let (fields, arrays): (Vec<_>, Vec<_>) = present
        .map(|(field, array)| {
            (arrow_schema::Field::new(field.name(), array.data_type().clone(), true), array)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("a batch")
}

/// The rows in another order, cut into other parts.
pub(crate) fn shuffled(rows: &[Flow], seed: u64) -> Vec<Vec<Flow>> {
    let mut state = seed | 1;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut rows = rows.to_vec();
    for at in (1..rows.len()).rev() {
        rows.swap(at, next() % (at + 1));
    }
    let mut parts = vec![Vec::new(); next() % 4 + 1];
    for row in rows {
        let part = next() % parts.len();
        parts[part].push(row);
    }
    parts
}
