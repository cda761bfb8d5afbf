//! Rows of SQLite to types and back.

use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;
use weir_sigma::Level;

use crate::{Alert, State, Verdict};

/// The columns that [`alert`] reads, in its order. The one parameter is the present: a suppression that has ended hides
/// nothing.
pub(crate) const COLUMNS: &str = "id, title, level, techniques, episode, state, verdict, reason, assignee,
    created_ns, updated_ns, attention_ns, first_ns, last_ns, flows, windows, peak, reopened, notes,
    evidence_from_ns, hidden_by, network, latest";

/// The table that is asked: alerts, and which suppression in force hides them. `?1` is the present.
pub(crate) const ALERTS: &str = "(SELECT alert.*, suppression.id AS hidden_by FROM alert
    LEFT JOIN suppression ON suppression.id = alert.suppressed_by AND suppression.ended_ns IS NULL
        AND coalesce(suppression.expires_ns > ?1, 1))";

/// An alert from the [`COLUMNS`].
pub(crate) fn alert(row: &Row<'_>) -> rusqlite::Result<Alert> {
    Ok(Alert {
        id: row.get(0)?,
        title: row.get(1)?,
        level: level(row.get(2)?),
        techniques: from_json(row, 3)?,
        episode: row.get(4)?,
        state: named(row, 5, State::from_name)?.unwrap_or(State::Open),
        verdict: named(row, 6, Verdict::from_name)?,
        reason: row.get(7)?,
        assignee: row.get(8)?,
        created_ns: row.get(9)?,
        updated_ns: row.get(10)?,
        attention_ns: row.get(11)?,
        first_ns: row.get(12)?,
        last_ns: row.get(13)?,
        flows: count(row, 14)?,
        windows: count(row, 15)?,
        peak: row.get(16)?,
        reopened: row.get(17)?,
        notes: row.get(18)?,
        evidence_from_ns: row.get(19)?,
        suppressed_by: row.get(20)?,
        network: row.get(21)?,
        latest: from_json(row, 22)?,
    })
}

/// The level of a number; a number that no level has counts as the highest.
pub(crate) fn level(number: u8) -> Level {
    Level::ALL.get(usize::from(number)).copied().unwrap_or(Level::Critical)
}

/// A column with the name of something, or nothing.
pub(crate) fn named<T>(
    row: &Row<'_>,
    column: usize,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    let Some(name) = row.get::<_, Option<String>>(column)? else { return Ok(None) };
    read(&name).map(Some).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("`{name}` is unknown").into())
    })
}

/// A column of JSON.
pub(crate) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

/// Something as the JSON of a column.
pub(crate) fn to_json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// SQLite's integers are signed; these numbers never get that far.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(|number| number as u64)
}
