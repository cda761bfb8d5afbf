//! Counter samples as rows of the counters table: one for each counter.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hashbrown::HashMap;
use weir_schema::Field;
use weir_wire::sflow::{CounterRecord, CounterSample, Growth, Value};

use super::extended::unknown_name;
use crate::builder::BatchBuilder;
use crate::format::Format;
use crate::origin::Origin;
use crate::plan::RowKind;

/// Format of the record that names the interface.
const PORT_NAME: u32 = 1005;

/// What became of a counter sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CountersOutcome {
    /// Rows appended.
    pub rows: usize,
    /// Why records after them could not be read.
    pub problem: Option<&'static str>,
}

impl BatchBuilder {
    /// Appends each counter of a sample as a row. How much it grew since the sample before comes from `memory`, which
    /// belongs to one exporter and learns this sample.
    ///
    /// Texts that stand among the counters, and records that nobody described, are in `extra` of the record's first
    /// row; which of several queues or lanes a counter is of, in its own. Floating-point numbers are counted in
    /// thousandths.
    pub fn append_counter_sample(
        &mut self,
        origin: &Origin<'_>,
        sample: &CounterSample<'_>,
        memory: &mut CounterMemory,
    ) -> CountersOutcome {
        let first = self.rows;
        let mut outcome = CountersOutcome::default();
        let facts = Facts::read(sample);
        for record in sample.records() {
            match record {
                // The name has a column of the others' rows.
                Ok(record) if record.format == PORT_NAME && facts.names_others => {}
                Ok(record) => self.append_counter_record(sample.source.id(), &record, memory),
                Err(malformed) => outcome.problem = Some(malformed.reason),
            }
        }
        let count = self.rows - first;
        if count > 0 {
            self.rows = first;
            self.append_origin(origin, count);
            self.append_time(origin, count);
            self.shared.kind.repeat(RowKind::Counters, first, count);
            self.repeat(Field::ObservationPoint, sample.source.id(), first, count);
            if let Some(interface) = facts.interface {
                self.repeat(Field::InIf, interface, first, count);
            }
            if let Some(name) = facts.port_name {
                self.repeat_text(Field::InIfName, name, first, count);
            }
            self.cell_bytes += 40 * count;
            self.rows = first + count;
        }
        outcome.rows = count;
        outcome
    }

    fn append_counter_record(&mut self, source: u64, record: &CounterRecord<'_>, memory: &mut CounterMemory) {
        if !record.is_known() {
            let name = unknown_name(record.format);
            self.text(Field::Counter, &name);
            self.put(Field::Value, record.body.len() as u64);
            self.append_unknown(record.format, record.body);
            self.end_extra();
            self.rows += 1;
            return;
        }
        let part = match record.fields().next() {
            Some((item, Value::Number(number))) if item.is_key() => number,
            _ => 0,
        };
        let previous = memory.record((source, record.format, part), record.fields().count());
        let row = self.rows;
        let mut at = 0;
        let mut key = None;
        for (item, value) in record.fields() {
            let value = match value {
                Value::Number(number) if item.is_key() => {
                    key = Some((item.name, number));
                    continue;
                }
                Value::Number(number) => number,
                // They belong to the number before them.
                Value::Macs(_) if self.rows > row => {
                    self.rows -= 1;
                    self.append_to_extra(item.name, value);
                    self.end_extra();
                    self.rows += 1;
                    continue;
                }
                // Loads; below zero and not-a-number become 0.
                Value::Float(number) => (f64::from(number) * 1000.0).round() as u64,
                _ => continue,
            };
            let delta = previous.advance(at, item.growth(), value);
            at += 1;
            // It has a column of its own.
            if item.name == "ifIndex" {
                continue;
            }
            self.text(Field::Counter, item.name);
            self.put(Field::Value, value);
            self.cell(Field::Delta, delta);
            if let Some((name, number)) = key
                && let Some(extra) = self.extra()
            {
                extra.entry(name, |out| Format::Unsigned.write(out, &number.to_be_bytes()));
                self.end_extra();
            }
            self.rows += 1;
        }
        previous.known = true;
        let end = self.rows;
        let mut texts = record.fields().filter(|(_, value)| is_text(value)).peekable();
        if texts.peek().is_some() {
            self.rows = row;
            for (item, value) in texts {
                self.append_to_extra(item.name, value);
            }
            if end == row {
                // There is no counter beside it: the record says something, so it has a row.
                self.text(Field::Counter, &unknown_name(record.format));
                self.put(Field::Value, record.body.len() as u64);
            }
            self.end_extra();
            self.rows = end.max(row + 1);
        }
    }
}

fn is_text(value: &Value<'_>) -> bool {
    !matches!(value, Value::Number(_) | Value::Float(_) | Value::Macs(_))
}

/// What a sample says about all of its counters.
#[derive(Default)]
struct Facts<'a> {
    interface: Option<u32>,
    port_name: Option<&'a str>,
    /// There is a name, and something else that it names.
    names_others: bool,
}

impl<'a> Facts<'a> {
    fn read(sample: &CounterSample<'a>) -> Self {
        let mut facts = Facts { interface: sample.source.interface(), ..Facts::default() };
        let mut others = false;
        for record in sample.records().flatten() {
            others |= record.format != PORT_NAME;
            match (record.format, record.fields().next()) {
                (1, Some((_, Value::Number(index)))) => facts.interface = u32::try_from(index).ok(),
                (PORT_NAME, Some((_, Value::Text(name)))) => facts.port_name = std::str::from_utf8(name).ok(),
                _ => {}
            }
        }
        facts.names_others = others && facts.port_name.is_some();
        facts
    }
}

/// Records of counters that one exporter may have remembered.
const MOST_RECORDS: usize = 4_096;

/// An uptime that falls by more than this is a restart, not reordering.
const REORDER_MS: u32 = 10_000;
/// This near to its end the uptime just starts over.
const WRAP_MS: u32 = 3_600_000;

/// Source and format of a record, and which of several parts of the source it is about.
type RecordKey = (u64, u32, u64);

/// The last counters of an exporter, to tell how much they grew.
#[derive(Debug, Default)]
pub struct CounterMemory {
    records: HashMap<RecordKey, Previous>,
    budget: Option<Arc<AtomicUsize>>,
    uptime_ms: Option<u32>,
    scratch: Previous,
}

impl CounterMemory {
    /// A memory that takes its room from what others share; it holds nothing new when that is used up.
    pub fn sharing(budget: &Arc<AtomicUsize>) -> Self {
        let mut memory = CounterMemory::default();
        memory.budget = Some(Arc::clone(budget));
        memory
    }

    /// Takes note of the exporter's uptime, and forgets all where that says that it started over.
    pub fn observe_uptime(&mut self, uptime_ms: u32) {
        let last_ms = self.uptime_ms.replace(uptime_ms).unwrap_or(0);
        // Datagrams may overtake each other, and the uptime starts over every 49.7 days.
        let fell_ms = last_ms.saturating_sub(uptime_ms);
        if fell_ms > REORDER_MS && last_ms < u32::MAX - WRAP_MS {
            self.clear();
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.give_back();
        self.records.clear();
    }

    /// The last values of a record; empty ones that are forgotten afterwards where there is no room.
    fn record(&mut self, key: RecordKey, len: usize) -> &mut Previous {
        if !self.records.contains_key(&key) && !self.has_room() {
            self.scratch.known = false;
            self.scratch.values.clear();
            self.scratch.values.resize(len, 0);
            return &mut self.scratch;
        }
        let previous = self.records.entry(key).or_default();
        if previous.values.len() != len {
            *previous = Previous { values: vec![0; len], known: false };
        }
        previous
    }

    fn has_room(&self) -> bool {
        let take = |left: usize| left.checked_sub(1);
        self.records.len() < MOST_RECORDS
            && self
                .budget
                .as_ref()
                .is_none_or(|budget| budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok())
    }

    fn give_back(&self) {
        if let Some(budget) = &self.budget {
            budget.fetch_add(self.records.len(), Ordering::Relaxed);
        }
    }
}

impl Drop for CounterMemory {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// The last values of one record's counters.
#[derive(Debug, Default)]
struct Previous {
    values: Vec<u64>,
    known: bool,
}

impl Previous {
    /// Remembers a value and tells how much it grew. A counter of 64 bits that shrank, and one of 32 bits that made more
    /// than half of its way, started over.
    fn advance(&mut self, at: usize, growth: Growth, value: u64) -> Option<u64> {
        let previous = std::mem::replace(self.values.get_mut(at)?, value);
        if !self.known {
            return None;
        }
        match growth {
            Growth::Gauge => None,
            Growth::Count64 => value.checked_sub(previous).filter(|_| value != u64::MAX),
            Growth::Count32 => {
                let delta = (value as u32).wrapping_sub(previous as u32);
                // All ones say that the device does not count this.
                (delta < 1 << 31 && value != u64::from(u32::MAX)).then_some(u64::from(delta))
            }
        }
    }
}
