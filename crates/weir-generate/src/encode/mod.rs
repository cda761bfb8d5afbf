//! Flows to datagrams, one encoder for each protocol.
//!
//! An encoder is one exporter's state: sequence, templates sent, the datagram being filled. Records are written
//! into the datagram at once; its header is written when it is finished, so that the header tells the time of
//! sending. Nothing is allocated once an encoder is warm.

pub mod avc;
pub mod ipfix;
pub mod packet;
pub mod sflow;
pub mod template;
pub mod v5;
pub mod v9;

use std::net::{IpAddr, Ipv4Addr};

use crate::flow::Flow;

/// The most a datagram may hold: an Ethernet frame of 1500 bytes less the IPv4 and UDP headers.
pub const MAX_DATAGRAM: usize = 1472;

const MS: i64 = 1_000_000;

/// An export protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub enum Protocol {
    /// NetFlow version 5: IPv4 only, fixed records.
    #[value(name = "v5", alias = "netflow5", alias = "netflow-v5")]
    V5,
    /// NetFlow version 9: templates (RFC 3954).
    #[value(name = "v9", alias = "netflow9", alias = "netflow-v9")]
    V9,
    /// IPFIX over UDP (RFC 7011).
    #[value(name = "ipfix", alias = "v10")]
    Ipfix,
    /// sFlow version 5: sampled packet headers.
    #[value(name = "sflow", alias = "sflow5")]
    Sflow,
}

impl Protocol {
    /// Every protocol, in the order they are named in help texts.
    pub const ALL: [Protocol; 4] = [Protocol::V5, Protocol::V9, Protocol::Ipfix, Protocol::Sflow];

    /// The name that the command line takes.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::V5 => "v5",
            Protocol::V9 => "v9",
            Protocol::Ipfix => "ipfix",
            Protocol::Sflow => "sflow",
        }
    }

    /// Whether it can carry IPv6 flows.
    pub fn carries_ipv6(self) -> bool {
        self != Protocol::V5
    }
}

/// What does not change about an exporter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exporter {
    /// When it started, nanoseconds since 1970, whole milliseconds: uptimes count from here.
    pub boot_ns: i64,
    /// Observation domain (v9 source ID, v5 engine ID in the low byte, sFlow sub-agent).
    pub domain: u32,
    /// One packet in this many is counted; 1 is every packet.
    pub sampling: u32,
    /// Its own address, which sFlow carries.
    pub agent: IpAddr,
    /// Its interfaces: reported in options (v9, IPFIX) and counter samples (sFlow).
    pub interfaces: &'static [Interface],
}

/// An interface of an exporter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface {
    /// SNMP index.
    pub index: u32,
    /// Short name, at most 16 bytes.
    pub name: &'static str,
    /// Description, at most 32 bytes.
    pub description: &'static str,
    /// Bits per second.
    pub speed: u64,
}

impl Exporter {
    /// An exporter without sampling and interfaces, up since `boot_ns`.
    pub fn new(domain: u32, boot_ns: i64) -> Self {
        Exporter {
            boot_ns,
            domain,
            sampling: 1,
            agent: IpAddr::V4(Ipv4Addr::new(10, 255, 0, 1)),
            interfaces: &[],
        }
    }

    /// Milliseconds since the exporter started; wraps after 49.7 days, as on every router.
    pub fn uptime_ms(&self, at_ns: i64) -> u32 {
        ((at_ns - self.boot_ns) / MS) as u32
    }
}

/// Where finished datagrams go.
pub type Out<'a> = dyn FnMut(&[u8]) + 'a;

/// An exporter's encoder, whichever its protocol.
#[derive(Debug)]
pub enum Encoder {
    /// NetFlow v5.
    V5(v5::Encoder),
    /// NetFlow v9.
    V9(v9::Encoder),
    /// IPFIX.
    Ipfix(ipfix::Encoder),
    /// sFlow v5.
    Sflow(sflow::Encoder),
}

impl Encoder {
    /// The encoder of `protocol` for `exporter`, with its first datagram still to come.
    pub fn new(protocol: Protocol, exporter: Exporter) -> Self {
        match protocol {
            Protocol::V5 => Encoder::V5(v5::Encoder::new(exporter)),
            Protocol::V9 => Encoder::V9(v9::Encoder::new(exporter)),
            Protocol::Ipfix => Encoder::Ipfix(ipfix::Encoder::new(exporter)),
            Protocol::Sflow => Encoder::Sflow(sflow::Encoder::new(exporter)),
        }
    }

    /// Its protocol.
    pub fn protocol(&self) -> Protocol {
        match self {
            Encoder::V5(_) => Protocol::V5,
            Encoder::V9(_) => Protocol::V9,
            Encoder::Ipfix(_) => Protocol::Ipfix,
            Encoder::Sflow(_) => Protocol::Sflow,
        }
    }

    /// Adds a flow. A datagram goes to `out` as soon as it has no room for one more.
    ///
    /// A v5 encoder must be given IPv4 flows only; it ignores others.
    pub fn push(&mut self, flow: &Flow, now_ns: i64, out: &mut Out) {
        match self {
            Encoder::V5(encoder) => encoder.push(flow, now_ns, out),
            Encoder::V9(encoder) => encoder.push(flow, now_ns, out),
            Encoder::Ipfix(encoder) => encoder.push(flow, now_ns, out),
            Encoder::Sflow(encoder) => encoder.push(flow, now_ns, out),
        }
    }

    /// Sends what waits in a datagram that is not full, and whatever is due by time (sFlow counters).
    pub fn flush(&mut self, now_ns: i64, out: &mut Out) {
        match self {
            Encoder::V5(encoder) => encoder.flush(now_ns, out),
            Encoder::V9(encoder) => encoder.flush(now_ns, out),
            Encoder::Ipfix(encoder) => encoder.flush(now_ns, out),
            Encoder::Sflow(encoder) => encoder.flush(now_ns, out),
        }
    }

    /// What a collector will count as this flow's bytes: the IP bytes, or the frame length in sFlow.
    pub fn exported_bytes(&self, flow: &Flow) -> u64 {
        match self {
            Encoder::V5(_) | Encoder::V9(_) | Encoder::Ipfix(_) => flow.bytes,
            Encoder::Sflow(_) => u64::from(packet::frame_len(flow)),
        }
    }
}

/// Everything `encoder` makes of `flows` at one instant, the last datagram included.
fn collect(mut encoder: Encoder, flows: &[Flow], now_ns: i64) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    let mut out = |bytes: &[u8]| datagrams.push(bytes.to_vec());
    for flow in flows {
        encoder.push(flow, now_ns, &mut out);
    }
    encoder.flush(now_ns, &mut out);
    datagrams
}

/// Big-endian appends and back-patches, the vocabulary of all encoders.
trait Put {
    fn put_u8(&mut self, value: u8);
    fn put_u16(&mut self, value: u16);
    fn put_u32(&mut self, value: u32);
    fn put_u64(&mut self, value: u64);
    fn set_u16(&mut self, at: usize, value: u16);
    fn set_u32(&mut self, at: usize, value: u32);
}

impl Put for Vec<u8> {
    fn put_u8(&mut self, value: u8) {
        self.push(value);
    }

    fn put_u16(&mut self, value: u16) {
        self.extend_from_slice(&value.to_be_bytes());
    }

    fn put_u32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_be_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_be_bytes());
    }

    fn set_u16(&mut self, at: usize, value: u16) {
        self[at..at + 2].copy_from_slice(&value.to_be_bytes());
    }

    fn set_u32(&mut self, at: usize, value: u32) {
        self[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }
}
