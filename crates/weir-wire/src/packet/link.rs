//! Link layer: Ethernet and its tags, MPLS, PPP.

use super::Headers;
use super::network::{ip_by_version, ipv4, ipv6};
use super::tunnel::Carried;
use crate::read::{array_at, u16_at, u32_at};

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
pub(super) const MPLS: u16 = 0x8847;
const MPLS_UPSTREAM: u16 = 0x8848;
const PPPOE_SESSION: u16 = 0x8864;

#[inline]
pub(super) fn ethernet<'a>(bytes: &'a [u8], headers: &mut Headers<'a>) -> Option<Carried<'a>> {
    headers.dst_mac = array_at(bytes, 0);
    headers.src_mac = array_at(bytes, 6);
    by_ethertype(u16_at(bytes, 12)?, bytes.get(14..)?, headers)
}

#[inline]
pub(super) fn by_ethertype<'a>(
    mut ethertype: u16,
    mut bytes: &'a [u8],
    headers: &mut Headers<'a>,
) -> Option<Carried<'a>> {
    // 802.1Q, 802.1ad and the older QinQ number.
    while matches!(ethertype, 0x8100 | 0x88a8 | 0x9100) {
        let (tag, next) = (u16_at(bytes, 0)?, u16_at(bytes, 2)?);
        if headers.vlan.is_none() {
            headers.vlan = Some(tag & 0x0fff);
            headers.vlan_priority = Some((tag >> 13) as u8);
        } else if headers.inner_vlan.is_none() {
            headers.inner_vlan = Some(tag & 0x0fff);
        }
        ethertype = next;
        bytes = bytes.get(4..)?;
    }
    // Below 0x600 it is a length (IEEE 802.3).
    if ethertype < 0x600 {
        return None;
    }
    headers.ethertype = Some(ethertype);
    match ethertype {
        IPV4 => ipv4(bytes, headers),
        IPV6 => ipv6(bytes, headers),
        MPLS | MPLS_UPSTREAM => mpls_stack(bytes, headers),
        // RFC 2516: a header of six bytes, then the PPP protocol.
        PPPOE_SESSION => ppp(bytes.get(6..)?, headers),
        _ => None,
    }
}

/// RFC 1661, section 2, and RFC 1662, section 3.1. The protocol is one byte when it is odd (compressed).
pub(super) fn ppp<'a>(bytes: &'a [u8], headers: &mut Headers<'a>) -> Option<Carried<'a>> {
    let bytes = bytes.strip_prefix(&[0xff, 0x03]).unwrap_or(bytes);
    let (protocol, rest) = match *bytes {
        [first, ..] if first & 1 == 1 => (u16::from(first), bytes.get(1..)?),
        _ => (u16_at(bytes, 0)?, bytes.get(2..)?),
    };
    match protocol {
        0x0021 => ipv4(rest, headers),
        0x0057 => ipv6(rest, headers),
        0x0281 => mpls_stack(rest, headers),
        _ => None,
    }
}

/// RFC 3032, section 2.1.
fn mpls_stack<'a>(mut bytes: &'a [u8], headers: &mut Headers<'a>) -> Option<Carried<'a>> {
    let mut depth = 0;
    loop {
        let entry = u32_at(bytes, 0)?;
        if let Some(label) = headers.labels.get_mut(depth) {
            *label = Some(entry >> 12);
        }
        depth += 1;
        bytes = bytes.get(4..)?;
        if entry & 0x100 != 0 {
            return mpls_payload(bytes, headers);
        }
    }
}

/// Only the first bits tell what labels stand in front of: an IP version, or the zeros of a pseudowire's control word
/// (RFC 4385, section 3) and an Ethernet frame behind it.
fn mpls_payload<'a>(bytes: &'a [u8], headers: &mut Headers<'a>) -> Option<Carried<'a>> {
    if bytes.first().is_some_and(|first| first >> 4 == 0) {
        let mut frame = Headers::default();
        let carried = ethernet(bytes.get(4..)?, &mut frame);
        headers.network = frame.network;
        headers.src_port = frame.src_port;
        headers.dst_port = frame.dst_port;
        headers.tcp_flags = frame.tcp_flags;
        headers.tcp_window = frame.tcp_window;
        headers.icmp = frame.icmp;
        headers.igmp_type = frame.igmp_type;
        headers.payload = frame.payload;
        return carried;
    }
    ip_by_version(bytes, headers)
}
