//! Lists alerts: chosen, ordered, page by page, in groups, and counted.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use weir_sigma::Level;

use crate::row::{ALERTS, COLUMNS, alert, count, level};
use crate::{AddressRange, Alert, AlertError, AlertStore, Spark};

/// Alerts that share what somebody wants to do with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Open, and not hidden by a suppression.
    #[default]
    Triage,
    /// Not closed, and assigned to whom [`Selection::assignee`] says.
    Mine,
    /// Acknowledged, and not hidden.
    Acknowledged,
    /// Hidden by a suppression, and not closed.
    Suppressed,
    /// Closed.
    Closed,
    /// Every one.
    All,
}

impl Tab {
    const ALL: [Tab; 6] = [Tab::Triage, Tab::Mine, Tab::Acknowledged, Tab::Suppressed, Tab::Closed, Tab::All];

    fn condition(self) -> &'static str {
        match self {
            Tab::Triage => "state = 'open' AND hidden_by IS NULL",
            Tab::Mine => "state != 'closed' AND assignee IS NOT NULL",
            Tab::Acknowledged => "state = 'acknowledged' AND hidden_by IS NULL",
            Tab::Suppressed => "hidden_by IS NOT NULL AND state != 'closed'",
            Tab::Closed => "state = 'closed'",
            Tab::All => "1",
        }
    }
}

/// Which alerts. What is left out chooses every one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// What somebody wants to do with them.
    pub tab: Tab,
    /// Only of these levels.
    pub levels: Vec<Level>,
    /// Only of these rules, by id.
    pub rules: Vec<String>,
    /// Only with one of these techniques, or a sub-technique of it.
    pub techniques: Vec<String>,
    /// Only those that involve an address of this range.
    pub address: Option<AddressRange>,
    /// Only with this text in title, rule, entity or sentence, whatever the case.
    pub text: Option<String>,
    /// Only of this owner.
    pub assignee: Option<String>,
    /// Only with flows at or after this time. Nanoseconds since 1970, UTC.
    pub from_ns: Option<i64>,
    /// Only with flows before this time.
    pub to_ns: Option<i64>,
    /// Only of this source.
    pub source: Option<String>,
    /// Only of this target.
    pub target: Option<String>,
    /// Only of this network.
    pub network: Option<String>,
    /// Only these, by number.
    pub ids: Vec<i64>,
}

/// Which alerts come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Those that asked for attention last.
    #[default]
    Attention,
    /// The highest level, and of one level those that asked for attention last.
    Level,
    /// The highest risk.
    Risk,
    /// Those with the newest flows.
    LastSeen,
    /// Those that began last.
    FirstSeen,
    /// Those with the most flows.
    Flows,
}

impl Order {
    /// What is compared; the number of the alert decides between equals.
    fn key(self) -> &'static str {
        match self {
            Order::Attention => "attention_ns",
            // Seconds fit below the level: 4 billion of them are 126 years after 1970.
            Order::Level => "(level * 4000000000 + attention_ns / 1000000000)",
            Order::Risk => "risk",
            Order::LastSeen => "last_ns",
            Order::FirstSeen => "first_ns",
            Order::Flows => "flows",
        }
    }
}

/// Where a page ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    key: i64,
    id: i64,
}

impl Display for Cursor {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.key, self.id)
    }
}

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, id) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self { key: key.parse()?, id: id.parse()? })
    }
}

/// A page of alerts.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The alerts, each with how it went over time.
    pub alerts: Vec<(Alert, Spark)>,
    /// Continues after the last one; nothing at the end.
    pub next: Option<Cursor>,
}

/// Which page of which alerts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listing {
    /// Which alerts.
    pub selection: Selection,
    /// Which come first.
    pub order: Order,
    /// How many at most.
    pub limit: usize,
    /// Those after this one.
    pub cursor: Option<Cursor>,
}

/// What groups have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// The rule.
    Rule,
    /// Who did it.
    Source,
    /// To whom it was done.
    Target,
    /// The technique; an alert with several is in several groups.
    Technique,
    /// The network.
    Network,
}

/// Alerts that have something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What they have in common; nothing for those that do not have it.
    pub key: Option<String>,
    /// The same for people: a rule's title.
    pub title: Option<String>,
    /// How many.
    pub alerts: u64,
    /// The highest level of them.
    pub level: Level,
    /// The highest risk.
    pub risk: u8,
    /// Their flows.
    pub flows: u64,
    /// Time of the first flow.
    pub first_ns: i64,
    /// Time of the last flow.
    pub last_ns: i64,
}

/// How many alerts each tab has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Of [`Tab::Triage`].
    pub triage: u64,
    /// Of [`Tab::Mine`].
    pub mine: u64,
    /// Of [`Tab::Acknowledged`].
    pub acknowledged: u64,
    /// Of [`Tab::Suppressed`].
    pub suppressed: u64,
    /// Of [`Tab::Closed`].
    pub closed: u64,
    /// Of [`Tab::All`].
    pub all: u64,
}

/// An alert on an axis of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The alert.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its level.
    pub level: Level,
    /// Time of its first flow. Nanoseconds since 1970, UTC.
    pub first_ns: i64,
    /// Time of its last flow.
    pub last_ns: i64,
    /// Whether it is closed.
    pub closed: bool,
}

/// A condition in SQL with its values; `?1` is the present.
pub(crate) struct Condition {
    sql: String,
    values: Vec<Value>,
}

impl Condition {
    pub(crate) fn new(now_ns: i64) -> Self {
        Self { sql: "1".to_owned(), values: vec![now_ns.into()] }
    }

    fn and(&mut self, sql: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
    }

    /// The place of a value in SQL.
    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn one_of<T: Into<Value>>(&mut self, column: &str, values: impl IntoIterator<Item = T>) {
        let places: Vec<String> = values.into_iter().map(|value| self.value(value)).collect();
        if !places.is_empty() {
            self.and(&format!("{column} IN ({})", places.join(", ")));
        }
    }

    fn equal(&mut self, column: &str, value: Option<&String>) {
        self.one_of(column, value.cloned());
    }

    /// What a selection says, but for its tab.
    fn of(selection: &Selection, now_ns: i64) -> Self {
        let mut all = Self::new(now_ns);
        all.one_of("level", selection.levels.iter().map(|&level| i64::from(level as u8)));
        all.one_of("rule", selection.rules.iter().cloned());
        all.one_of("id", selection.ids.iter().copied());
        if !selection.techniques.is_empty() {
            let each: Vec<String> = selection
                .techniques
                .iter()
                .map(|id| {
                    let id = all.value(id.to_ascii_uppercase());
                    format!("value = {id} OR substr(value, 1, length({id}) + 1) = {id} || '.'")
                })
                .collect();
            all.and(&format!("EXISTS (SELECT 1 FROM json_each(techniques) WHERE {})", each.join(" OR ")));
        }
        if let Some(range) = selection.address {
            let first = all.value(range.first.to_be_bytes().to_vec());
            let last = all.value(range.last.to_be_bytes().to_vec());
            all.and(&format!("id IN (SELECT alert FROM address WHERE address BETWEEN {first} AND {last})"));
        }
        if let Some(text) = &selection.text {
            let text = all.value(text.to_lowercase());
            all.and(&format!(
                "instr(lower(title || ' ' || rule || ' ' || entity || ' ' ||
                    json_extract(latest, '$.sentence')), {text}) > 0"
            ));
        }
        all.equal("assignee", selection.assignee.as_ref());
        all.equal("source", selection.source.as_ref());
        all.equal("target", selection.target.as_ref());
        all.equal("network", selection.network.as_ref());
        if let Some(from_ns) = selection.from_ns {
            let from = all.value(from_ns);
            all.and(&format!("last_ns >= {from}"));
        }
        if let Some(to_ns) = selection.to_ns {
            let to = all.value(to_ns);
            all.and(&format!("first_ns < {to}"));
        }
        all
    }

    /// What a selection says.
    pub(crate) fn with_tab(selection: &Selection, now_ns: i64) -> Self {
        let mut all = Self::of(selection, now_ns);
        all.and(selection.tab.condition());
        all
    }

    /// `SELECT what FROM the alerts WHERE this, and then more`.
    pub(crate) fn rows<T>(
        &self,
        open: &Connection,
        what: &str,
        more: &str,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let sql = format!("SELECT {what} FROM {ALERTS} AS alert WHERE {} {more}", self.sql);
        // The present is a value of every statement, whether it is asked for or not.
        let mut statement = open.prepare(&sql)?;
        let rows = statement.query_map(params_from_iter(&self.values), read)?;
        rows.collect()
    }
}

impl AlertStore {
    /// A page of alerts. `now_ns` decides which suppressions are in force.
    pub fn list(&self, listing: &Listing, now_ns: i64) -> Result<Page, AlertError> {
        let mut condition = Condition::with_tab(&listing.selection, now_ns);
        let key = listing.order.key();
        if let Some(cursor) = listing.cursor {
            let after = (condition.value(cursor.key), condition.value(cursor.id));
            condition.and(&format!("({key}, id) < ({}, {})", after.0, after.1));
        }
        let columns = format!("{COLUMNS}, {key}");
        let more = format!("ORDER BY {key} DESC, id DESC LIMIT {}", listing.limit + 1);
        self.database().read(|open| {
            let mut rows =
                condition.rows(open, &columns, &more, |row| Ok((alert(row)?, row.get::<_, i64>(23)?)))?;
            let is_more = rows.len() > listing.limit;
            rows.truncate(listing.limit);
            let last = rows.last().map(|(alert, key)| Cursor { key: *key, id: alert.id });
            let alerts = rows
                .into_iter()
                .map(|(alert, _)| Spark::read(open, alert.id).map(|spark| (alert, spark)))
                .collect::<rusqlite::Result<_>>()?;
            Ok(Page { alerts, next: last.filter(|_| is_more) })
        })
    }

    /// How many alerts each tab has of a selection, whatever its own tab.
    pub fn counts(&self, selection: &Selection, now_ns: i64) -> Result<Counts, AlertError> {
        let condition = Condition::of(selection, now_ns);
        let sums = Tab::ALL.map(|tab| format!("coalesce(sum({}), 0)", tab.condition())).join(", ");
        self.database().read(|open| {
            let counts = condition.rows(open, &sums, "", |row| {
                Ok(Counts {
                    triage: count(row, 0)?,
                    mine: count(row, 1)?,
                    acknowledged: count(row, 2)?,
                    suppressed: count(row, 3)?,
                    closed: count(row, 4)?,
                    all: count(row, 5)?,
                })
            })?;
            Ok(counts.into_iter().next().unwrap_or_default())
        })
    }

    /// The groups of a selection, those with the highest level and the most alerts first.
    pub fn groups(
        &self,
        selection: &Selection,
        by: GroupBy,
        limit: usize,
        now_ns: i64,
    ) -> Result<Vec<Group>, AlertError> {
        let condition = Condition::with_tab(selection, now_ns);
        let key = match by {
            GroupBy::Rule => "rule",
            GroupBy::Source => "source",
            GroupBy::Target => "target",
            GroupBy::Technique => "technique.value",
            GroupBy::Network => "network",
        };
        let title = if by == GroupBy::Rule { "max(title)" } else { "NULL" };
        let what = format!(
            "{key}, {title}, count(*), max(level), max(risk), sum(flows), min(first_ns), max(last_ns)"
        );
        let more = format!("GROUP BY 1 ORDER BY 4 DESC, 3 DESC, 1 LIMIT {limit}");
        self.database().read(|open| {
            condition.rows_of_techniques(open, by == GroupBy::Technique, &what, &more, |row| {
                Ok(Group {
                    key: row.get(0)?,
                    title: row.get(1)?,
                    alerts: count(row, 2)?,
                    level: level(row.get(3)?),
                    risk: row.get(4)?,
                    flows: count(row, 5)?,
                    first_ns: row.get(6)?,
                    last_ns: row.get(7)?,
                })
            })
        })
    }

    /// Alerts on an axis of time: those of a selection, the highest level first, then by time, at most `limit`.
    pub fn markers(
        &self,
        selection: &Selection,
        limit: usize,
        now_ns: i64,
    ) -> Result<Vec<Marker>, AlertError> {
        let condition = Condition::with_tab(selection, now_ns);
        let more = format!("ORDER BY level DESC, first_ns DESC LIMIT {limit}");
        self.database().read(|open| {
            condition.rows(open, "id, title, level, first_ns, last_ns, state = 'closed'", &more, |row| {
                Ok(Marker {
                    id: row.get(0)?,
                    title: row.get(1)?,
                    level: level(row.get(2)?),
                    first_ns: row.get(3)?,
                    last_ns: row.get(4)?,
                    closed: row.get(5)?,
                })
            })
        })
    }

    /// An alert with how it went over time; nothing if there is none with this number.
    pub fn alert(&self, id: i64, now_ns: i64) -> Result<Option<(Alert, Spark)>, AlertError> {
        self.database().read(|open| {
            let sql = format!("SELECT {COLUMNS} FROM {ALERTS} AS alert WHERE id = ?2");
            let found = open.prepare_cached(&sql)?.query_row([now_ns, id], alert).optional()?;
            found.map(|alert| Spark::read(open, alert.id).map(|spark| (alert, spark))).transpose()
        })
    }

    /// Other alerts that share an address with one, and began at most a day before or after it: what came before and what
    /// came of it. By time of their first flow, at most 50.
    pub fn related(&self, id: i64, now_ns: i64) -> Result<Vec<Alert>, AlertError> {
        const DAY_NS: i64 = 86_400_000_000_000;
        self.database().read(|open| {
            let sql = format!(
                "SELECT {COLUMNS} FROM {ALERTS} AS alert WHERE id IN (
                        SELECT other.alert FROM address AS own JOIN address AS other USING (address)
                            WHERE own.alert = ?2 AND other.alert != ?2)
                    AND abs(first_ns - (SELECT first_ns FROM alert WHERE id = ?2)) <= ?3
                    ORDER BY first_ns, id LIMIT 50"
            );
            let mut statement = open.prepare_cached(&sql)?;
            let related = statement.query_map([now_ns, id, DAY_NS], alert)?;
            related.collect()
        })
    }
}

impl Condition {
    /// As [`Condition::rows`], with a row for each technique of an alert if `each` is set.
    fn rows_of_techniques<T>(
        &self,
        open: &Connection,
        each: bool,
        what: &str,
        more: &str,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        if !each {
            return self.rows(open, what, more, read);
        }
        // `json_each` has columns of its own named `id` and `key`: the alerts are chosen before it is joined.
        let sql = format!(
            "SELECT {what} FROM (SELECT * FROM {ALERTS} AS alert WHERE {}) AS chosen
                LEFT JOIN json_each(chosen.techniques) AS technique {more}",
            self.sql
        );
        let mut statement = open.prepare(&sql)?;
        let rows = statement.query_map(params_from_iter(&self.values), read)?;
        rows.collect()
    }
}
