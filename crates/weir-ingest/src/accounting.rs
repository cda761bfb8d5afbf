//! From what became of a datagram to the ledger's words.

use weir_telemetry::Tally;

use crate::{GivenUp, Outcome};

impl Outcome {
    /// Books the datagram and its records.
    pub fn book(&self, tally: &mut Tally) {
        tally.received += 1;
        match self.rejected {
            Some(reason) => tally.reject(reason.as_str()),
            None => tally.decoded += 1,
        }
        for (reason, count) in self.problems.iter() {
            tally.reject_sets(reason.as_str(), count);
        }
        tally.sets_held += self.held_sets;
        tally.sets_decoded_late += self.decoded_late;
        tally.records += self.records;
        tally.rows += self.rows;
    }
}

impl GivenUp {
    /// Books the sets that will not be decoded.
    pub fn book(self, tally: &mut Tally) {
        tally.sets_given_up += self.sets;
        for (reason, count) in self.problems().iter() {
            tally.reject_sets(reason.as_str(), count);
        }
    }
}
