//! What people do about alerts, and how it is taken back.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::history::{self, Event};
use crate::list::Condition;
use crate::notice::{self, Cause};
use crate::row::{from_json, to_json};
use crate::{AlertError, AlertStore, Selection, State, Verdict};

/// How long an action can be taken back. Nanoseconds.
pub const UNDO_NS: i64 = 30_000_000_000;

/// Alerts that one action changes at most.
const AT_ONCE: usize = 10_000;

/// Something to do about alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Somebody looks at it. A closed alert stays as it is.
    Acknowledge,
    /// Gives it an owner, or takes the owner away.
    Assign {
        /// Whose it is from now on.
        to: Option<String>,
    },
    /// Says what it turned out to be.
    Close {
        /// What.
        verdict: Verdict,
        /// Why, in words.
        reason: Option<String>,
    },
    /// Opens it again. An open alert stays as it is.
    Reopen {
        /// Why, in words.
        why: String,
    },
    /// Writes something down.
    Note {
        /// What.
        text: String,
    },
}

/// What an action came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Alerts that it changed.
    pub changed: u64,
    /// Takes it back, see [`AlertStore::undo`]; nothing if nothing was changed.
    pub undo: Option<String>,
}

/// An alert as it was, for going back.
#[derive(Serialize, Deserialize)]
struct Before {
    alert: i64,
    /// The entry of its history that says what was done.
    entry: i64,
    state: String,
    verdict: Option<String>,
    reason: Option<String>,
    assignee: Option<String>,
    settled_ns: Option<i64>,
    settled_value: Option<f64>,
    notes: i64,
}

impl Action {
    fn event(&self) -> Event {
        match self.clone() {
            Action::Acknowledge => Event::Acknowledged,
            Action::Assign { to } => Event::Assigned { to },
            Action::Close { verdict, reason } => Event::Closed { verdict, reason },
            Action::Reopen { why } => Event::Reopened { why },
            Action::Note { text } => Event::Note { text },
        }
    }

    /// Changes one alert; returns whether it did.
    fn apply(&self, open: &Transaction<'_>, alert: i64, now_ns: i64) -> rusqlite::Result<bool> {
        let changed = match self {
            Action::Acknowledge => open.execute(
                "UPDATE alert SET state = 'acknowledged', settled_ns = ?2, settled_value = peak
                    WHERE id = ?1 AND state = 'open'",
                params![alert, now_ns],
            ),
            Action::Assign { to } => open.execute(
                "UPDATE alert SET assignee = ?2 WHERE id = ?1 AND assignee IS NOT ?2",
                params![alert, to],
            ),
            Action::Close { verdict, reason } => open.execute(
                "UPDATE alert SET state = 'closed', verdict = ?3, reason = ?4, settled_ns = ?2, settled_value = peak
                    WHERE id = ?1",
                params![alert, now_ns, verdict.name(), reason],
            ),
            Action::Reopen { .. } => open.execute(
                "UPDATE alert SET state = 'open', verdict = NULL, reason = NULL, settled_ns = NULL,
                    settled_value = NULL WHERE id = ?1 AND state != 'open'",
                params![alert],
            ),
            Action::Note { .. } => {
                open.execute("UPDATE alert SET notes = notes + 1 WHERE id = ?1", params![alert])
            }
        }?;
        Ok(changed > 0)
    }
}

impl AlertStore {
    /// Does something about the alerts of a selection, all of them or none; of more than 10 000 the ones with the lowest
    /// numbers. `who` is for the history.
    pub fn act(
        &self,
        selection: &Selection,
        action: &Action,
        who: &str,
        now_ns: i64,
    ) -> Result<Done, AlertError> {
        let condition = Condition::with_tab(selection, now_ns);
        let told = notice::cause_of(&action.event());
        let (done, noticed) = self.database().change(|open| {
            let mut noticed = None;
            open.execute("DELETE FROM undo WHERE at_ns < ?", [now_ns.saturating_sub(UNDO_NS)])?;
            let columns = "id, state, verdict, reason, assignee, settled_ns, settled_value, notes";
            let mut befores =
                condition.rows(open, columns, &format!("ORDER BY id LIMIT {AT_ONCE}"), |row| {
                    Ok(Before {
                        alert: row.get(0)?,
                        entry: 0,
                        state: row.get(1)?,
                        verdict: row.get(2)?,
                        reason: row.get(3)?,
                        assignee: row.get(4)?,
                        settled_ns: row.get(5)?,
                        settled_value: row.get(6)?,
                        notes: row.get(7)?,
                    })
                })?;
            let mut changed = Vec::new();
            for mut before in befores.drain(..) {
                if action.apply(open, before.alert, now_ns)? {
                    open.execute("UPDATE alert SET updated_ns = ?2 WHERE id = ?1", [before.alert, now_ns])?;
                    before.entry = history::write(open, before.alert, now_ns, Some(who), &action.event())?;
                    if let Some((cause, words)) = &told {
                        noticed = Some(notice::write(open, before.alert, now_ns, *cause, words)?);
                    }
                    changed.push(before);
                }
            }
            // The number of an entry is used once; so is a token.
            let undo = changed.last().map(|last| format!("{}-{}", now_ns / 1_000_000, last.entry));
            if let Some(token) = &undo {
                open.execute(
                    "INSERT INTO undo (token, at_ns, who, changes) VALUES (?, ?, ?, ?)",
                    params![token, now_ns, who, to_json(&changed)?],
                )?;
            }
            Ok((Done { changed: changed.len() as u64, undo }, noticed))
        })?;
        self.noticed(noticed);
        Ok(done)
    }

    /// Takes back what was done at most [`UNDO_NS`] ago, and returns for how many alerts; nothing if the token is unknown,
    /// used or too old. Alerts to which something has happened since are left as they are. The history keeps both.
    pub fn undo(&self, token: &str, who: &str, now_ns: i64) -> Result<Option<u64>, AlertError> {
        let undone = self.database().change(|open| {
            let befores: Option<Vec<Before>> = open
                .query_row(
                    "SELECT changes FROM undo WHERE token = ? AND at_ns >= ?",
                    params![token, now_ns.saturating_sub(UNDO_NS)],
                    |row| from_json(row, 0),
                )
                .optional()?;
            let Some(befores) = befores else { return Ok((None, None)) };
            open.execute("DELETE FROM undo WHERE token = ?", [token])?;
            let (mut undone, mut noticed) = (0, None);
            for before in befores {
                let was_closed: bool = open
                    .query_row("SELECT state = 'closed' FROM alert WHERE id = ?", [before.alert], |row| {
                        row.get(0)
                    })
                    .optional()?
                    .unwrap_or_default();
                let changed = open.execute(
                    "UPDATE alert SET state = ?3, verdict = ?4, reason = ?5, assignee = ?6, settled_ns = ?7,
                            settled_value = ?8, notes = ?9, updated_ns = ?10
                        WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM history WHERE alert = ?1 AND id > ?2)",
                    params![
                        before.alert,
                        before.entry,
                        before.state,
                        before.verdict,
                        before.reason,
                        before.assignee,
                        before.settled_ns,
                        before.settled_value,
                        before.notes,
                        now_ns,
                    ],
                )?;
                if changed > 0 {
                    open.execute(
                        "UPDATE history SET undone_ns = ?2 WHERE id = ?1",
                        params![before.entry, now_ns],
                    )?;
                    history::write(open, before.alert, now_ns, Some(who), &Event::Undone)?;
                    if was_closed && before.state != State::Closed.name() {
                        let words = "closing it was taken back";
                        noticed = Some(notice::write(open, before.alert, now_ns, Cause::Reopened, words)?);
                    }
                    undone += 1;
                }
            }
            Ok((Some(undone), noticed))
        })?;
        self.noticed(undone.1);
        Ok(undone.0)
    }
}
