//! What is kept of the events in a short span of time.

use serde::{Deserialize, Serialize};
use weir_sigma::{Logic, Presence};

use super::distinct::Distinct;
use super::percentile::Percentiles;

/// Something that a correlation counts.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// Which of the operands it comes from.
    pub(super) operand: usize,
    pub(super) time: i64,
    /// The times of its first and last flow.
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) flows: u64,
    /// One packet of how many was seen; 1 where that is unknown.
    pub(super) rate: u64,
    /// The amount that is summed, or the hash of what is told apart; none if it is absent.
    pub(super) value: Option<u64>,
}

/// The events of one pane, or of several together. Nothing in it depends on their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pane {
    pub(super) index: i64,
    pub(super) events: u64,
    pub(super) flows: u64,
    /// Events, each times its sampling rate.
    pub(super) scaled: u64,
    pub(super) first: i64,
    pub(super) last: i64,
    /// The latest time of an event.
    pub(super) time: i64,
    pub(super) rate: u64,
    pub(super) kept: Kept,
}

/// What the logic needs beside counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Kept {
    Nothing,
    Distinct(Distinct),
    Sum {
        sum: u128,
        count: u64,
    },
    Percentiles(Percentiles),
    /// First and last time of each operand's events.
    Times(Vec<Option<(i64, i64)>>),
}

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub(super) value: f64,
    /// The 95 % interval, if sampling makes it an estimate.
    pub(super) interval: Option<(f64, f64)>,
    pub(super) exact: bool,
    /// The condition holds, also at the unfavourable end of the interval.
    pub(super) holds: bool,
    /// It holds for the estimate alone.
    pub(super) undecided: bool,
}

impl Kept {
    pub(super) fn new(logic: &Logic, operands: usize) -> Self {
        match logic {
            Logic::EventCount(_) => Kept::Nothing,
            Logic::ValueCount { .. } => Kept::Distinct(Distinct::default()),
            Logic::ValueSum { .. } | Logic::ValueAvg { .. } => Kept::Sum { sum: 0, count: 0 },
            Logic::ValuePercentile { .. } => Kept::Percentiles(Percentiles::default()),
            Logic::Temporal { .. } => Kept::Times(vec![None; operands]),
        }
    }

    fn add(&mut self, event: &Event) {
        match (self, event.value) {
            (Kept::Distinct(distinct), Some(hash)) => distinct.add(hash),
            (Kept::Sum { sum, count }, Some(value)) => {
                *sum = sum.saturating_add(value.into());
                *count += 1;
            }
            (Kept::Percentiles(percentiles), Some(value)) => percentiles.add(value),
            (Kept::Times(times), _) => widen(times, event.operand, (event.time, event.time)),
            _ => {}
        }
    }

    fn join(&mut self, other: &Kept) {
        match (self, other) {
            (Kept::Distinct(ours), Kept::Distinct(theirs)) => ours.join(theirs),
            (Kept::Sum { sum, count }, Kept::Sum { sum: other, count: others }) => {
                *sum = sum.saturating_add(*other);
                *count += others;
            }
            (Kept::Percentiles(ours), Kept::Percentiles(theirs)) => ours.join(theirs),
            (Kept::Times(ours), Kept::Times(theirs)) => {
                for (operand, span) in theirs.iter().enumerate() {
                    if let Some(span) = span {
                        widen(ours, operand, *span);
                    }
                }
            }
            _ => {}
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Kept::Distinct(distinct) => distinct.bytes(),
            Kept::Percentiles(percentiles) => percentiles.bytes(),
            Kept::Times(times) => times.len() * 24,
            Kept::Nothing | Kept::Sum { .. } => 0,
        }
    }
}

fn widen(times: &mut [Option<(i64, i64)>], operand: usize, span: (i64, i64)) {
    if let Some(known) = times.get_mut(operand) {
        *known = Some(known.map_or(span, |known| (known.0.min(span.0), known.1.max(span.1))));
    }
}

impl Pane {
    pub(super) fn new(index: i64, kept: Kept) -> Self {
        let (first, last, time) = (i64::MAX, i64::MIN, i64::MIN);
        Self { index, events: 0, flows: 0, scaled: 0, first, last, time, rate: 1, kept }
    }

    pub(super) fn add(&mut self, event: &Event) {
        self.events += 1;
        self.flows += event.flows;
        self.scaled = self.scaled.saturating_add(event.rate);
        self.first = self.first.min(event.first);
        self.last = self.last.max(event.last);
        self.time = self.time.max(event.time);
        self.rate = self.rate.max(event.rate);
        self.kept.add(event);
    }

    pub(super) fn join(&mut self, other: &Pane) {
        self.events += other.events;
        self.flows += other.flows;
        self.scaled = self.scaled.saturating_add(other.scaled);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.time = self.time.max(other.time);
        self.rate = self.rate.max(other.rate);
        self.kept.join(&other.kept);
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.kept.bytes()
    }

    /// What the logic measures in these panes, in order of time, and whether that fits.
    pub(super) fn measure(panes: &[Pane], logic: &Logic) -> Option<(Pane, Measured)> {
        let (head, rest) = panes.split_first()?;
        let mut all = head.clone();
        for pane in rest {
            all.join(pane);
        }
        let measured = match (logic, &all.kept) {
            (Logic::EventCount(condition), _) => {
                let value = all.scaled as f64;
                // Half the width of the interval: the number of flows that were seen is Poisson, and each stands for `rate`.
                let margin = 1.96 * (all.events as f64).sqrt() * all.rate as f64;
                let interval = (all.rate > 1).then(|| ((value - margin).max(0.0), value + margin));
                let sure = interval.is_none_or(|(low, high)| condition.holds(low) && condition.holds(high));
                let holds = condition.holds(value);
                Measured {
                    value,
                    interval,
                    exact: all.rate <= 1,
                    holds: holds && sure,
                    undecided: holds && !sure,
                }
            }
            (Logic::ValueCount { condition, .. }, Kept::Distinct(distinct)) => {
                let value = distinct.count();
                plain(value, distinct.is_exact(), condition.holds(value))
            }
            (Logic::ValueSum { of, condition }, Kept::Sum { sum, .. }) => {
                let value = *sum as f64 / of.divisor;
                plain(value, true, condition.holds(value))
            }
            (Logic::ValueAvg { of, condition }, Kept::Sum { sum, count }) => {
                let value = *sum as f64 / of.divisor / (*count).max(1) as f64;
                plain(value, true, *count > 0 && condition.holds(value))
            }
            (Logic::ValuePercentile { of, percentile, condition }, Kept::Percentiles(values)) => {
                let value = values.at(*percentile)? / of.divisor;
                plain(value, false, condition.holds(value))
            }
            (Logic::Temporal { ordered, holds }, Kept::Times(times)) => {
                let has = |operand: usize| times.get(operand).is_some_and(Option::is_some);
                let value = times.iter().flatten().count() as f64;
                let fits = holds.holds(&has) && (!ordered || in_order(panes, holds, times.len()));
                plain(value, true, fits)
            }
            _ => return None,
        };
        Some((all, measured))
    }
}

fn plain(value: f64, exact: bool, holds: bool) -> Measured {
    Measured { value, interval: None, exact, holds, undecided: false }
}

/// Whether the operands that have events can be put in order, each not before the one before it.
fn in_order(panes: &[Pane], holds: &Presence, operands: usize) -> bool {
    let mut since = i64::MIN;
    let mut placed = Vec::new();
    for operand in 0..operands {
        let spans = panes.iter().filter_map(|pane| match &pane.kept {
            Kept::Times(times) => times.get(operand).copied().flatten(),
            _ => None,
        });
        let next = spans
            .filter(|(_, last)| *last >= since)
            .map(|(first, last)| if first >= since { first } else { last })
            .min();
        if let Some(next) = next {
            since = next;
            placed.push(operand);
        }
    }
    holds.holds(&|operand| placed.contains(&operand))
}
