//! A packet that a device discarded, as an event.

use weir_schema::Field;
use weir_wire::sflow::DropSample;

use super::SampleRows;
use super::flow::Sampled;
use crate::plan::RowKind;

/// Bytes of a row's cells, roughly.
const ROW_BYTES: usize = 120;

impl SampleRows<'_, '_> {
    /// Appends a drop sample as one row. Its packet counts as dropped, not as traffic. Tells what was wrong with its
    /// records; those before still count.
    pub fn discard(&mut self, sample: &DropSample<'_>) -> Option<&'static str> {
        let mut sampled = Sampled::default();
        let problem = sampled.read(sample.records());
        let batch = &mut *self.batch;
        batch.put(Field::ObservationPoint, sample.source.id());
        batch.put(Field::DroppedPackets, 1_u64);
        batch.cell(Field::DroppedBytes, sampled.length().map(u64::from));
        batch.cell(Field::InIf, (sample.input != 0).then_some(sample.input));
        batch.cell(Field::OutIf, (sample.output != 0).then_some(sample.output));
        batch.put(Field::ForwardingStatus, forwarding_status(sample.reason));
        batch.append_drop_reason(sample.reason);
        if sample.drops != 0 {
            batch.extra_number("sflow:drops", sample.drops);
        }
        batch.append_sampled(&sampled);
        if sampled.has_more {
            batch.append_more(sample.records());
        }
        batch.end_extra();
        batch.cell_bytes += ROW_BYTES;
        self.end_row(RowKind::Event, 0);
        problem
    }
}

/// The nearest code of RFC 7270, section 4.12, to a reason of `sflow_drops`: below 256 those are ICMP unreachable codes.
fn forwarding_status(reason: u32) -> u8 {
    match reason {
        // Network or host unreachable or unknown; a route to nowhere.
        0 | 1 | 6 | 7 | 269 => 131,
        // Fragmentation needed; too big.
        4 | 262 => 133,
        // Administratively prohibited; an access list.
        9 | 10 | 13 | 258 => 129,
        // Time to live.
        257 => 137,
        // Random early detection.
        260 => 139,
        // Traffic shaping.
        261 => 138,
        // Reverse path forwarding.
        302 => 140,
        _ => 128,
    }
}
