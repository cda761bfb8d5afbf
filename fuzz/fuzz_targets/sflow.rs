//! sFlow: every sample and record, down to the headers of sampled packets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_wire::packet;
use weir_wire::sflow::{Datagram, Record, Sample};

fuzz_target!(|bytes: &[u8]| {
    let Ok(view) = Datagram::parse(bytes) else { return };
    for sample in view.samples().flatten() {
        let records = match sample {
            Sample::Flow(flow) => flow.records(),
            Sample::Drop(discarded) => discarded.records(),
            Sample::Counters(counters) => {
                for record in counters.records().flatten() {
                    assert!(record.fields().count() <= bytes.len() / 4);
                }
                continue;
            }
            Sample::Other(_) => continue,
        };
        for record in records.flatten() {
            match record {
                Record::Header(raw) => {
                    packet::ethernet(raw.header);
                }
                Record::Gateway(gateway) => {
                    assert!(gateway.path().count() + gateway.communities().count() <= bytes.len() / 4);
                }
                Record::Extended(extended) => assert!(extended.fields().count() <= bytes.len() / 4),
                _ => {}
            }
        }
    }
});
