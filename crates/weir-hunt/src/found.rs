//! What would have been noticed.

use std::collections::{BTreeMap, HashMap};

use weir_detect::{Detection, Entity};

use crate::Step;
use crate::sweep::Sweep;

/// Alerts that are told one by one; of more the number is known.
const ALERTS: usize = 10_000;
/// Windows of an alert that are told apart; older ones are in the sums.
const WINDOWS: usize = 512;

/// An alert that there would have been.
#[derive(Debug, Clone, PartialEq)]
pub struct WouldBe {
    /// The most conspicuous of its detections: entity, level, sentence, evidence.
    pub peak: Detection,
    /// Time of the first flow. Nanoseconds since 1970, UTC.
    pub first_ns: i64,
    /// Time of the last flow.
    pub last_ns: i64,
    /// Flows of all of its windows.
    pub flows: u64,
    /// Windows in which it would have been seen.
    pub windows: u64,
}

/// What a hunt came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The alerts, the highest level first, of one level those with the most windows.
    pub alerts: Vec<WouldBe>,
    /// Alerts that are not told one by one.
    pub more_alerts: u64,
    /// Windows of all of them.
    pub windows: u64,
    /// Windows that began in each bucket; those in which none did are left out.
    pub buckets: BTreeMap<i64, u64>,
    /// What other thresholds would have come to; empty if that was not asked, or there is no threshold.
    pub sweep: Vec<Step>,
    /// Rows in the range.
    pub rows: u64,
    /// Rows of the parts that were read.
    pub read: u64,
    /// Rows that matter.
    pub matched: u64,
    /// Groups given up because memory was used up: then there may be more alerts than are told.
    pub evicted: u64,
    /// What else should be known.
    pub warnings: Vec<String>,
}

/// Gathers detections into alerts.
#[derive(Debug)]
pub(crate) struct Gathering {
    bucket_ns: i64,
    alerts: HashMap<Entity, Gathered>,
    more: u64,
    windows: u64,
    buckets: BTreeMap<i64, u64>,
    /// Counts each window when it is final.
    sweep: Option<Sweep>,
}

#[derive(Debug)]
struct Gathered {
    peak: Detection,
    first_ns: i64,
    last_ns: i64,
    /// Flows, and the value that the sweep goes by, of each window, the newest of them.
    windows: BTreeMap<i64, (u64, f64)>,
    /// Windows that are no longer told apart, and their flows.
    older: (u64, u64),
}

impl Gathering {
    pub(crate) fn new(bucket_ns: i64, sweep: Option<Sweep>) -> Self {
        Self { bucket_ns, alerts: HashMap::new(), more: 0, windows: 0, buckets: BTreeMap::new(), sweep }
    }

    /// Takes in a detection; one of a window that was told before takes its place. `value` is what a sweep goes by.
    pub(crate) fn add(&mut self, detection: Detection, value: f64) {
        let window = (detection.flows, value);
        if !self.alerts.contains_key(&detection.entity) && self.alerts.len() >= ALERTS {
            self.more += 1;
            self.windows += 1;
            return;
        }
        let (first_ns, window_ns) = (detection.first_ns, detection.window_ns);
        let alert = self.alerts.entry(detection.entity.clone()).or_insert_with(|| Gathered {
            first_ns,
            last_ns: detection.last_ns,
            windows: BTreeMap::new(),
            older: (0, 0),
            peak: detection.clone(),
        });
        alert.first_ns = alert.first_ns.min(first_ns);
        alert.last_ns = alert.last_ns.max(detection.last_ns);
        let rank = |one: &Detection| (one.level, one.value);
        if rank(&detection) >= rank(&alert.peak) {
            alert.peak = detection;
        }
        if alert.windows.insert(window_ns, window).is_none() {
            self.windows += 1;
            *self.buckets.entry(first_ns.div_euclid(self.bucket_ns) * self.bucket_ns).or_default() += 1;
        }
        if alert.windows.len() > WINDOWS
            && let Some((_, (flows, value))) = alert.windows.pop_first()
        {
            alert.older = (alert.older.0 + 1, alert.older.1 + flows);
            if let Some(sweep) = &mut self.sweep {
                sweep.count(&alert.peak.entity, value);
            }
        }
    }

    /// The alerts, and what else is known of them.
    pub(crate) fn finish(mut self) -> Found {
        let mut alerts = Vec::with_capacity(self.alerts.len());
        for alert in self.alerts.into_values() {
            for (_, value) in alert.windows.values() {
                if let Some(sweep) = &mut self.sweep {
                    sweep.count(&alert.peak.entity, *value);
                }
            }
            alerts.push(WouldBe {
                first_ns: alert.first_ns,
                last_ns: alert.last_ns,
                flows: alert.older.1 + alert.windows.values().map(|(flows, _)| flows).sum::<u64>(),
                windows: alert.older.0 + alert.windows.len() as u64,
                peak: alert.peak,
            });
        }
        alerts.sort_by(|a, b| {
            let rank = |one: &WouldBe| (one.peak.level, one.windows);
            rank(b).cmp(&rank(a)).then_with(|| a.peak.entity.cmp(&b.peak.entity))
        });
        Found {
            alerts,
            more_alerts: self.more,
            windows: self.windows,
            buckets: self.buckets,
            sweep: self.sweep.as_ref().map(Sweep::steps).unwrap_or_default(),
            ..Found::default()
        }
    }
}
