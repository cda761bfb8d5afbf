//! Sequence numbers: what an exporter sent and Weir did not get, in the protocol's own unit.

use serde::Serialize;
use weir_wire::Protocol;

/// What is missing from an exporter's sequence numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gaps {
    /// What the protocol counts: v5 flows, v9 packets, IPFIX records, sFlow datagrams.
    pub unit: &'static str,
    /// How many units are missing.
    pub count: u64,
    /// The same in records: exact for v5 and IPFIX, else from the exporter's average.
    pub estimated_records: u64,
    /// Datagrams that came late; their units are taken off the count again.
    pub reordered: u64,
    /// Datagrams that came more than once.
    pub duplicates: u64,
    /// Times that the exporter started to count afresh.
    pub restarts: u64,
}

/// Follows the sequence numbers of one exporter's domain.
#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    unit: &'static str,
    /// Units that make a jump forward a restart, and a jump back no mere reordering.
    largest_gap: u32,
    reorder_window: u32,
    next: Option<u32>,
    last_uptime_ms: Option<u32>,
    count: u64,
    reordered: u64,
    duplicates: u64,
    restarts: u64,
    /// Numbers of the last datagrams, to tell those that come twice from those that come late.
    recent: [u32; RECENT],
    seen: usize,
}

/// How many numbers are remembered.
const RECENT: usize = 32;

/// An uptime that falls by more than this is a restart, not reordering.
const RESTART_MS: u32 = 10_000;

impl Sequence {
    pub(crate) fn new(protocol: Protocol) -> Self {
        // About an hour of a busy exporter forward, about 100 datagrams back.
        let (unit, largest_gap, reorder_window) = match protocol {
            // v1 has no sequence numbers: nobody observes any.
            Protocol::Netflow1 | Protocol::Netflow5 | Protocol::Netflow7 => ("flows", 50_000_000, 3_000),
            Protocol::Netflow9 => ("packets", 2_000_000, 100),
            Protocol::Ipfix => ("records", 50_000_000, 3_000),
            Protocol::Sflow5 => ("datagrams", 2_000_000, 100),
        };
        Sequence {
            unit,
            largest_gap,
            reorder_window,
            next: None,
            last_uptime_ms: None,
            count: 0,
            reordered: 0,
            duplicates: 0,
            restarts: 0,
            recent: [0; RECENT],
            seen: 0,
        }
    }

    /// Takes note of a datagram: its number, how many units it carries, and the exporter's uptime if it says.
    pub(crate) fn observe(&mut self, number: u32, units: u32, uptime_ms: Option<u32>) {
        let restarted = match (self.last_uptime_ms, uptime_ms) {
            // Both near the wrap after 49.7 days: no restart.
            (Some(last), Some(now)) => now < last && last - now > RESTART_MS && last < u32::MAX - 3_600_000,
            _ => false,
        };
        let Some(next) = self.next else {
            return self.resume(number, units, uptime_ms);
        };
        let ahead = number.wrapping_sub(next);
        if restarted {
            self.restarts += 1;
            self.seen = 0;
        } else if ahead == 0 {
        } else if ahead <= self.largest_gap {
            self.count += u64::from(ahead);
        } else if ahead.wrapping_neg() <= self.reorder_window {
            // Without units a number says nothing: the next datagram has the same.
            if units > 0 && self.is_recent(number) {
                self.duplicates += 1;
            } else {
                self.reordered += 1;
                self.count = self.count.saturating_sub(u64::from(units));
                self.remember(number, units);
            }
            return;
        } else {
            self.restarts += 1;
            self.seen = 0;
        }
        self.resume(number, units, uptime_ms);
    }

    /// Goes on after a datagram whose units are not known.
    pub(crate) fn forget(&mut self) {
        self.next = None;
    }

    /// Adds what another one has counted.
    pub(crate) fn absorb(&mut self, ended: &Sequence) {
        self.count += ended.count;
        self.reordered += ended.reordered;
        self.duplicates += ended.duplicates;
        self.restarts += ended.restarts;
    }

    fn is_recent(&self, number: u32) -> bool {
        self.recent[..self.seen.min(RECENT)].contains(&number)
    }

    fn remember(&mut self, number: u32, units: u32) {
        if units > 0 {
            self.recent[self.seen % RECENT] = number;
            self.seen += 1;
        }
    }

    fn resume(&mut self, number: u32, units: u32, uptime_ms: Option<u32>) {
        self.remember(number, units);
        self.next = Some(number.wrapping_add(units));
        self.last_uptime_ms = uptime_ms;
    }

    pub(crate) fn gaps(&self, datagrams: u64, records: u64) -> Gaps {
        let estimated_records = match self.unit {
            "flows" | "records" => self.count,
            _ => (u128::from(self.count) * u128::from(records) / u128::from(datagrams.max(1))) as u64,
        };
        Gaps {
            unit: self.unit,
            count: self.count,
            estimated_records,
            reordered: self.reordered,
            duplicates: self.duplicates,
            restarts: self.restarts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_gaps_and_takes_late_datagrams_off_again() {
        let mut sequence = Sequence::new(Protocol::Netflow5);
        sequence.observe(100, 30, None);
        sequence.observe(130, 30, None);
        sequence.observe(220, 30, None);
        assert_eq!(sequence.gaps(3, 90).count, 60);
        sequence.observe(160, 30, None);
        let gaps = sequence.gaps(4, 120);
        assert_eq!((gaps.count, gaps.reordered, gaps.restarts), (30, 1, 0));
        sequence.observe(250, 30, None);
        assert_eq!(sequence.gaps(5, 150).count, 30);
    }

    #[test]
    fn goes_on_across_the_wrap() {
        let mut sequence = Sequence::new(Protocol::Ipfix);
        sequence.observe(u32::MAX - 9, 10, None);
        sequence.observe(0, 10, None);
        sequence.observe(15, 10, None);
        assert_eq!(sequence.gaps(3, 30).count, 5);
    }

    #[test]
    fn a_restart_is_no_gap() {
        let mut sequence = Sequence::new(Protocol::Netflow9);
        sequence.observe(70_000_000, 1, Some(1_000_000));
        sequence.observe(1, 1, Some(100));
        sequence.observe(2, 1, Some(200));
        // Close behind, but the uptime tells.
        sequence.observe(3, 1, Some(60_000_000));
        sequence.observe(2, 1, Some(100));
        let gaps = sequence.gaps(5, 100);
        assert_eq!((gaps.count, gaps.restarts), (0, 2));
    }

    #[test]
    fn tells_duplicates_from_late_datagrams() {
        // Units and numbers of each protocol: a duplicate, a late one, and both at the wrap.
        for (protocol, units) in [
            (Protocol::Netflow5, 30),
            (Protocol::Netflow7, 27),
            (Protocol::Netflow9, 1),
            (Protocol::Ipfix, 12),
            (Protocol::Sflow5, 1),
        ] {
            let mut sequence = Sequence::new(protocol);
            let number = |at: u32| 0_u32.wrapping_sub(3 * units).wrapping_add(at * units);
            for at in [0, 1, 2, 2, 3, 5, 4, 4, 6, 6, 6, 7] {
                sequence.observe(number(at), units, None);
            }
            let gaps = sequence.gaps(12, 12 * u64::from(units));
            assert_eq!(
                (gaps.count, gaps.reordered, gaps.duplicates, gaps.restarts),
                (0, 1, 4, 0),
                "{protocol}"
            );
        }
    }

    #[test]
    fn messages_without_records_are_no_duplicates() {
        let mut sequence = Sequence::new(Protocol::Ipfix);
        for (number, units) in [(100, 0), (100, 5), (105, 0), (105, 0), (105, 5), (110, 5)] {
            sequence.observe(number, units, None);
        }
        let gaps = sequence.gaps(6, 15);
        assert_eq!((gaps.count, gaps.reordered, gaps.duplicates), (0, 0, 0));
    }

    #[test]
    fn estimates_records_of_lost_packets() {
        let mut sequence = Sequence::new(Protocol::Netflow9);
        sequence.observe(1, 1, None);
        sequence.observe(4, 1, None);
        assert_eq!(sequence.gaps(2, 40).estimated_records, 40);
    }
}
