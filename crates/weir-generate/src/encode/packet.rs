//! The packet behind a flow, as far as a sampling switch would copy it: Ethernet, VLAN, IP, TCP, UDP or ICMP.

use std::net::IpAddr;

use super::Put;
use crate::flow::Flow;

/// Bytes of a frame that sFlow agents copy by default.
pub const SAMPLED_LEN: usize = 128;
/// Ethernet's frame check sequence: part of the frame length, never part of the copy.
pub const FCS_LEN: u32 = 4;

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;

/// Bytes of the IP packet that stands for `flow`: its mean packet, within what a frame can hold.
pub fn ip_len(flow: &Flow) -> u32 {
    let mean = flow.bytes / flow.packets.max(1);
    (mean.min(1500) as u32).max(headers_len(flow))
}

/// Length on the wire of the frame that carries that packet, FCS included.
pub fn frame_len(flow: &Flow) -> u32 {
    (ethernet_len(flow) + ip_len(flow) + FCS_LEN).max(64)
}

fn ethernet_len(flow: &Flow) -> u32 {
    if flow.vlan == 0 { 14 } else { 18 }
}

fn headers_len(flow: &Flow) -> u32 {
    let ip = if flow.is_ipv6() { 40 } else { 20 };
    ip + match flow.protocol {
        TCP => 20,
        UDP | ICMP | ICMPV6 => 8,
        _ => 0,
    }
}

/// Appends the first bytes of the frame, at most [`SAMPLED_LEN`]; returns how many.
pub fn put_frame(to: &mut Vec<u8>, flow: &Flow) -> usize {
    let start = to.len();
    to.extend_from_slice(&flow.dst_mac);
    to.extend_from_slice(&flow.src_mac);
    if flow.vlan != 0 {
        to.put_u16(0x8100);
        to.put_u16(flow.vlan & 0x0fff);
    }
    let ip_len = ip_len(flow);
    let payload_len = match (flow.src, flow.dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            to.put_u16(0x0800);
            let at = to.len();
            to.put_u8(0x45);
            to.put_u8(flow.tos);
            to.put_u16(ip_len as u16);
            to.put_u16(flow.src_port ^ flow.start_ns as u16); // identification
            to.put_u16(0x4000); // do not fragment
            to.put_u8(flow.min_ttl);
            to.put_u8(flow.protocol);
            to.put_u16(0);
            to.extend_from_slice(&src.octets());
            to.extend_from_slice(&dst.octets());
            let checksum = !fold(&to[at..at + 20], 0);
            to.set_u16(at + 10, checksum);
            ip_len - 20
        }
        (src, dst) => {
            to.put_u16(0x86dd);
            to.put_u32(6 << 28 | u32::from(flow.tos) << 20);
            to.put_u16((ip_len - 40) as u16);
            to.put_u8(flow.protocol);
            to.put_u8(flow.min_ttl);
            for address in [src, dst] {
                match address {
                    IpAddr::V6(address) => to.extend_from_slice(&address.octets()),
                    IpAddr::V4(address) => to.extend_from_slice(&address.to_ipv6_mapped().octets()),
                }
            }
            ip_len - 40
        }
    };
    put_transport(to, flow, payload_len);
    // The copy ends at the frame's end or at the agent's limit; what follows the headers is zeros here.
    let whole = (frame_len(flow) - FCS_LEN) as usize;
    to.resize(start + whole.min(SAMPLED_LEN), 0);
    to.len() - start
}

fn put_transport(to: &mut Vec<u8>, flow: &Flow, payload_len: u32) {
    match flow.protocol {
        TCP => {
            to.put_u16(flow.src_port);
            to.put_u16(flow.dst_port);
            to.put_u32(flow.start_ns as u32); // sequence and acknowledgement: any number will do
            to.put_u32(if flow.tcp_flags & 0x10 == 0 { 0 } else { flow.end_ns as u32 });
            to.put_u8(5 << 4);
            to.put_u8(flow.tcp_flags);
            to.put_u16(0xfaf0);
            to.put_u32(0); // the checksum covers bytes that the sample does not have
        }
        UDP => {
            to.put_u16(flow.src_port);
            to.put_u16(flow.dst_port);
            to.put_u16(payload_len as u16);
            to.put_u16(0);
        }
        ICMP | ICMPV6 => {
            to.put_u16(flow.dst_port);
            to.put_u16(0);
            to.put_u32(1);
        }
        _ => {}
    }
}

/// The Internet checksum's sum (RFC 1071), not yet complemented.
fn fold(bytes: &[u8], start: u32) -> u16 {
    let mut sum = start;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
