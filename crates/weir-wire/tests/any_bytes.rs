//! Whatever the bytes: no view panics, no walk goes on longer than the bytes allow.

use proptest::collection::vec;
use proptest::prelude::*;
use weir_wire::template::{Dialect, Templates};
use weir_wire::{Protocol, ipfix, packet, payload, sflow, v5, v9};

/// Random bytes, half of them behind a header that gets past the first check.
fn bytes(header: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    (any::<bool>(), vec(prop_oneof![any::<u8>(), Just(0), Just(255)], 0..600)).prop_map(
        move |(lead, mut bytes)| {
            if lead && bytes.len() > header.len() {
                bytes[..header.len()].copy_from_slice(header);
            }
            bytes
        },
    )
}

/// Reads all that a sample has, and checks that it is no more than its bytes allow.
fn walk(sample: &sflow::Sample<'_>, len: usize) {
    let records = match sample {
        sflow::Sample::Flow(flow) => flow.records(),
        sflow::Sample::Drop(discarded) => discarded.records(),
        sflow::Sample::Counters(counters) => {
            for record in counters.records().flatten() {
                assert!(record.fields().count() <= len / 4);
            }
            return;
        }
        sflow::Sample::Other(_) => return,
    };
    for (at, record) in records.enumerate() {
        assert!(at <= len / 8);
        match record {
            Ok(sflow::Record::Gateway(gateway)) => {
                assert!(gateway.path().count() + gateway.communities().count() <= len / 4);
            }
            Ok(sflow::Record::Extended(extended)) => assert!(extended.fields().count() <= len / 4),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn v5_takes_any(bytes in bytes(&[0, 5, 0, 3])) {
        if let Ok(view) = v5::Datagram::parse(&bytes) {
            prop_assert!(view.count() <= v5::MAX_RECORDS);
            prop_assert_eq!(v5::HEADER_LEN + view.records().len() + view.trailing(), bytes.len());
        }
    }

    #[test]
    fn v9_takes_any(bytes in bytes(&[0, 9])) {
        if let Ok(view) = v9::Datagram::parse(&bytes) {
            prop_assert!(view.sets().count() <= bytes.len() / 4);
        }
    }

    #[test]
    fn ipfix_takes_any(bytes in bytes(&[0, 10, 0, 200])) {
        if let Ok(view) = ipfix::Message::parse(&bytes) {
            prop_assert!(view.sets().count() <= bytes.len() / 4);
        }
    }

    #[test]
    fn templates_take_any(bytes in bytes(&[1, 0, 0, 8]), v9: bool, options: bool) {
        let dialect = if v9 { Dialect::Netflow9 } else { Dialect::Ipfix };
        let templates = Templates::new(&bytes, dialect, options);
        let mut fields = 0;
        for template in templates.flatten() {
            prop_assert_eq!(template.fields().count(), usize::from(template.field_count));
            fields += usize::from(template.field_count);
        }
        prop_assert!(fields <= bytes.len() / 4);
    }

    #[test]
    fn sflow_takes_any(bytes in bytes(&[0, 0, 0, 5, 0, 0, 0, 1, 10, 0, 0, 1])) {
        if let Ok(view) = sflow::Datagram::parse(&bytes) {
            for sample in view.samples().flatten() {
                walk(&sample, bytes.len());
            }
        }
    }

    #[test]
    fn samples_take_any(body in vec(prop_oneof![any::<u8>(), Just(0)], 0..400), format in 1_u32..6, record in 0_u32..1100) {
        let mut bytes = vec![];
        let words = [5, 1, 0x0a00_0001, 0, 1, 1, 1, format, 40 + body.len() as u32, 1, 2, 3, 4, 5, 6, 7, 9];
        for word in words {
            bytes.extend(u32::to_be_bytes(word));
        }
        bytes.extend(if record < 1050 { record } else { record + 950 }.to_be_bytes());
        bytes.extend(&body);
        if let Ok(view) = sflow::Datagram::parse(&bytes) {
            for sample in view.samples().flatten() {
                walk(&sample, bytes.len());
            }
        }
    }

    #[test]
    fn packets_take_any(bytes in bytes(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x86, 0xdd, 0x60])) {
        for headers in [packet::ethernet(&bytes), packet::ip(&bytes), packet::mpls(&bytes), packet::ppp(&bytes)] {
            prop_assert!(headers.payload.len() <= bytes.len());
        }
    }

    #[test]
    fn a_payload_is_never_longer_than_the_bytes(bytes in bytes(&[0, 9]), version in 0_u8..11) {
        let mut bytes = bytes;
        if let Some(second) = bytes.get_mut(1) {
            *second = version;
        }
        prop_assert!(payload::length(&bytes) <= bytes.len());
        let _ = Protocol::detect(&bytes);
        if !bytes.is_empty() {
            prop_assert!(payload::length(&bytes) > 0);
        }
    }
}
