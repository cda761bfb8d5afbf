//! Which records are events: a firewall's or a translator's decision without traffic.

use weir_schema::Field;

use crate::builder::BatchBuilder;
use crate::compile::Entry;
use crate::format::be_uint;
use crate::plan::{Plan, RowKind};
use crate::records::{Place, Records};

/// firewallEvent: the connection has ended.
pub(crate) const TEARDOWN: u64 = 2;
/// firewallEvent: counters of a connection that goes on.
const UPDATE: u64 = 5;

/// Where a template's records tell of events, and where of traffic.
#[derive(Debug)]
pub(crate) struct EventOp {
    firewall: Option<Place>,
    nat: Option<Place>,
    counters: Vec<Place>,
}

impl EventOp {
    /// The events of a template, if it has any. `field_of` gives the column of an entry; `gated` are counters that
    /// count only when a connection ends.
    pub(crate) fn among(
        entries: &[Entry],
        field_of: impl Fn(&Entry) -> Option<Field>,
        gated: impl Fn(&Entry) -> bool,
    ) -> Option<EventOp> {
        let find = |field| {
            let entry = entries.iter().find(|entry| field_of(entry) == Some(field));
            entry.map(|entry| entry.place).filter(|place| (1..=8).contains(&place.length))
        };
        let (firewall, nat) = (find(Field::FirewallEvent), find(Field::NatEvent));
        firewall.or(nat)?;
        let counts = |entry: &&Entry| field_of(entry).is_some_and(is_counter) && !gated(entry);
        let counters = entries.iter().filter(counts).map(|entry| entry.place).collect();
        Some(EventOp { firewall, nat, counters })
    }

    fn is_event<'a>(&self, records: impl Records<'a>, row: usize) -> bool {
        let number = |place: Option<Place>| place.map_or(0, |place| be_uint(records.slice(row, place)));
        let firewall = number(self.firewall);
        !matches!(firewall, TEARDOWN | UPDATE)
            && (firewall != 0 || number(self.nat) != 0)
            && self.counters.iter().all(|place| records.slice(row, *place).iter().all(|byte| *byte == 0))
    }
}

fn is_counter(field: Field) -> bool {
    matches!(
        field,
        Field::Bytes
            | Field::Packets
            | Field::OutBytes
            | Field::OutPackets
            | Field::InitiatorBytes
            | Field::InitiatorPackets
            | Field::ResponderBytes
            | Field::ResponderPackets
    )
}

impl BatchBuilder {
    /// Fills `kind` of `count` rows.
    pub(crate) fn append_kinds<'a>(&mut self, plan: &Plan, records: impl Records<'a>, count: usize) -> usize {
        let row = self.rows;
        self.cell_bytes += 4 * count;
        let Some(event) = &plan.event else {
            self.shared.kind.repeat(plan.kind, row, count);
            return 0;
        };
        let mut events = 0;
        let mut start = 0;
        while start < count {
            let is_event = event.is_event(records, start);
            let end = (start + 1..count).find(|at| event.is_event(records, *at) != is_event).unwrap_or(count);
            let kind = if is_event { RowKind::Event } else { plan.kind };
            self.shared.kind.repeat(kind, row + start, end - start);
            events += if is_event { end - start } else { 0 };
            start = end;
        }
        events
    }
}
