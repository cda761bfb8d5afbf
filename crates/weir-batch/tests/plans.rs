//! Plans against a naive reader: any templates, mixed in one batch, give the values that are in the bytes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use weir_batch::{BatchBuilder, Origin, Plan, Uptime};
use weir_schema::{Field, Kind};
use weir_wire::template::{Dialect, FieldSpecifier, VARIABLE_LENGTH};

use support::{cell, origin};

/// Elements that each have a column of their own.
const ELEMENTS: [(u16, u16); 15] = [
    (8, 4),
    (12, 4),
    (62, 16),
    (1, 8),
    (2, 3),
    (7, 2),
    (4, 1),
    (10, 4),
    (14, 2),
    (6, 1),
    (16, 4),
    (56, 6),
    (82, VARIABLE_LENGTH),
    (147, VARIABLE_LENGTH),
    (236, 5),
];

/// One record: the bytes of each field.
type Record = Vec<Vec<u8>>;

fn set() -> impl Strategy<Value = (Vec<(u16, u16)>, Vec<Record>)> {
    subsequence(ELEMENTS.to_vec(), 1..ELEMENTS.len()).prop_shuffle().prop_flat_map(|fields| {
        let record: Vec<_> = fields
            .iter()
            .map(|(_, length)| match *length {
                VARIABLE_LENGTH => vec(b'a'..b'e', 0..300).boxed(),
                5 => vec(b'a'..b'c', 5).boxed(),
                length => vec(any::<u8>(), usize::from(length)).boxed(),
            })
            .collect();
        (Just(fields), vec(record, 0..8))
    })
}

fn encode(fields: &[(u16, u16)], records: &[Record]) -> Vec<u8> {
    let mut body = vec![];
    for record in records {
        for ((_, length), bytes) in fields.iter().zip(record) {
            if *length == VARIABLE_LENGTH {
                if bytes.len() < 255 {
                    body.push(bytes.len() as u8);
                } else {
                    body.push(255);
                    body.extend((bytes.len() as u16).to_be_bytes());
                }
            }
            body.extend(bytes);
        }
    }
    body
}

/// What the naive reader makes of a field.
fn naive(element: u16, bytes: &[u8]) -> Option<(Field, String)> {
    let (field, _) = Field::from_element(0, element)?;
    let number = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let text = match (field.kind(), bytes.len()) {
        (Kind::Ip, 4) => Ipv4Addr::from(<[u8; 4]>::try_from(bytes).unwrap()).to_string(),
        (Kind::Ip, _) => {
            IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).unwrap())).to_canonical().to_string()
        }
        (Kind::Text, 0) => return None,
        (Kind::Text, _) => String::from_utf8(bytes.to_vec()).unwrap(),
        // None, or more bytes than a number has.
        (_, 0 | 9..) => return None,
        _ => number.to_string(),
    };
    Some((field, text))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_cell_is_what_the_record_holds(sets in vec(set(), 1..6), batches in 1..3) {
        let mut out = BatchBuilder::new();
        for _ in 0..batches {
            let mut expected: Vec<Vec<(Field, String)>> = vec![];
            for (fields, records) in &sets {
                let specifiers = fields.iter().map(|(element, length)| FieldSpecifier {
                    enterprise: 0,
                    element: *element,
                    length: *length,
                });
                let plan = Plan::compile(Dialect::Ipfix, specifiers).unwrap();
                let outcome = out.append_set(&origin(), &plan, &encode(fields, records));
                prop_assert_eq!((outcome.records, outcome.problem), (records.len(), None));
                for record in records {
                    expected.push(
                        fields.iter().zip(record).filter_map(|((element, _), bytes)| naive(*element, bytes)).collect(),
                    );
                }
            }
            prop_assert_eq!(out.rows(), expected.len());
            let batch = out.finish();
            prop_assert_eq!(batch.num_rows(), expected.len());
            for (row, wanted) in expected.iter().enumerate() {
                for field in Field::stored().filter(|field| ELEMENTS.iter().any(|(element, _)| {
                    Field::from_element(0, *element).is_some_and(|(known, _)| known == *field)
                })) {
                    let wanted = wanted.iter().find(|(known, _)| *known == field).map(|(_, text)| text.clone());
                    prop_assert_eq!(cell(&batch, field, row), wanted, "{} of row {}", field.name(), row);
                }
                prop_assert_eq!(cell(&batch, Field::DomainId, row), Some("2".to_owned()));
            }
        }
    }

    /// Few records take another way than many: both come to the same, times that are not known too.
    #[test]
    fn records_are_the_same_together_and_one_by_one(
        bytes in vec(prop_oneof![Just(0_u8), any::<u8>()], 12 * 60),
        v9 in any::<bool>(),
    ) {
        let times: [(u16, u16); 2] = if v9 { [(22, 4), (21, 4)] } else { [(152, 8), (153, 8)] };
        let fields = ELEMENTS.iter().chain(&times).filter(|(_, length)| *length != VARIABLE_LENGTH);
        let specifiers: Vec<_> = fields
            .map(|(element, length)| FieldSpecifier { enterprise: 0, element: *element, length: *length })
            .collect();
        let length: usize = specifiers.iter().map(|field| usize::from(field.length)).sum();
        let dialect = if v9 { Dialect::Netflow9 } else { Dialect::Ipfix };
        let uptime = Uptime::Header { export_ns: 0, uptime_ms: 7 };
        let origin = Origin { uptime: if v9 { uptime } else { Uptime::Unknown }, ..origin() };
        let plan = Plan::compile(dialect, specifiers).unwrap();
        let records = &bytes[..bytes.len() / length * length];
        let (mut together, mut apart) = (BatchBuilder::new(), BatchBuilder::new());
        let whole = together.append_set(&origin, &plan, records);
        let mut newest_end_ns = 0;
        for record in records.chunks(length) {
            newest_end_ns = newest_end_ns.max(apart.append_set(&origin, &plan, record).newest_end_ns);
        }
        prop_assert_eq!(whole.newest_end_ns, newest_end_ns);
        prop_assert_eq!(together.finish(), apart.finish());
    }

    /// Bytes that do not fit the template: no panic, and no more records than bytes.
    #[test]
    fn any_body_goes_through_any_plan((fields, _) in set(), body in vec(any::<u8>(), 0..2000)) {
        let specifiers = fields.iter().map(|(element, length)| FieldSpecifier {
            enterprise: 0,
            element: *element,
            length: *length,
        });
        let plan = Plan::compile(Dialect::Ipfix, specifiers).unwrap();
        let mut out = BatchBuilder::new();
        let outcome = out.append_set(&origin(), &plan, &body);
        prop_assert!(outcome.records <= body.len());
        prop_assert_eq!(out.finish().num_rows(), outcome.records);
    }
}
