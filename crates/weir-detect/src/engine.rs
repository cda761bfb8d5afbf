//! Everything that watches, fed with batches in the order in which they came.
//!
//! **Event time.** Batches say when each flow was received, by Weir's own clock. Event time is the latest of these less the
//! lateness: an exporter whose clock is ahead does not move it, and one that is silent does not hold it up.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use arrow_array::{Array as _, RecordBatch};
use serde::Serialize;
use weir_filter::column::{Cells, resolve};
use weir_schema::Field;
use weir_sigma::{Meta, RuleSet};

use crate::rule_book::{RuleBook, Told};
use crate::{Behaviour, DetectConfig, Detection, Pack, RuleCost, state};

/// Part of the memory that rules may take; the rest is for the behavioural analytics.
const RULES_SHARE: usize = 2;
/// The form of the saved state. Another form is refused.
const FORM: u32 = 4;

/// Rules, correlations and behavioural analytics at work.
pub struct Engine {
    pack: Pack,
    behaviour: Behaviour,
    /// What the analytics took.
    busy_ns: u64,
    /// Ids of what is off.
    off: BTreeSet<String>,
    /// The rules that it follows, and which state of them it has.
    book: Option<(Arc<RuleBook>, u64)>,
    /// The rules of it that are at work.
    set: Option<Arc<RuleSet>>,
    /// Stored fields that no flow has had a value of yet.
    unseen: BTreeSet<Field>,
    lateness_ns: i64,
    /// When the newest flow was received.
    received_ns: Option<i64>,
    now_ns: Option<i64>,
    records: u64,
    detections: u64,
}

/// What a rule or analytic costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// What it is.
    #[serde(flatten)]
    pub rule: RuleCost,
    /// Nanoseconds per record.
    pub ns_per_record: f64,
}

/// How the engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// Records taken in since the start.
    pub records: u64,
    /// Detections since the start, updates included.
    pub detections: u64,
    /// Groups given up because memory was used up.
    pub evicted: u64,
    /// Bytes of all state, about.
    pub memory_bytes: u64,
    /// How far event time has come, nanoseconds since 1970.
    pub now_ns: Option<i64>,
}

impl Engine {
    /// The rules of a set, and the behavioural analytics.
    pub fn new(set: RuleSet, config: &DetectConfig) -> Self {
        let memory = config.memory.0 as usize;
        let behaviour = Behaviour::new(memory / RULES_SHARE);
        let off: BTreeSet<String> = config.disabled.iter().cloned().collect();
        let mut pack = Pack::new(set, memory - memory / RULES_SHARE);
        pack.switch_off(&off);
        Self {
            pack,
            behaviour,
            busy_ns: 0,
            off,
            book: None,
            set: None,
            unseen: Field::stored().collect(),
            lateness_ns: i64::try_from(config.lateness.0.as_nanos()).unwrap_or(i64::MAX),
            received_ns: None,
            now_ns: None,
            records: 0,
            detections: 0,
        }
    }

    /// The rules of a book; whatever is changed there, it follows.
    pub fn of(book: &Arc<RuleBook>) -> Self {
        let version = book.version();
        let set = book.set();
        let mut engine = Self::new((*set).clone(), book.config());
        engine.book = Some((Arc::clone(book), version));
        engine.set = Some(set);
        engine.follow(book);
        engine
    }

    fn follow(&mut self, book: &RuleBook) {
        let set = book.set();
        if self.set.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &set)) {
            self.pack.replace((*set).clone());
            self.set = Some(set);
        }
        self.off = book.off();
        self.pack.switch_off(&self.off);
    }

    /// Looks whether the rules were changed.
    fn keep_up(&mut self) {
        let Some((book, known)) = &mut self.book else { return };
        let version = book.version();
        if version != *known {
            *known = version;
            let book = Arc::clone(book);
            self.follow(&book);
        }
    }

    /// Says how it is, and tells the book what the rules cost and which fields flows have. All state is gone through.
    pub fn tell(&self) -> Status {
        let costs = self.costs();
        let status = Status {
            records: self.records,
            detections: self.detections,
            evicted: costs.iter().map(|cost| cost.rule.evicted).sum(),
            memory_bytes: costs.iter().map(|cost| cost.rule.memory_bytes as u64).sum(),
            now_ns: self.now_ns,
        };
        if let Some((book, _)) = &self.book {
            let seen = Field::stored().filter(|field| !self.unseen.contains(field)).collect();
            book.tell(Told { costs, seen, records: self.records });
        }
        status
    }

    /// What each behavioural analytic says of itself.
    pub fn analytics(&self) -> &[Meta] {
        self.behaviour.metas()
    }

    /// What everything that may report says of itself.
    pub fn metas(&self) -> impl Iterator<Item = &Meta> {
        self.behaviour.metas().iter().chain(self.pack.metas())
    }

    /// Takes in flows.
    pub fn observe(&mut self, batch: &RecordBatch, out: &mut Vec<Detection>) {
        self.keep_up();
        let before = out.len();
        self.records += batch.num_rows() as u64;
        self.unseen.retain(|field| {
            batch.column_by_name(field.name()).is_none_or(|column| column.null_count() == column.len())
        });
        self.pack.observe(batch, out);
        let began = Instant::now();
        self.behaviour.observe(batch, out);
        self.busy_ns += began.elapsed().as_nanos() as u64;
        self.keep_wanted(before, out);
        if let Some(newest) = newest(batch) {
            self.come_to(newest, out);
        }
    }

    /// Nothing that was received before `received_ns` is still to come: what has ended the lateness before is decided.
    pub fn come_to(&mut self, received_ns: i64, out: &mut Vec<Detection>) {
        self.keep_up();
        if self.received_ns.is_none_or(|known| received_ns > known) {
            self.received_ns = Some(received_ns);
            self.advance(received_ns.saturating_sub(self.lateness_ns), out);
        }
    }

    /// Decides everything that ended before `now_ns`.
    pub fn advance(&mut self, now_ns: i64, out: &mut Vec<Detection>) {
        if self.now_ns.is_some_and(|known| now_ns <= known) {
            return;
        }
        let before = out.len();
        self.now_ns = Some(now_ns);
        self.pack.advance(now_ns, out);
        let began = Instant::now();
        self.behaviour.advance(now_ns, out);
        self.busy_ns += began.elapsed().as_nanos() as u64;
        self.keep_wanted(before, out);
    }

    /// Drops the detections of what is off, from a place on.
    fn keep_wanted(&mut self, from: usize, out: &mut Vec<Detection>) {
        if !self.off.is_empty() {
            let new = out.split_off(from);
            out.extend(new.into_iter().filter(|found| !self.off.contains(&found.rule)));
        }
        self.detections += (out.len() - from) as u64;
    }

    /// What each rule, and the analytics, cost.
    fn costs(&self) -> Vec<Cost> {
        let analytics = RuleCost {
            rule: self.behaviour.meta().id.clone(),
            busy_ns: self.busy_ns,
            memory_bytes: self.behaviour.memory_bytes(),
            evicted: self.behaviour.evicted(),
            late: 0,
            undecided: 0,
        };
        let records = self.records.max(1) as f64;
        let cost = |rule: RuleCost| Cost { ns_per_record: rule.busy_ns as f64 / records, rule };
        self.pack.costs().into_iter().chain([analytics]).map(cost).collect()
    }

    /// Writes all state.
    pub fn save(&self, out: &mut dyn Write) -> io::Result<()> {
        let seen = Field::stored().filter(|field| !self.unseen.contains(field));
        let seen: Vec<&str> = seen.map(Field::name).collect();
        state::put(&(FORM, seen, self.received_ns, self.now_ns), out)?;
        self.pack.save(out)?;
        self.behaviour.save(out)
    }

    /// Goes on with a state that [`Engine::save`] wrote. One of another version is refused: it starts afresh.
    pub fn restore(&mut self, mut state: &[u8]) -> bool {
        let state = &mut state;
        // The form alone comes first: what follows it may be of another.
        if state::take::<u32>(state) != Some(FORM) {
            return false;
        }
        let Some((seen, received_ns, now_ns)) = state::take::<(Vec<String>, _, _)>(state) else {
            return false;
        };
        if !self.pack.restore(state) {
            return false;
        }
        for field in seen.iter().filter_map(|name| Field::from_name(name)) {
            self.unseen.remove(&field);
        }
        (self.received_ns, self.now_ns) = (received_ns, now_ns);
        // Of another form, the analytics alone start afresh.
        self.behaviour.restore(state);
        true
    }
}

/// When the newest flow of a batch was received; by its own time where that was not noted.
fn newest(batch: &RecordBatch) -> Option<i64> {
    [Field::Received, Field::Time].into_iter().find_map(|field| {
        let column = resolve(batch, field)?;
        let Ok(Cells::Time(times)) = Cells::new(field, &column) else { return None };
        times.iter().flatten().max()
    })
}
