//! Volume: a host that sends much more outside, or takes much more from inside, than it usually does.
//!
//! Only what a host does as a client counts: servers answer. What is usual is learnt per host and hour (mean and
//! deviation); until then an absolute floor alone gives leads, not alerts (Slips: 100 MB in its documentation, 500 MB in its
//! configuration).

use serde::{Deserialize, Serialize};
use weir_sigma::Level;

use super::bounded::{Bounded, Weigh};
use super::finding::{Finding, HOUR, Seen, bytes, ip, is_due, pane, points, reported, span};
use super::rows::{Flow, Role, is_group};
use super::{Analytic, Clock, catalogue, saved_whole};
use crate::Detection;

/// From here it is a lead, and from five times as much an alert where the host is known.
const UPLOAD: f64 = 100e6;
const ALERT_TIMES: f64 = 5.0;
const HOARD: f64 = 2e9;
/// So many times the floor is told of whatever is known of the host.
const EXTREME: f64 = 10.0;
/// Deviations above the mean.
const DEVIATIONS: f64 = 4.0;
/// Hours of activity after which a host is known.
const LEARNT: u32 = 24;
const ALPHA: f64 = 0.05;
/// Destinations that are remembered of a host and hour.
const PLACES: usize = 16;

/// Which way bytes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Upload,
    Hoard,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Sum {
    bytes: f64,
    places: Vec<(u128, f64)>,
    seen: Seen,
    reported: f64,
}

impl Sum {
    fn add(&mut self, place: u128, flow: &Flow) {
        let volume = flow.scaled_bytes();
        self.bytes += volume;
        self.seen.add(flow.start, flow.time, flow.sampling);
        let is_full = self.places.len() >= PLACES;
        match self.places.iter_mut().find(|(known, _)| *known == place) {
            Some((_, sum)) => *sum += volume,
            None if !is_full => self.places.push((place, volume)),
            None => {}
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Hour {
    sums: [Sum; 2],
}

impl Weigh for Hour {
    fn weight(&self) -> u64 {
        (self.sums[0].bytes + self.sums[1].bytes) as u64
    }

    fn heap(&self) -> usize {
        self.sums.iter().map(|sum| sum.places.capacity() * size_of::<(u128, f64)>()).sum()
    }
}

#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
struct Usual {
    mean: [f64; 2],
    deviation: [f64; 2],
    hours: u32,
    last: i64,
}

impl Weigh for Usual {
    fn weight(&self) -> u64 {
        u64::from(self.hours)
    }
}

/// Exfiltration and hoarding.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Volumes {
    hours: Bounded<(i64, u128), Hour>,
    usual: Bounded<u128, Usual>,
    decided: i64,
}

impl Volumes {
    pub(crate) fn new(most: usize) -> Self {
        Self { hours: Bounded::new(most), usual: Bounded::new(most), decided: i64::MIN }
    }

    fn judge(&mut self, key: (i64, u128), kind: Kind, is_over: bool, out: &mut Vec<Detection>) {
        let (at, floor) = match kind {
            Kind::Upload => (0, UPLOAD),
            Kind::Hoard => (1, HOARD),
        };
        let known = self.usual.get(&key.1).filter(|usual| usual.hours >= LEARNT);
        let usual = known.map(|usual| usual.mean[at]);
        let threshold =
            known.map_or(floor, |usual| floor.max(usual.mean[at] + DEVIATIONS * usual.deviation[at]));
        let Some(sum) = self.hours.get_mut(&key).map(|hour| &mut hour.sums[at]) else { return };
        let value = sum.bytes;
        if value < threshold || !is_due(value, sum.reported, is_over) {
            return;
        }
        sum.reported = reported(value, is_over);
        out.push(finding(key, kind, sum, threshold, usual).detection());
    }

    fn learn(&mut self, key: (i64, u128)) {
        let Some(hour) = self.hours.get(&key) else { return };
        let values = [hour.sums[0].bytes, hour.sums[1].bytes];
        let usual = self.usual.entry(key.1, Usual::default);
        usual.hours = usual.hours.saturating_add(1);
        usual.last = key.0;
        let alpha = ALPHA.max(1.0 / f64::from(usual.hours));
        for (at, value) in values.into_iter().enumerate() {
            let off = value - usual.mean[at];
            usual.mean[at] += alpha * off;
            usual.deviation[at] += alpha * (off.abs() - usual.deviation[at]);
        }
    }
}

fn finding(
    (window, host): (i64, u128),
    kind: Kind,
    sum: &Sum,
    threshold: f64,
    usual: Option<f64>,
) -> Finding {
    let source = ip(host);
    let value = sum.bytes;
    let floor = if kind == Kind::Upload { UPLOAD } else { HOARD };
    let is_alert = usual.is_some() && (kind == Kind::Hoard || value >= ALERT_TIMES * floor);
    let level = if is_alert || value >= 5.0 * EXTREME * floor { Level::Medium } else { Level::Low };
    let mut places = sum.places.clone();
    places.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let most = places.first().copied().unwrap_or_default();
    let usually = usual.map_or_else(|| "not known yet".to_owned(), bytes);
    let listed: Vec<String> = places.iter().map(|place| ip(place.0)).collect();
    let (rule, side, other_side, words, other) = match kind {
        Kind::Upload => (catalogue::EXFILTRATION, "src_ip", "dst_ip", "sent", "outside"),
        Kind::Hoard => (catalogue::HOARDING, "dst_ip", "src_ip", "took", "from hosts inside"),
    };
    let mut reasons =
        vec![("volume", format!("{}, threshold {}", bytes(value), bytes(threshold)), points(level))];
    if let Some(usual) = usual {
        reasons.push(("more than usual", format!("{:.0} times", value / usual.max(1.0)), 15.0));
    }
    if most.1 > 0.8 * value {
        reasons.push(("nearly all with one", ip(most.0), 10.0));
    }
    Finding {
        rule,
        level,
        entity: vec![(side, source.clone())],
        sentence: format!(
            "{source} {words} {} {other} within {}, most with {} ({}); threshold {} an hour, usual {usually}",
            bytes(value),
            span(sum.seen.span()),
            ip(most.0),
            bytes(most.1),
            bytes(threshold)
        ),
        seen: sum.seen,
        window,
        measure: "bytes",
        value,
        threshold,
        usual,
        exact: true,
        confidence: if usual.is_some() { 70 } else { 40 },
        reasons,
        filter: format!("{side} = {source} and {other_side} in ({})", listed.join(", ")),
        addresses: std::iter::once(host).chain(places.iter().map(|place| place.0)).collect(),
        notes: Vec::new(),
    }
}

impl Analytic for Volumes {
    fn flows(&mut self, flows: &[Flow], out: &mut Vec<Detection>) {
        let mut touched = Vec::new();
        for flow in flows.iter().filter(|flow| !is_group(flow.dst)) {
            let is_expected = |role: Role| role.has(Role::BACKUP) || role.has(Role::SERVER);
            let at = pane(flow.time, HOUR);
            if flow.way.outbound() && flow.dst_port < flow.src_port && !is_expected(flow.src_role) {
                let key = (at, flow.src);
                self.hours.entry(key, Hour::default).sums[0].add(flow.dst, flow);
                touched.push((key, true));
            } else if flow.way.internal() && flow.src_port < flow.dst_port && !is_expected(flow.dst_role) {
                let key = (at, flow.dst);
                self.hours.entry(key, Hour::default).sums[1].add(flow.src, flow);
                touched.push((key, false));
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for (key, is_upload) in touched {
            self.judge(key, if is_upload { Kind::Upload } else { Kind::Hoard }, false, out);
        }
    }

    fn advance(&mut self, clock: Clock, out: &mut Vec<Detection>) {
        let now = clock.flows;
        if self.decided >= pane(now, HOUR) {
            return;
        }
        self.decided = pane(now, HOUR);
        let mut over: Vec<(i64, u128)> =
            self.hours.iter().map(|(key, _)| *key).filter(|key| key.0 + HOUR <= now).collect();
        over.sort_unstable();
        for key in over {
            self.judge(key, Kind::Upload, true, out);
            self.judge(key, Kind::Hoard, true, out);
            self.learn(key);
        }
        self.hours.retain(|key, _| key.0 + HOUR > now);
        self.usual.retain(|_, usual| usual.last + 30 * 24 * HOUR > now);
    }

    fn memory(&self) -> usize {
        self.hours.memory() + self.usual.memory()
    }

    fn evicted(&self) -> u64 {
        self.hours.evicted() + self.usual.evicted()
    }

    saved_whole!();
}
