//! What happened to an alert: who, when, what. Nothing is ever taken out of it.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use crate::row::{from_json, to_json};
use crate::{AlertError, AlertStore, Verdict};

/// Something that happened to an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// It was noticed for the first time.
    Created,
    /// It was opened again; `why` tells.
    Reopened {
        /// In words.
        why: String,
    },
    /// Its value is ten times what it was when it last asked for attention.
    Grown {
        /// The value then.
        from: f64,
        /// The value now.
        to: f64,
    },
    /// A detection of it has a higher level.
    Raised {
        /// The level before.
        from: Level,
        /// The level now.
        to: Level,
    },
    /// It was seen again after a day of quiet.
    Returned,
    /// A suppression hides it.
    Suppressed {
        /// Which.
        by: i64,
        /// Why, in words.
        reason: String,
    },
    /// The suppression that hid it has ended.
    Unsuppressed {
        /// Which.
        by: i64,
    },
    /// Somebody looks at it.
    Acknowledged,
    /// It has an owner, or none any more.
    Assigned {
        /// Whose it is now.
        to: Option<String>,
    },
    /// It has a verdict.
    Closed {
        /// What it turned out to be.
        verdict: Verdict,
        /// Why, in words.
        reason: Option<String>,
    },
    /// Somebody wrote something down.
    Note {
        /// What.
        text: String,
    },
    /// What somebody did was taken back.
    Undone,
}

/// An entry of an alert's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When, by the server's clock. Nanoseconds since 1970, UTC.
    pub at_ns: i64,
    /// Who did it; nothing for Weir itself.
    pub who: Option<String>,
    /// What happened.
    pub event: Event,
    /// When it was taken back.
    pub undone_ns: Option<i64>,
}

/// Writes an entry, and returns its number.
pub(crate) fn write(
    open: &Connection,
    alert: i64,
    at_ns: i64,
    who: Option<&str>,
    event: &Event,
) -> rusqlite::Result<i64> {
    let mut insert =
        open.prepare_cached("INSERT INTO history (alert, at_ns, who, event) VALUES (?, ?, ?, ?)")?;
    insert.execute(params![alert, at_ns, who, to_json(event)?])?;
    Ok(open.last_insert_rowid())
}

impl AlertStore {
    /// The history of an alert, oldest first; nothing if there is no such alert. The newest 1000 entries.
    pub fn history(&self, alert: i64) -> Result<Option<Vec<Entry>>, AlertError> {
        self.database().read(|open| {
            let mut statement = open.prepare_cached(
                "SELECT at_ns, who, event, undone_ns FROM
                    (SELECT * FROM history WHERE alert = ? ORDER BY id DESC LIMIT 1000) ORDER BY id",
            )?;
            let entries = statement.query_map([alert], |row| {
                Ok(Entry {
                    at_ns: row.get(0)?,
                    who: row.get(1)?,
                    event: from_json(row, 2)?,
                    undone_ns: row.get(3)?,
                })
            })?;
            let entries = entries.collect::<rusqlite::Result<Vec<_>>>()?;
            // Every alert's history begins with its creation.
            Ok((!entries.is_empty()).then_some(entries))
        })
    }
}
