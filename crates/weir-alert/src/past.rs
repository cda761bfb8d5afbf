//! Alerts of a range, for comparing what a rule would have noticed with what was noticed and judged.

use weir_detect::Entity;

use crate::row::{from_json, named};
use crate::{AlertError, AlertStore, Verdict};

/// Alerts that are compared with at most.
const MOST: usize = 20_000;

/// An alert that there was.
#[derive(Debug, Clone, PartialEq)]
pub struct PastAlert {
    /// Its number.
    pub id: i64,
    /// The id of its rule.
    pub rule: String,
    /// Whom it is about.
    pub entity: Entity,
    /// What it turned out to be.
    pub verdict: Option<Verdict>,
    /// Time of its first flow. Nanoseconds since 1970, UTC.
    pub first_ns: i64,
    /// Time of its last flow.
    pub last_ns: i64,
    /// Addresses that it involves.
    pub addresses: Vec<String>,
    /// The filter that selects its flows.
    pub filter: String,
}

impl AlertStore {
    /// The alerts of a rule with flows in a range, its start included and its end not, and those of other rules that were
    /// true positives; of more than 20 000 the newest.
    pub fn past(&self, rule: &str, from_ns: i64, to_ns: i64) -> Result<Vec<PastAlert>, AlertError> {
        self.database().read(|open| {
            let mut statement = open.prepare_cached(
                "SELECT id, rule, entity, verdict, first_ns, last_ns, json_extract(latest, '$.addresses'),
                    json_extract(latest, '$.evidence.filter')
                    FROM alert WHERE (rule = ?1 OR verdict = 'true_positive') AND last_ns >= ?2 AND first_ns < ?3
                    ORDER BY id DESC LIMIT ?4",
            )?;
            let alerts = statement.query_map((rule, from_ns, to_ns, MOST as i64), |row| {
                Ok(PastAlert {
                    id: row.get(0)?,
                    rule: row.get(1)?,
                    entity: from_json(row, 2)?,
                    verdict: named(row, 3, Verdict::from_name)?,
                    first_ns: row.get(4)?,
                    last_ns: row.get(5)?,
                    addresses: from_json(row, 6)?,
                    filter: row.get(7)?,
                })
            })?;
            alerts.collect()
        })
    }
}
