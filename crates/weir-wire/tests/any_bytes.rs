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
                let sflow::Sample::Flow(flow) = sample else { continue };
                for record in flow.records().flatten() {
                    let sflow::Record::Gateway(gateway) = record else { continue };
                    prop_assert!(gateway.path().count() + gateway.communities().count() <= bytes.len() / 4);
                }
            }
        }
    }

    #[test]
    fn flow_samples_take_any(body in vec(any::<u8>(), 0..400), format in 1_u32..5, record in 0_u32..6) {
        let mut bytes = vec![];
        let words = [5, 1, 0x0a00_0001, 0, 1, 1, 1, format, 40 + body.len() as u32, 1, 2, 3, 4, 5, 6, 7, 9];
        for word in words {
            bytes.extend(u32::to_be_bytes(word));
        }
        bytes.extend(if record < 5 { record } else { 1003 }.to_be_bytes());
        bytes.extend(&body);
        if let Ok(view) = sflow::Datagram::parse(&bytes) {
            for sample in view.samples().flatten() {
                if let sflow::Sample::Flow(flow) = sample {
                    prop_assert!(flow.records().count() <= bytes.len() / 8 + 1);
                }
            }
        }
    }

    #[test]
    fn packets_take_any(bytes in bytes(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x86, 0xdd, 0x60])) {
        for headers in [packet::ethernet(&bytes), packet::ip(&bytes), packet::mpls(&bytes)] {
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
