//! Captures of ordinary traffic, written packet by packet, with the totals that a meter must find in them.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

/// What stands above the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Ports and flags (FIN 1, SYN 2, RST 4, PSH 8, ACK 16).
    Tcp {
        /// Source port.
        src_port: u16,
        /// Destination port.
        dst_port: u16,
        /// The flag byte.
        flags: u8,
    },
    /// Ports.
    Udp {
        /// Source port.
        src_port: u16,
        /// Destination port.
        dst_port: u16,
    },
}

/// Source and destination, both of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoints {
    /// IPv4.
    V4(Ipv4Addr, Ipv4Addr),
    /// IPv6.
    V6(Ipv6Addr, Ipv6Addr),
}

impl Endpoints {
    /// The other way round.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::V4(src, dst) => Self::V4(dst, src),
            Self::V6(src, dst) => Self::V6(dst, src),
        }
    }

    fn addresses(self) -> (IpAddr, IpAddr) {
        match self {
            Self::V4(src, dst) => (src.into(), dst.into()),
            Self::V6(src, dst) => (src.into(), dst.into()),
        }
    }
}

/// One packet; its payload is that many zero bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// From where to where.
    pub endpoints: Endpoints,
    /// TCP or UDP.
    pub transport: Transport,
    /// Bytes above the transport header.
    pub payload: u16,
}

/// What a meter must count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Distinct (source, destination, protocol, source port, destination port): each direction is one.
    pub flows: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes from the IP header on.
    pub bytes: u64,
    /// Bytes from the Ethernet header on, without the checksum at its end.
    pub frame_bytes: u64,
}

impl std::ops::Add for Totals {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            flows: self.flows + other.flows,
            packets: self.packets + other.packets,
            bytes: self.bytes + other.bytes,
            frame_bytes: self.frame_bytes + other.frame_bytes,
        }
    }
}

type FlowKey = (IpAddr, IpAddr, u8, u16, u16);

/// A capture file in the making (pcap, microseconds, Ethernet).
#[derive(Debug, Clone)]
pub struct Capture {
    bytes: Vec<u8>,
    flows: BTreeSet<FlowKey>,
    v4: Totals,
    v6: Totals,
}

const ETHERNET: usize = 14;

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

impl Capture {
    /// An empty capture.
    pub fn new() -> Self {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&0xa1b2_c3d4_u32.to_le_bytes());
        bytes.extend_from_slice(&2_u16.to_le_bytes());
        bytes.extend_from_slice(&4_u16.to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&65_535_u32.to_le_bytes());
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        Self { bytes, flows: BTreeSet::new(), v4: Totals::default(), v6: Totals::default() }
    }

    /// A capture of `conversations` ordinary conversations within four seconds from `start_us` (microseconds since 1970).
    ///
    /// They alternate between TCP and UDP and between IPv4 and IPv6, have 2 to 13 packets in each direction, and every
    /// byte of it follows from the arguments.
    pub fn of_conversations(conversations: u32, start_us: u64) -> Self {
        let mut capture = Self::new();
        // All packets, so that they can be written in the order of time.
        let mut packets = Vec::new();
        for number in 0..conversations {
            let [high, low] = (number as u16).to_be_bytes();
            let endpoints = if number % 4 < 2 {
                Endpoints::V4(Ipv4Addr::new(198, 18, high, low), Ipv4Addr::new(198, 19, low, high))
            } else {
                let side = |side| Ipv6Addr::new(0x2001, 0xdb8, side, 0, 0, 0, 0, number as u16);
                Endpoints::V6(side(1), side(2))
            };
            let client_port = 20_000 + (number % 20_000) as u16;
            let begin_us = start_us + u64::from(number) * 1_000_000 / u64::from(conversations);
            let exchanges = 2 + number % 12;
            for exchange in 0..exchanges {
                let packet = |endpoints, src_port, dst_port, payload| Packet {
                    endpoints,
                    transport: if number % 2 == 0 {
                        let flags = if exchange == 0 { 2 } else { 24 };
                        Transport::Tcp { src_port, dst_port, flags }
                    } else {
                        Transport::Udp { src_port, dst_port }
                    },
                    payload,
                };
                let at_us = begin_us + u64::from(exchange) * 200_000;
                let service = if number % 2 == 0 { 443 } else { 53 };
                let (question, answer) =
                    ((20 + exchange * 7) as u16, (100 + (number * 31 + exchange * 97) % 1200) as u16);
                packets.push((at_us, packet(endpoints, client_port, service, question)));
                packets.push((at_us + 50, packet(endpoints.reversed(), service, client_port, answer)));
            }
        }
        packets.sort_by_key(|(at_us, _)| *at_us);
        for (at_us, packet) in &packets {
            capture.push(*at_us, packet);
        }
        capture
    }

    /// Adds a packet seen at `at_us` microseconds since 1970.
    pub fn push(&mut self, at_us: u64, packet: &Packet) {
        let ip = ip_packet(packet);
        let (ethertype, totals): (u16, _) = match packet.endpoints {
            Endpoints::V4(..) => (0x0800, &mut self.v4),
            Endpoints::V6(..) => (0x86dd, &mut self.v6),
        };
        let (src, dst) = packet.endpoints.addresses();
        let key = match packet.transport {
            Transport::Tcp { src_port, dst_port, .. } => (src, dst, 6, src_port, dst_port),
            Transport::Udp { src_port, dst_port } => (src, dst, 17, src_port, dst_port),
        };
        totals.flows += u64::from(self.flows.insert(key));
        totals.packets += 1;
        totals.bytes += ip.len() as u64;
        totals.frame_bytes += (ETHERNET + ip.len()) as u64;
        self.push_frame(at_us, ethertype, &ip);
    }

    /// Adds a UDP datagram with this payload: an export packet, for captures that `weir load` reads.
    pub fn push_datagram(&mut self, at_us: u64, from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), payload: &[u8]) {
        self.push_frame(at_us, 0x0800, &datagram(from, to, payload));
    }

    /// Adds such a datagram in IP fragments of so many bytes each (a multiple of eight). `order` numbers those that are
    /// there, in the order that they came.
    pub fn push_fragments(
        &mut self,
        at_us: u64,
        from: (Ipv4Addr, u16),
        to: (Ipv4Addr, u16),
        payload: &[u8],
        size: usize,
        order: &[usize],
    ) {
        let whole = datagram(from, to, payload);
        let (header, behind) = whole.split_at(20);
        let pieces: Vec<&[u8]> = behind.chunks(size).collect();
        for at in order {
            let mut bytes = [header, pieces[*at]].concat();
            let length = bytes.len() as u16;
            let more = if at + 1 == pieces.len() { 0 } else { 0x2000 };
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            // What tells this datagram's fragments from others.
            bytes[4..6].copy_from_slice(&(at_us as u16).to_be_bytes());
            bytes[6..8].copy_from_slice(&((at * size / 8) as u16 | more).to_be_bytes());
            bytes[10..12].fill(0);
            let sum = checksum(&bytes[..20], 0);
            bytes[10..12].copy_from_slice(&sum.to_be_bytes());
            self.push_frame(at_us, 0x0800, &bytes);
        }
    }

    fn push_frame(&mut self, at_us: u64, ethertype: u16, ip: &[u8]) {
        let length = ((ETHERNET + ip.len()) as u32).to_le_bytes();
        self.bytes.extend_from_slice(&((at_us / 1_000_000) as u32).to_le_bytes());
        self.bytes.extend_from_slice(&((at_us % 1_000_000) as u32).to_le_bytes());
        self.bytes.extend_from_slice(&length);
        self.bytes.extend_from_slice(&length);
        // Locally administered addresses that no interface has: no kernel takes the frame for its own.
        self.bytes.extend_from_slice(&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]);
        self.bytes.extend_from_slice(&ethertype.to_be_bytes());
        self.bytes.extend_from_slice(ip);
    }

    /// The file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a meter must find that sees IPv4 only.
    pub fn v4(&self) -> Totals {
        self.v4
    }

    /// What it must find of IPv6.
    pub fn v6(&self) -> Totals {
        self.v6
    }

    /// What it must find in all.
    pub fn totals(&self) -> Totals {
        self.v4 + self.v6
    }

    /// Writes the file.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, &self.bytes)
    }
}

/// The IP packet of a UDP datagram. Its checksum is left out, which is valid for UDP over IPv4.
fn datagram(from: (Ipv4Addr, u16), to: (Ipv4Addr, u16), payload: &[u8]) -> Vec<u8> {
    let transport = Transport::Udp { src_port: from.1, dst_port: to.1 };
    let packet = Packet { endpoints: Endpoints::V4(from.0, to.0), transport, payload: payload.len() as u16 };
    let mut bytes = ip_packet(&packet);
    let at = bytes.len() - payload.len();
    bytes[at..].copy_from_slice(payload);
    bytes[26..28].fill(0);
    bytes
}

fn ip_packet(packet: &Packet) -> Vec<u8> {
    let protocol = match packet.transport {
        Transport::Tcp { .. } => 6,
        Transport::Udp { .. } => 17,
    };
    let segment = segment(packet, protocol);
    let mut bytes = Vec::with_capacity(40 + segment.len());
    match packet.endpoints {
        Endpoints::V4(src, dst) => {
            bytes.extend_from_slice(&[0x45, 0]);
            bytes.extend_from_slice(&((20 + segment.len()) as u16).to_be_bytes());
            bytes.extend_from_slice(&[0, 0, 0x40, 0, 64, protocol, 0, 0]);
            bytes.extend_from_slice(&src.octets());
            bytes.extend_from_slice(&dst.octets());
            let sum = checksum(&bytes, 0);
            bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        Endpoints::V6(src, dst) => {
            bytes.extend_from_slice(&[0x60, 0, 0, 0]);
            bytes.extend_from_slice(&(segment.len() as u16).to_be_bytes());
            bytes.extend_from_slice(&[protocol, 64]);
            bytes.extend_from_slice(&src.octets());
            bytes.extend_from_slice(&dst.octets());
        }
    }
    bytes.extend_from_slice(&segment);
    bytes
}

/// The transport header and its payload, with the checksum filled in.
fn segment(packet: &Packet, protocol: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let checksum_at = match packet.transport {
        Transport::Tcp { src_port, dst_port, flags } => {
            bytes.extend_from_slice(&src_port.to_be_bytes());
            bytes.extend_from_slice(&dst_port.to_be_bytes());
            bytes.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
            16
        }
        Transport::Udp { src_port, dst_port } => {
            bytes.extend_from_slice(&src_port.to_be_bytes());
            bytes.extend_from_slice(&dst_port.to_be_bytes());
            bytes.extend_from_slice(&(8 + packet.payload).to_be_bytes());
            bytes.extend_from_slice(&[0, 0]);
            6
        }
    };
    bytes.resize(bytes.len() + packet.payload as usize, 0);
    let pseudo: u32 = match packet.endpoints {
        Endpoints::V4(src, dst) => words(&src.octets()) + words(&dst.octets()),
        Endpoints::V6(src, dst) => words(&src.octets()) + words(&dst.octets()),
    };
    let sum = checksum(&bytes, pseudo + u32::from(protocol) + bytes.len() as u32);
    bytes[checksum_at..checksum_at + 2].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn words(bytes: &[u8]) -> u32 {
    bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum()
}

/// The internet checksum (RFC 1071) of these bytes on top of a sum so far.
fn checksum(bytes: &[u8], so_far: u32) -> u16 {
    let mut sum = so_far + words(bytes);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_each_direction_as_a_flow() {
        let capture = Capture::of_conversations(400, 1_700_000_000_000_000);
        assert_eq!(capture.totals().flows, 800);
        assert_eq!(capture.v4().flows, capture.v6().flows);
        assert_eq!(capture.totals().frame_bytes, capture.totals().bytes + 14 * capture.totals().packets);
        assert_eq!(
            capture.bytes.len() as u64,
            24 + 16 * capture.totals().packets + capture.totals().frame_bytes
        );
    }

    #[test]
    fn checksums_are_right() {
        // The sum over a correct header, its checksum included, is all ones.
        let endpoints = Endpoints::V4(Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
        let packet = Packet { endpoints, transport: Transport::Udp { src_port: 1, dst_port: 2 }, payload: 5 };
        let bytes = ip_packet(&packet);
        assert_eq!(checksum(&bytes[..20], 0), 0);
        assert_eq!(checksum(&bytes[20..], words(&bytes[12..20]) + 17 + 13), 0);
        assert_eq!(bytes.len(), 33);
    }

    #[test]
    fn datagrams_keep_their_payload() {
        let mut capture = Capture::new();
        let (from, to) = ((Ipv4Addr::new(192, 0, 2, 1), 2055), (Ipv4Addr::new(192, 0, 2, 2), 2055));
        capture.push_datagram(1, from, to, b"hello");
        assert!(capture.bytes.ends_with(b"\x00\x0d\x00\x00hello"));
    }

    #[test]
    fn fragments_come_in_the_order_that_is_asked_for() {
        let mut capture = Capture::new();
        let (from, to) = ((Ipv4Addr::new(192, 0, 2, 1), 2055), (Ipv4Addr::new(192, 0, 2, 2), 2055));
        capture.push_fragments(1, from, to, b"0123456789abcdef", 8, &[2, 0]);
        // Two headers of 16, 14 and 20 bytes; the UDP header is the first fragment, and is 8 bytes.
        assert_eq!(capture.bytes.len(), 24 + 2 * (16 + 14 + 20 + 8));
        assert_eq!(&capture.bytes[24 + 50..24 + 58], b"89abcdef");
        // "More fragments" at offset 0; the last one at 16 bytes.
        assert_eq!(
            (&capture.bytes[24 + 36..24 + 38], &capture.bytes[82 + 36..82 + 38]),
            (&[0, 2][..], &[0x20, 0][..])
        );
    }
}
