//! The three ledgers: datagrams, records, rows. They add up at any moment.
//!
//! - datagrams: received = decoded + rejected(reason) + dropped(queue)
//! - records: decoded = stored + waiting + rejected(reason) + lost(place)
//! - rows: rows = records + added by splitting; rows of counters: decoded = stored + waiting + lost(place)
//!
//! Every movement between two places of a ledger happens under one lock, once per receive batch, per journal append
//! and per sync, never per record. So a reader sees no moment at which something is in neither place.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Datagrams by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Datagrams {
    /// Taken from the sockets (or from a capture file).
    pub received: u64,
    /// Understood, at least in part.
    pub decoded: u64,
    /// Refused as a whole, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Taken from a socket but dropped because a queue was full, by queue.
    pub dropped: BTreeMap<String, u64>,
    /// Dropped by the kernel before Weir saw them. They explain gaps and belong to no sum.
    pub kernel_dropped: u64,
}

/// Sets and samples within decoded datagrams that could not be read, or not at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sets {
    /// By reason. How many records they held is unknown.
    pub rejected: BTreeMap<String, u64>,
    /// Waiting for their template.
    pub held: u64,
    /// Decoded when their template came.
    pub decoded_late: u64,
}

/// Records by where they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Records {
    /// Decoded from datagrams.
    pub decoded: u64,
    /// Safe on disk.
    pub stored: u64,
    /// Decoded and already visible, but not yet synced to disk.
    pub waiting: u64,
    /// Decoded, then refused, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Decoded, then lost, by place.
    pub lost: BTreeMap<String, u64>,
}

/// Rows by where they came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Safe on disk.
    pub stored: u64,
    /// Rows beyond one per record (bidirectional records become two).
    pub added_by_splitting: u64,
    /// Rows of the table `counters`. They are no records of flows, so they are in no other number.
    pub counters: CounterRows,
}

/// Rows of the table `counters` by where they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CounterRows {
    /// Decoded from counter samples and options records.
    pub decoded: u64,
    /// Safe on disk.
    pub stored: u64,
    /// Decoded, but not yet synced to disk.
    pub waiting: u64,
    /// Decoded, then lost, by place.
    pub lost: BTreeMap<String, u64>,
}

/// All ledgers at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LedgerSnapshot {
    /// The ledger of datagrams.
    pub datagrams: Datagrams,
    /// Sets that could not be read.
    pub sets: Sets,
    /// The ledger of records.
    pub records: Records,
    /// The ledger of rows.
    pub rows: Rows,
}

impl LedgerSnapshot {
    /// The sums that do not add up, as text; empty when all is well.
    pub fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        let d = &self.datagrams;
        let placed = d.decoded + sum(&d.rejected) + sum(&d.dropped);
        if d.received != placed {
            found.push(format!("{} datagrams received, {placed} accounted for", d.received));
        }
        let r = &self.records;
        let placed = r.stored + r.waiting + sum(&r.rejected) + sum(&r.lost);
        if r.decoded != placed {
            found.push(format!("{} records decoded, {placed} accounted for", r.decoded));
        }
        let c = &self.rows.counters;
        let placed = c.stored + c.waiting + sum(&c.lost);
        if c.decoded != placed {
            found.push(format!("{} rows of counters decoded, {placed} accounted for", c.decoded));
        }
        found
    }
}

fn sum(places: &BTreeMap<String, u64>) -> u64 {
    places.values().sum()
}

/// What one receive batch did to the ledgers; filled without a lock, booked at once. The maps stay small: reasons are
/// compiled in.
#[derive(Debug, Default)]
pub struct Tally {
    /// Datagrams taken from the socket.
    pub received: u64,
    /// Datagrams understood, at least in part.
    pub decoded: u64,
    /// Datagrams refused, by reason.
    pub rejected: Vec<(&'static str, u64)>,
    /// Sets refused, by reason.
    pub sets_rejected: Vec<(&'static str, u64)>,
    /// Sets that wait for their template from now on.
    pub sets_held: u64,
    /// Sets that waited, and whose template came.
    pub sets_decoded_late: u64,
    /// Sets that waited in vain; they are refused as well.
    pub sets_given_up: u64,
    /// Records decoded.
    pub records: u64,
    /// Rows made of them.
    pub rows: u64,
}

impl Tally {
    /// Adds a refused datagram.
    pub fn reject(&mut self, reason: &'static str) {
        count(&mut self.rejected, reason, 1);
    }

    /// Adds datagrams that were refused before they were read.
    pub fn refuse(&mut self, reason: &'static str, datagrams: u64) {
        self.received += datagrams;
        count(&mut self.rejected, reason, datagrams);
    }

    /// Adds refused sets.
    pub fn reject_sets(&mut self, reason: &'static str, sets: u64) {
        count(&mut self.sets_rejected, reason, sets);
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.received = 0;
        self.decoded = 0;
        self.rejected.clear();
        self.sets_rejected.clear();
        self.sets_held = 0;
        self.sets_decoded_late = 0;
        self.sets_given_up = 0;
        self.records = 0;
        self.rows = 0;
    }
}

fn count(places: &mut Vec<(&'static str, u64)>, reason: &'static str, amount: u64) {
    match places.iter_mut().find(|place| place.0 == reason) {
        Some(place) => place.1 += amount,
        None => places.push((reason, amount)),
    }
}

fn book(places: &mut BTreeMap<String, u64>, reason: &str, amount: u64) {
    match places.get_mut(reason) {
        Some(found) => *found += amount,
        None => {
            places.insert(reason.to_owned(), amount);
        }
    }
}

/// The ledgers of a running Weir.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<LedgerSnapshot>);

impl Ledger {
    fn change(&self, change: impl FnOnce(&mut LedgerSnapshot)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Books what a worker received: new records are waiting.
    pub fn receive(&self, tally: &Tally) {
        self.change(|state| {
            state.datagrams.received += tally.received;
            state.datagrams.decoded += tally.decoded;
            for (reason, amount) in &tally.rejected {
                book(&mut state.datagrams.rejected, reason, *amount);
            }
            for (reason, amount) in &tally.sets_rejected {
                book(&mut state.sets.rejected, reason, *amount);
            }
            state.sets.held += tally.sets_held;
            state.sets.held = state.sets.held.saturating_sub(tally.sets_decoded_late + tally.sets_given_up);
            state.sets.decoded_late += tally.sets_decoded_late;
            state.records.decoded += tally.records;
            state.records.waiting += tally.records;
            state.rows.added_by_splitting += tally.rows.saturating_sub(tally.records);
        });
    }

    /// Books records that are now safe on disk.
    pub fn store(&self, records: u64, rows: u64) {
        self.change(|state| {
            state.records.waiting -= records.min(state.records.waiting);
            state.records.stored += records;
            state.rows.stored += rows;
        });
    }

    /// Books waiting records that will never be stored.
    pub fn lose(&self, place: &str, records: u64) {
        self.change(|state| {
            state.records.waiting -= records.min(state.records.waiting);
            book(&mut state.records.lost, place, records);
        });
    }

    /// Books records of an earlier run, thought safe, that turn out to be lost.
    pub fn find_lost(&self, place: &str, records: u64) {
        self.change(|state| {
            state.records.decoded += records;
            book(&mut state.records.lost, place, records);
        });
    }

    /// Books new rows of counters: they are waiting.
    pub fn receive_counters(&self, rows: u64) {
        self.change(|state| {
            state.rows.counters.decoded += rows;
            state.rows.counters.waiting += rows;
        });
    }

    /// Books rows of counters that are now safe on disk.
    pub fn store_counters(&self, rows: u64) {
        self.change(|state| {
            let counters = &mut state.rows.counters;
            counters.waiting -= rows.min(counters.waiting);
            counters.stored += rows;
        });
    }

    /// Books waiting rows of counters that will never be stored.
    pub fn lose_counters(&self, place: &str, rows: u64) {
        self.change(|state| {
            let counters = &mut state.rows.counters;
            counters.waiting -= rows.min(counters.waiting);
            book(&mut counters.lost, place, rows);
        });
    }

    /// Books datagrams that the kernel dropped since the last call.
    pub fn kernel_drop(&self, datagrams: u64) {
        self.change(|state| state.datagrams.kernel_dropped += datagrams);
    }

    /// All ledgers at this moment.
    pub fn snapshot(&self) -> LedgerSnapshot {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_after_every_movement() {
        let ledger = Ledger::default();
        let mut tally = Tally { received: 5, decoded: 4, records: 100, rows: 110, ..Tally::default() };
        tally.reject("truncated");
        tally.reject_sets("no_template", 2);
        ledger.receive(&tally);
        assert_eq!(ledger.snapshot().contradictions(), Vec::<String>::new());
        ledger.store(60, 66);
        assert_eq!(ledger.snapshot().contradictions(), Vec::<String>::new());
        ledger.lose("journal", 40);
        let snapshot = ledger.snapshot();
        assert_eq!(snapshot.contradictions(), Vec::<String>::new());
        assert_eq!((snapshot.records.stored, snapshot.records.waiting), (60, 0));
        assert_eq!(snapshot.rows.added_by_splitting, 10);
        assert_eq!(snapshot.sets.rejected["no_template"], 2);
    }

    #[test]
    fn sets_that_wait_are_seen_until_they_are_decoded_or_given_up() {
        let ledger = Ledger::default();
        ledger.receive(&Tally { received: 1, decoded: 1, sets_held: 3, ..Tally::default() });
        ledger.receive(&Tally { sets_decoded_late: 1, records: 4, rows: 4, ..Tally::default() });
        let mut tally = Tally { sets_given_up: 1, ..Tally::default() };
        tally.reject_sets("no_template", 1);
        ledger.receive(&tally);
        let snapshot = ledger.snapshot();
        assert_eq!((snapshot.sets.held, snapshot.sets.decoded_late), (1, 1));
        assert_eq!(snapshot.contradictions(), Vec::<String>::new());
    }

    #[test]
    fn counters_are_accounted_for_apart_from_records() {
        let ledger = Ledger::default();
        ledger.receive_counters(50);
        ledger.store_counters(30);
        ledger.lose_counters("journal_append", 15);
        ledger.find_lost("journal_damaged", 7);
        let snapshot = ledger.snapshot();
        assert_eq!(snapshot.contradictions(), Vec::<String>::new());
        let counters = &snapshot.rows.counters;
        assert_eq!((counters.decoded, counters.stored, counters.waiting), (50, 30, 5));
        assert_eq!((snapshot.records.decoded, snapshot.records.lost["journal_damaged"]), (7, 7));
    }

    #[test]
    fn says_what_does_not_add_up() {
        let mut snapshot = LedgerSnapshot::default();
        snapshot.records.decoded = 3;
        assert_eq!(snapshot.contradictions(), ["3 records decoded, 0 accounted for"]);
    }
}
