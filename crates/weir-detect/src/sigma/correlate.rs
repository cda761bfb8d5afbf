//! One correlation at work: groups, their panes, and when a window fits.
//!
//! Time is cut into *spans* as long as the window. A sliding window with a rising condition is looked at in steps of an
//! eighth of its length; the verdicts of all windows that end within a span are one, so that overlapping windows are not
//! reported each by itself. Every other condition is decided over whole spans, and sessions when they are over.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use weir_sigma::{Correlation, Logic, Window};

use super::atom::Atom;
use super::pane::{Event, Kept, Measured, Pane};

/// Panes in a sliding window.
const STEPS: i64 = 8;
/// Sessions are ended in steps of at least this much event time.
const SESSION_STEP_NS: i64 = 1_000_000_000;
/// A window that was reported before it ended is reported again when it has grown so many times.
const GROWTH: u64 = 10;
/// What a group takes beside its panes and texts, about.
const GROUP_BYTES: usize = size_of::<Group>() + 64;

/// The values that a group has in common.
pub(super) type Key = Box<[Atom]>;

/// The state of one correlation.
#[derive(Debug)]
pub(super) struct Correlator {
    logic: Logic,
    operands: usize,
    shape: Shape,
    /// How long after event time its last events may come: those of correlations come when their windows have ended.
    delay_ns: i64,
    pub(super) state: State,
    /// Groups that had events since they were last looked at.
    touched: Vec<Key>,
}

/// How time is cut.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Spans of `steps` panes.
    Spans {
        pane_ns: i64,
        steps: i64,
    },
    Sessions {
        gap_ns: i64,
        longest_ns: i64,
    },
}

/// What is saved.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct State {
    groups: HashMap<Key, Group>,
    /// Event time has come to here: events before it are late.
    decided_ns: Option<i64>,
    pub(super) bytes: usize,
    pub(super) evicted: u64,
    pub(super) late: u64,
    /// Windows in which the estimate fits and the interval does not: sampling leaves it open.
    pub(super) undecided: u64,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Group {
    /// In order of time, without gaps between panes being filled.
    panes: Vec<Pane>,
    /// The last span that was decided and fitted.
    fitted: Option<i64>,
    /// The span that was reported before its end, and its flows then.
    early: Option<(i64, u64)>,
}

/// A window that fits.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) key: Key,
    pub(super) window_ns: i64,
    /// When it came to fit.
    pub(super) time: i64,
    pub(super) measured: Measured,
    /// All that belongs to it.
    pub(super) all: Pane,
}

impl Correlator {
    pub(super) fn new(correlation: &Correlation, delay_ns: i64) -> Self {
        let rises = correlation.logic.is_rising();
        let length = correlation.timespan_ns.max(1);
        let shape = match correlation.window {
            Window::Session { gap_ns } => {
                Shape::Sessions { gap_ns: gap_ns.clamp(1, length), longest_ns: length }
            }
            Window::Sliding if rises && length >= STEPS => {
                Shape::Spans { pane_ns: length / STEPS, steps: STEPS }
            }
            Window::Sliding | Window::Tumbling => Shape::Spans { pane_ns: length, steps: 1 },
        };
        Self {
            logic: correlation.logic.clone(),
            operands: correlation.operands.len(),
            shape,
            delay_ns,
            state: State::default(),
            touched: Vec::new(),
        }
    }

    /// How long after the time of an event its verdict comes at the latest.
    pub(super) fn verdict_delay_ns(&self) -> i64 {
        self.delay_ns.saturating_add(match self.shape {
            Shape::Spans { pane_ns, steps } => pane_ns * steps,
            Shape::Sessions { gap_ns, longest_ns } => gap_ns + longest_ns,
        })
    }

    pub(super) fn add(&mut self, key: &[Atom], event: &Event) {
        if self.state.decided_ns.is_some_and(|decided| event.time < decided) {
            self.state.late += 1;
            return;
        }
        let pane_ns = self.shape.pane_ns();
        let index = event.time.div_euclid(pane_ns);
        if !self.state.groups.contains_key(key) {
            self.state.bytes +=
                GROUP_BYTES + key.iter().map(|atom| size_of::<Atom>() + atom.heap()).sum::<usize>();
            self.state.groups.insert(key.into(), Group::default());
        }
        let Some(group) = self.state.groups.get_mut(key) else { return };
        let place = match group.panes.binary_search_by_key(&index, |pane| pane.index) {
            Ok(place) => place,
            Err(place) => {
                let pane = Pane::new(index, Kept::new(&self.logic, self.operands));
                self.state.bytes += pane.bytes();
                // Most groups have one pane: room for the usual four would be most of what all groups take.
                group.panes.reserve_exact(1);
                group.panes.insert(place, pane);
                place
            }
        };
        let pane = &mut group.panes[place];
        let before = pane.bytes();
        pane.add(event);
        self.state.bytes = (self.state.bytes + pane.bytes()).saturating_sub(before);
        if self.touched.last().is_none_or(|last| **last != *key) {
            self.touched.push(key.into());
        }
    }

    /// Nothing more will come: decides what is open, if more events could not make it untrue.
    pub(super) fn finish(&mut self, out: &mut Vec<Fit>) {
        if self.logic.is_rising() {
            self.advance(i64::MAX / 2, out);
        }
    }

    /// What had events lately is not looked at before its window ends.
    pub(super) fn forget_touched(&mut self) {
        self.touched.clear();
    }

    /// Windows that fit already and will go on fitting.
    pub(super) fn early(&mut self, out: &mut Vec<Fit>) {
        let mut touched = std::mem::take(&mut self.touched);
        let Shape::Spans { pane_ns, steps } = self.shape else { return };
        if !self.logic.is_rising() {
            return;
        }
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            let Some(group) = self.state.groups.get_mut(&key) else { continue };
            let Some(newest) = group.panes.last().map(|pane| pane.index.div_euclid(steps)) else { continue };
            // Flows that end just before the newest span may be the ones that came.
            for span in [newest - 1, newest] {
                let flows = group.flows_in(span, steps);
                let grown = group.early.is_none_or(|(reported, before)| {
                    span > reported || (span == reported && flows >= before.saturating_mul(GROWTH))
                });
                if flows == 0 || !grown {
                    continue;
                }
                if let Some(fit) = group.look(&key, span, pane_ns, steps, &self.logic, &mut 0) {
                    group.early = Some((span, flows));
                    out.push(fit);
                }
            }
        }
    }

    /// Event time has come to `now_ns`: decides what has ended.
    pub(super) fn advance(&mut self, now_ns: i64, out: &mut Vec<Fit>) {
        let now_ns = now_ns.saturating_sub(self.delay_ns);
        self.touched.clear();
        let mut found = Vec::new();
        match self.shape {
            Shape::Spans { pane_ns, steps } => {
                let span_ns = pane_ns * steps;
                let end = now_ns.div_euclid(span_ns);
                let decided = self.state.decided_ns.map(|decided| decided.div_euclid(span_ns));
                if decided.is_some_and(|decided| decided >= end) {
                    return;
                }
                for (key, group) in &mut self.state.groups {
                    let mut spans: Vec<i64> =
                        group.panes.iter().map(|pane| pane.index.div_euclid(steps)).collect();
                    spans.dedup();
                    for span in spans {
                        if span >= end || decided.is_some_and(|decided| span < decided) {
                            continue;
                        }
                        let undecided = &mut self.state.undecided;
                        if let Some(fit) = group.look(key, span, pane_ns, steps, &self.logic, undecided) {
                            group.fitted = Some(span);
                            found.push(fit);
                        }
                    }
                    // The first windows of the next span reach back.
                    group.panes.retain(|pane| pane.index > end * steps - steps);
                }
                self.state.decided_ns = Some(end * span_ns);
            }
            Shape::Sessions { gap_ns, longest_ns } => {
                // All groups are gone through: not more often than matters.
                if self
                    .state
                    .decided_ns
                    .is_some_and(|decided| now_ns < decided.saturating_add(SESSION_STEP_NS))
                {
                    return;
                }
                for (key, group) in &mut self.state.groups {
                    group.end_sessions(key, now_ns, (gap_ns, longest_ns), &self.logic, &mut found);
                }
                self.state.decided_ns = Some(self.state.decided_ns.map_or(now_ns, |was| was.max(now_ns)));
            }
        }
        self.state.groups.retain(|_, group| !group.panes.is_empty());
        self.weigh();
        found.sort_by(|a, b| (a.window_ns, &a.key).cmp(&(b.window_ns, &b.key)));
        out.append(&mut found);
    }

    fn weigh(&mut self) {
        self.state.bytes = self
            .state
            .groups
            .iter()
            .map(|(key, group)| {
                let key: usize = key.iter().map(|atom| size_of::<Atom>() + atom.heap()).sum();
                GROUP_BYTES + key + group.panes.iter().map(Pane::bytes).sum::<usize>()
            })
            .sum();
    }

    /// Gives up the half of the groups with the fewest flows, until they fit in `most` bytes.
    pub(super) fn fit_in(&mut self, most: usize) {
        while self.state.bytes > most && !self.state.groups.is_empty() {
            let flows = |group: &Group| group.panes.iter().map(|pane| pane.flows).sum::<u64>();
            let mut ranks: Vec<(u64, i64, Key)> = self
                .state
                .groups
                .iter()
                .map(|(key, group)| {
                    (flows(group), group.panes.last().map_or(0, |pane| pane.index), key.clone())
                })
                .collect();
            ranks.sort_unstable();
            let half = ranks.len().div_ceil(2);
            for (_, _, key) in ranks.drain(..half) {
                self.state.groups.remove(&key);
            }
            self.state.groups.shrink_to_fit();
            self.state.evicted += half as u64;
            self.weigh();
        }
    }

    pub(super) fn restore(&mut self, state: State) {
        self.state = state;
        self.weigh();
    }
}

impl Shape {
    fn pane_ns(self) -> i64 {
        match self {
            Shape::Spans { pane_ns, .. } => pane_ns,
            // Within a pane no pause is longer than the gap.
            Shape::Sessions { gap_ns, .. } => gap_ns,
        }
    }
}

impl Group {
    fn between(&self, from: i64, to: i64) -> &[Pane] {
        let start = self.panes.partition_point(|pane| pane.index < from);
        let end = self.panes.partition_point(|pane| pane.index <= to);
        &self.panes[start..end.max(start)]
    }

    fn flows_in(&self, span: i64, steps: i64) -> u64 {
        self.between(span * steps, span * steps + steps - 1).iter().map(|pane| pane.flows).sum()
    }

    /// Whether a window that ends in a span fits: the first that does, with the largest value of all, and the flows of
    /// the span and of what came before it in that window and was not reported with the span before.
    fn look(
        &self,
        key: &Key,
        span: i64,
        pane_ns: i64,
        steps: i64,
        logic: &Logic,
        undecided: &mut u64,
    ) -> Option<Fit> {
        let last = span * steps + steps - 1;
        let mut first: Option<(i64, i64, Measured)> = None;
        let mut is_undecided = false;
        for pane in self.between(span * steps, last) {
            let window = self.between(pane.index - steps + 1, pane.index);
            let Some((all, measured)) = Pane::measure(window, logic) else { continue };
            is_undecided |= measured.undecided;
            if !measured.holds {
                continue;
            }
            match &mut first {
                None => first = Some((pane.index - steps + 1, all.time, measured)),
                Some((_, _, largest)) if measured.value > largest.value => *largest = measured,
                Some(_) => {}
            }
        }
        let Some((from, time, measured)) = first else {
            *undecided += u64::from(is_undecided);
            return None;
        };
        let from = if self.fitted == Some(span - 1) { span * steps } else { from };
        let (all, _) = Pane::measure(self.between(from, last), logic)?;
        Some(Fit { key: key.clone(), window_ns: span * steps * pane_ns, time, measured, all })
    }

    /// Takes out the sessions that ended before `now_ns`.
    fn end_sessions(
        &mut self,
        key: &Key,
        now_ns: i64,
        (gap_ns, longest_ns): (i64, i64),
        logic: &Logic,
        found: &mut Vec<Fit>,
    ) {
        while let Some(head) = self.panes.first() {
            let start = head.first.min(head.time);
            let mut end = 1;
            while let (Some(before), Some(pane)) = (self.panes.get(end - 1), self.panes.get(end)) {
                if pane.first.saturating_sub(before.time) > gap_ns
                    || pane.time.saturating_sub(start) > longest_ns
                {
                    break;
                }
                end += 1;
            }
            let last = self.panes[end - 1].time;
            // More may come within the gap, or has come and belongs to the next session.
            if last.saturating_add(gap_ns) >= now_ns {
                return;
            }
            let session: Vec<Pane> = self.panes.drain(..end).collect();
            if let Some((all, measured)) = Pane::measure(&session, logic)
                && measured.holds
            {
                found.push(Fit { key: key.clone(), window_ns: start, time: all.time, measured, all });
            }
        }
    }
}
