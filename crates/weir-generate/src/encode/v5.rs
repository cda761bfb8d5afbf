//! NetFlow version 5: a header of 24 bytes and up to 30 records of 48.
//!
//! Layout: Cisco, "NetFlow Export Datagram Format", tables B-3 and B-4. The sequence counts flows, not datagrams.

use std::net::IpAddr;

use super::{Exporter, MS, Out, Put};
use crate::flow::Flow;

/// The most records that fit the format: exporters never send more.
pub const MAX_RECORDS: usize = 30;
/// Bytes of the header.
pub const HEADER_LEN: usize = 24;
/// Bytes of a record.
pub const RECORD_LEN: usize = 48;

/// One v5 exporter.
#[derive(Debug)]
pub struct Encoder {
    exporter: Exporter,
    sequence: u32,
    datagram: Vec<u8>,
}

impl Encoder {
    /// An exporter that has sent nothing yet.
    pub fn new(exporter: Exporter) -> Self {
        let mut datagram = Vec::with_capacity(HEADER_LEN + MAX_RECORDS * RECORD_LEN);
        datagram.resize(HEADER_LEN, 0);
        Encoder { exporter, sequence: 0, datagram }
    }

    /// Adds a flow; ignores it if it is IPv6, which the format cannot carry.
    pub fn push(&mut self, flow: &Flow, now_ns: i64, out: &mut Out) {
        let (IpAddr::V4(src), IpAddr::V4(dst)) = (flow.src, flow.dst) else { return };
        let next_hop = match flow.next_hop {
            IpAddr::V4(address) => address.to_bits(),
            IpAddr::V6(_) => 0,
        };
        let to = &mut self.datagram;
        to.put_u32(src.to_bits());
        to.put_u32(dst.to_bits());
        to.put_u32(next_hop);
        to.put_u16(flow.in_if as u16);
        to.put_u16(flow.out_if as u16);
        to.put_u32(saturate(flow.packets));
        to.put_u32(saturate(flow.bytes));
        to.put_u32(self.exporter.uptime_ms(flow.start_ns));
        to.put_u32(self.exporter.uptime_ms(flow.end_ns));
        to.put_u16(flow.src_port);
        to.put_u16(flow.dst_port);
        to.put_u8(0);
        to.put_u8(flow.tcp_flags);
        to.put_u8(flow.protocol);
        to.put_u8(flow.tos);
        to.put_u16(as_u16(flow.src_as));
        to.put_u16(as_u16(flow.dst_as));
        to.put_u8(flow.src_mask);
        to.put_u8(flow.dst_mask);
        to.put_u16(0);
        if self.records() == MAX_RECORDS {
            self.flush(now_ns, out);
        }
    }

    /// Sends the records that wait, if any.
    pub fn flush(&mut self, now_ns: i64, out: &mut Out) {
        let records = self.records();
        if records == 0 {
            return;
        }
        let sampling = match self.exporter.sampling {
            0 | 1 => 0,
            // Mode 1, deterministic: one in `interval` packets; 14 bits.
            interval => 0x4000 | (interval.min(0x3fff) as u16),
        };
        // Whole milliseconds, so that boot time is the same to the millisecond whichever datagram tells it.
        let unix_ms = now_ns / MS;
        let to = &mut self.datagram;
        to.set_u16(0, 5);
        to.set_u16(2, records as u16);
        to.set_u32(4, self.exporter.uptime_ms(now_ns));
        to.set_u32(8, (unix_ms / 1000) as u32);
        to.set_u32(12, (unix_ms % 1000) as u32 * 1_000_000);
        to.set_u32(16, self.sequence);
        to[20] = 0; // engine type: the route processor
        to[21] = self.exporter.domain as u8;
        to.set_u16(22, sampling);
        out(to);
        self.sequence = self.sequence.wrapping_add(records as u32);
        to.truncate(HEADER_LEN);
    }

    fn records(&self) -> usize {
        (self.datagram.len() - HEADER_LEN) / RECORD_LEN
    }
}

/// The datagrams that a fresh exporter sends for `flows`, all at `now_ns`.
pub fn datagrams(flows: &[Flow], exporter: Exporter, now_ns: i64) -> Vec<Vec<u8>> {
    super::collect(super::Encoder::V5(Encoder::new(exporter)), flows, now_ns)
}

fn saturate(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// AS_TRANS stands in for a number that needs 32 bits (RFC 6793, section 9).
fn as_u16(number: u32) -> u16 {
    u16::try_from(number).unwrap_or(23456)
}
