//! All rules and correlations together.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Instant;

use arrow_array::{ArrayRef, RecordBatch};
use serde::Serialize;
use weir_filter::column::Cells;
use weir_filter::value::time_text;
use weir_schema::Field;
use weir_sigma::{
    Comparison, Condition, Correlation, GroupKey, Level, Logic, Meta, Operand, Rule, RuleSet, Source, Window,
};

use super::atom::{Atom, Columns};
use super::correlate::{Correlator, Fit, State};
use super::evidence;
use super::matches::{Conditions, Matches};
use super::pane::Event;
use crate::{Analytic, Contribution, Detection, Entity, Evidence, Quality, state};

/// Matches of a rule about single flows are reported together for so long.
const RULE_WINDOW_NS: i64 = 300_000_000_000;
/// Most addresses in a detection.
const ADDRESSES: usize = 20;

/// What a rule costs and keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleCost {
    /// The [`Meta::id`].
    pub rule: String,
    /// Time that it took, in nanoseconds, since the start.
    pub busy_ns: u64,
    /// Bytes of its state, about.
    pub memory_bytes: usize,
    /// Groups that were given up because its memory was used up.
    pub evicted: u64,
    /// Events that came after their window had been decided.
    pub late: u64,
    /// Windows that sampling leaves open.
    pub undecided: u64,
}

/// Rules and correlations at work, with their state.
pub struct Pack {
    rules: Vec<Rule>,
    /// The correlations of the rule set, then one for each rule that reports by itself.
    correlations: Vec<Correlation>,
    /// Correlations of the rule set among them.
    given: usize,
    conditions: Conditions,
    correlators: Vec<Correlator>,
    /// Which of them are reported.
    wanted: Vec<bool>,
    /// Which of them are at work: those that are reported, and those that these refer to.
    active: Vec<bool>,
    busy_ns: Vec<u64>,
    memory_each: usize,
    memory_all: usize,
}

impl Pack {
    /// The rules of a set. `memory_bytes` is for all of them; each may take four times its share, as few are ever large.
    pub fn new(set: RuleSet, memory_bytes: usize) -> Self {
        let RuleSet { rules, mut correlations, .. } = set;
        let given = correlations.len();
        let alone = rules.iter().enumerate().filter(|(_, rule)| rule.reports);
        correlations.extend(alone.map(|(place, rule)| as_correlation(place, rule)));
        let mut correlators: Vec<Correlator> = Vec::with_capacity(correlations.len());
        for correlation in &correlations {
            let delay = correlation.operands.iter().filter_map(|operand| match operand {
                Operand::Correlation(before) => correlators.get(*before).map(Correlator::verdict_delay_ns),
                Operand::Rule(_) => None,
            });
            let delay = delay.max().unwrap_or(0);
            correlators.push(Correlator::new(correlation, delay));
        }
        let mut pack = Self {
            conditions: Conditions::new(&rules),
            wanted: Vec::new(),
            active: Vec::new(),
            busy_ns: vec![0; correlations.len()],
            memory_each: (memory_bytes / correlations.len().max(1) * 4).min(memory_bytes / 2),
            memory_all: memory_bytes,
            rules,
            correlations,
            given,
            correlators,
        };
        pack.switch_off(&BTreeSet::new());
        pack
    }

    /// From now on the rules of another set. Those whose text is the same keep what they know; all of them are on.
    pub fn replace(&mut self, set: RuleSet) {
        let mut next = Self::new(set, self.memory_all);
        for (correlation, correlator) in self.correlations.iter().zip(&mut self.correlators) {
            let same = next
                .correlations
                .iter()
                .position(|other| other.meta.id == correlation.meta.id && other.source == correlation.source);
            if let Some(place) = same {
                next.correlators[place].restore(std::mem::take(&mut correlator.state));
            }
        }
        *self = next;
    }

    /// From now on those with these ids are not reported; those that nobody needs any more forget what they know.
    pub fn switch_off(&mut self, off: &BTreeSet<String>) {
        let is_wanted =
            |correlation: &Correlation| correlation.reports && !off.contains(&correlation.meta.id);
        self.wanted = self.correlations.iter().map(is_wanted).collect();
        self.active = self.wanted.clone();
        // What refers to others stands after them.
        for place in (0..self.given).rev() {
            if self.active[place] {
                for operand in &self.correlations[place].operands {
                    if let Operand::Correlation(before) = operand {
                        self.active[*before] = true;
                    }
                }
            }
        }
        for (correlator, _) in self.correlators.iter_mut().zip(&self.active).filter(|(_, active)| !**active) {
            correlator.state = State::default();
        }
    }

    /// What each that reports says of itself.
    pub fn metas(&self) -> impl Iterator<Item = &Meta> {
        self.correlations
            .iter()
            .filter(|correlation| correlation.reports)
            .map(|correlation| &correlation.meta)
    }

    /// What each costs and keeps.
    pub fn costs(&self) -> Vec<RuleCost> {
        let each = self.correlations.iter().zip(&self.correlators).zip(&self.busy_ns);
        each.map(|((correlation, correlator), busy_ns)| RuleCost {
            rule: correlation.meta.id.clone(),
            busy_ns: *busy_ns,
            memory_bytes: correlator.state.bytes,
            evicted: correlator.state.evicted,
            late: correlator.state.late,
            undecided: correlator.state.undecided,
        })
        .collect()
    }

    /// Takes in flows, and reports what fits already.
    pub fn observe(&mut self, batch: &RecordBatch, out: &mut Vec<Detection>) {
        self.take_in(batch, Some(out));
    }

    /// Takes in flows of the past; what fits is told when event time has passed its window.
    pub fn observe_past(&mut self, batch: &RecordBatch) {
        self.take_in(batch, None);
    }

    fn take_in(&mut self, batch: &RecordBatch, mut early: Option<&mut Vec<Detection>>) {
        let mut columns = Columns::new(batch);
        let mut matches = self.conditions.over(batch);
        for place in 0..self.correlations.len() {
            if !self.active[place] {
                continue;
            }
            let began = Instant::now();
            let correlation = &self.correlations[place];
            let correlator = &mut self.correlators[place];
            for (operand, of) in correlation.operands.iter().enumerate() {
                if let Operand::Rule(rule) = of {
                    take_flows(correlation, correlator, operand, *rule, &mut columns, &mut matches);
                }
            }
            let mut fits = Vec::new();
            match early {
                Some(_) => correlator.early(&mut fits),
                None => correlator.forget_touched(),
            }
            correlator.fit_in(self.memory_each);
            if let Some(out) = &mut early
                && self.wanted[place]
            {
                out.extend(fits.iter().map(|fit| self.detection(place, fit)));
            }
            self.busy_ns[place] += began.elapsed().as_nanos() as u64;
        }
        while self.memory_bytes() > self.memory_all {
            let largest = self.correlators.iter_mut().max_by_key(|correlator| correlator.state.bytes);
            let Some(largest) = largest else { break };
            largest.fit_in(largest.state.bytes / 2);
        }
    }

    /// Event time has come to `now_ns`: decides what has ended.
    pub fn advance(&mut self, now_ns: i64, out: &mut Vec<Detection>) {
        self.decide(out, |correlator, fits| correlator.advance(now_ns, fits));
    }

    /// Nothing more will come: decides what is open, except for what more flows could have made untrue.
    pub fn finish(&mut self, out: &mut Vec<Detection>) {
        self.decide(out, Correlator::finish);
    }

    fn decide(&mut self, out: &mut Vec<Detection>, decide: impl Fn(&mut Correlator, &mut Vec<Fit>)) {
        for place in 0..self.correlations.len() {
            if !self.active[place] {
                continue;
            }
            let began = Instant::now();
            let mut fits = Vec::new();
            decide(&mut self.correlators[place], &mut fits);
            if !fits.is_empty() {
                if self.wanted[place] {
                    out.extend(fits.iter().map(|fit| self.detection(place, fit)));
                }
                self.pass_on(place, &fits);
            }
            self.busy_ns[place] += began.elapsed().as_nanos() as u64;
        }
    }

    /// How long after the time of a flow the last verdict on it comes.
    pub fn verdict_delay_ns(&self) -> i64 {
        self.correlators.iter().map(Correlator::verdict_delay_ns).max().unwrap_or(0)
    }

    /// Gives the verdicts of a correlation to those after it that refer to it.
    fn pass_on(&mut self, place: usize, fits: &[Fit]) {
        for later in place + 1..self.given {
            let correlation = &self.correlations[later];
            for (operand, of) in correlation.operands.iter().enumerate() {
                if *of != Operand::Correlation(place) || !self.active[later] {
                    continue;
                }
                for fit in fits {
                    let at = |source: Option<&Source>| match source {
                        Some(Source::Key(part)) => fit.key.get(*part).cloned().unwrap_or(Atom::Absent),
                        _ => Atom::Absent,
                    };
                    let key: Vec<Atom> =
                        correlation.group_by.iter().map(|part| at(part.from.get(operand))).collect();
                    let value = match &correlation.logic {
                        Logic::ValueCount { of, .. } => {
                            let atoms: Vec<Atom> = of.iter().map(|part| at(part.get(operand))).collect();
                            hash(&atoms)
                        }
                        _ => None,
                    };
                    let event = Event {
                        operand,
                        time: fit.time,
                        first: fit.all.first,
                        last: fit.all.last,
                        flows: fit.all.flows,
                        rate: 1,
                        value,
                    };
                    self.correlators[later].add(&key, &event);
                }
            }
        }
    }

    /// Bytes of all state, about.
    pub fn memory_bytes(&self) -> usize {
        self.correlators.iter().map(|correlator| correlator.state.bytes).sum()
    }

    /// Groups given up so far.
    pub fn evicted(&self) -> u64 {
        self.correlators.iter().map(|correlator| correlator.state.evicted).sum()
    }

    /// Writes the state, by the rule's id and text: a rule that was changed starts afresh.
    pub fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let saved: Vec<(&str, u64, &State)> = self
            .correlations
            .iter()
            .zip(&self.correlators)
            .map(|(correlation, correlator)| {
                (correlation.meta.id.as_str(), text_hash(&correlation.source), &correlator.state)
            })
            .collect();
        state::put(&saved, out)
    }

    /// Goes on with a state that [`Pack::save`] wrote. Returns whether it could be read.
    pub fn restore(&mut self, state: &mut &[u8]) -> bool {
        let Some(saved) = state::take::<Vec<(String, u64, State)>>(state) else { return false };
        for (id, text, state) in saved {
            let found = self
                .correlations
                .iter()
                .position(|correlation| correlation.meta.id == id && text_hash(&correlation.source) == text);
            if let Some(place) = found.filter(|place| self.active[*place]) {
                self.correlators[place].restore(state);
            }
        }
        true
    }

    fn detection(&self, place: usize, fit: &Fit) -> Detection {
        let correlation = &self.correlations[place];
        let fields: Vec<Option<Field>> = (0..correlation.group_by.len())
            .map(|part| evidence::field_of(&self.correlations, correlation, part))
            .collect();
        let parts = correlation.group_by.iter().zip(&fit.key).zip(&fields);
        let entity: Vec<(String, String)> = parts
            .map(|((part, atom), field)| {
                (part.name.clone(), field.map_or_else(String::new, |field| atom.text(field)))
            })
            .collect();
        let addresses = fit.key.iter().zip(&fields).filter_map(|(atom, field)| match (atom, field) {
            (Atom::Address(_), Some(field)) => Some(atom.text(*field)),
            _ => None,
        });
        let key: Vec<Option<&Atom>> = fit.key.iter().map(Some).collect();
        let filter = evidence::filter(&self.rules, &self.correlations, correlation, &key);
        let (condition, measure) = measure_of(&correlation.logic);
        let is_rule = place >= self.given;
        let threshold = match condition {
            _ if is_rule => 1.0,
            Some(condition) => condition.threshold(),
            None => correlation.operands.len() as f64,
        };
        let value = fit.measured.value;
        let mut quality = Quality {
            sampling: (fit.all.rate > 1).then_some(fit.all.rate),
            interval: fit.measured.interval,
            notes: Vec::new(),
        };
        if fit.all.rate > 1 && matches!(correlation.logic, Logic::ValueCount { .. }) {
            quality.notes.push(format!("sampled 1:{}: at least this many", fit.all.rate));
        }
        if !fit.measured.exact && fit.all.rate <= 1 {
            quality.notes.push("estimated; standard error below 2 %".to_owned());
        }
        Detection {
            rule: correlation.meta.id.clone(),
            analytic: if is_rule { Analytic::Rule } else { Analytic::Correlation },
            sentence: sentence(correlation, is_rule, &entity, fit, measure, condition),
            entity: Entity(entity),
            level: correlation.meta.level,
            first_ns: fit.all.first,
            last_ns: fit.all.last,
            window_ns: fit.window_ns,
            flows: fit.all.flows,
            measure: measure.to_owned(),
            value,
            threshold,
            usual: None,
            exact: fit.measured.exact,
            confidence: if fit.measured.exact { 80 } else { 70 },
            risk: risk(correlation.meta.level),
            contributions: vec![Contribution {
                name: "level of the rule".to_owned(),
                seen: correlation.meta.level.name().to_owned(),
                points: risk(correlation.meta.level).into(),
            }],
            evidence: Evidence {
                filter: filter.to_string(),
                from_ns: fit.all.first,
                to_ns: fit.all.last.saturating_add(1),
            },
            addresses: addresses.take(ADDRESSES).collect(),
            quality,
        }
    }
}

fn risk(level: Level) -> u8 {
    match level {
        Level::Informational => 5,
        Level::Low => 20,
        Level::Medium => 45,
        Level::High => 70,
        Level::Critical => 95,
    }
}

fn measure_of(logic: &Logic) -> (Option<&Condition>, &'static str) {
    match logic {
        Logic::EventCount(condition) => (Some(condition), "flows"),
        Logic::ValueCount { condition, .. } => (Some(condition), "distinct values"),
        Logic::ValueSum { condition, .. } => (Some(condition), "sum"),
        Logic::ValueAvg { condition, .. } => (Some(condition), "mean"),
        Logic::ValuePercentile { condition, .. } => (Some(condition), "percentile"),
        Logic::Temporal { .. } => (None, "rules that match"),
    }
}

fn sentence(
    correlation: &Correlation,
    is_rule: bool,
    entity: &[(String, String)],
    fit: &Fit,
    measure: &str,
    condition: Option<&Condition>,
) -> String {
    let whom: Vec<String> = entity.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let whom = if whom.is_empty() { String::new() } else { format!(", {}", whom.join(", ")) };
    let title = &correlation.meta.title;
    let since = time_text(fit.all.first);
    if is_rule {
        return format!("{title}{whom}: {} flows since {since}", fit.all.flows);
    }
    let bounds: Vec<String> = condition
        .iter()
        .flat_map(|condition| &condition.0)
        .map(|(comparison, bound)| format!("{} {bound}", Comparison::symbol(*comparison)))
        .collect();
    let bounds = if bounds.is_empty() { String::new() } else { format!(" (needs {})", bounds.join(" and ")) };
    format!("{title}{whom}: {} {measure}{bounds} since {since}", fit.measured.value)
}

/// A rule about single flows as a count of at least one.
fn as_correlation(place: usize, rule: &Rule) -> Correlation {
    let key = |field: &Field| GroupKey { name: field.name().to_owned(), from: vec![Source::Field(*field)] };
    Correlation {
        meta: rule.meta.clone(),
        operands: vec![Operand::Rule(place)],
        group_by: rule.entity.iter().map(key).collect(),
        timespan_ns: RULE_WINDOW_NS,
        window: Window::Tumbling,
        // Never held back: one flow that was seen was there, whatever the sampling.
        logic: Logic::EventCount(Condition(vec![(Comparison::AtLeast, 0.0)])),
        reports: true,
        source: rule.source.clone(),
    }
}

fn text_hash(text: &str) -> u64 {
    Atom::Text(text.to_owned()).mix(0)
}

/// One hash of several values; none if one of them is absent.
fn hash(atoms: &[Atom]) -> Option<u64> {
    if atoms.contains(&Atom::Absent) {
        return None;
    }
    Some(atoms.iter().fold(0, |hash, atom| atom.mix(hash)))
}

/// Where the values of an operand's events are.
fn places<'a>(
    parts: impl Iterator<Item = Option<&'a Source>>,
    columns: &mut Columns<'_>,
) -> Vec<Option<(Field, ArrayRef)>> {
    parts
        .map(|source| match source {
            Some(Source::Field(field)) => columns.get(*field).map(|column| (*field, column)),
            _ => None,
        })
        .collect()
}

fn cells(places: &[Option<(Field, ArrayRef)>]) -> Vec<Option<Cells<'_>>> {
    places
        .iter()
        .map(|place| place.as_ref().and_then(|(field, column)| Cells::new(*field, column).ok()))
        .collect()
}

/// Adds the flows that a rule matches to a correlation.
fn take_flows(
    correlation: &Correlation,
    correlator: &mut Correlator,
    operand: usize,
    rule: usize,
    columns: &mut Columns<'_>,
    matches: &mut Matches<'_>,
) {
    let Some(mask) = matches.of(rule) else { return };
    let Some(times) = columns.get(Field::Time) else { return };
    let Ok(Cells::Time(times)) = Cells::new(Field::Time, &times) else { return };
    let rates = columns.get(Field::Sampling);
    let rates = rates.as_ref().and_then(|rates| Cells::new(Field::Sampling, rates).ok());
    let keys = places(correlation.group_by.iter().map(|part| part.from.get(operand)), columns);
    let keys = cells(&keys);
    let (of, counter): (Vec<Option<&Source>>, bool) = match &correlation.logic {
        Logic::ValueCount { of, .. } => (of.iter().map(|part| part.get(operand)).collect(), false),
        Logic::ValueSum { of, .. } | Logic::ValueAvg { of, .. } | Logic::ValuePercentile { of, .. } => {
            let source = of.from.get(operand);
            let counts = matches!(correlation.logic, Logic::ValueSum { .. })
                && matches!(source, Some(Source::Field(Field::Bytes | Field::Packets)));
            (vec![source], counts)
        }
        Logic::EventCount(_) | Logic::Temporal { .. } => (Vec::new(), false),
    };
    let values = places(of.into_iter(), columns);
    let values = cells(&values);
    let distinct = matches!(correlation.logic, Logic::ValueCount { .. });
    let read = |cell: &Option<Cells<'_>>, row| cell.map_or(Atom::Absent, |cells| Atom::read(cells, row));
    let mut key = Vec::with_capacity(keys.len());
    for row in mask.set_indices() {
        key.clear();
        key.extend(keys.iter().map(|cell| read(cell, row)));
        let rate = match rates.map(|rates| Atom::read(rates, row)) {
            Some(Atom::Number(rate)) => rate.max(1),
            _ => 1,
        };
        let value = if distinct {
            hash(&values.iter().map(|cell| read(cell, row)).collect::<Vec<_>>())
        } else {
            match values.first().map(|cell| read(cell, row)) {
                Some(Atom::Number(value)) if counter => Some(value.saturating_mul(rate)),
                Some(Atom::Number(value)) => Some(value),
                _ => None,
            }
        };
        let time = times.value(row);
        let event = Event { operand, time, first: time, last: time, flows: 1, rate, value };
        correlator.add(&key, &event);
    }
}
