//! What NetFlow v9 and IPFIX share: templates as tables of elements, sets, and when to repeat the templates.

use std::marker::PhantomData;
use std::net::IpAddr;

use super::{Exporter, MAX_DATAGRAM, MS, Out, Put};
use crate::flow::Flow;

/// Templates go out again after this many datagrams …
pub const REFRESH_DATAGRAMS: u32 = 400;
/// … or after this time, whichever is first.
pub const REFRESH_NS: i64 = 20 * 1_000_000_000;

/// A template: its ID and the elements of a record, in order. The numbers are common to v9 and IPFIX.
#[derive(Debug)]
pub struct Template {
    /// Template ID, 256 or more.
    pub id: u16,
    /// Element number and length in bytes.
    pub elements: &'static [(u16, u16)],
}

impl Template {
    /// Bytes of a record.
    pub const fn record_len(&self) -> usize {
        let mut sum = 0;
        let mut at = 0;
        while at < self.elements.len() {
            sum += self.elements[at].1 as usize;
            at += 1;
        }
        sum
    }
}

/// Where v9 and IPFIX differ.
pub trait Dialect {
    /// Bytes of the message header.
    const HEADER_LEN: usize;
    /// Whether sets are padded to four bytes (RFC 3954 asks for it).
    const PADS: bool;
    /// Records of IPv4 flows.
    const IPV4: Template;
    /// Records of IPv6 flows.
    const IPV6: Template;

    /// Writes templates, options templates and options data.
    fn describe(message: &mut Message, exporter: &Exporter);
    /// Fills the header of a finished message.
    fn header(message: &mut Message, exporter: &Exporter, sequence: u32, now_ns: i64);
    /// How far the message moves the sequence on.
    fn sequence_step(message: &Message) -> u32;
}

/// A message being filled: header, then sets.
#[derive(Debug)]
pub struct Message {
    /// The bytes so far.
    pub(super) bytes: Vec<u8>,
    /// Records of every kind, templates too: what the v9 header counts.
    pub(super) all_records: u32,
    /// Data records, of options too: what the IPFIX sequence counts.
    pub(super) data_records: u32,
    header_len: usize,
    pads: bool,
    open_set: Option<(u16, usize)>,
}

impl Message {
    pub(super) fn new(header_len: usize, pads: bool) -> Self {
        let mut bytes = Vec::with_capacity(MAX_DATAGRAM);
        bytes.resize(header_len, 0);
        Message { bytes, all_records: 0, data_records: 0, header_len, pads, open_set: None }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.truncate(self.header_len);
        self.all_records = 0;
        self.data_records = 0;
        self.open_set = None;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.len() == self.header_len
    }

    /// Whether one more record of `len` bytes fits into set `id`.
    pub(super) fn has_room(&self, id: u16, len: usize) -> bool {
        let set_header = if self.open_set.is_some_and(|(open, _)| open == id) { 0 } else { 4 };
        // Three bytes at most pad the set before, three this one.
        let padding = if self.pads { 6 } else { 0 };
        self.bytes.len() + set_header + len + padding <= MAX_DATAGRAM
    }

    /// Makes `id` the set that records go to.
    pub(super) fn set(&mut self, id: u16) {
        if self.open_set.is_some_and(|(open, _)| open == id) {
            return;
        }
        self.close_set();
        self.open_set = Some((id, self.bytes.len()));
        self.bytes.put_u16(id);
        self.bytes.put_u16(0);
    }

    /// Writes the length of the open set.
    pub(super) fn close_set(&mut self) {
        let Some((_, at)) = self.open_set.take() else { return };
        if self.pads {
            let padded = self.bytes.len().next_multiple_of(4);
            self.bytes.resize(padded, 0);
        }
        let len = self.bytes.len() - at;
        self.bytes.set_u16(at + 2, len as u16);
    }

    /// A template record in the open set.
    pub(super) fn template(&mut self, template: &Template) {
        self.bytes.put_u16(template.id);
        self.bytes.put_u16(template.elements.len() as u16);
        for &(id, len) in template.elements {
            self.bytes.put_u16(id);
            self.bytes.put_u16(len);
        }
        self.all_records += 1;
    }

    /// Counts a data record that the caller has written.
    pub(super) fn count_data(&mut self) {
        self.all_records += 1;
        self.data_records += 1;
    }

    /// Text in a field of fixed length, filled with zeros.
    pub(super) fn fixed_text(&mut self, text: &str, len: usize) {
        let end = self.bytes.len() + len;
        let text = text.as_bytes();
        self.bytes.extend_from_slice(&text[..text.len().min(len)]);
        self.bytes.resize(end, 0);
    }
}

/// One exporter of v9 or IPFIX.
#[derive(Debug)]
pub struct Encoder<D> {
    exporter: Exporter,
    sequence: u32,
    message: Message,
    /// Datagrams since the templates were sent; none yet at `None`.
    since_templates: Option<u32>,
    templates_at_ns: i64,
    dialect: PhantomData<D>,
}

impl<D: Dialect> Encoder<D> {
    /// An exporter that has sent nothing yet: its first datagram will hold the templates.
    pub fn new(exporter: Exporter) -> Self {
        Encoder {
            exporter,
            sequence: 0,
            message: Message::new(D::HEADER_LEN, D::PADS),
            since_templates: None,
            templates_at_ns: 0,
            dialect: PhantomData,
        }
    }

    /// Adds a flow, sending the datagram if it is full then.
    pub fn push(&mut self, flow: &Flow, now_ns: i64, out: &mut Out) {
        let (template, len) = if flow.is_ipv6() {
            (&D::IPV6, const { D::IPV6.record_len() })
        } else {
            (&D::IPV4, const { D::IPV4.record_len() })
        };
        if self.message.is_empty() {
            self.describe_if_due(now_ns, out);
        }
        if !self.message.has_room(template.id, len) {
            self.send(now_ns, out);
            self.describe_if_due(now_ns, out);
        }
        self.message.set(template.id);
        for &(id, len) in template.elements {
            put_element(&mut self.message.bytes, flow, &self.exporter, id, len);
        }
        self.message.count_data();
        if !self.message.has_room(template.id, len) {
            self.send(now_ns, out);
        }
    }

    /// Sends the records that wait, if any.
    pub fn flush(&mut self, now_ns: i64, out: &mut Out) {
        if !self.message.is_empty() {
            self.send(now_ns, out);
        }
    }

    /// Sends templates and options in a datagram of their own when it is time for them.
    fn describe_if_due(&mut self, now_ns: i64, out: &mut Out) {
        let due = match self.since_templates {
            None => true,
            Some(sent) => sent >= REFRESH_DATAGRAMS || now_ns - self.templates_at_ns >= REFRESH_NS,
        };
        if due {
            D::describe(&mut self.message, &self.exporter);
            self.send(now_ns, out);
            self.since_templates = Some(0);
            self.templates_at_ns = now_ns;
        }
    }

    fn send(&mut self, now_ns: i64, out: &mut Out) {
        self.message.close_set();
        D::header(&mut self.message, &self.exporter, self.sequence, now_ns);
        out(&self.message.bytes);
        self.sequence = self.sequence.wrapping_add(D::sequence_step(&self.message));
        self.since_templates = self.since_templates.map(|sent| sent + 1);
        self.message.clear();
    }
}

/// Writes one element of a flow, by its IANA number.
pub(super) fn put_element(to: &mut Vec<u8>, flow: &Flow, exporter: &Exporter, id: u16, len: u16) {
    let number = match id {
        1 => flow.bytes,
        2 => flow.packets,
        4 => u64::from(flow.protocol),
        5 => u64::from(flow.tos),
        6 => u64::from(flow.tcp_flags),
        7 => u64::from(flow.src_port),
        9 | 29 => u64::from(flow.src_mask),
        10 => u64::from(flow.in_if),
        11 => u64::from(flow.dst_port),
        13 | 30 => u64::from(flow.dst_mask),
        14 => u64::from(flow.out_if),
        16 => u64::from(flow.src_as),
        17 => u64::from(flow.dst_as),
        21 => u64::from(exporter.uptime_ms(flow.end_ns)),
        22 => u64::from(exporter.uptime_ms(flow.start_ns)),
        32 | 139 => match flow.protocol {
            1 | 58 => u64::from(flow.dst_port),
            _ => 0,
        },
        48 => u64::from(exporter.sampling > 1),
        52 => u64::from(flow.min_ttl),
        53 => u64::from(flow.max_ttl),
        58 => u64::from(flow.vlan),
        60 => 4 + 2 * u64::from(flow.is_ipv6()),
        136 => flow.end_reason as u64,
        152 => (flow.start_ns / MS) as u64,
        153 => (flow.end_ns / MS) as u64,
        8 | 27 => return put_address(to, flow.src),
        12 | 28 => return put_address(to, flow.dst),
        15 | 62 => return put_address(to, flow.next_hop),
        56 => return to.extend_from_slice(&flow.src_mac),
        80 => return to.extend_from_slice(&flow.dst_mac),
        // 61, the direction: a router reports what comes in, so it is 0 like all that we do not know.
        _ => 0,
    };
    let len = usize::from(len.min(8));
    let number = if len < 8 { number.min((1 << (8 * len)) - 1) } else { number };
    to.extend_from_slice(&number.to_be_bytes()[8 - len..]);
}

fn put_address(to: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => to.extend_from_slice(&address.octets()),
        IpAddr::V6(address) => to.extend_from_slice(&address.octets()),
    }
}
