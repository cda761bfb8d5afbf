//! A flow as an exporter would report it, and sums over many of them.

use std::net::{IpAddr, Ipv4Addr};

/// One directed flow: what a router saw of one side of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Sender.
    pub src: IpAddr,
    /// Receiver; always the same address family as `src`.
    pub dst: IpAddr,
    /// Sender's port; 0 where the protocol has none.
    pub src_port: u16,
    /// Receiver's port; for ICMP the type in the high byte and the code in the low one, as NetFlow has it.
    pub dst_port: u16,
    /// IP protocol number.
    pub protocol: u8,
    /// Every TCP flag seen, or-ed.
    pub tcp_flags: u8,
    /// The whole type-of-service byte: DSCP and ECN.
    pub tos: u8,
    /// Bytes of IP packets, headers included.
    pub bytes: u64,
    /// Packets.
    pub packets: u64,
    /// First packet, nanoseconds since 1970, whole milliseconds.
    pub start_ns: i64,
    /// Last packet, likewise.
    pub end_ns: i64,
    /// SNMP index of the interface that the packets came in by.
    pub in_if: u32,
    /// SNMP index of the interface that they left by.
    pub out_if: u32,
    /// Origin AS of `src`.
    pub src_as: u32,
    /// Origin AS of `dst`.
    pub dst_as: u32,
    /// Prefix length of the route to `src`.
    pub src_mask: u8,
    /// Prefix length of the route to `dst`.
    pub dst_mask: u8,
    /// Next router towards `dst`; unspecified where `dst` is on a connected network.
    pub next_hop: IpAddr,
    /// Source MAC address on the way in.
    pub src_mac: [u8; 6],
    /// Destination MAC address on the way in: the router's own.
    pub dst_mac: [u8; 6],
    /// VLAN on the way in; 0 is untagged.
    pub vlan: u16,
    /// Smallest time to live seen.
    pub min_ttl: u8,
    /// Largest time to live seen.
    pub max_ttl: u8,
    /// Why the exporter ended the flow.
    pub end_reason: EndReason,
}

/// Why a flow record was made (IPFIX element 136).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum EndReason {
    /// No packet for the inactive timeout.
    Idle = 1,
    /// The flow goes on; it was reported at the active timeout.
    Active = 2,
    /// FIN or RST was seen.
    EndOfFlow = 3,
}

impl Flow {
    /// A flow of zeros between two unspecified IPv4 hosts, to be filled by struct update.
    pub const EMPTY: Flow = Flow {
        src: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        dst: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        src_port: 0,
        dst_port: 0,
        protocol: 0,
        tcp_flags: 0,
        tos: 0,
        bytes: 0,
        packets: 0,
        start_ns: 0,
        end_ns: 0,
        in_if: 0,
        out_if: 0,
        src_as: 0,
        dst_as: 0,
        src_mask: 0,
        dst_mask: 0,
        next_hop: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        src_mac: [0; 6],
        dst_mac: [0; 6],
        vlan: 0,
        min_ttl: 0,
        max_ttl: 0,
        end_reason: EndReason::Idle,
    };

    /// Whether the two hosts have IPv6 addresses.
    pub fn is_ipv6(&self) -> bool {
        self.src.is_ipv6()
    }
}

/// Sums of what was sent: the numbers that a collector must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Flow records (for sFlow: flow samples).
    pub flows: u64,
    /// Sum of the exported byte counters, before any scaling by a sampling rate (for sFlow: of frame lengths).
    pub bytes: u64,
    /// Sum of the exported packet counters, before any scaling (for sFlow: one a sample).
    pub packets: u64,
    /// Datagrams, those with templates and options only included.
    pub datagrams: u64,
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Totals) {
        self.flows += other.flows;
        self.bytes += other.bytes;
        self.packets += other.packets;
        self.datagrams += other.datagrams;
    }
}
