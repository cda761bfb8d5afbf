//! Samples of counters.

use super::DataSource;
use super::fields::Fields;
use super::layout::{self, Layout};
use super::xdr::{Items, Xdr};
use crate::Malformed;

/// Counters of one source (`counters_sample`, `counters_sample_expanded`).
#[derive(Debug, Clone, Copy)]
pub struct CounterSample<'a> {
    /// Counts the counter samples of this source.
    pub sequence: u32,
    /// What was counted.
    pub source: DataSource,
    records: Items<'a>,
}

impl<'a> CounterSample<'a> {
    pub(super) fn parse(expanded: bool, body: &'a [u8]) -> Option<Self> {
        let mut xdr = Xdr::new(body);
        let sequence = xdr.u32()?;
        let source = if expanded {
            let [kind, index] = xdr.numbers()?;
            DataSource { kind, index }
        } else {
            DataSource::compact(xdr.u32()?)
        };
        Some(CounterSample { sequence, source, records: Items::read(xdr)? })
    }

    /// Walks the counter records by their lengths. A bad one ends the walk; those before it still count.
    pub fn records(self) -> CounterRecords<'a> {
        CounterRecords { items: self.records }
    }
}

/// Walks the records of a counter sample.
#[derive(Debug, Clone)]
pub struct CounterRecords<'a> {
    items: Items<'a>,
}

impl<'a> Iterator for CounterRecords<'a> {
    type Item = Result<CounterRecord<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.items.at;
        Some(match self.items.next()? {
            Ok((format, body)) => {
                Ok(CounterRecord { format, layout: layout::of_counter_record(format, body.len()), body })
            }
            Err(_) => Err(Malformed::new("sflow counter record", "counter_record_overrun", offset)),
        })
    }
}

/// Counters that belong together.
#[derive(Debug, Clone, Copy)]
pub struct CounterRecord<'a> {
    /// What they are: 1 interface, 2 Ethernet, … (enterprise in the upper 20 bits).
    pub format: u32,
    layout: Option<&'static Layout>,
    /// Their bytes.
    pub body: &'a [u8],
}

impl<'a> CounterRecord<'a> {
    /// Whether the fields of this format are known.
    pub fn is_known(self) -> bool {
        self.layout.is_some()
    }

    /// Its fields, as far as the bytes go; none where the format is not known.
    pub fn fields(self) -> Fields<'a> {
        Fields::new(self.layout.map_or(&[], |layout| layout.items), self.body)
    }
}
