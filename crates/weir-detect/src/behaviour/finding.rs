//! Puts what an analytic noticed into words and into a [`Detection`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use weir_schema::service::{protocol_name, service_name};
use weir_sigma::Level;

use super::rows::{Flow, v4};
use crate::{Analytic, Contribution, Detection, Entity, Evidence, Quality};

pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// An address as people write it.
pub(crate) fn ip(address: u128) -> String {
    match v4(address) {
        Some(v4) => IpAddr::V4(Ipv4Addr::from(v4)).to_string(),
        None => IpAddr::V6(Ipv6Addr::from(address)).to_string(),
    }
}

/// `443 (https)`, `4444`.
pub(crate) fn port(protocol: u8, port: u16) -> String {
    match service_name(protocol, port) {
        Some(name) => format!("{port} ({name})"),
        None => port.to_string(),
    }
}

/// `tcp`, `132`.
pub(crate) fn protocol(number: u8) -> String {
    protocol_name(number).map_or_else(|| number.to_string(), str::to_lowercase)
}

/// `2 min 10 s`.
pub(crate) fn span(ns: i64) -> String {
    let seconds = ns.max(0) as f64 / SECOND as f64;
    if seconds < 10.0 {
        return format!("{seconds:.1} s");
    }
    let seconds = seconds.round() as i64;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
    let shown: Vec<String> = parts
        .iter()
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    shown.join(" ")
}

/// `1.5 MB`.
pub(crate) fn bytes(count: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut count = count;
    let mut unit = 0;
    while count >= 1000.0 && unit + 1 < units.len() {
        count /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{count:.0} B") } else { format!("{count:.1} {}", units[unit]) }
}

/// `12 345`.
pub(crate) fn number(count: f64) -> String {
    let digits = format!("{:.0}", count.max(0.0));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

/// The span of flows and how many they are.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(crate) struct Seen {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) flows: u64,
    pub(crate) sampling: u32,
}

impl Default for Seen {
    fn default() -> Self {
        Self { first: i64::MAX, last: i64::MIN, flows: 0, sampling: 1 }
    }
}

impl Seen {
    pub(crate) fn add(&mut self, first: i64, last: i64, sampling: u32) {
        self.add_many(first, last, sampling, 1);
    }

    pub(crate) fn add_flow(&mut self, flow: &Flow) {
        self.add(flow.time, flow.time, flow.sampling);
    }

    pub(crate) fn add_many(&mut self, first: i64, last: i64, sampling: u32, flows: u64) {
        self.first = self.first.min(first);
        self.last = self.last.max(last);
        self.sampling = self.sampling.max(sampling);
        self.flows += flows;
    }

    pub(crate) fn merge(&mut self, other: &Seen) {
        if other.flows > 0 {
            self.add_many(other.first, other.last, other.sampling, other.flows);
        }
    }

    pub(crate) fn span(&self) -> i64 {
        self.last.saturating_sub(self.first).max(0)
    }
}

/// A detection in the making. Everything that most analytics leave alone has its usual value.
pub(crate) struct Finding {
    pub(crate) rule: &'static str,
    pub(crate) level: Level,
    pub(crate) entity: Vec<(&'static str, String)>,
    pub(crate) sentence: String,
    pub(crate) seen: Seen,
    pub(crate) window: i64,
    pub(crate) measure: &'static str,
    pub(crate) value: f64,
    pub(crate) threshold: f64,
    pub(crate) usual: Option<f64>,
    pub(crate) exact: bool,
    pub(crate) confidence: u8,
    pub(crate) reasons: Vec<(&'static str, String, f64)>,
    pub(crate) filter: String,
    pub(crate) addresses: Vec<u128>,
    pub(crate) notes: Vec<String>,
}

impl Finding {
    /// The detection. What sampling does to a count is added: each flow seen stands for others that were not.
    pub(crate) fn detection(self) -> Detection {
        let sampling = (self.seen.sampling > 1).then_some(u64::from(self.seen.sampling));
        let mut notes = self.notes;
        // A count of sampled flows is a Poisson count: its 95 % interval is ± 1.96 √n.
        let interval = sampling.map(|_| {
            let spread = 1.96 * self.value.max(0.0).sqrt();
            ((self.value - spread).max(0.0), self.value + spread)
        });
        if let Some(rate) = sampling {
            notes.push(format!(
                "sampled 1:{rate}: flows of few packets are mostly unseen, the real number is higher"
            ));
        }
        let contributions: Vec<Contribution> = self
            .reasons
            .into_iter()
            .map(|(name, seen, points)| Contribution { name: name.to_owned(), seen, points })
            .collect();
        let risk = contributions.iter().map(|part| part.points).sum::<f64>().clamp(0.0, 100.0);
        Detection {
            rule: self.rule.to_owned(),
            analytic: Analytic::Behaviour,
            entity: Entity(self.entity.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            level: self.level,
            sentence: self.sentence,
            first_ns: self.seen.first,
            last_ns: self.seen.last,
            window_ns: self.window,
            flows: self.seen.flows,
            measure: self.measure.to_owned(),
            value: self.value,
            threshold: self.threshold,
            usual: self.usual,
            exact: self.exact,
            confidence: self.confidence,
            risk: risk.round() as u8,
            contributions,
            evidence: Evidence {
                filter: self.filter,
                from_ns: self.seen.first,
                to_ns: self.seen.last.saturating_add(1),
            },
            addresses: self.addresses.into_iter().take(20).map(ip).collect(),
            quality: Quality { sampling, interval, notes },
        }
    }
}

/// The points of a level, before an analytic's own reasons.
pub(crate) fn points(level: Level) -> f64 {
    match level {
        Level::Informational => 5.0,
        Level::Low => 20.0,
        Level::Medium => 40.0,
        Level::High => 60.0,
        Level::Critical => 80.0,
    }
}

/// The start of the window of this length that a time lies in.
pub(crate) fn pane(time: i64, length: i64) -> i64 {
    time.div_euclid(length) * length
}

/// What stands in place of the value reported last once a window was told of as it ended: nothing more is said of it.
pub(crate) const ENDED: f64 = f64::MAX;

/// Whether a value is to be told: for the first time, when it has doubled since, and as it is when its window ends.
pub(crate) fn is_due(value: f64, reported: f64, is_over: bool) -> bool {
    if is_over { reported < ENDED } else { value >= 2.0 * reported }
}

/// What to remember as reported.
pub(crate) fn reported(value: f64, is_over: bool) -> f64 {
    if is_over { ENDED } else { value }
}
