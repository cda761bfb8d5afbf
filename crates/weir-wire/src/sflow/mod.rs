//! sFlow version 5: samples of packets and of counters.
//!
//! Layout: sflow.org, "sFlow Version 5" (July 2004), section 5; all numbers are XDR, 32 bits unless said otherwise. Drop
//! samples are of "sFlow Dropped Packet Notification Structures" (sflow_drops).

mod counters;
mod fields;
mod flow;
mod layout;
mod record;
mod xdr;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use xdr::{Items, Xdr};

use crate::Malformed;
use crate::read::u32_at;

pub use counters::{CounterRecord, CounterRecords, CounterSample};
pub use fields::{Fields, Growth, Item, Value, macs, words};
pub use flow::{DropSample, FlowSample, Interface, Records};
pub use record::{Ethernet, Extended, Gateway, Ip, RawHeader, Record, Router, Switch};

/// A borrowed view of one sFlow datagram.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    agent: IpAddr,
    sub_agent: u32,
    sequence: u32,
    uptime_ms: u32,
    count: u32,
    samples: &'a [u8],
    samples_at: usize,
}

impl<'a> Datagram<'a> {
    /// Checks version, agent address and header once.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let truncated = || Malformed::new("sflow header", "truncated", bytes.len());
        let mut xdr = Xdr::new(bytes);
        if xdr.u32().ok_or_else(truncated)? != 5 {
            return Err(Malformed::new("sflow header", "unknown_version", 0));
        }
        let agent = match (u32_at(bytes, 4), xdr.address()) {
            (Some(1 | 2), Some(Some(agent))) => agent,
            (None | Some(1 | 2), _) => return Err(truncated()),
            _ => return Err(Malformed::new("sflow header", "agent_address_unknown", 4)),
        };
        let mut number = || xdr.u32().ok_or_else(truncated);
        let (sub_agent, sequence, uptime_ms, count) = (number()?, number()?, number()?, number()?);
        Ok(Datagram { agent, sub_agent, sequence, uptime_ms, count, samples: xdr.rest(), samples_at: xdr.at })
    }

    /// Address of the device that samples.
    pub fn agent(self) -> IpAddr {
        self.agent
    }

    /// The sampling process within the device.
    pub fn sub_agent(self) -> u32 {
        self.sub_agent
    }

    /// Counts the datagrams of this sub-agent.
    pub fn sequence(self) -> u32 {
        self.sequence
    }

    /// Milliseconds since the device started.
    pub fn uptime_ms(self) -> u32 {
        self.uptime_ms
    }

    /// Walks the samples by their lengths. A bad one ends the walk; those before it still count.
    pub fn samples(self) -> Samples<'a> {
        Samples { items: Items { bytes: self.samples, at: 0, left: self.count }, offset: self.samples_at }
    }
}

/// Walks the samples of a datagram.
#[derive(Debug, Clone)]
pub struct Samples<'a> {
    items: Items<'a>,
    offset: usize,
}

impl<'a> Iterator for Samples<'a> {
    type Item = Result<Sample<'a>, Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.offset + self.items.at;
        Some(match self.items.next()? {
            Ok((format, body)) => Sample::parse(format, body)
                .ok_or_else(|| Malformed::new("sflow sample", "sample_truncated", offset)),
            Err("truncated") => Err(Malformed::new("sflow sample", "sample_truncated", offset)),
            Err(_) => Err(Malformed::new("sflow sample", "sample_overrun", offset)),
        })
    }
}

/// One sample.
#[derive(Debug, Clone, Copy)]
pub enum Sample<'a> {
    /// A sampled packet.
    Flow(FlowSample<'a>),
    /// Counters of an interface or other source.
    Counters(CounterSample<'a>),
    /// A packet that the device discarded.
    Drop(DropSample<'a>),
    /// Any other kind of sample, by its format (enterprise in the upper 20 bits).
    Other(u32),
}

impl<'a> Sample<'a> {
    #[inline]
    fn parse(format: u32, body: &'a [u8]) -> Option<Self> {
        Some(match format {
            1 | 3 => Sample::Flow(FlowSample::parse(format == 3, body)?),
            2 | 4 => Sample::Counters(CounterSample::parse(format == 4, body)?),
            5 => Sample::Drop(DropSample::parse(body)?),
            other => Sample::Other(other),
        })
    }
}

/// What was sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DataSource {
    /// 0 an interface, 1 a VLAN, 2 a physical entity, 3 a logical entity.
    pub kind: u32,
    /// Index within its kind.
    pub index: u32,
}

impl DataSource {
    fn compact(source: u32) -> Self {
        DataSource { kind: source >> 24, index: source & 0x00ff_ffff }
    }

    /// Kind and index in one number, as the compact form has them.
    pub fn id(self) -> u64 {
        u64::from(self.kind) << 24 | u64::from(self.index)
    }

    /// The interface, if it is one.
    pub fn interface(self) -> Option<u32> {
        (self.kind == 0).then_some(self.index)
    }
}
