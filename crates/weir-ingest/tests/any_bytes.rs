//! Whatever arrives: a session never panics, and every record that it counts is a row.

use std::net::SocketAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits};

const RECEIVED_NS: i64 = 1_700_000_000_000_000_000;

/// Sets with plausible headers, so that templates are learnt and data sets find them.
fn set() -> impl Strategy<Value = Vec<u8>> {
    let id = prop_oneof![0_u16..5, 256_u16..260];
    let field = (prop_oneof![0_u16..400, any::<u16>()], prop_oneof![0_u16..20, Just(65535), any::<u16>()]);
    let template = (256_u16..260, 0_u16..6, vec(field, 0..8)).prop_map(|(id, count, fields)| {
        let mut bytes = id.to_be_bytes().to_vec();
        bytes.extend(count.max(fields.len() as u16).to_be_bytes());
        for (element, length) in fields {
            bytes.extend(element.to_be_bytes());
            bytes.extend(length.to_be_bytes());
        }
        bytes
    });
    let body = prop_oneof![vec(any::<u8>(), 0..200), template];
    (id, body, prop_oneof![9 => Just(0_i16), 1 => -6_i16..6]).prop_map(|(id, body, off)| {
        let mut bytes = id.to_be_bytes().to_vec();
        bytes.extend((4 + body.len() as i16 + off).to_be_bytes());
        bytes.extend(body);
        bytes
    })
}

fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let templated = (any::<bool>(), vec(set(), 0..6)).prop_map(|(v9, sets)| {
        let body = sets.concat();
        let mut bytes = if v9 { vec![0, 9, 0, 1, 0, 0, 0, 9] } else { vec![0, 10] };
        if !v9 {
            bytes.extend((16 + body.len() as u16).to_be_bytes());
        }
        bytes.extend([0x65, 0x53, 0xf1, 0, 0, 0, 0, 1, 0, 0, 0, 7]);
        bytes.extend(body);
        bytes
    });
    let other = (
        prop_oneof![Just(vec![0, 5, 0, 2]), Just(vec![0, 0, 0, 5, 0, 0, 0, 1]), Just(vec![])],
        vec(any::<u8>(), 0..300),
    )
        .prop_map(|(header, rest)| [header, rest].concat());
    prop_oneof![3 => templated, 1 => other]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counted_records_are_rows(datagrams in vec((datagram(), 0_u8..3), 1..20)) {
        let mut session = Session::new(SessionLimits { templates_per_exporter: 3, ..SessionLimits::default() });
        let mut out = Batches::new();
        let (mut rows, mut rejected) = (0, 0);
        for (bytes, port) in &datagrams {
            let source = SocketAddr::from(([192, 0, 2, 1], u16::from(*port)));
            let outcome = session.datagram(source, RECEIVED_NS, bytes, &mut out);
            prop_assert!(outcome.rows >= outcome.records);
            prop_assert!(outcome.rejected.is_none() || outcome.rows == 0);
            rows += outcome.rows;
            rejected += u64::from(outcome.rejected.is_some());
        }
        prop_assert_eq!(out.flows.rows() as u64, rows);
        prop_assert_eq!(out.flows.finish().num_rows() as u64, rows);
        let statuses = session.exporters();
        prop_assert_eq!(statuses.iter().map(|status| status.datagrams).sum::<u64>(), datagrams.len() as u64);
        prop_assert_eq!(statuses.iter().map(|status| status.rows).sum::<u64>(), rows);
        let counted = statuses.iter().flat_map(|status| status.rejected.iter()).map(|(_, count)| count);
        prop_assert_eq!(counted.sum::<u64>(), rejected);
        let _ = session.housekeeping(i64::MAX);
        prop_assert!(session.exporters().is_empty());
    }
}
