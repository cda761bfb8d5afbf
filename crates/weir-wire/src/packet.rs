//! Headers of a packet, from link layer to transport: for sampled packets and for captures.
//!
//! A sample is cut off somewhere, so every parser takes what there is and leaves the rest absent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::read::{array_at, u16_at, u32_at};

/// Labels that are kept of an MPLS stack.
pub const MAX_LABELS: usize = 3;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;

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
pub fn ethernet(bytes: &[u8]) -> Headers<'_> {
    let mut headers =
        Headers { dst_mac: array_at(bytes, 0), src_mac: array_at(bytes, 6), ..Headers::default() };
    if let Some(ethertype) = u16_at(bytes, 12) {
        link_payload(ethertype, bytes.get(14..).unwrap_or_default(), &mut headers);
    }
    headers
}

/// Reads what stands behind an Ethernet type.
pub fn by_ethertype(ethertype: u16, bytes: &[u8]) -> Headers<'_> {
    let mut headers = Headers::default();
    link_payload(ethertype, bytes, &mut headers);
    headers
}

/// Reads an IPv4 or IPv6 packet.
pub fn ip(bytes: &[u8]) -> Headers<'_> {
    let mut headers = Headers::default();
    ip_by_version(bytes, &mut headers);
    headers
}

/// Reads an MPLS stack and what it carries.
pub fn mpls(bytes: &[u8]) -> Headers<'_> {
    by_ethertype(0x8847, bytes)
}

fn link_payload<'a>(mut ethertype: u16, mut bytes: &'a [u8], headers: &mut Headers<'a>) {
    // 802.1Q, 802.1ad and the older QinQ number.
    while matches!(ethertype, 0x8100 | 0x88a8 | 0x9100) {
        let (Some(tag), Some(next)) = (u16_at(bytes, 0), u16_at(bytes, 2)) else { return };
        if headers.vlan.is_none() {
            headers.vlan = Some(tag & 0x0fff);
            headers.vlan_priority = Some((tag >> 13) as u8);
        } else if headers.inner_vlan.is_none() {
            headers.inner_vlan = Some(tag & 0x0fff);
        }
        ethertype = next;
        bytes = bytes.get(4..).unwrap_or_default();
    }
    // Below 0x600 it is a length (IEEE 802.3).
    if ethertype < 0x600 {
        return;
    }
    headers.ethertype = Some(ethertype);
    match ethertype {
        IPV4 => ipv4(bytes, headers),
        IPV6 => ipv6(bytes, headers),
        0x8847 | 0x8848 => mpls_stack(bytes, headers),
        // PPPoE session (RFC 2516): a header of six bytes, then the PPP protocol.
        0x8864 => match u16_at(bytes, 6) {
            Some(0x0021) => ipv4(bytes.get(8..).unwrap_or_default(), headers),
            Some(0x0057) => ipv6(bytes.get(8..).unwrap_or_default(), headers),
            _ => {}
        },
        _ => {}
    }
}

/// RFC 3032, section 2.1.
fn mpls_stack<'a>(mut bytes: &'a [u8], headers: &mut Headers<'a>) {
    let mut depth = 0;
    while let Some(entry) = u32_at(bytes, 0) {
        if let Some(label) = headers.labels.get_mut(depth) {
            *label = Some(entry >> 12);
        }
        depth += 1;
        bytes = bytes.get(4..).unwrap_or_default();
        if entry & 0x100 != 0 {
            return ip_by_version(bytes, headers);
        }
    }
}

/// Behind MPLS and on raw links only the version tells what comes.
fn ip_by_version<'a>(bytes: &'a [u8], headers: &mut Headers<'a>) {
    match bytes.first().map(|byte| byte >> 4) {
        Some(4) => ipv4(bytes, headers),
        Some(6) => ipv6(bytes, headers),
        _ => {}
    }
}

/// RFC 791, section 3.1.
fn ipv4<'a>(bytes: &'a [u8], headers: &mut Headers<'a>) {
    let Some(header) = bytes.first_chunk::<20>() else { return };
    let [first, tos, length_high, length_low, id_high, id_low, flags_high, flags_low, ttl, protocol, ..] =
        *header;
    let header_len = usize::from(first & 0x0f) * 4;
    let (Some(src), Some(dst)) = (array_at::<4>(header, 12), array_at::<4>(header, 16)) else { return };
    if first >> 4 != 4 || header_len < 20 {
        return;
    }
    let flags = u16::from_be_bytes([flags_high, flags_low]);
    let (offset, more) = (flags & 0x1fff, flags & 0x2000 != 0);
    let id = u32::from(u16::from_be_bytes([id_high, id_low]));
    headers.network = Some(Network {
        version: 4,
        src: IpAddr::V4(Ipv4Addr::from(src)),
        dst: IpAddr::V4(Ipv4Addr::from(dst)),
        protocol,
        tos,
        ttl,
        flow_label: 0,
        identification: Some(id),
        fragment: (offset != 0 || more).then_some(Fragment { offset, more }),
    });
    if offset == 0 {
        // Frames are padded to 60 bytes: the IP length says where the packet ends.
        let total = usize::from(u16::from_be_bytes([length_high, length_low]));
        let end = if total < header_len { bytes.len() } else { total.min(bytes.len()) };
        transport(protocol, bytes.get(header_len..end).unwrap_or_default(), headers);
    }
}

/// RFC 8200, sections 3 and 4.
fn ipv6<'a>(bytes: &'a [u8], headers: &mut Headers<'a>) {
    let (Some(first), Some(&[next, hop_limit])) = (u32_at(bytes, 0), bytes.get(6..8)) else { return };
    let (Some(src), Some(dst)) = (array_at::<16>(bytes, 8), array_at::<16>(bytes, 24)) else { return };
    if first >> 28 != 6 {
        return;
    }
    let (protocol, at, identification, fragment) = skip_extensions(next, bytes);
    headers.network = Some(Network {
        version: 6,
        src: IpAddr::V6(Ipv6Addr::from(src)),
        dst: IpAddr::V6(Ipv6Addr::from(dst)),
        protocol,
        tos: (first >> 20) as u8,
        ttl: hop_limit,
        flow_label: first & 0x000f_ffff,
        identification,
        fragment,
    });
    if fragment.is_none_or(|fragment| fragment.offset == 0) {
        let total = 40 + usize::from(u16_at(bytes, 4).unwrap_or(0));
        let end = if total <= at { bytes.len() } else { total.min(bytes.len()) };
        transport(protocol, bytes.get(at..end).unwrap_or_default(), headers);
    }
}

/// The protocol behind the extension headers, where it starts, and whether the packet is a fragment of which one.
fn skip_extensions(mut next: u8, bytes: &[u8]) -> (u8, usize, Option<u32>, Option<Fragment>) {
    let mut at = 40;
    let (mut identification, mut fragment) = (None, None);
    // Each turn moves at least eight bytes forward.
    while let Some([following, length]) = array_at::<2>(bytes, at) {
        match next {
            // Hop-by-hop, routing, destination options, mobility, HIP, shim6.
            0 | 43 | 60 | 135 | 139 | 140 => at += 8 + 8 * usize::from(length),
            // Authentication header counts in words of four bytes, less two (RFC 4302, section 2.2).
            51 => at += 4 * (usize::from(length) + 2),
            44 => {
                let (Some(place), Some(id)) = (u16_at(bytes, at + 2), u32_at(bytes, at + 4)) else { break };
                let (offset, more) = (place >> 3, place & 1 != 0);
                identification = Some(id);
                fragment = (offset != 0 || more).then_some(Fragment { offset, more });
                at += 8;
                if offset != 0 {
                    return (following, at, identification, fragment);
                }
            }
            _ => break,
        }
        next = following;
    }
    (next, at, identification, fragment)
}

fn transport<'a>(protocol: u8, bytes: &'a [u8], headers: &mut Headers<'a>) {
    match protocol {
        6 => {
            ports(bytes, headers);
            headers.tcp_flags = u16_at(bytes, 12).map(|word| word & 0x0fff);
            headers.tcp_window = u16_at(bytes, 14);
        }
        17 => {
            ports(bytes, headers);
            // A length of 0 means a jumbogram or an offloading card's capture: all there is.
            let length = match u16_at(bytes, 4).map(usize::from) {
                Some(length) if length >= 8 => length.min(bytes.len()),
                _ => bytes.len(),
            };
            headers.payload = bytes.get(8..length).unwrap_or_default();
        }
        // DCCP, SCTP, UDP-Lite.
        33 | 132 | 136 => ports(bytes, headers),
        1 | 58 => headers.icmp = array_at::<2>(bytes, 0).map(|[kind, code]| (kind, code)),
        2 => headers.igmp_type = bytes.first().copied(),
        _ => {}
    }
}

fn ports(bytes: &[u8], headers: &mut Headers<'_>) {
    headers.src_port = u16_at(bytes, 0);
    headers.dst_port = u16_at(bytes, 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ipv4_udp(payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x45, 0xb8, 0, 28 + payload.len() as u8, 0, 1, 0, 0, 64, 17, 0, 0];
        bytes.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        bytes.extend([0x13, 0x88, 8, 7, 0, 8 + payload.len() as u8, 0, 0]);
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn reads_a_padded_doubly_tagged_frame() {
        let mut frame =
            vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x88, 0xa8, 0x20, 100, 0x81, 0, 0, 5, 8, 0];
        frame.extend(ipv4_udp(b"hello"));
        frame.extend([0; 10]);
        let headers = ethernet(&frame);
        assert_eq!((headers.vlan, headers.vlan_priority, headers.inner_vlan), (Some(100), Some(1), Some(5)));
        assert_eq!(
            (headers.ethertype, headers.src_port, headers.dst_port),
            (Some(0x800), Some(5000), Some(2055))
        );
        assert_eq!(headers.payload, b"hello");
        assert_eq!(headers.network.map(|network| (network.tos, network.ttl)), Some((0xb8, 64)));
    }

    #[test]
    fn reads_labels_and_the_packet_behind_them() {
        let mut bytes = vec![0, 1, 0, 64, 0, 2, 1, 64];
        bytes.extend(ipv4_udp(b""));
        let headers = mpls(&bytes);
        assert_eq!(headers.labels, [Some(16), Some(32), None]);
        assert_eq!(headers.dst_port, Some(2055));
    }

    #[test]
    fn skips_ipv6_extension_headers() {
        let mut bytes = vec![0x60, 0, 0, 1, 0, 0, 0, 9];
        bytes.extend([0xfd; 32]);
        // Hop-by-hop of eight bytes, fragment header of a first fragment, then ICMPv6.
        bytes.extend([44, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([58, 0, 0, 1, 0, 0, 0, 9]);
        bytes.extend([128, 0, 0, 0]);
        let headers = {
            let mut bytes = bytes.clone();
            bytes[6] = 0;
            ip(&bytes).icmp.zip(ip(&bytes).network)
        };
        let (icmp, network) = headers.unwrap();
        assert_eq!((icmp, network.protocol), ((128, 0), 58));
        assert_eq!(network.fragment, Some(Fragment { offset: 0, more: true }));
        assert_eq!(network.identification, Some(9));
    }

    #[test]
    fn later_fragments_have_no_ports() {
        let mut bytes = ipv4_udp(b"hello");
        bytes[7] = 3;
        let headers = ip(&bytes);
        assert_eq!((headers.src_port, headers.payload), (None, &b""[..]));
    }
}
