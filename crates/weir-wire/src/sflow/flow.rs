//! Samples of packets: those that went through, and those that did not.

use super::DataSource;
use super::record::Record;
use super::xdr::{Items, Xdr};
use crate::Malformed;

/// A sampled packet and what the device knew about it (`flow_sample`, `flow_sample_expanded`).
#[derive(Debug, Clone, Copy)]
pub struct FlowSample<'a> {
    /// Counts the samples of this source.
    pub sequence: u32,
    /// Where the packet was sampled.
    pub source: DataSource,
    /// One in this many packets was sampled.
    pub rate: u32,
    /// Packets that could have been sampled so far.
    pub pool: u32,
    /// Samples that the device had to throw away so far.
    pub drops: u32,
    /// Where the packet came in.
    pub input: Interface,
    /// Where it went out.
    pub output: Interface,
    records: Items<'a>,
}

impl<'a> FlowSample<'a> {
    #[inline]
    pub(super) fn parse(expanded: bool, body: &'a [u8]) -> Option<Self> {
        let mut xdr = Xdr::new(body);
        if !expanded {
            let [sequence, source, rate, pool, drops, input, output] = xdr.numbers()?;
            let source = DataSource::compact(source);
            let (input, output) = (Interface::compact(input), Interface::compact(output));
            let records = Items::read(xdr)?;
            return Some(FlowSample { sequence, source, rate, pool, drops, input, output, records });
        }
        let [sequence, kind, index, rate, pool, drops] = xdr.numbers()?;
        let [input_format, input, output_format, output] = xdr.numbers()?;
        let source = DataSource { kind, index };
        let input = Interface { format: input_format, value: input };
        let output = Interface { format: output_format, value: output };
        let records = Items::read(xdr)?;
        Some(FlowSample { sequence, source, rate, pool, drops, input, output, records })
    }

    /// Walks the flow records by their lengths. A bad one ends the walk; those before it still count.
    pub fn records(self) -> Records<'a> {
        Records { items: self.records }
    }
}

/// The device itself, as an interface: the largest number of the compact form.
const INTERNAL: u32 = 0x3fff_ffff;

/// An interface of a flow sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface {
    /// 0: `value` is an SNMP index. 1: the packet was dropped, `value` is the reason. 2: it went to `value` interfaces.
    pub format: u32,
    /// See `format`; as it was sent.
    pub value: u32,
}

impl Interface {
    fn compact(word: u32) -> Self {
        Interface { format: word >> 30, value: word & INTERNAL }
    }

    /// The index, where there is one interface: not several, and not the device itself.
    #[inline]
    pub fn index(self) -> Option<u32> {
        (self.format == 0 && !matches!(self.value, INTERNAL | u32::MAX)).then_some(self.value)
    }

    /// Why the packet was dropped, if it was.
    #[inline]
    pub fn drop_reason(self) -> Option<u32> {
        (self.format == 1).then_some(self.value)
    }
}

/// A packet that was discarded, and why (`discarded_packet`).
#[derive(Debug, Clone, Copy)]
pub struct DropSample<'a> {
    /// Counts the notifications of this source.
    pub sequence: u32,
    /// Where the packet was discarded.
    pub source: DataSource,
    /// Notifications that the device had to throw away so far.
    pub drops: u32,
    /// Interface that the packet came in by; 0 is unknown.
    pub input: u32,
    /// Interface that it was to leave by; 0 is none.
    pub output: u32,
    /// Reason code: below 256 an ICMP unreachable code, else the specification's list.
    pub reason: u32,
    records: Items<'a>,
}

impl<'a> DropSample<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut xdr = Xdr::new(body);
        let [sequence, kind, index, drops, input, output, reason] = xdr.numbers()?;
        let source = DataSource { kind, index };
        Some(DropSample { sequence, source, drops, input, output, reason, records: Items::read(xdr)? })
    }

    /// Walks the flow records by their lengths. A bad one ends the walk; those before it still count.
    pub fn records(self) -> Records<'a> {
        Records { items: self.records }
    }
}

/// Walks the flow records of a sample.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    items: Items<'a>,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.items.at;
        Some(match self.items.next()? {
            Ok((format, body)) => Record::parse(format, body)
                .ok_or_else(|| Malformed::new("sflow record", "flow_record_truncated", offset)),
            Err(_) => Err(Malformed::new("sflow record", "flow_record_overrun", offset)),
        })
    }
}
