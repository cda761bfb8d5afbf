//! Which rules somebody has switched off or on: who, when, why.

use rusqlite::{params, params_from_iter};

use crate::{AlertError, AlertStore};

/// Entries that are kept of a rule; older ones go.
const KEPT: i64 = 1000;

/// A rule was switched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// Its id.
    pub rule: String,
    /// Whether it is at work from then on.
    pub enabled: bool,
    /// Why, in words.
    pub reason: Option<String>,
    /// Who did it.
    pub who: String,
    /// When, by the server's clock. Nanoseconds since 1970, UTC.
    pub at_ns: i64,
}

impl AlertStore {
    /// Keeps that a rule was switched.
    pub fn keep_switch(&self, switch: &Switch) -> Result<(), AlertError> {
        self.database().change(|open| {
            open.execute(
                "INSERT INTO rule_switch (rule, enabled, reason, who, at_ns) VALUES (?, ?, ?, ?, ?)",
                params![switch.rule, switch.enabled, switch.reason, switch.who, switch.at_ns],
            )?;
            open.execute(
                "DELETE FROM rule_switch WHERE rule = ?1 AND id NOT IN
                    (SELECT id FROM rule_switch WHERE rule = ?1 ORDER BY id DESC LIMIT ?2)",
                params![switch.rule, KEPT],
            )?;
            Ok(())
        })
    }

    /// The last switch of each rule that was ever switched.
    pub fn switches(&self) -> Result<Vec<Switch>, AlertError> {
        self.read_switches("id IN (SELECT max(id) FROM rule_switch GROUP BY rule)", &[])
    }

    /// Every switch of a rule, the newest first.
    pub fn switches_of(&self, rule: &str) -> Result<Vec<Switch>, AlertError> {
        self.read_switches("rule = ?", &[rule])
    }

    fn read_switches(&self, condition: &str, values: &[&str]) -> Result<Vec<Switch>, AlertError> {
        self.database().read(|open| {
            let mut statement = open.prepare(&format!(
                "SELECT rule, enabled, reason, who, at_ns FROM rule_switch WHERE {condition} ORDER BY id DESC"
            ))?;
            let switches = statement.query_map(params_from_iter(values), |row| {
                Ok(Switch {
                    rule: row.get(0)?,
                    enabled: row.get(1)?,
                    reason: row.get(2)?,
                    who: row.get(3)?,
                    at_ns: row.get(4)?,
                })
            })?;
            switches.collect()
        })
    }
}
