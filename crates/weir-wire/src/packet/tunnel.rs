//! Packets inside packets: what each encapsulation looks like, and what it carries.

use std::net::{IpAddr, Ipv6Addr};

use crate::read::{array_at, u16_at, u32_at};

/// Tunnels inside tunnels that are followed; what is deeper stays unread.
pub const MAX_TUNNELS: usize = 4;

/// A way to carry one packet inside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TunnelKind {
    /// Generic routing encapsulation (RFC 2784, RFC 2890).
    Gre,
    /// Ethernet in GRE with a virtual subnet (RFC 7637).
    Nvgre,
    /// A mirrored frame in GRE (ERSPAN types I to III).
    Erspan,
    /// IPv4 or IPv6 in either (RFC 2003, RFC 2473, RFC 4213).
    Ipip,
    /// Ethernet in IP (RFC 3378, and protocol 143 of RFC 8986).
    Etherip,
    /// VXLAN (RFC 7348) and its generic protocol extension.
    Vxlan,
    /// GENEVE (RFC 8926).
    Geneve,
    /// GTP-U, user traffic of mobile networks (3GPP TS 29.281).
    Gtp,
    /// IPv6 segment routing (RFC 8754).
    Srv6,
    /// MPLS in UDP (RFC 7510).
    MplsUdp,
}

impl TunnelKind {
    /// Its name in the `tunnel` column.
    pub fn name(self) -> &'static str {
        match self {
            TunnelKind::Gre => "gre",
            TunnelKind::Nvgre => "nvgre",
            TunnelKind::Erspan => "erspan",
            TunnelKind::Ipip => "ipip",
            TunnelKind::Etherip => "etherip",
            TunnelKind::Vxlan => "vxlan",
            TunnelKind::Geneve => "geneve",
            TunnelKind::Gtp => "gtp",
            TunnelKind::Srv6 => "srv6",
            TunnelKind::MplsUdp => "mpls-udp",
        }
    }

    /// Whether its identifier names a segment of an overlay network.
    pub fn has_segment(self) -> bool {
        matches!(self, TunnelKind::Nvgre | TunnelKind::Vxlan | TunnelKind::Geneve)
    }
}

/// One tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tunnel {
    /// What it is.
    pub kind: TunnelKind,
    /// What tells it from others of its kind: VXLAN's and GENEVE's network identifier, NVGRE's subnet, GRE's key, ERSPAN's
    /// session, GTP's endpoint.
    pub id: Option<u32>,
}

/// The packet inside the tunnels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inner {
    /// Source address.
    pub src: IpAddr,
    /// Destination address; for a segment-routed packet that carries no other, its last segment.
    pub dst: IpAddr,
    /// IP protocol.
    pub protocol: u8,
    /// Source port.
    pub src_port: Option<u16>,
    /// Destination port.
    pub dst_port: Option<u16>,
}

/// A tunnel and what it carries, still to be read.
#[derive(Clone, Copy)]
pub(super) struct Carried<'a> {
    pub(super) tunnel: Tunnel,
    pub(super) content: Content<'a>,
    /// Where a segment-routed packet ends.
    pub(super) final_dst: Option<IpAddr>,
}

/// Bytes, and how they are to be read.
#[derive(Clone, Copy)]
pub(super) enum Content<'a> {
    Ethernet(&'a [u8]),
    Ethertype(u16, &'a [u8]),
    Ip(&'a [u8]),
    Ppp(&'a [u8]),
    Nothing,
}

fn carried(kind: TunnelKind, id: Option<u32>, content: Content<'_>) -> Carried<'_> {
    Carried { tunnel: Tunnel { kind, id }, content, final_dst: None }
}

/// By the IP protocol.
pub(super) fn by_protocol(protocol: u8, bytes: &[u8]) -> Option<Carried<'_>> {
    match protocol {
        4 | 41 => Some(carried(TunnelKind::Ipip, None, Content::Ip(bytes))),
        47 => gre(bytes),
        97 => Some(carried(TunnelKind::Etherip, None, Content::Ethernet(bytes.get(2..)?))),
        143 => Some(carried(TunnelKind::Etherip, None, Content::Ethernet(bytes))),
        _ => None,
    }
}

/// By the UDP destination port; the other direction has it too, because the source port only spreads the load.
#[inline]
pub(super) fn by_port(port: u16, payload: &[u8]) -> Option<Carried<'_>> {
    match port {
        // 8472 is what Linux took before a port was assigned.
        4789 | 8472 => vxlan(payload, false),
        4790 => vxlan(payload, true),
        6081 => geneve(payload),
        2152 => gtp(payload),
        6635 => Some(carried(TunnelKind::MplsUdp, None, Content::Ethertype(super::link::MPLS, payload))),
        _ => None,
    }
}

/// What an IPv6 packet with a segment routing header carries. The last segment is the first of the list.
pub(super) fn segment_routing(segment: [u8; 16], protocol: u8, inside: Option<Carried<'_>>) -> Carried<'_> {
    let final_dst = Some(IpAddr::V6(Ipv6Addr::from(segment)));
    let tunnel = Tunnel { kind: TunnelKind::Srv6, id: None };
    match inside {
        // IP or Ethernet right behind it belongs to the same tunnel.
        Some(inside) if matches!(protocol, 4 | 41 | 143) => {
            Carried { tunnel, content: inside.content, final_dst }
        }
        _ => Carried { tunnel, content: Content::Nothing, final_dst },
    }
}

/// RFC 2784, section 2, with key and sequence number of RFC 2890; version 1 is PPTP's (RFC 2637, section 4.1).
fn gre(bytes: &[u8]) -> Option<Carried<'_>> {
    let (flags, protocol) = (u16_at(bytes, 0)?, u16_at(bytes, 2)?);
    let has = |bit: u16| usize::from(flags & bit != 0);
    let mut at = 4 + 4 * has(0x8000);
    let key = if flags & 0x2000 == 0 { None } else { Some(u32_at(bytes, at)?) };
    at += 4 * has(0x2000) + 4 * has(0x1000);
    match flags & 7 {
        0 => {}
        1 => {
            // The key is the length of the payload and the call; an acknowledgement may stand behind the sequence.
            let payload = bytes.get(at + 4 * has(0x0080)..).unwrap_or_default();
            return Some(carried(TunnelKind::Gre, key.map(|key| key & 0xffff), Content::Ppp(payload)));
        }
        _ => return None,
    }
    // Source routes (RFC 1701) were never used.
    if flags & 0x4000 != 0 {
        return Some(carried(TunnelKind::Gre, key, Content::Nothing));
    }
    let payload = bytes.get(at..).unwrap_or_default();
    Some(match (protocol, key) {
        // RFC 7637, section 3.2: a key, no checksum, no sequence; subnets below 4096 are reserved.
        (0x6558, Some(key)) if flags & 0x9000 == 0 && key >> 8 >= 0x1000 => {
            carried(TunnelKind::Nvgre, Some(key >> 8), Content::Ethernet(payload))
        }
        (0x6558, key) => carried(TunnelKind::Gre, key, Content::Ethernet(payload)),
        (0x88be | 0x22eb, key) => erspan(protocol, flags, key, payload),
        (ethertype, key) => carried(TunnelKind::Gre, key, Content::Ethertype(ethertype, payload)),
    })
}

/// draft-foschiano-erspan: type I has no header, which GRE shows by having no sequence number; II has 8 bytes, III 12 or
/// with a platform's own part 20.
fn erspan(protocol: u16, flags: u16, key: Option<u32>, payload: &[u8]) -> Carried<'_> {
    let session = || u16_at(payload, 2).map(|word| u32::from(word & 0x03ff));
    let (id, header_len) = match (protocol, flags & 0x1000) {
        (0x88be, 0) => (key, 0),
        (0x88be, _) => (session(), 8),
        _ if payload.get(11).is_some_and(|last| last & 1 != 0) => (session(), 20),
        _ => (session(), 12),
    };
    carried(TunnelKind::Erspan, id, Content::Ethernet(payload.get(header_len..).unwrap_or_default()))
}

/// RFC 7348, section 5. The generic extension says what comes behind the header; without it that is Ethernet.
fn vxlan(payload: &[u8], generic: bool) -> Option<Carried<'_>> {
    let [flags, _, _, next, vni @ ..] = array_at::<7>(payload, 0)?;
    // Without a valid identifier, or with bits that must be zero, it is something else on this port. The first bit says
    // that a group policy stands in the reserved bytes (draft-smith-vxlan-group-policy).
    let must_be_zero = if generic { 0 } else { 0x77 };
    if flags & 0x08 == 0 || flags & must_be_zero != 0 {
        return None;
    }
    let bytes = payload.get(8..).unwrap_or_default();
    let content = match next {
        1 | 2 if generic => Content::Ip(bytes),
        3 if generic => Content::Ethernet(bytes),
        _ if generic => Content::Nothing,
        _ => Content::Ethernet(bytes),
    };
    Some(carried(TunnelKind::Vxlan, Some(segment(vni)), content))
}

/// RFC 8926, section 3.4.
fn geneve(payload: &[u8]) -> Option<Carried<'_>> {
    let [first, _, _, _, vni @ ..] = array_at::<7>(payload, 0)?;
    // Version 0 is the only one.
    if first >> 6 != 0 {
        return None;
    }
    let options_len = 4 * usize::from(first & 0x3f);
    let bytes = payload.get(8 + options_len..).unwrap_or_default();
    let content = match u16_at(payload, 2)? {
        0x6558 => Content::Ethernet(bytes),
        ethertype => Content::Ethertype(ethertype, bytes),
    };
    Some(carried(TunnelKind::Geneve, Some(segment(vni)), content))
}

/// TS 29.281, sections 5.1 and 5.2: version 1, not GTP', message 255 carries a packet.
fn gtp(payload: &[u8]) -> Option<Carried<'_>> {
    let [flags, message] = array_at::<2>(payload, 0)?;
    if flags & 0xf0 != 0x30 || message != 255 {
        return None;
    }
    let endpoint = u32_at(payload, 4)?;
    let mut at = 8;
    if flags & 0x07 != 0 {
        // Sequence, N-PDU number and the type of the next extension header, all or none.
        at += 4;
        let mut next = if flags & 0x04 == 0 { 0 } else { payload.get(11).copied().unwrap_or(0) };
        while next != 0 {
            let length = 4 * usize::from(*payload.get(at)?);
            if length == 0 {
                return None;
            }
            at += length;
            next = *payload.get(at - 1)?;
        }
    }
    let content = Content::Ip(payload.get(at..).unwrap_or_default());
    Some(carried(TunnelKind::Gtp, Some(endpoint), content))
}

fn segment([a, b, c]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, a, b, c])
}
