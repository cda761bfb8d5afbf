//! Records of a flow sample: the packet's first bytes, and what the device knew about it.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::fields::{Fields, words};
use super::layout::{self, Layout};
use super::xdr::Xdr;
use crate::packet::{self, Headers};

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
    /// Any other record whose fields are known.
    Extended(Extended<'a>),
    /// Any other record.
    Other {
        /// Its format (enterprise in the upper 20 bits).
        format: u32,
        /// Its bytes.
        body: &'a [u8],
    },
}

/// First bytes of a sampled packet (`sampled_header`).
#[derive(Debug, Clone, Copy)]
pub struct RawHeader<'a> {
    /// 1 Ethernet, 11 IPv4, 12 IPv6, 13 MPLS; see the specification for others.
    pub protocol: u32,
    /// Length of the whole packet before sampling.
    pub frame_length: u32,
    /// Bytes that were taken off before the header was copied.
    pub stripped: u32,
    /// How many bytes follow, as it was sent.
    pub header_length: u32,
    /// The bytes.
    pub header: &'a [u8],
}

impl<'a> RawHeader<'a> {
    /// What the bytes say, as far as the protocol is one that Weir reads.
    pub fn headers(&self) -> Headers<'a> {
        match self.protocol {
            1 => packet::ethernet(self.header),
            // PPP, and PPP over SONET.
            7 | 14 => packet::ppp(self.header),
            11 | 12 => packet::ip(self.header),
            13 => packet::mpls(self.header),
            _ => Headers::default(),
        }
    }
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

/// `extended_switch`. A priority of all ones means that it is not known.
#[derive(Debug, Clone, Copy)]
pub struct Switch {
    /// VLAN that the packet came in with.
    pub src_vlan: u32,
    /// Its priority.
    pub src_priority: u32,
    /// VLAN that it went out with.
    pub dst_vlan: u32,
    /// Its priority.
    pub dst_priority: u32,
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
    /// Local preference of the route; some agents leave it out.
    pub local_pref: Option<u32>,
    path: &'a [u8],
    communities: &'a [u8],
    raw: &'a [u8],
}

impl<'a> Gateway<'a> {
    #[inline]
    fn parse(mut xdr: Xdr<'a>) -> Option<Self> {
        let next_hop = xdr.address()?;
        let [own_as, src_as, src_peer_as, segments] = xdr.numbers()?;
        let path_at = xdr.at;
        for _ in 0..segments {
            let _kind = xdr.u32()?;
            xdr.words()?;
        }
        let path = xdr.bytes.get(path_at..xdr.at)?;
        let communities = xdr.words()?;
        let raw = xdr.bytes.get(path_at..xdr.at)?;
        let local_pref = xdr.u32();
        Some(Gateway { next_hop, own_as, src_as, src_peer_as, local_pref, path, communities, raw })
    }

    /// The segments of the path to the destination: 1 a set, 2 a sequence; and its AS numbers.
    pub fn segments(self) -> impl Iterator<Item = (u32, impl Iterator<Item = u32> + 'a)> {
        let mut xdr = Xdr::new(self.path);
        std::iter::from_fn(move || {
            let kind = xdr.u32()?;
            Some((kind, words(xdr.words()?)))
        })
    }

    /// AS numbers of the path to the destination, all segments in order.
    pub fn path(self) -> impl Iterator<Item = u32> + 'a {
        self.segments().flat_map(|(_, numbers)| numbers)
    }

    /// Appends the path as routers print it: numbers in order, those of an unordered set in braces.
    pub fn push_path(self, out: &mut String) {
        const SET: u32 = 1;
        for (kind, numbers) in self.segments() {
            let (mut before, gap, close) = if kind == SET { ("{", ",", "}") } else { ("", " ", "") };
            let mut any = false;
            for number in numbers {
                if !any && !out.is_empty() {
                    out.push(' ');
                }
                let _ = write!(out, "{before}{number}");
                (before, any) = (gap, true);
            }
            if any {
                out.push_str(close);
            }
        }
    }

    /// Appends the communities as routers print them: `64500:1 64500:2`.
    pub fn push_communities(self, out: &mut String) {
        for (at, community) in self.communities().enumerate() {
            let gap = if at > 0 { " " } else { "" };
            let _ = write!(out, "{gap}{}:{}", community >> 16, community & 0xffff);
        }
    }

    /// BGP communities, AS in the upper half.
    pub fn communities(self) -> impl Iterator<Item = u32> + 'a {
        words(self.communities)
    }

    /// Path and communities as they were sent: equal bytes are equal routes.
    pub fn raw(self) -> &'a [u8] {
        self.raw
    }
}

/// A record whose fields are named and read one by one.
#[derive(Debug, Clone, Copy)]
pub struct Extended<'a> {
    layout: &'static Layout,
    body: &'a [u8],
}

impl<'a> Extended<'a> {
    /// Its format.
    pub fn format(self) -> u32 {
        self.layout.format
    }

    /// Its fields, as far as the bytes go.
    pub fn fields(self) -> Fields<'a> {
        Fields::new(self.layout.items, self.body)
    }
}

impl<'a> Record<'a> {
    #[inline]
    pub(super) fn parse(format: u32, body: &'a [u8]) -> Option<Self> {
        let mut xdr = Xdr::new(body);
        Some(match format {
            1 => {
                let [protocol, frame_length, stripped, header_length] = xdr.numbers()?;
                // Some agents declare more than they send: take what there is.
                let rest = xdr.rest();
                let header = rest.get(..(header_length as usize).min(rest.len()))?;
                Record::Header(RawHeader { protocol, frame_length, stripped, header_length, header })
            }
            2 => {
                let length = xdr.u32()?;
                let (src_mac, dst_mac) = (xdr.array::<6>()?, xdr.array::<6>()?);
                Record::Ethernet(Ethernet { length, src_mac, dst_mac, ethertype: xdr.u32()? })
            }
            3 | 4 => {
                let [length, protocol] = xdr.numbers()?;
                let mut address = || if format == 3 { xdr.v4() } else { xdr.v6() };
                let (src, dst) = (address()?, address()?);
                let [src_port, dst_port, tcp_flags, tos] = xdr.numbers()?;
                Record::Ip(Ip { length, protocol, src, dst, src_port, dst_port, tcp_flags, tos })
            }
            1001 => {
                let [src_vlan, src_priority, dst_vlan, dst_priority] = xdr.numbers()?;
                Record::Switch(Switch { src_vlan, src_priority, dst_vlan, dst_priority })
            }
            1002 => {
                let next_hop = xdr.address()?;
                let [src_mask, dst_mask] = xdr.numbers()?;
                Record::Router(Router { next_hop, src_mask, dst_mask })
            }
            1003 => Record::Gateway(Gateway::parse(xdr)?),
            other => match layout::of_flow_record(other) {
                Some(layout) => Record::Extended(Extended { layout, body }),
                None => Record::Other { format: other, body },
            },
        })
    }
}
