//! What tests of this crate share: an origin, templates and records in short form, cells as text.
#![allow(dead_code, reason = "not every test needs everything")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use weir_batch::{BatchBuilder, Names, Origin, Plan, Sampling, SetOutcome, Uptime};
use weir_schema::{Field, Kind};
use weir_wire::Protocol;
use weir_wire::template::{Dialect, FieldSpecifier};

/// Enterprise, element and bytes of a field, with its value.
pub(crate) type Value<'a> = (u32, u16, &'a [u8]);

/// An IPFIX exporter without state.
pub(crate) fn origin() -> Origin<'static> {
    Origin {
        protocol: Protocol::Ipfix,
        exporter: IpAddr::V4(Ipv4Addr::LOCALHOST),
        exporter_port: 1,
        domain_id: 2,
        received_ns: 1_700_000_000_000_000_000,
        export_ns: 0,
        uptime: Uptime::Unknown,
        sequence: 3,
        template_id: 256,
        sampling: Sampling::default(),
        names: Names::none(),
        templates: None,
    }
}

/// The fields of a record as a template.
pub(crate) fn fields<'a>(record: &'a [Value<'a>]) -> impl Iterator<Item = FieldSpecifier> + 'a {
    record.iter().map(|(enterprise, element, bytes)| FieldSpecifier {
        enterprise: *enterprise,
        element: *element,
        length: bytes.len() as u16,
    })
}

/// The bytes of a record.
pub(crate) fn bytes(record: &[Value<'_>]) -> Vec<u8> {
    record.iter().flat_map(|(_, _, bytes)| bytes.iter().copied()).collect()
}

/// Decodes records of one template, which is that of the first.
pub(crate) fn decode(
    dialect: Dialect,
    origin: &Origin<'_>,
    records: &[&[Value<'_>]],
) -> (RecordBatch, SetOutcome) {
    let plan = Plan::compile(dialect, fields(records[0])).expect("the test's template is valid");
    let body: Vec<u8> = records.iter().flat_map(|record| bytes(record)).collect();
    let mut out = BatchBuilder::new();
    let outcome = out.append_set(origin, &plan, &body);
    (out.finish(), outcome)
}

/// A column as texts.
pub(crate) fn column(batch: &RecordBatch, field: Field) -> Vec<Option<String>> {
    (0..batch.num_rows()).map(|row| cell(batch, field, row)).collect()
}

/// A cell as text.
pub(crate) fn cell(batch: &RecordBatch, field: Field, row: usize) -> Option<String> {
    let column = batch.column_by_name(field.name()).filter(|column| column.is_valid(row))?;
    Some(match field.kind() {
        Kind::U8 => column.as_primitive::<UInt8Type>().value(row).to_string(),
        Kind::U16 => column.as_primitive::<UInt16Type>().value(row).to_string(),
        Kind::U32 => column.as_primitive::<UInt32Type>().value(row).to_string(),
        Kind::U64 | Kind::Mac => column.as_primitive::<UInt64Type>().value(row).to_string(),
        Kind::Ip => {
            let codes = column.as_dictionary::<UInt32Type>();
            let octets = codes.values().as_fixed_size_binary().value(codes.keys().value(row) as usize);
            let address = Ipv6Addr::from(<[u8; 16]>::try_from(octets).expect("addresses have 16 bytes"));
            IpAddr::V6(address).to_canonical().to_string()
        }
        Kind::Text => {
            let codes = column.as_dictionary::<UInt32Type>();
            codes.values().as_string::<i32>().value(codes.keys().value(row) as usize).to_owned()
        }
        Kind::Time => column.as_primitive::<TimestampNanosecondType>().value(row).to_string(),
        _ => return None,
    })
}

/// An entry of `extra`.
pub(crate) fn extra(batch: &RecordBatch, row: usize, key: &str) -> Option<String> {
    let map = batch.column_by_name("extra")?.as_map();
    let entries = map.value(row);
    let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
    (0..entries.len()).find(|at| keys.value(*at) == key).map(|at| values.value(at).to_owned())
}
