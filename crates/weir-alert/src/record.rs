//! Takes in detections: makes alerts of them, or updates those that there are.

use std::net::IpAddr;

use rusqlite::{OptionalExtension, Transaction, params};
use weir_detect::Detection;
use weir_sigma::Level;

use crate::address::{bits, usual_network};
use crate::alert::{source_of, target_of};
use crate::history::{self, Event};
use crate::notice;
use crate::row::{level, named, to_json};
use crate::suppress::{self, InForce};
use crate::{AlertError, AlertStore, Rules, State, Verdict};

const HOUR_NS: i64 = 3_600_000_000_000;

/// After so much quiet, what comes anew is news: an open alert asks for attention again, a closed one has a successor.
const QUIET_NS: i64 = 24 * HOUR_NS;

/// An alert that somebody has seen is opened again when a window's value is so many times the highest one at that moment.
const RISE: f64 = 1.5;

/// It asks for attention again when its value is so many times what it was the last time.
const MAGNITUDE: f64 = 10.0;

/// Windows of an alert that are kept one by one. Older ones are only in the sums, and are not counted again.
const WINDOWS: i64 = 512;

/// Addresses that are kept of an alert.
const ADDRESSES: i64 = 200;

/// Alerts that are kept. One more removes the least of them, see [`make_room`].
const ALERTS: i64 = 200_000;

/// Alerts that are removed at once, so that it is not done for each new one.
const ROOM: i64 = 1000;

/// What is known of the alert that a detection belongs to.
struct Known {
    id: i64,
    episode: u32,
    state: State,
    verdict: Option<Verdict>,
    level: Level,
    settled_ns: Option<i64>,
    settled_value: Option<f64>,
    last_ns: i64,
    folded_ns: i64,
    newest_ns: i64,
    told_value: f64,
    filter: Option<String>,
    suppressed_by: Option<i64>,
}

impl AlertStore {
    /// Takes in detections, all of them or none. `now_ns` is the server's clock.
    ///
    /// The same detection may come again, in any order with others: its window replaces what it said before.
    pub fn record(&self, detections: &[Detection], now_ns: i64) -> Result<(), AlertError> {
        let rules = self.rules();
        let noticed = self.database().change(|open| {
            let in_force = InForce::read(open, now_ns)?;
            let mut noticed = None;
            for detection in detections {
                let recording = Recording { open, rules: &rules, in_force: &in_force, now_ns };
                noticed = recording.record(&finite(detection.clone()))?.or(noticed);
            }
            Ok(noticed)
        })?;
        self.noticed(noticed);
        Ok(())
    }
}

/// JSON has no infinite numbers: they become the largest one, and what is no number becomes 0.
fn finite(mut detection: Detection) -> Detection {
    let bounded = |value: f64| if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) };
    detection.value = bounded(detection.value);
    detection.threshold = bounded(detection.threshold);
    detection.usual = detection.usual.map(bounded);
    detection.quality.interval = detection.quality.interval.map(|(low, high)| (bounded(low), bounded(high)));
    for contribution in &mut detection.contributions {
        contribution.points = bounded(contribution.points);
    }
    detection
}

/// The taking in of detections in one transaction.
struct Recording<'a> {
    open: &'a Transaction<'a>,
    rules: &'a Rules,
    in_force: &'a InForce,
    now_ns: i64,
}

/// What a detection came to.
struct Noted {
    alert: i64,
    /// Whether its window was not known before.
    is_new_window: bool,
    /// The suppression that hid the alert before, as it is written: it may have ended.
    was_hidden_by: Option<i64>,
    /// What happened to the alert, the most important first.
    events: Vec<Event>,
}

impl Recording<'_> {
    /// Returns the number of the notice that it wrote, if it wrote one.
    fn record(&self, detection: &Detection) -> rusqlite::Result<Option<i64>> {
        let (open, now_ns) = (self.open, self.now_ns);
        let entity = to_json(&detection.entity)?;
        let mut noted = match belongs_to(open, &entity, detection)? {
            Some(known) if starts_anew(&known, detection) => {
                create(open, self.rules, &entity, detection, known.episode + 1, now_ns)?
            }
            Some(known) => match update(open, &known, detection, now_ns)? {
                Some(noted) => noted,
                None => return Ok(None),
            },
            None => create(open, self.rules, &entity, detection, 1, now_ns)?,
        };
        let hiding = self.in_force.hiding(&detection.rule, &detection.entity);
        suppress::hide(open, noted.alert, noted.was_hidden_by, hiding, (None, now_ns))?;
        if let Some((suppression, _)) = hiding {
            if noted.is_new_window {
                suppress::count_hidden(open, suppression)?;
            }
            return Ok(None);
        }
        if let Some(by) = noted.was_hidden_by {
            // It was hidden, it is not any more, and it goes on: nobody has seen that yet.
            open.execute("UPDATE alert SET attention_ns = ?2 WHERE id = ?1", [noted.alert, now_ns])?;
            noted.events.insert(0, Event::Unsuppressed { by });
        }
        let told = noted.events.iter().find_map(notice::cause_of);
        told.map(|(cause, words)| notice::write(open, noted.alert, now_ns, cause, &words)).transpose()
    }
}

/// The alert that has this window already, or else the newest one of this rule and entity.
fn belongs_to(
    open: &Transaction<'_>,
    entity: &str,
    detection: &Detection,
) -> rusqlite::Result<Option<Known>> {
    let mut statement = open.prepare_cached(
        "SELECT id, episode, state, verdict, level, settled_ns, settled_value, last_ns, folded_ns, window_ns,
                told_value, json_extract(latest, '$.evidence.filter'), suppressed_by
            FROM alert WHERE rule = ?1 AND entity = ?2
            ORDER BY EXISTS (SELECT 1 FROM window WHERE alert = alert.id AND window.window_ns = ?3) DESC, episode DESC
            LIMIT 1",
    )?;
    let known = statement.query_row(params![detection.rule, entity, detection.window_ns], |row| {
        Ok(Known {
            id: row.get(0)?,
            episode: row.get(1)?,
            state: named(row, 2, State::from_name)?.unwrap_or(State::Open),
            verdict: named(row, 3, Verdict::from_name)?,
            level: level(row.get(4)?),
            settled_ns: row.get(5)?,
            settled_value: row.get(6)?,
            last_ns: row.get(7)?,
            folded_ns: row.get(8)?,
            newest_ns: row.get(9)?,
            told_value: row.get(10)?,
            filter: row.get(11)?,
            suppressed_by: row.get(12)?,
        })
    });
    known.optional()
}

/// Whether a detection is news although there is an alert: that one is closed, and there was a day of quiet.
fn starts_anew(known: &Known, detection: &Detection) -> bool {
    known.state == State::Closed && detection.first_ns.saturating_sub(known.last_ns) >= QUIET_NS
}

fn create(
    open: &Transaction<'_>,
    rules: &Rules,
    entity: &str,
    detection: &Detection,
    episode: u32,
    now_ns: i64,
) -> rusqlite::Result<Noted> {
    make_room(open)?;
    let meta = rules.get(&detection.rule).map(|rule| &rule.meta);
    let title = meta.map_or(detection.rule.as_str(), |meta| &meta.title);
    let techniques: Vec<String> = meta.map(|meta| meta.techniques().collect()).unwrap_or_default();
    let source = source_of(detection);
    let network = network_of(detection);
    open.execute(
        "INSERT INTO alert (rule, entity, episode, title, level, techniques, state, created_ns, updated_ns,
            attention_ns, first_ns, last_ns, flows, windows, folded_ns, peak, risk, confidence, window_ns,
            evidence_from_ns, latest, source, target, network, told_value)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7, ?7, ?7, ?8, ?9, ?10, 1, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                ?18, ?19, ?20, ?12)",
        params![
            detection.rule,
            entity,
            episode,
            title,
            detection.level as u8,
            to_json(&techniques)?,
            now_ns,
            detection.first_ns,
            detection.last_ns,
            detection.flows as i64,
            i64::MIN,
            detection.value,
            detection.risk,
            detection.confidence,
            detection.window_ns,
            detection.evidence.from_ns,
            to_json(detection)?,
            source,
            target_of(detection),
            network,
        ],
    )?;
    let id = open.last_insert_rowid();
    keep_window(open, id, detection)?;
    keep_addresses(open, id, detection)?;
    history::write(open, id, now_ns, None, &Event::Created)?;
    Ok(Noted { alert: id, is_new_window: true, was_hidden_by: None, events: vec![Event::Created] })
}

/// Nothing if the detection says nothing new.
fn update(
    open: &Transaction<'_>,
    known: &Known,
    detection: &Detection,
    now_ns: i64,
) -> rusqlite::Result<Option<Noted>> {
    let before: Option<i64> = open
        .prepare_cached("SELECT flows FROM window WHERE alert = ? AND window_ns = ?")?
        .query_row(params![known.id, detection.window_ns], |row| row.get(0))
        .optional()?;
    if before.is_none() && detection.window_ns <= known.folded_ns {
        return Ok(None); // It is in the sums already, or came too late to know.
    }
    keep_window(open, known.id, detection)?;
    let same_filter = known.filter.as_deref() == Some(detection.evidence.filter.as_str());
    let is_newest = detection.window_ns >= known.newest_ns;
    open.prepare_cached(
        "UPDATE alert SET updated_ns = ?2, first_ns = min(first_ns, ?3), last_ns = max(last_ns, ?4),
            flows = flows + ?5, windows = windows + ?6, peak = max(peak, ?7),
            evidence_from_ns = CASE WHEN ?8 THEN min(evidence_from_ns, ?9) WHEN ?10 THEN ?9 ELSE evidence_from_ns END
            WHERE id = ?1",
    )?
    .execute(params![
        known.id,
        now_ns,
        detection.first_ns,
        detection.last_ns,
        detection.flows as i64 - before.unwrap_or(0),
        i64::from(before.is_none()),
        detection.value,
        same_filter,
        detection.evidence.from_ns,
        is_newest,
    ])?;
    if is_newest {
        open.prepare_cached(
            "UPDATE alert SET latest = ?2, window_ns = ?3, risk = ?4, confidence = ?5 WHERE id = ?1",
        )?
        .execute(params![
            known.id,
            to_json(detection)?,
            detection.window_ns,
            detection.risk,
            detection.confidence,
        ])?;
    }
    keep_addresses(open, known.id, detection)?;
    fold(open, known.id)?;
    let events = events(known, detection);
    for event in &events {
        if let Event::Reopened { .. } = event {
            open.execute(
                "UPDATE alert SET state = 'open', verdict = NULL, reason = NULL, settled_ns = NULL,
                    settled_value = NULL, reopened = reopened + 1 WHERE id = ?",
                [known.id],
            )?;
        }
        open.execute(
            "UPDATE alert SET attention_ns = ?2, level = max(level, ?3), told_value = ?4 WHERE id = ?1",
            params![known.id, now_ns, detection.level as u8, detection.value],
        )?;
        history::write(open, known.id, now_ns, None, event)?;
    }
    Ok(Some(Noted {
        alert: known.id,
        is_new_window: before.is_none(),
        was_hidden_by: known.suppressed_by,
        events,
    }))
}

/// What about a detection deserves attention, given the alert as it was.
fn events(known: &Known, detection: &Detection) -> Vec<Event> {
    let mut events = Vec::new();
    if let Some(why) = reopens(known, detection) {
        events.push(Event::Reopened { why });
    }
    if detection.level > known.level {
        events.push(Event::Raised { from: known.level, to: detection.level });
    }
    if known.state == State::Closed && events.is_empty() {
        return events;
    }
    if known.told_value > 0.0 && detection.value >= known.told_value * MAGNITUDE {
        events.push(Event::Grown { from: known.told_value, to: detection.value });
    }
    if detection.first_ns.saturating_sub(known.last_ns) >= QUIET_NS {
        events.push(Event::Returned);
    }
    events
}

/// Why a detection opens an alert again that somebody has seen; nothing if it does not.
///
/// A true positive that goes on after it was closed is news in itself. Anything else must have risen clearly above what
/// it was when somebody decided about it.
fn reopens(known: &Known, detection: &Detection) -> Option<String> {
    if known.state == State::Open {
        return None;
    }
    let settled_ns = known.settled_ns?;
    if known.verdict == Some(Verdict::TruePositive) && detection.window_ns > settled_ns {
        return Some("it goes on after it was closed".to_owned());
    }
    let level = known.settled_value?;
    (detection.value > level * RISE).then(|| {
        let then = if known.state == State::Closed { "closed" } else { "acknowledged" };
        format!("{} is {}; it was {level} when it was {then}", detection.measure, detection.value)
    })
}

fn keep_window(open: &Transaction<'_>, alert: i64, detection: &Detection) -> rusqlite::Result<()> {
    open.prepare_cached(
        "INSERT INTO window (alert, window_ns, flows, value) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET flows = excluded.flows, value = excluded.value",
    )?
    .execute(params![alert, detection.window_ns, detection.flows as i64, detection.value])?;
    Ok(())
}

/// Forgets the windows that are too many. They stay in the sums.
fn fold(open: &Transaction<'_>, alert: i64) -> rusqlite::Result<()> {
    let limit: Option<i64> = open
        .prepare_cached(
            "SELECT window_ns FROM window WHERE alert = ? ORDER BY window_ns DESC LIMIT 1 OFFSET ?",
        )?
        .query_row(params![alert, WINDOWS], |row| row.get(0))
        .optional()?;
    if let Some(limit) = limit {
        open.execute("UPDATE alert SET folded_ns = max(folded_ns, ?2) WHERE id = ?1", params![alert, limit])?;
        open.execute("DELETE FROM window WHERE alert = ? AND window_ns <= ?", params![alert, limit])?;
    }
    Ok(())
}

/// The addresses that an alert involves: of its entity first.
fn keep_addresses(open: &Transaction<'_>, alert: i64, detection: &Detection) -> rusqlite::Result<()> {
    let mut insert = open.prepare_cached(
        "INSERT OR IGNORE INTO address (alert, address) SELECT ?1, ?2
            WHERE (SELECT count(*) FROM address WHERE alert = ?1) < ?3",
    )?;
    for address in addresses(detection) {
        insert.execute(params![alert, bits(address).to_be_bytes(), ADDRESSES])?;
    }
    Ok(())
}

fn addresses(detection: &Detection) -> impl Iterator<Item = IpAddr> + '_ {
    let of_entity = detection.entity.0.iter().map(|(_, value)| value);
    of_entity.chain(&detection.addresses).filter_map(|text| text.parse().ok())
}

fn network_of(detection: &Detection) -> Option<String> {
    ["src_net", "dst_net"]
        .iter()
        .find_map(|field| detection.entity.get(field).map(str::to_owned))
        .or_else(|| addresses(detection).find_map(|address| usual_network(&address.to_string())))
}

/// Removes the least of too many alerts: closed ones first, then the lowest level, then those longest not seen.
fn make_room(open: &Transaction<'_>) -> rusqlite::Result<()> {
    let alerts: i64 = open.prepare_cached("SELECT count(*) FROM alert")?.query_row([], |row| row.get(0))?;
    if alerts < ALERTS {
        return Ok(());
    }
    let removed = open.execute(
        "DELETE FROM alert WHERE id IN
            (SELECT id FROM alert ORDER BY state = 'closed' DESC, level, last_ns LIMIT ?)",
        [ROOM],
    )?;
    tracing::warn!(removed, "there were too many alerts: the least of them are removed");
    count_up(open, "removed", removed as i64)
}

/// Adds to a counter that outlives the process.
pub(crate) fn count_up(open: &Transaction<'_>, name: &str, by: i64) -> rusqlite::Result<()> {
    open.prepare_cached(
        "INSERT INTO counter VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
    )?
    .execute(params![name, by])?;
    Ok(())
}
