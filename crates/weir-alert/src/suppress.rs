//! Suppressions: alerts that are kept but not shown, for a reason, by somebody, until a day.
//!
//! What a suppression hides is counted on it and listed as [`crate::Tab::Suppressed`]; nothing is dropped. Nothing is taken
//! out of the list of suppressions either: one that ended says when, and who ended it.

use std::net::IpAddr;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use weir_config::Prefix;
use weir_detect::Entity;
use weir_filter::Filter;

use crate::history::{self, Event};
use crate::row::{ALERTS, COLUMNS, alert, count, from_json, level, to_json};
use crate::{Alert, AlertError, AlertStore, Verdict};

/// Suppressions in force at once. One more is refused.
const IN_FORCE: usize = 1000;

/// How far a preview looks back.
pub const PREVIEW_NS: i64 = 30 * 86_400_000_000_000;

/// Alerts that a preview shows.
const SHOWN: usize = 50;

/// What a suppression hides: alerts that meet all of it. What is left out is not asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    /// Of one of these rules, by id.
    pub rules: Vec<String>,
    /// About an entity with all of these values.
    pub entity: Vec<(String, String)>,
    /// About an entity with an address in one of these networks.
    pub networks: Vec<Prefix>,
    /// About an entity that this filter passes; it sees the fields that the entity has.
    pub filter: Option<String>,
}

/// A suppression to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSuppression {
    /// What it hides.
    pub conditions: Conditions,
    /// Why, in words.
    pub reason: String,
    /// Who wants it.
    pub owner: String,
    /// When it ends. Nanoseconds since 1970, UTC; nothing: never.
    pub expires_ns: Option<i64>,
}

/// A suppression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Its number.
    pub id: i64,
    /// What it hides.
    pub conditions: Conditions,
    /// Why.
    pub reason: String,
    /// Who wants it.
    pub owner: String,
    /// When it was made. Nanoseconds since 1970, UTC.
    pub created_ns: i64,
    /// When it ends by itself; nothing: never.
    pub expires_ns: Option<i64>,
    /// When somebody ended it.
    pub ended_ns: Option<i64>,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// Windows of detections that it hid.
    pub hidden: u64,
    /// Alerts that it hides now.
    pub alerts: u64,
}

impl Suppression {
    /// Whether it hides anything at a time.
    pub fn is_in_force(&self, now_ns: i64) -> bool {
        self.ended_ns.is_none() && self.expires_ns.is_none_or(|expires_ns| expires_ns > now_ns)
    }
}

/// What a suppression would have hidden.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preview {
    /// Alerts seen in the last 30 days that it would hide.
    pub alerts: u64,
    /// Alerts seen in that time.
    pub of: u64,
    /// Those of them that are closed as true positives: it would have hidden an attack.
    pub true_positives: u64,
    /// The first 50 of them: true positives first, then by level, then those seen last.
    pub shown: Vec<Alert>,
}

/// Conditions that are ready to be asked.
pub(crate) struct Matcher {
    conditions: Conditions,
    filter: Option<Filter>,
}

impl Matcher {
    /// Says what is wrong with conditions that cannot be asked.
    pub(crate) fn new(conditions: Conditions) -> Result<Self, AlertError> {
        let Conditions { rules, entity, networks, filter } = &conditions;
        if rules.is_empty() && entity.is_empty() && networks.is_empty() && filter.is_none() {
            return Err(AlertError::HidesEverything);
        }
        let parsed = filter.as_ref().map(|text| {
            weir_filter::parse(text).map_err(|errors| AlertError::Filter {
                text: text.clone(),
                reason: errors.first().map_or_else(String::new, weir_filter::FilterError::message),
            })
        });
        let filter = parsed.transpose()?.map(|expr| Filter::new(&expr));
        Ok(Self { conditions, filter })
    }

    pub(crate) fn hides(&self, rule: &str, entity: &Entity) -> bool {
        let Conditions { rules, entity: values, networks, .. } = &self.conditions;
        let addresses = || entity.0.iter().filter_map(|(_, value)| value.parse::<IpAddr>().ok());
        (rules.is_empty() || rules.iter().any(|id| id == rule))
            && values.iter().all(|(field, value)| entity.get(field) == Some(value))
            && (networks.is_empty()
                || addresses().any(|address| networks.iter().any(|network| network.contains(address))))
            && self.filter.as_ref().is_none_or(|filter| passes(filter, entity))
    }
}

fn passes(filter: &Filter, entity: &Entity) -> bool {
    let values = entity.0.iter().map(|(field, value)| (field.as_str(), value.as_str()));
    let mask = weir_sigma::flow(values).and_then(|flow| filter.mask(&flow).ok());
    mask.is_some_and(|mask| mask.count_set_bits() == 1)
}

/// The suppressions in force, the oldest first.
pub(crate) struct InForce(Vec<(i64, String, Matcher)>);

impl InForce {
    pub(crate) fn read(open: &Connection, now_ns: i64) -> rusqlite::Result<Self> {
        let mut statement = open.prepare_cached(
            "SELECT id, reason, conditions FROM suppression
                WHERE ended_ns IS NULL AND coalesce(expires_ns > ?, 1) ORDER BY id",
        )?;
        let rows = statement
            .query_map([now_ns], |row| Ok((row.get(0)?, row.get(1)?, from_json::<Conditions>(row, 2)?)))?;
        let mut all = Vec::new();
        for row in rows {
            let (id, reason, conditions) = row?;
            // They could be asked when they were written; by a version that no longer can, they hide nothing.
            if let Ok(matcher) = Matcher::new(conditions) {
                all.push((id, reason, matcher));
            }
        }
        Ok(Self(all))
    }

    /// The one that hides what a rule says of an entity, and why.
    pub(crate) fn hiding(&self, rule: &str, entity: &Entity) -> Option<(i64, &str)> {
        let found = self.0.iter().find(|(_, _, matcher)| matcher.hides(rule, entity));
        found.map(|(id, reason, _)| (*id, reason.as_str()))
    }
}

/// Notes that an alert is hidden from now on, or by another suppression, or no longer.
pub(crate) fn hide(
    open: &Transaction<'_>,
    alert: i64,
    before: Option<i64>,
    now: Option<(i64, &str)>,
    (who, now_ns): (Option<&str>, i64),
) -> rusqlite::Result<()> {
    let by = now.map(|(id, _)| id);
    if before == by {
        return Ok(());
    }
    open.prepare_cached("UPDATE alert SET suppressed_by = ?2, updated_ns = ?3 WHERE id = ?1")?
        .execute(params![alert, by, now_ns])?;
    let event = match (now, before) {
        (Some((by, reason)), _) => Event::Suppressed { by, reason: reason.to_owned() },
        (None, Some(by)) => Event::Unsuppressed { by },
        (None, None) => return Ok(()),
    };
    history::write(open, alert, now_ns, who, &event)?;
    Ok(())
}

/// Counts a window that a suppression hid.
pub(crate) fn count_hidden(open: &Transaction<'_>, suppression: i64) -> rusqlite::Result<()> {
    open.prepare_cached("UPDATE suppression SET hidden = hidden + 1 WHERE id = ?")?.execute([suppression])?;
    Ok(())
}

const SUPPRESSION: &str = "id, conditions, reason, owner, created_ns, expires_ns, ended_ns, ended_by, hidden,
    (SELECT count(*) FROM alert WHERE suppressed_by = suppression.id AND state != 'closed')";

fn suppression(row: &Row<'_>, now_ns: i64) -> rusqlite::Result<Suppression> {
    let mut read = Suppression {
        id: row.get(0)?,
        conditions: from_json(row, 1)?,
        reason: row.get(2)?,
        owner: row.get(3)?,
        created_ns: row.get(4)?,
        expires_ns: row.get(5)?,
        ended_ns: row.get(6)?,
        ended_by: row.get(7)?,
        hidden: count(row, 8)?,
        alerts: count(row, 9)?,
    };
    if !read.is_in_force(now_ns) {
        read.alerts = 0;
    }
    Ok(read)
}

fn one(open: &Connection, id: i64, now_ns: i64) -> rusqlite::Result<Option<Suppression>> {
    let sql = format!("SELECT {SUPPRESSION} FROM suppression WHERE id = ?");
    open.prepare_cached(&sql)?.query_row([id], |row| suppression(row, now_ns)).optional()
}

/// What decides whether an alert is hidden.
struct Candidate {
    alert: i64,
    rule: String,
    entity: Entity,
    /// As it is written: it may have ended.
    hidden_by: Option<i64>,
}

/// The alerts that are not closed.
fn not_closed(open: &Connection, more: &str) -> rusqlite::Result<Vec<Candidate>> {
    let sql = format!("SELECT id, rule, entity, suppressed_by FROM alert WHERE state != 'closed' {more}");
    let mut statement = open.prepare(&sql)?;
    let rows = statement.query_map([], |row| {
        Ok(Candidate {
            alert: row.get(0)?,
            rule: row.get(1)?,
            entity: from_json(row, 2)?,
            hidden_by: row.get(3)?,
        })
    })?;
    rows.collect()
}

impl AlertStore {
    /// Makes a suppression, and hides with it what it hides of the alerts that are not closed.
    pub fn suppress(&self, new: &NewSuppression, now_ns: i64) -> Result<Suppression, AlertError> {
        let matcher = Matcher::new(new.conditions.clone())?;
        let made = self.database().change(|open| {
            let in_force = InForce::read(open, now_ns)?;
            if in_force.0.len() >= IN_FORCE {
                return Ok(None);
            }
            open.execute(
                "INSERT INTO suppression (conditions, reason, owner, created_ns, expires_ns) VALUES (?, ?, ?, ?, ?)",
                params![to_json(&new.conditions)?, new.reason, new.owner, now_ns, new.expires_ns],
            )?;
            let id = open.last_insert_rowid();
            for Candidate { alert, rule, entity, hidden_by: before } in
                not_closed(open, "")? {
                let is_hidden = before.is_some() && in_force.hiding(&rule, &entity).is_some();
                if !is_hidden && matcher.hides(&rule, &entity) {
                    hide(open, alert, before, Some((id, &new.reason)), (Some(&new.owner), now_ns))?;
                }
            }
            one(open, id, now_ns)
        })?;
        made.ok_or(AlertError::TooManySuppressions { most: IN_FORCE })
    }

    /// Ends a suppression; nothing if there is none with this number. What it hid is shown again, unless another one hides
    /// it. One that has ended stays as it is.
    pub fn end_suppression(
        &self,
        id: i64,
        who: &str,
        now_ns: i64,
    ) -> Result<Option<Suppression>, AlertError> {
        self.database().change(|open| {
            let ended = open.execute(
                "UPDATE suppression SET ended_ns = ?2, ended_by = ?3 WHERE id = ?1 AND ended_ns IS NULL",
                params![id, now_ns, who],
            )?;
            if ended > 0 {
                let in_force = InForce::read(open, now_ns)?;
                for Candidate { alert, rule, entity, hidden_by: before } in
                    not_closed(open, &format!("AND suppressed_by = {id}"))?
                {
                    hide(open, alert, before, in_force.hiding(&rule, &entity), (Some(who), now_ns))?;
                }
            }
            one(open, id, now_ns)
        })
    }

    /// The suppressions, the newest first; with those that have ended, at most 1000, if `all` is set.
    pub fn suppressions(&self, all: bool, now_ns: i64) -> Result<Vec<Suppression>, AlertError> {
        let chosen = if all { "1" } else { "ended_ns IS NULL AND coalesce(expires_ns > ?1, 1)" };
        let sql = format!(
            "SELECT {SUPPRESSION} FROM suppression WHERE ?1 IS NOT NULL AND {chosen} ORDER BY id DESC LIMIT 1000"
        );
        self.database().read(|open| {
            let mut statement = open.prepare_cached(&sql)?;
            let rows = statement.query_map([now_ns], |row| suppression(row, now_ns))?;
            rows.collect()
        })
    }

    /// What conditions would have hidden of the alerts of the last 30 days.
    pub fn preview(&self, conditions: &Conditions, now_ns: i64) -> Result<Preview, AlertError> {
        let matcher = Matcher::new(conditions.clone())?;
        self.database().read(|open| {
            let mut statement = open.prepare_cached(
                "SELECT id, rule, entity, verdict, level, last_ns FROM alert WHERE last_ns >= ?",
            )?;
            let mut rows = statement.query([now_ns.saturating_sub(PREVIEW_NS)])?;
            let mut preview = Preview::default();
            let mut hidden = Vec::new();
            while let Some(row) = rows.next()? {
                preview.of += 1;
                let rule: String = row.get(1)?;
                if !matcher.hides(&rule, &from_json(row, 2)?) {
                    continue;
                }
                let verdict: Option<String> = row.get(3)?;
                let was_true = verdict.as_deref() == Some(Verdict::TruePositive.name());
                preview.alerts += 1;
                preview.true_positives += u64::from(was_true);
                hidden.push((was_true, level(row.get(4)?), row.get::<_, i64>(5)?, row.get::<_, i64>(0)?));
            }
            hidden.sort_unstable_by(|a, b| b.cmp(a));
            let sql = format!("SELECT {COLUMNS} FROM {ALERTS} AS alert WHERE id = ?2");
            let mut one = open.prepare_cached(&sql)?;
            for (.., id) in hidden.into_iter().take(SHOWN) {
                preview.shown.push(one.query_row([now_ns, id], alert)?);
            }
            Ok(preview)
        })
    }
}
