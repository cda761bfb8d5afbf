//! sFlow version 5: samples of packets and of counters.
//!
//! Layout: sflow.org, "sFlow Version 5" (July 2004), section 5; all numbers are XDR, 32 bits unless said otherwise.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Malformed;
use crate::read::{array_at, u32_at};

/// Reads XDR items one after the other; runs dry instead of failing.
#[derive(Debug, Clone, Copy)]
struct Xdr<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Xdr<'a> {
    fn u32(&mut self) -> Option<u32> {
        let value = u32_at(self.bytes, self.at)?;
        self.at += 4;
        Some(value)
    }

    /// So many bytes; XDR pads them to a multiple of four.
    fn opaque(&mut self, length: usize) -> Option<&'a [u8]> {
        let value = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length.next_multiple_of(4);
        Some(value)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let value = array_at(self.bytes, self.at)?;
        self.at += N.next_multiple_of(4);
        Some(value)
    }

    /// An address with its type in front; type 0, "unknown", has no bytes and is read as `::`.
    fn address(&mut self) -> Option<IpAddr> {
        match self.u32()? {
            0 => Some(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
            1 => self.array::<4>().map(|octets| IpAddr::V4(Ipv4Addr::from(octets))),
            2 => self.array::<16>().map(|octets| IpAddr::V6(Ipv6Addr::from(octets))),
            _ => None,
        }
    }

    /// The same where "unknown" is to be told apart.
    fn next_hop(&mut self) -> Option<NextHop> {
        let known = u32_at(self.bytes, self.at) != Some(0);
        self.address().map(|address| NextHop { address, known })
    }

    fn rest(self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

/// An address that may be "unknown".
struct NextHop {
    address: IpAddr,
    known: bool,
}

impl NextHop {
    fn known(self) -> Option<IpAddr> {
        self.known.then_some(self.address)
    }
}

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
        let mut xdr = Xdr { bytes, at: 0 };
        if xdr.u32().ok_or_else(truncated)? != 5 {
            return Err(Malformed::new("sflow header", "unknown_version", 0));
        }
        if !matches!(u32_at(bytes, 4), None | Some(1 | 2)) {
            return Err(Malformed::new("sflow header", "agent_address_unknown", 4));
        }
        let agent = xdr.address().ok_or_else(truncated)?;
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

/// Items that carry format and length: samples in a datagram, records in a sample.
#[derive(Debug, Clone, Copy)]
struct Items<'a> {
    bytes: &'a [u8],
    at: usize,
    left: u32,
}

impl<'a> Items<'a> {
    /// The next item's format and body; the error says why the walk ended early.
    fn next(&mut self) -> Option<Result<(u32, &'a [u8]), &'static str>> {
        self.left = self.left.checked_sub(1)?;
        let mut xdr = Xdr { bytes: self.bytes, at: self.at };
        let (Some(format), Some(length)) = (xdr.u32(), xdr.u32()) else {
            self.left = 0;
            return Some(Err("truncated"));
        };
        let Some(body) = xdr.opaque(length as usize) else {
            self.left = 0;
            return Some(Err("overrun"));
        };
        self.at = xdr.at;
        Some(Ok((format, body)))
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

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.offset + self.items.at;
        Some(match self.items.next()? {
            Ok((format, body)) => {
                sample(format, body).ok_or_else(|| Malformed::new("sflow sample", "sample_truncated", offset))
            }
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
    Counters,
    /// Any other kind of sample, by its format (enterprise in the upper 20 bits).
    Other(u32),
}

/// A sampled packet and what the device knew about it.
#[derive(Debug, Clone, Copy)]
pub struct FlowSample<'a> {
    /// Counts the samples of this source.
    pub sequence: u32,
    /// Type of the data source: 0 interface, 1 VLAN, 2 physical entity.
    pub source_type: u32,
    /// Index of the data source.
    pub source_index: u32,
    /// One in this many packets was sampled.
    pub rate: u32,
    /// Where the packet came in.
    pub input: Interface,
    /// Where it went out.
    pub output: Interface,
    records: Items<'a>,
}

/// An interface of a flow sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// SNMP index of the one interface.
    Index(u32),
    /// Dropped, with a reason code.
    Dropped(u32),
    /// Sent to several interfaces; 0 where their number is not known.
    Multiple(u32),
    /// The device itself, or not known.
    Unknown,
}

impl Interface {
    fn compact(value: u32) -> Interface {
        Interface::expanded(value >> 30, value & 0x3fff_ffff)
    }

    fn expanded(format: u32, value: u32) -> Interface {
        match (format, value) {
            // "Internal": the largest index of the compact and of the expanded form.
            (0, 0x3fff_ffff | u32::MAX) => Interface::Unknown,
            (0, index) => Interface::Index(index),
            (1, reason) => Interface::Dropped(reason),
            (2, count) => Interface::Multiple(count),
            _ => Interface::Unknown,
        }
    }

    /// The index, where there is one interface.
    pub fn index(self) -> Option<u32> {
        match self {
            Interface::Index(index) => Some(index),
            _ => None,
        }
    }
}

fn sample(format: u32, body: &[u8]) -> Option<Sample<'_>> {
    match format {
        1 | 3 => flow_sample(format == 3, body).map(Sample::Flow),
        2 | 4 => Some(Sample::Counters),
        other => Some(Sample::Other(other)),
    }
}

fn flow_sample(expanded: bool, body: &[u8]) -> Option<FlowSample<'_>> {
    let mut xdr = Xdr { bytes: body, at: 0 };
    let sequence = xdr.u32()?;
    let (source_type, source_index) = if expanded {
        (xdr.u32()?, xdr.u32()?)
    } else {
        let source = xdr.u32()?;
        (source >> 24, source & 0x00ff_ffff)
    };
    let rate = xdr.u32()?;
    let (_pool, _drops) = (xdr.u32()?, xdr.u32()?);
    let (input, output) = if expanded {
        (Interface::expanded(xdr.u32()?, xdr.u32()?), Interface::expanded(xdr.u32()?, xdr.u32()?))
    } else {
        (Interface::compact(xdr.u32()?), Interface::compact(xdr.u32()?))
    };
    let left = xdr.u32()?;
    let records = Items { bytes: xdr.rest(), at: 0, left };
    Some(FlowSample { sequence, source_type, source_index, rate, input, output, records })
}

impl<'a> FlowSample<'a> {
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

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.items.at;
        Some(match self.items.next()? {
            Ok((format, body)) => record(format, body)
                .ok_or_else(|| Malformed::new("sflow record", "flow_record_truncated", offset)),
            Err(_) => Err(Malformed::new("sflow record", "flow_record_overrun", offset)),
        })
    }
}

/// One flow record.
#[derive(Debug, Clone, Copy)]
pub enum Record<'a> {
    /// First bytes of the packet.
    Header(RawHeader<'a>),
    /// Ethernet header, decoded by the device.
    Ethernet(Ethernet),
    /// IPv4 or IPv6 header, decoded by the device.
    Ip(Ip),
    /// VLANs and priorities.
    Switch(Switch),
    /// Route of the packet.
    Router(Router),
    /// BGP attributes of the route.
    Gateway(Gateway<'a>),
    /// Any other record, by its format (enterprise in the upper 20 bits).
    Other(u32),
}

/// First bytes of a sampled packet (`sampled_header`).
#[derive(Debug, Clone, Copy)]
pub struct RawHeader<'a> {
    /// 1 Ethernet, 11 IPv4, 12 IPv6, 13 MPLS; see the specification for others.
    pub protocol: u32,
    /// Length of the whole packet before sampling.
    pub frame_length: u32,
    /// The bytes.
    pub header: &'a [u8],
}

/// `sampled_ethernet`.
#[derive(Debug, Clone, Copy)]
pub struct Ethernet {
    /// Length of the packet.
    pub length: u32,
    /// Source address.
    pub src_mac: [u8; 6],
    /// Destination address.
    pub dst_mac: [u8; 6],
    /// Ethernet type.
    pub ethertype: u32,
}

/// `sampled_ipv4` and `sampled_ipv6`.
#[derive(Debug, Clone, Copy)]
pub struct Ip {
    /// Length of the packet.
    pub length: u32,
    /// IP protocol.
    pub protocol: u32,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Source port.
    pub src_port: u32,
    /// Destination port.
    pub dst_port: u32,
    /// TCP flags.
    pub tcp_flags: u32,
    /// Type of service or priority.
    pub tos: u32,
}

/// `extended_switch`.
#[derive(Debug, Clone, Copy)]
pub struct Switch {
    /// VLAN that the packet came in with.
    pub src_vlan: u32,
    /// Its priority.
    pub src_priority: u32,
    /// VLAN that it went out with.
    pub dst_vlan: u32,
}

/// `extended_router`.
#[derive(Debug, Clone, Copy)]
pub struct Router {
    /// Next hop.
    pub next_hop: Option<IpAddr>,
    /// Prefix length of the route to the source.
    pub src_mask: u32,
    /// Prefix length of the route to the destination.
    pub dst_mask: u32,
}

/// `extended_gateway`.
#[derive(Debug, Clone, Copy)]
pub struct Gateway<'a> {
    /// Next hop of the BGP route.
    pub next_hop: Option<IpAddr>,
    /// The device's own AS.
    pub own_as: u32,
    /// AS of the source.
    pub src_as: u32,
    /// Neighbouring AS that the packet came from.
    pub src_peer_as: u32,
    path: &'a [u8],
    segments: u32,
    communities: &'a [u8],
}

impl<'a> Gateway<'a> {
    /// AS numbers of the path to the destination, all segments in order.
    pub fn path(self) -> impl Iterator<Item = u32> + 'a {
        let mut xdr = Xdr { bytes: self.path, at: 0 };
        let (mut segments, mut left) = (self.segments, 0);
        std::iter::from_fn(move || {
            while left == 0 {
                segments = segments.checked_sub(1)?;
                let _kind = xdr.u32()?;
                left = xdr.u32()?;
            }
            left -= 1;
            xdr.u32()
        })
    }

    /// BGP communities, AS in the upper half.
    pub fn communities(self) -> impl Iterator<Item = u32> + 'a {
        let mut xdr = Xdr { bytes: self.communities, at: 0 };
        std::iter::from_fn(move || xdr.u32())
    }
}

fn record(format: u32, body: &[u8]) -> Option<Record<'_>> {
    let mut xdr = Xdr { bytes: body, at: 0 };
    Some(match format {
        1 => {
            let (protocol, frame_length, _stripped) = (xdr.u32()?, xdr.u32()?, xdr.u32()?);
            let length = xdr.u32()? as usize;
            // Some agents declare more than they send: take what there is.
            let rest = xdr.rest();
            let header = rest.get(..length.min(rest.len()))?;
            Record::Header(RawHeader { protocol, frame_length, header })
        }
        2 => {
            let length = xdr.u32()?;
            let (src_mac, dst_mac) = (xdr.array::<6>()?, xdr.array::<6>()?);
            Record::Ethernet(Ethernet { length, src_mac, dst_mac, ethertype: xdr.u32()? })
        }
        3 | 4 => {
            let (length, protocol) = (xdr.u32()?, xdr.u32()?);
            let mut address = || {
                Some(if format == 3 {
                    IpAddr::V4(Ipv4Addr::from(xdr.array::<4>()?))
                } else {
                    IpAddr::V6(Ipv6Addr::from(xdr.array::<16>()?))
                })
            };
            let (src, dst) = (address()?, address()?);
            let (src_port, dst_port) = (xdr.u32()?, xdr.u32()?);
            let (tcp_flags, tos) = (xdr.u32()?, xdr.u32()?);
            Record::Ip(Ip { length, protocol, src, dst, src_port, dst_port, tcp_flags, tos })
        }
        1001 => {
            Record::Switch(Switch { src_vlan: xdr.u32()?, src_priority: xdr.u32()?, dst_vlan: xdr.u32()? })
        }
        1002 => Record::Router(Router {
            next_hop: xdr.next_hop()?.known(),
            src_mask: xdr.u32()?,
            dst_mask: xdr.u32()?,
        }),
        1003 => gateway(xdr).map(Record::Gateway)?,
        other => Record::Other(other),
    })
}

fn gateway(mut xdr: Xdr<'_>) -> Option<Gateway<'_>> {
    let next_hop = xdr.next_hop()?.known();
    let (own_as, src_as, src_peer_as) = (xdr.u32()?, xdr.u32()?, xdr.u32()?);
    let segments = xdr.u32()?;
    let path = xdr.rest();
    for _ in 0..segments {
        let (_kind, length) = (xdr.u32()?, xdr.u32()?);
        xdr.opaque((length as usize).checked_mul(4)?)?;
    }
    let count = xdr.u32()?;
    let communities = xdr.opaque((count as usize).checked_mul(4)?)?;
    Some(Gateway { next_hop, own_as, src_as, src_peer_as, path, segments, communities })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn datagram(samples: &[&[u8]]) -> Vec<u8> {
        let mut bytes = words(&[5, 1, 0x0a00_0001, 3, 42, 1000, samples.len() as u32]);
        bytes.extend(samples.concat());
        bytes
    }

    fn flow_sample(records: &[&[u8]]) -> Vec<u8> {
        let mut body = words(&[1, 7, 512, 0, 0, 3, 0x8000_0002, records.len() as u32]);
        body.extend(records.concat());
        let mut bytes = words(&[1, body.len() as u32]);
        bytes.extend(body);
        bytes
    }

    #[test]
    fn reads_header_sample_and_gateway() {
        let mut gateway = words(&[1003, 56, 1, 0x0a00_0009, 64500, 64501, 64502, 1, 2, 2, 64503, 64504]);
        gateway.extend(words(&[1, 0xfbf4_0001, 100]));
        let gateway_len = gateway.len() as u32 - 8;
        gateway[4..8].copy_from_slice(&gateway_len.to_be_bytes());
        let sample = flow_sample(&[&gateway, &words(&[0x0123_4567, 4, 9])]);
        let bytes = datagram(&[&sample, &words(&[2, 0])]);
        let view = Datagram::parse(&bytes).unwrap();
        assert_eq!((view.sub_agent(), view.sequence()), (3, 42));
        let samples: Vec<_> = view.samples().map(Result::unwrap).collect();
        let Sample::Flow(flow) = samples[0] else { panic!("not a flow sample") };
        assert_eq!((flow.rate, flow.input, flow.output), (512, Interface::Index(3), Interface::Multiple(2)));
        let records: Vec<_> = flow.records().map(Result::unwrap).collect();
        let Record::Gateway(gateway) = records[0] else { panic!("not a gateway record") };
        assert_eq!(gateway.path().collect::<Vec<_>>(), [64503, 64504]);
        assert_eq!(gateway.communities().collect::<Vec<_>>(), [0xfbf4_0001]);
        assert!(matches!(records[1], Record::Other(0x0123_4567)));
        assert!(matches!(samples[1], Sample::Counters));
    }

    #[test]
    fn lengths_beyond_the_bytes_end_the_walk() {
        let bytes = datagram(&[&words(&[2, 0]), &words(&[1, 400])]);
        let results: Vec<_> = Datagram::parse(&bytes).unwrap().samples().collect();
        assert_eq!(results.len(), 2);
        assert_eq!(results[1].unwrap_err().reason, "sample_overrun");
        let mut bytes = datagram(&[]);
        bytes[24..28].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(Datagram::parse(&bytes).unwrap().samples().count(), 1);
    }
}
