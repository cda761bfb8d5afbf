//! How many alerts each rule had, and what they turned out to be.

use std::collections::HashMap;

use crate::row::{count, named};
use crate::{AlertError, AlertStore, Verdict};

/// Alerts of a rule by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All of them.
    pub alerts: u64,
    /// Without a verdict.
    pub undecided: u64,
    /// What the rule says, and unwanted.
    pub true_positive: u64,
    /// What the rule says, and wanted.
    pub benign: u64,
    /// Something else.
    pub false_positive: u64,
    /// Told by another alert too.
    pub duplicate: u64,
}

impl AlertStore {
    /// The alerts with flows in a range, its start included and its end not, by the rule's id. Nanoseconds since 1970, UTC.
    pub fn tally(&self, from_ns: i64, to_ns: i64) -> Result<HashMap<String, Tally>, AlertError> {
        self.database().read(|open| {
            let mut statement = open.prepare_cached(
                "SELECT rule, verdict, count(*) FROM alert WHERE last_ns >= ? AND first_ns < ? GROUP BY rule, verdict",
            )?;
            let mut rows = statement.query([from_ns, to_ns])?;
            let mut tallies: HashMap<String, Tally> = HashMap::new();
            while let Some(row) = rows.next()? {
                let alerts = count(row, 2)?;
                let tally = tallies.entry(row.get(0)?).or_default();
                tally.alerts += alerts;
                let part = match named(row, 1, Verdict::from_name)? {
                    None => &mut tally.undecided,
                    Some(Verdict::TruePositive) => &mut tally.true_positive,
                    Some(Verdict::Benign) => &mut tally.benign,
                    Some(Verdict::FalsePositive) => &mut tally.false_positive,
                    Some(Verdict::Duplicate) => &mut tally.duplicate,
                };
                *part += alerts;
            }
            Ok(tallies)
        })
    }
}
