//! sFlow version 5: flow samples with the packet's first bytes, and counter samples of the interfaces.
//!
//! Layout: sflow.org, "sFlow Version 5", section 5. A flow pushed here is one sampled packet: its mean packet.

use std::net::IpAddr;

use super::{Exporter, MAX_DATAGRAM, Out, Put, packet};
use crate::flow::Flow;

/// Interfaces are counted this often.
pub const COUNTER_INTERVAL_NS: i64 = 20 * 1_000_000_000;

/// Upper bound of a flow sample with every record that we send.
const MAX_FLOW_SAMPLE: usize = 8 + 32 + (8 + 16 + packet::SAMPLED_LEN) + (8 + 16) + (8 + 28) + (8 + 72);
const COUNTER_SAMPLE: usize = 8 + 12 + 8 + 88;

/// One sFlow agent.
#[derive(Debug)]
pub struct Encoder {
    exporter: Exporter,
    header_len: usize,
    datagram: Vec<u8>,
    samples: u32,
    sequence: u32,
    flow_samples: u32,
    pool: u32,
    counters: Vec<Counters>,
    counters_due_ns: Option<i64>,
}

/// What an interface has passed so far, estimated from the samples.
#[derive(Debug, Clone, Copy, Default)]
struct Counters {
    in_bytes: u64,
    in_packets: u32,
    out_bytes: u64,
    out_packets: u32,
}

impl Encoder {
    /// An agent that has sent nothing yet.
    pub fn new(exporter: Exporter) -> Self {
        let header_len = if exporter.agent.is_ipv4() { 28 } else { 40 };
        let mut datagram = Vec::with_capacity(MAX_DATAGRAM);
        datagram.resize(header_len, 0);
        Encoder {
            exporter,
            header_len,
            datagram,
            samples: 0,
            sequence: 0,
            flow_samples: 0,
            pool: 0,
            counters: vec![Counters::default(); exporter.interfaces.len()],
            counters_due_ns: None,
        }
    }

    /// Adds a flow sample, sending the datagram if it is full then.
    pub fn push(&mut self, flow: &Flow, now_ns: i64, out: &mut Out) {
        let rate = self.exporter.sampling.max(1);
        self.flow_samples = self.flow_samples.wrapping_add(1);
        self.pool = self.pool.wrapping_add(rate);
        self.count(flow, rate);

        let to = &mut self.datagram;
        let sample = begin(to, 1);
        to.put_u32(self.flow_samples);
        to.put_u32(flow.in_if); // source ID: type 0 (an interface) and its index
        to.put_u32(rate);
        to.put_u32(self.pool);
        to.put_u32(0); // drops
        to.put_u32(flow.in_if);
        to.put_u32(flow.out_if);
        let with_gateway = flow.src_as != 0 || flow.dst_as != 0;
        to.put_u32(3 + u32::from(with_gateway));
        put_raw_header(to, flow);
        put_switch(to, flow);
        put_router(to, flow);
        if with_gateway {
            put_gateway(to, flow);
        }
        end(to, sample);
        self.samples += 1;
        if self.datagram.len() + MAX_FLOW_SAMPLE > MAX_DATAGRAM {
            self.send(now_ns, out);
        }
    }

    /// Sends the samples that wait, and counter samples when they are due.
    pub fn flush(&mut self, now_ns: i64, out: &mut Out) {
        let due = *self.counters_due_ns.get_or_insert(now_ns);
        if now_ns >= due && !self.counters.is_empty() {
            self.counters_due_ns = Some(now_ns + COUNTER_INTERVAL_NS);
            for index in 0..self.counters.len() {
                if self.datagram.len() + COUNTER_SAMPLE > MAX_DATAGRAM {
                    self.send(now_ns, out);
                }
                self.put_counters(index, now_ns);
            }
        }
        if self.samples > 0 {
            self.send(now_ns, out);
        }
    }

    fn send(&mut self, now_ns: i64, out: &mut Out) {
        self.sequence = self.sequence.wrapping_add(1);
        let to = &mut self.datagram;
        to.set_u32(0, 5);
        let at = match self.exporter.agent {
            IpAddr::V4(agent) => {
                to.set_u32(4, 1);
                to[8..12].copy_from_slice(&agent.octets());
                12
            }
            IpAddr::V6(agent) => {
                to.set_u32(4, 2);
                to[8..24].copy_from_slice(&agent.octets());
                24
            }
        };
        to.set_u32(at, self.exporter.domain);
        to.set_u32(at + 4, self.sequence);
        to.set_u32(at + 8, self.exporter.uptime_ms(now_ns));
        to.set_u32(at + 12, self.samples);
        out(to);
        to.truncate(self.header_len);
        self.samples = 0;
    }

    fn count(&mut self, flow: &Flow, rate: u32) {
        let bytes = u64::from(packet::frame_len(flow)) * u64::from(rate);
        for (interface, counters) in self.exporter.interfaces.iter().zip(&mut self.counters) {
            if interface.index == flow.in_if {
                counters.in_bytes += bytes;
                counters.in_packets = counters.in_packets.wrapping_add(rate);
            }
            if interface.index == flow.out_if {
                counters.out_bytes += bytes;
                counters.out_packets = counters.out_packets.wrapping_add(rate);
            }
        }
    }

    /// A counter sample with one record: generic interface counters (format 1, RFC 2863's).
    fn put_counters(&mut self, index: usize, now_ns: i64) {
        let interface = self.exporter.interfaces[index];
        let counters = self.counters[index];
        let rounds = (now_ns - self.exporter.boot_ns) / COUNTER_INTERVAL_NS;
        let to = &mut self.datagram;
        let sample = begin(to, 2);
        to.put_u32(rounds as u32);
        to.put_u32(interface.index);
        to.put_u32(1);
        let record = begin(to, 1);
        to.put_u32(interface.index);
        to.put_u32(6); // ethernetCsmacd
        to.put_u64(interface.speed);
        to.put_u32(1); // full duplex
        to.put_u32(3); // admin up, operational up
        to.put_u64(counters.in_bytes);
        to.put_u32(counters.in_packets);
        for _ in 0..5 {
            to.put_u32(0); // multicast, broadcast, discards, errors, unknown protocols
        }
        to.put_u64(counters.out_bytes);
        to.put_u32(counters.out_packets);
        for _ in 0..5 {
            to.put_u32(0); // multicast, broadcast, discards, errors, promiscuous mode
        }
        end(to, record);
        end(to, sample);
        self.samples += 1;
    }
}

/// Opens a sample or record of enterprise 0; returns where its length goes.
fn begin(to: &mut Vec<u8>, format: u32) -> usize {
    to.put_u32(format);
    to.put_u32(0);
    to.len()
}

fn end(to: &mut Vec<u8>, start: usize) {
    let len = to.len() - start;
    to.set_u32(start - 4, len as u32);
}

/// Format 1: the packet's first bytes.
fn put_raw_header(to: &mut Vec<u8>, flow: &Flow) {
    let record = begin(to, 1);
    to.put_u32(1); // Ethernet
    to.put_u32(packet::frame_len(flow));
    to.put_u32(packet::FCS_LEN); // stripped
    let len_at = to.len();
    to.put_u32(0);
    let len = packet::put_frame(to, flow);
    to.set_u32(len_at, len as u32);
    to.resize(to.len() + len.next_multiple_of(4) - len, 0);
    end(to, record);
}

/// Format 1001: VLAN and priority, in and out.
fn put_switch(to: &mut Vec<u8>, flow: &Flow) {
    let record = begin(to, 1001);
    to.put_u32(u32::from(flow.vlan));
    to.put_u32(0);
    to.put_u32(u32::from(flow.vlan));
    to.put_u32(0);
    end(to, record);
}

/// Format 1002: next hop and prefix lengths.
fn put_router(to: &mut Vec<u8>, flow: &Flow) {
    let record = begin(to, 1002);
    put_address(to, flow.next_hop);
    to.put_u32(u32::from(flow.src_mask));
    to.put_u32(u32::from(flow.dst_mask));
    end(to, record);
}

/// Format 1003: AS numbers; the path to the destination is that one AS.
fn put_gateway(to: &mut Vec<u8>, flow: &Flow) {
    let record = begin(to, 1003);
    put_address(to, flow.next_hop);
    to.put_u32(64500); // the router's own AS
    to.put_u32(flow.src_as);
    to.put_u32(flow.src_as); // source peer
    if flow.dst_as == 0 {
        to.put_u32(0);
    } else {
        to.put_u32(1);
        to.put_u32(2); // an AS sequence …
        to.put_u32(1); // … of one
        to.put_u32(flow.dst_as);
    }
    to.put_u32(0); // communities
    to.put_u32(100); // local preference
    end(to, record);
}

fn put_address(to: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            to.put_u32(1);
            to.extend_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            to.put_u32(2);
            to.extend_from_slice(&address.octets());
        }
    }
}

/// The datagrams that a fresh agent sends for `flows`, one sample each, all at `now_ns`.
pub fn datagrams(flows: &[Flow], exporter: Exporter, now_ns: i64) -> Vec<Vec<u8>> {
    super::collect(super::Encoder::Sflow(Encoder::new(exporter)), flows, now_ns)
}
