//! What others are to be told of alerts: an outbox that is written with the alert, and a cursor for each way of telling.
//!
//! A channel asks for the notices after its cursor, sends what it wants of them, and moves the cursor. What it sent but could
//! not note before the end of the process is sent again: at least once. The newest 10 000 notices are kept; a channel that is
//! further behind sees by their numbers how many it missed.

use std::sync::atomic::Ordering;

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::history::Event;
use crate::row::{ALERTS, COLUMNS, alert, named};
use crate::{Alert, AlertError, AlertStore};

/// Notices that are kept.
pub const NOTICES: i64 = 10_000;

/// Why others are told of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It was noticed for the first time, or is no longer suppressed.
    New,
    /// Its value is ten times what it was when others were last told, or its level is higher.
    Escalated,
    /// It came back.
    Reopened,
    /// Somebody closed it.
    Closed,
}

impl Cause {
    /// All of them.
    pub const ALL: [Cause; 4] = [Cause::New, Cause::Escalated, Cause::Reopened, Cause::Closed];

    /// Its name, as it is stored and as the configuration writes it.
    pub fn name(self) -> &'static str {
        match self {
            Cause::New => "new",
            Cause::Escalated => "escalated",
            Cause::Reopened => "reopened",
            Cause::Closed => "closed",
        }
    }

    /// The cause of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// Something that others are to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its number: one more than that of the notice before.
    pub id: i64,
    /// When it was written. Nanoseconds since 1970, UTC.
    pub at_ns: i64,
    /// Why.
    pub cause: Cause,
    /// More, for people; may be empty.
    pub words: String,
    /// The alert as it is now; nothing if it was removed to make room.
    pub alert: Option<Alert>,
}

/// Why others are told of what happened, and what they are told; nothing if it is not for them.
pub(crate) fn cause_of(event: &Event) -> Option<(Cause, String)> {
    Some(match event {
        Event::Created => (Cause::New, String::new()),
        Event::Unsuppressed { by } => (Cause::New, format!("suppression {by} has ended")),
        Event::Grown { from, to } => {
            let (from, to) = (crate::alert::in_words(*from), crate::alert::in_words(*to));
            (Cause::Escalated, format!("it grew from {from} to {to}"))
        }
        Event::Raised { from, to } => {
            (Cause::Escalated, format!("its level was {} and is {}", from.name(), to.name()))
        }
        Event::Reopened { why } => (Cause::Reopened, why.clone()),
        Event::Returned => (Cause::Reopened, "it was seen again after a day of quiet".to_owned()),
        Event::Closed { verdict, reason } => {
            let verdict = verdict.name().replace('_', " ");
            (
                Cause::Closed,
                reason.as_ref().map_or_else(|| verdict.clone(), |reason| format!("{verdict}: {reason}")),
            )
        }
        Event::Suppressed { .. }
        | Event::Acknowledged
        | Event::Assigned { .. }
        | Event::Note { .. }
        | Event::Undone => return None,
    })
}

/// Writes a notice, and returns its number. The oldest beyond what is kept goes.
pub(crate) fn write(
    open: &Transaction<'_>,
    alert: i64,
    now_ns: i64,
    cause: Cause,
    words: &str,
) -> rusqlite::Result<i64> {
    open.prepare_cached("INSERT INTO notice (at_ns, alert, cause, words) VALUES (?, ?, ?, ?)")?
        .execute(params![now_ns, alert, cause.name(), words])?;
    let id = open.last_insert_rowid();
    open.prepare_cached("DELETE FROM notice WHERE id <= ?")?.execute([id - NOTICES])?;
    Ok(id)
}

impl AlertStore {
    /// The number of the newest notice; 0 if there was none yet. Never blocks.
    pub fn newest_notice(&self) -> i64 {
        self.newest_notice.load(Ordering::Acquire)
    }

    pub(crate) fn noticed(&self, id: Option<i64>) {
        if let Some(id) = id {
            self.newest_notice.fetch_max(id, Ordering::Release);
        }
    }

    /// The notice up to which a channel has done everything. A channel that is new begins with what comes from now on.
    pub fn cursor(&self, channel: &str) -> Result<i64, AlertError> {
        let newest = self.newest_notice();
        self.database().change(|open| {
            open.execute("INSERT OR IGNORE INTO channel VALUES (?, ?)", params![channel, newest])?;
            open.query_row("SELECT delivered FROM channel WHERE name = ?", [channel], |row| row.get(0))
        })
    }

    /// Notes that a channel has done everything up to a notice.
    pub fn delivered(&self, channel: &str, notice: i64) -> Result<(), AlertError> {
        self.database().change(|open| {
            open.prepare_cached("UPDATE channel SET delivered = max(delivered, ?2) WHERE name = ?1")?
                .execute(params![channel, notice])?;
            Ok(())
        })
    }

    /// Forgets the cursors of all other channels. One that is configured again later is a new one.
    pub fn keep_channels(&self, names: &[String]) -> Result<(), AlertError> {
        self.database().change(|open| {
            let names = crate::row::to_json(&names)?;
            open.execute("DELETE FROM channel WHERE name NOT IN (SELECT value FROM json_each(?))", [names])?;
            Ok(())
        })
    }

    /// The notices after one, the oldest first, at most `limit`.
    pub fn notices(&self, after: i64, limit: usize, now_ns: i64) -> Result<Vec<Notice>, AlertError> {
        self.database().read(|open| {
            let mut statement = open.prepare_cached(
                "SELECT id, at_ns, cause, words, alert FROM notice WHERE id > ? ORDER BY id LIMIT ?",
            )?;
            let mut one =
                open.prepare_cached(&format!("SELECT {COLUMNS} FROM {ALERTS} AS alert WHERE id = ?2"))?;
            let mut rows = statement.query(params![after, limit as i64])?;
            let mut notices = Vec::new();
            while let Some(row) = rows.next()? {
                notices.push(Notice {
                    id: row.get(0)?,
                    at_ns: row.get(1)?,
                    // One that a later Weir wrote is news in any case.
                    cause: named(row, 2, Cause::from_name)?.unwrap_or(Cause::New),
                    words: row.get(3)?,
                    alert: one.query_row([now_ns, row.get(4)?], alert).optional()?,
                });
            }
            Ok(notices)
        })
    }
}
