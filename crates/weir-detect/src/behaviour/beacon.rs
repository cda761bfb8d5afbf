//! Beacons: a host that reports to the same place again and again, as regularly as only a program does.
//!
//! Regularity is measured as RITA does it: the skew of intervals (Bowley) and their median absolute deviation, the same of
//! sizes. That alone gives NTP a perfect score; what the host talks to (a service that is periodic by nature, a place that
//! many use, inside or outside) counts as well, each as a named contribution.

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::distinct::{Distinct, hash};
use super::finding::{DAY, Finding, MINUTE, SECOND, Seen, bytes, ip, number, pane, port, protocol, span};
use super::rows::{Role, is_group, proto};
use super::talk::{Answer, Talk};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

/// Connections that are remembered of a pair: the latest.
const SAMPLES: usize = 128;

/// Fewer say nothing of their rhythm.
const LEAST: usize = 6;

/// How often pairs are looked at.
const PANE: i64 = 5 * MINUTE;

/// Connections closer than this are one visit; the second is for programs that open several, one after the other.
const VISITS: [i64; 2] = [SECOND, 15 * SECOND];

/// Below this the intervals are no rhythm, whatever else speaks for it.
const REGULAR: f64 = 0.75;

/// Points of 100 for a lead, for an alert, and for one that is urgent.
const LEAD: f64 = 55.0;
const ALERT: f64 = 70.0;

/// Connections a day that no user makes to one place (RITA's strobe: one a second).
const STROBE: u64 = 86_400;

/// Services that are regular by nature: time, names, discovery, monitoring, logs, push and mail polling, telephony and
/// industrial polling. A beacon may hide among them; regularity is no sign of it there.
const PERIODIC: [u16; 46] = [
    53, 67, 68, 88, 102, 110, 111, 123, 135, 137, 138, 139, 143, 161, 162, 389, 445, 500, 502, 514, 554, 853,
    993, 995, 1812, 1813, 1883, 1900, 2055, 3478, 3702, 4500, 4739, 5060, 5222, 5228, 5353, 5355, 5666, 6343,
    8883, 9100, 10050, 10051, 20_000, 47_808,
];

/// A place that so many of one's hosts go to is nothing that one of them was infected with.
const POPULAR: f64 = 5.0;

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
struct Sample {
    start: i64,
    up: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
struct Pair {
    client: u128,
    server: u128,
    port: u16,
    protocol: u8,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Visits {
    /// By start.
    samples: Vec<Sample>,
    seen: Seen,
    outbound: bool,
    roles: u8,
    total: f64,
    day: i64,
    reported: i64,
    /// It was visited since it was looked at.
    is_new: bool,
}

impl Weigh for Visits {
    fn weight(&self) -> u64 {
        self.samples.len() as u64
    }

    fn heap(&self) -> usize {
        self.samples.capacity() * size_of::<Sample>()
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    clients: Distinct,
    last: i64,
}

impl Weigh for Place {
    fn weight(&self) -> u64 {
        self.clients.count() as u64
    }

    fn heap(&self) -> usize {
        self.clients.heap()
    }
}

/// Beacons and strobes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Beacons {
    pairs: Bounded<Pair, Visits>,
    places: Bounded<(u128, u16), Place>,
    decided: i64,
}

/// How regular some numbers are, 0 to 1 (RITA's two terms): not skewed, and near their median.
#[derive(Debug, Clone, Copy)]
struct Regularity {
    score: f64,
    median: f64,
    deviation: f64,
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len().saturating_sub(1)) as f64;
    let (below, part) = (at.floor() as usize, at.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + part * (sorted[above] - sorted[below])
}

fn regularity(mut values: Vec<f64>) -> Regularity {
    values.sort_by(f64::total_cmp);
    let (low, median, high) = (quantile(&values, 0.25), quantile(&values, 0.5), quantile(&values, 0.75));
    let spread = high - low;
    // Quartiles that lie this close have no skew worth the name: it would be that of the clock.
    let is_flat =
        spread < 0.1 * median || (median - low).abs() < f64::EPSILON || (high - median).abs() < f64::EPSILON;
    let skew = if is_flat { 0.0 } else { (low + high - 2.0 * median) / spread };
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    deviations.sort_by(f64::total_cmp);
    let deviation = quantile(&deviations, 0.5);
    let near = if median <= 0.0 { 0.0 } else { ((median - deviation) / median).max(0.0) };
    // Half of them may be far off and the median not show it: the quartiles have to be near as well.
    let tight = if median <= 0.0 { 0.0 } else { (1.0 - spread / (2.0 * median)).clamp(0.0, 1.0) };
    Regularity { score: (1.0 - skew.abs() + near + tight) / 3.0, median, deviation }
}

/// What is said of a pair.
struct Verdict {
    score: f64,
    visits: usize,
    rhythm: Regularity,
    reasons: Vec<(&'static str, String, f64)>,
}

impl Beacons {
    pub(crate) fn new(most: usize) -> Self {
        Self { pairs: Bounded::new(most), places: Bounded::new(most), decided: i64::MIN }
    }

    fn take(&mut self, talk: &Talk) {
        let is_wanted = talk.opened
            && talk.answer == Answer::Yes
            && matches!(talk.protocol, proto::TCP | proto::UDP)
            && !is_group(talk.server)
            && !(talk.protocol == proto::UDP && talk.client_port == talk.server_port);
        if !is_wanted {
            return;
        }
        let place = self.places.entry((talk.server, talk.server_port), Place::default);
        place.clients.insert(hash(talk.client, 9));
        place.last = place.last.max(talk.end);
        let pair = Pair {
            client: talk.client,
            server: talk.server,
            port: talk.server_port,
            protocol: talk.protocol,
        };
        let visits = self.pairs.entry(pair, Visits::default);
        let sample = Sample { start: talk.start, up: u32::try_from(talk.up.bytes).unwrap_or(u32::MAX) };
        let at = visits.samples.partition_point(|other| *other < sample);
        visits.samples.insert(at, sample);
        if visits.samples.len() > SAMPLES {
            visits.samples.remove(0);
        }
        visits.seen.add(talk.start, talk.end, talk.sampling);
        visits.outbound |= talk.way.outbound();
        visits.roles |= talk.client_role.bits() | talk.server_role.bits();
        let day = pane(talk.end, DAY);
        if day > visits.day {
            (visits.day, visits.total) = (day, 0.0);
        }
        visits.total += f64::from(talk.sampling);
        visits.is_new = true;
    }

    fn judge(&mut self, pair: Pair, out: &mut Vec<Detection>) {
        let clients = self.places.get(&(pair.server, pair.port)).map_or(1.0, |place| place.clients.count());
        let Some(visits) = self.pairs.get_mut(&pair) else { return };
        let day = pane(visits.seen.last, DAY);
        if visits.total >= STROBE as f64 && visits.reported < day {
            visits.reported = day;
            out.push(strobe(pair, visits, day).detection());
        }
        let Some(verdict) = verdict(pair, visits, clients) else { return };
        if verdict.score >= LEAD {
            out.push(finding(pair, visits, &verdict, day).detection());
        }
    }
}

/// The starts of visits: connections closer than `gap` to the one before belong to it. With each the bytes of its
/// connections.
fn visits_of(samples: &[Sample], gap: i64) -> Vec<(i64, f64)> {
    let mut visits: Vec<(i64, f64)> = Vec::new();
    let mut last = i64::MIN;
    for sample in samples {
        match visits.last_mut() {
            Some(visit) if sample.start.saturating_sub(last) <= gap => visit.1 += f64::from(sample.up),
            _ => visits.push((sample.start, f64::from(sample.up))),
        }
        last = sample.start;
    }
    visits
}

fn verdict(pair: Pair, visits: &Visits, clients: f64) -> Option<Verdict> {
    VISITS
        .iter()
        .filter_map(|gap| {
            let starts = visits_of(&visits.samples, *gap);
            if starts.len() < LEAST {
                return None;
            }
            let intervals: Vec<f64> =
                starts.windows(2).map(|two| (two[1].0 - two[0].0) as f64 / SECOND as f64).collect();
            let rhythm = regularity(intervals.clone());
            // Visits that were put together would all be at least so far apart by construction.
            if rhythm.score < REGULAR || rhythm.median < 1.5 * (*gap as f64 / SECOND as f64) {
                return None;
            }
            let sizes = regularity(starts.iter().map(|visit| visit.1).collect());
            // The part of the time from the first to the last visit that was not a pause of more than three intervals.
            let whole: f64 = intervals.iter().sum();
            let paused: f64 = intervals.iter().filter(|interval| **interval > 3.0 * rhythm.median).sum();
            let coverage = 1.0 - paused / whole.max(1.0);
            Some(weigh(pair, visits, clients, starts.len(), rhythm, sizes, coverage))
        })
        .max_by(|a, b| a.score.total_cmp(&b.score))
}

fn weigh(
    pair: Pair,
    visits: &Visits,
    clients: f64,
    count: usize,
    rhythm: Regularity,
    sizes: Regularity,
    coverage: f64,
) -> Verdict {
    let mut reasons = Vec::new();
    let interval = |seconds: f64| span((seconds * 1e9) as i64);
    reasons.push((
        "regular intervals",
        format!("{} ± {}", interval(rhythm.median), interval(rhythm.deviation)),
        (45.0 * (rhythm.score - REGULAR) / (1.0 - REGULAR)).max(0.0),
    ));
    reasons.push((
        "sizes alike",
        format!("{} ± {} sent", bytes(sizes.median), bytes(sizes.deviation)),
        20.0 * sizes.score * sizes.score,
    ));
    reasons.push((
        "number of visits",
        format!("{count}"),
        (5.0 * (count as f64 / LEAST as f64).log2()).clamp(0.0, 15.0),
    ));
    reasons.push(("no pauses", format!("{:.0} % of the time", coverage * 100.0), 10.0 * coverage));
    if visits.outbound {
        reasons.push(("goes outside", ip(pair.server), 5.0));
    }
    if PERIODIC.contains(&pair.port) {
        let name = port(pair.protocol, pair.port);
        reasons.push(("a service that is periodic by nature", name, -40.0));
    } else if !matches!(pair.port, 80 | 443 | 8080 | 8443 | 3128) {
        reasons.push(("not a port of the web", pair.port.to_string(), 5.0));
    }
    let roles = Role::from_bits(visits.roles);
    if roles.has(Role::MONITOR) || roles.has(Role::BACKUP) {
        reasons.push(("role", "monitoring or backup".to_owned(), -40.0));
    }
    if clients >= POPULAR {
        reasons.push(("many go there", format!("{} hosts", number(clients)), -20.0));
    }
    let score = reasons.iter().map(|(_, _, points)| points).sum::<f64>().clamp(0.0, 100.0);
    Verdict { score, visits: count, rhythm, reasons }
}

fn filter_of(pair: Pair) -> String {
    format!(
        "src_ip = {} and dst_ip = {} and dst_port = {} and protocol = {}",
        ip(pair.client),
        ip(pair.server),
        pair.port,
        protocol(pair.protocol)
    )
}

fn entity_of(pair: Pair) -> Vec<(&'static str, String)> {
    vec![("src_ip", ip(pair.client)), ("dst_ip", ip(pair.server)), ("dst_port", pair.port.to_string())]
}

fn finding(pair: Pair, visits: &Visits, verdict: &Verdict, window: i64) -> Finding {
    let interval = |seconds: f64| span((seconds * 1e9) as i64);
    Finding {
        rule: catalogue::BEACON,
        level: if verdict.score >= ALERT { Level::Medium } else { Level::Low },
        entity: entity_of(pair),
        sentence: format!(
            "{} visited {} on port {} {} times, every {} ± {}, for {}; score {:.0} of 100, threshold {ALERT:.0}",
            ip(pair.client),
            ip(pair.server),
            port(pair.protocol, pair.port),
            verdict.visits,
            interval(verdict.rhythm.median),
            interval(verdict.rhythm.deviation),
            span(visits.seen.span()),
            verdict.score
        ),
        seen: visits.seen,
        window,
        measure: "score",
        value: verdict.score.round(),
        threshold: if verdict.score >= ALERT { ALERT } else { LEAD },
        usual: None,
        exact: true,
        confidence: (50.0 + 5.0 * (verdict.visits as f64).log2()).min(90.0) as u8,
        reasons: verdict.reasons.clone(),
        filter: filter_of(pair),
        addresses: vec![pair.client, pair.server],
        notes: if visits.seen.sampling > 1 {
            vec!["intervals of sampled flows have holes: a weak rhythm cannot be decided".to_owned()]
        } else {
            Vec::new()
        },
    }
}

fn strobe(pair: Pair, visits: &Visits, window: i64) -> Finding {
    Finding {
        rule: catalogue::STROBE,
        level: Level::Low,
        entity: entity_of(pair),
        sentence: format!(
            "{} connected to {} on port {} {} times in a day; threshold {}",
            ip(pair.client),
            ip(pair.server),
            port(pair.protocol, pair.port),
            number(visits.total),
            number(STROBE as f64)
        ),
        seen: visits.seen,
        window,
        measure: "connections",
        value: visits.total,
        threshold: STROBE as f64,
        usual: None,
        exact: true,
        confidence: 60,
        reasons: vec![("connections a day", number(visits.total), 30.0)],
        filter: filter_of(pair),
        addresses: vec![pair.client, pair.server],
        notes: Vec::new(),
    }
}

impl Analytic for Beacons {
    fn talks(&mut self, talks: &[Talk], _: &mut Vec<Detection>) {
        for talk in talks {
            self.take(talk);
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        let current = pane(clock.talks, PANE);
        if self.decided >= current {
            return;
        }
        self.decided = current;
        let mut visited: Vec<Pair> = Vec::new();
        self.pairs.retain(|pair, visits| {
            if std::mem::take(&mut visits.is_new) && visits.samples.len() >= LEAST {
                visited.push(*pair);
            }
            true
        });
        visited.sort_unstable();
        for pair in visited {
            self.judge(pair, out);
        }
        let old = clock.talks - DAY;
        self.pairs.retain(|_, visits| visits.seen.last > old);
        self.places.retain(|_, place| place.last > old);
    }

    fn memory(&self) -> usize {
        self.pairs.memory() + self.places.memory()
    }

    fn evicted(&self) -> u64 {
        self.pairs.evicted() + self.places.evicted()
    }

    saved_whole!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jittered_rhythm_is_regular_and_a_random_one_is_not() {
        let jittered = (0..50).map(|n| 60.0 + f64::from(n * 37 % 13) - 6.0).collect();
        assert!(regularity(jittered).score > 0.9);
        // Exponential intervals, as of a person: quantiles of the distribution.
        let random = (1..50).map(|n| -60.0 * (1.0 - f64::from(n) / 50.0).ln()).collect();
        assert!(regularity(random).score < 0.6);
    }

    #[test]
    fn time_servers_do_not_outrank_malware() {
        let score = |port, protocol| {
            let pair = Pair { client: 1, server: 2, port, protocol };
            let mut visits = Visits { outbound: true, ..Visits::default() };
            visits.samples = (0..40).map(|n| Sample { start: n * 64 * SECOND, up: 76 }).collect();
            verdict(pair, &visits, 1.0).unwrap().score
        };
        assert!(score(443, proto::TCP) >= ALERT);
        assert!(score(123, proto::UDP) < LEAD);
        assert!(score(502, proto::TCP) < LEAD);
    }
}
