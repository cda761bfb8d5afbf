//! IP with its extension headers, and transport.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::tunnel::{self, Carried};
use super::{Fragment, Headers, Network};
use crate::read::{array_at, u16_at, u32_at};

/// Behind MPLS and on raw links only the version tells what comes.
pub(super) fn ip_by_version<'a>(bytes: &'a [u8], headers: &mut Headers<'a>) -> Option<Carried<'a>> {
    match bytes.first()? >> 4 {
        4 => ipv4(bytes, headers),
        6 => ipv6(bytes, headers),
        _ => None,
    }
}

/// RFC 791, section 3.1.
#[inline]
pub(super) fn ipv4<'a>(bytes: &'a [u8], headers: &mut Headers<'a>) -> Option<Carried<'a>> {
    let header = bytes.first_chunk::<20>()?;
    let [first, tos, length_high, length_low, id_high, id_low, flags_high, flags_low, ttl, protocol, ..] =
        *header;
    let header_len = usize::from(first & 0x0f) * 4;
    if first >> 4 != 4 || header_len < 20 {
        return None;
    }
    let (src, dst) = (array_at::<4>(header, 12)?, array_at::<4>(header, 16)?);
    let flags = u16::from_be_bytes([flags_high, flags_low]);
    let (offset, more) = (flags & 0x1fff, flags & 0x2000 != 0);
    headers.network = Some(Network {
        version: 4,
        src: IpAddr::V4(Ipv4Addr::from(src)),
        dst: IpAddr::V4(Ipv4Addr::from(dst)),
        protocol,
        tos,
        ttl,
        flow_label: 0,
        identification: Some(u32::from(u16::from_be_bytes([id_high, id_low]))),
        fragment: (offset != 0 || more).then_some(Fragment { offset, more }),
    });
    // Frames are padded to 60 bytes: the IP length says where the packet ends.
    let total = usize::from(u16::from_be_bytes([length_high, length_low]));
    let end = if total < header_len { bytes.len() } else { total.min(bytes.len()) };
    let behind = bytes.get(header_len..end)?;
    if offset != 0 || more {
        headers.fragment = behind;
    }
    if offset != 0 {
        return None;
    }
    transport(protocol, behind, headers)
}

/// RFC 8200, sections 3 and 4.
pub(super) fn ipv6<'a>(bytes: &'a [u8], headers: &mut Headers<'a>) -> Option<Carried<'a>> {
    let (first, [next, hop_limit]) = (u32_at(bytes, 0)?, array_at::<2>(bytes, 6)?);
    let (src, dst) = (array_at::<16>(bytes, 8)?, array_at::<16>(bytes, 24)?);
    if first >> 28 != 6 {
        return None;
    }
    let extensions = Extensions::skip(next, bytes);
    let Extensions { protocol, at, identification, fragment, last_segment } = extensions;
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
    let total = 40 + usize::from(u16_at(bytes, 4).unwrap_or(0));
    let end = if total <= at { bytes.len() } else { total.min(bytes.len()) };
    let behind = bytes.get(at..end).unwrap_or_default();
    if fragment.is_some() {
        headers.fragment = behind;
    }
    let carried = if fragment.is_none_or(|fragment| fragment.offset == 0) {
        transport(protocol, behind, headers)
    } else {
        None
    };
    match last_segment {
        Some(segment) => Some(tunnel::segment_routing(segment, protocol, carried)),
        None => carried,
    }
}

/// What stands behind an IPv6 header.
struct Extensions {
    /// Protocol behind the extension headers.
    protocol: u8,
    /// Where it starts.
    at: usize,
    identification: Option<u32>,
    fragment: Option<Fragment>,
    /// Where a segment routing header ends the packet's way.
    last_segment: Option<[u8; 16]>,
}

impl Extensions {
    #[inline]
    fn skip(next: u8, bytes: &[u8]) -> Extensions {
        let found =
            Extensions { protocol: next, at: 40, identification: None, fragment: None, last_segment: None };
        match next {
            6 | 17 | 58 => found,
            _ => found.skip_headers(bytes),
        }
    }

    fn skip_headers(mut self, bytes: &[u8]) -> Extensions {
        // Each turn moves at least eight bytes forward.
        while let Some([following, length]) = array_at::<2>(bytes, self.at) {
            let at = self.at;
            match self.protocol {
                // Routing: type 4 is segment routing (RFC 8754, section 2); its list runs backwards.
                43 => {
                    if bytes.get(at + 2) == Some(&4) && length >= 2 {
                        self.last_segment = array_at(bytes, at + 8);
                    }
                    self.at += 8 + 8 * usize::from(length);
                }
                // Hop-by-hop, destination options, mobility, HIP, shim6.
                0 | 60 | 135 | 139 | 140 => self.at += 8 + 8 * usize::from(length),
                // Authentication header counts in words of four bytes, less two (RFC 4302, section 2.2).
                51 => self.at += 4 * (usize::from(length) + 2),
                44 => {
                    let (Some(place), Some(id)) = (u16_at(bytes, at + 2), u32_at(bytes, at + 4)) else {
                        break;
                    };
                    let (offset, more) = (place >> 3, place & 1 != 0);
                    self.identification = Some(id);
                    self.fragment = (offset != 0 || more).then_some(Fragment { offset, more });
                    self.at += 8;
                    if offset != 0 {
                        self.protocol = following;
                        break;
                    }
                }
                _ => break,
            }
            self.protocol = following;
        }
        self
    }
}

#[inline]
fn transport<'a>(protocol: u8, bytes: &'a [u8], headers: &mut Headers<'a>) -> Option<Carried<'a>> {
    match protocol {
        6 => {
            ports(bytes, headers);
            headers.tcp_flags = u16_at(bytes, 12).map(|word| word & 0x0fff);
            headers.tcp_window = u16_at(bytes, 14);
            None
        }
        17 => {
            ports(bytes, headers);
            // A length of 0 means a jumbogram or an offloading card's capture: all there is.
            let length = match u16_at(bytes, 4).map(usize::from) {
                Some(length) if length >= 8 => length.min(bytes.len()),
                _ => bytes.len(),
            };
            headers.payload = bytes.get(8..length).unwrap_or_default();
            tunnel::by_port(headers.dst_port?, headers.payload)
        }
        // DCCP, SCTP, UDP-Lite.
        33 | 132 | 136 => {
            ports(bytes, headers);
            None
        }
        1 | 58 => {
            headers.icmp = array_at::<2>(bytes, 0).map(|[kind, code]| (kind, code));
            None
        }
        2 => {
            headers.igmp_type = bytes.first().copied();
            None
        }
        _ => tunnel::by_protocol(protocol, bytes),
    }
}

fn ports(bytes: &[u8], headers: &mut Headers<'_>) {
    headers.src_port = u16_at(bytes, 0);
    headers.dst_port = u16_at(bytes, 2);
}
