//! Headers of a packet, from link layer to transport: for sampled packets and for captures.
//!
//! A sample is cut off somewhere, so every parser takes what there is and leaves the rest absent. Where a packet is
//! wrapped in another, the outer headers are the packet's, and the innermost addresses stand beside them.

mod link;
mod network;
mod tunnel;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use tunnel::{Carried, Content};
pub use tunnel::{Inner, MAX_TUNNELS, Tunnel, TunnelKind};

/// Labels that are kept of an MPLS stack.
pub const MAX_LABELS: usize = 3;

/// What was found. Absent means that the packet does not have it or that the sample ends before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Headers<'a> {
    /// Source MAC address.
    pub src_mac: Option<[u8; 6]>,
    /// Destination MAC address.
    pub dst_mac: Option<[u8; 6]>,
    /// Outer VLAN identifier.
    pub vlan: Option<u16>,
    /// Priority bits of the outer tag.
    pub vlan_priority: Option<u8>,
    /// Inner VLAN identifier of a doubly tagged frame.
    pub inner_vlan: Option<u16>,
    /// Ethernet type behind the tags.
    pub ethertype: Option<u16>,
    /// The first labels of the MPLS stack, top first.
    pub labels: [Option<u32>; MAX_LABELS],
    /// Addresses, and what else each IP header has.
    pub network: Option<Network>,
    /// Source port (TCP, UDP, SCTP, DCCP, UDP-Lite).
    pub src_port: Option<u16>,
    /// Destination port.
    pub dst_port: Option<u16>,
    /// TCP flags.
    pub tcp_flags: Option<u16>,
    /// TCP window.
    pub tcp_window: Option<u16>,
    /// Type and code of ICMP or ICMPv6.
    pub icmp: Option<(u8, u8)>,
    /// IGMP type.
    pub igmp_type: Option<u8>,
    /// Payload of a UDP datagram; empty for everything else.
    pub payload: &'a [u8],
    /// What stands behind the IP header of a fragment, for whoever puts fragments together; empty for whole packets.
    pub fragment: &'a [u8],
    /// The tunnels that the packet travels in, outermost first; everything above is outside of them.
    pub tunnels: [Option<Tunnel>; MAX_TUNNELS],
    /// The packet inside the last of them.
    pub inner: Option<Inner>,
}

/// The IP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// 4 or 6.
    pub version: u8,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Protocol behind the header and its extension headers.
    pub protocol: u8,
    /// Type of service, or traffic class.
    pub tos: u8,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// IPv6 flow label; 0 for IPv4.
    pub flow_label: u32,
    /// Identification: of every IPv4 packet, and of IPv6 fragments.
    pub identification: Option<u32>,
    /// Set when the packet is a fragment.
    pub fragment: Option<Fragment>,
}

/// Where a fragment belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// Offset in units of 8 bytes.
    pub offset: u16,
    /// More fragments follow.
    pub more: bool,
}

/// Reads an Ethernet frame.
#[inline]
pub fn ethernet(bytes: &[u8]) -> Headers<'_> {
    read(Content::Ethernet(bytes))
}

/// Reads what stands behind an Ethernet type.
pub fn by_ethertype(ethertype: u16, bytes: &[u8]) -> Headers<'_> {
    read(Content::Ethertype(ethertype, bytes))
}

/// Reads an IPv4 or IPv6 packet.
pub fn ip(bytes: &[u8]) -> Headers<'_> {
    read(Content::Ip(bytes))
}

/// Reads an MPLS stack and what it carries.
pub fn mpls(bytes: &[u8]) -> Headers<'_> {
    by_ethertype(link::MPLS, bytes)
}

/// Reads a PPP frame, with or without HDLC's address and control bytes in front.
pub fn ppp(bytes: &[u8]) -> Headers<'_> {
    read(Content::Ppp(bytes))
}

impl Headers<'_> {
    /// The outermost tunnel.
    pub fn tunnel(&self) -> Option<Tunnel> {
        self.tunnels.first().copied().flatten()
    }
}

#[inline]
fn read(content: Content<'_>) -> Headers<'_> {
    let mut headers = Headers::default();
    if let Some(carried) = read_layer(content, &mut headers) {
        unwrap(carried, &mut headers);
    }
    headers
}

/// Reads down to the transport header, or to a tunnel's: then what the tunnel carries is still to be read.
#[inline]
fn read_layer<'a>(content: Content<'a>, headers: &mut Headers<'a>) -> Option<Carried<'a>> {
    match content {
        Content::Ethernet(bytes) => link::ethernet(bytes, headers),
        Content::Ethertype(ethertype, bytes) => link::by_ethertype(ethertype, bytes, headers),
        Content::Ip(bytes) => network::ip_by_version(bytes, headers),
        Content::Ppp(bytes) => link::ppp(bytes, headers),
        Content::Nothing => None,
    }
}

/// Goes through tunnels, as many as there is room for, and keeps what the last one carries.
#[inline(never)]
fn unwrap<'a>(carried: Carried<'a>, headers: &mut Headers<'a>) {
    let mut next = Some(carried);
    for slot in &mut headers.tunnels {
        let Some(Carried { tunnel, content, final_dst }) = next else { return };
        *slot = Some(tunnel);
        let mut inside = Headers::default();
        next = read_layer(content, &mut inside);
        if let Some(network) = inside.network {
            headers.inner = Some(Inner {
                src: network.src,
                dst: network.dst,
                protocol: network.protocol,
                src_port: inside.src_port,
                dst_port: inside.dst_port,
            });
        } else if let (Some(dst), None, Some(network)) = (final_dst, headers.inner, headers.network) {
            // A routed packet that carries no other is its own inside, at its last stop.
            headers.inner = Some(Inner {
                src: network.src,
                dst,
                protocol: network.protocol,
                src_port: headers.src_port,
                dst_port: headers.dst_port,
            });
        }
    }
}
