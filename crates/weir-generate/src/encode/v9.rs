//! NetFlow version 9 (RFC 3954). The sequence counts datagrams; times are milliseconds of uptime.

use super::template::{self, Dialect, Message, Template};
use super::{Exporter, Put};
use crate::flow::Flow;

/// Bytes of the header.
pub const HEADER_LEN: usize = 20;

const SAMPLER_OPTIONS: u16 = 260;
const INTERFACE_OPTIONS: u16 = 261;

/// One v9 exporter.
pub type Encoder = template::Encoder<V9>;

/// The dialect of RFC 3954.
#[derive(Debug)]
pub enum V9 {}

impl Dialect for V9 {
    const HEADER_LEN: usize = HEADER_LEN;
    const PADS: bool = true;
    const IPV4: Template = Template {
        id: 256,
        elements: &[
            (8, 4),  // IPV4_SRC_ADDR
            (12, 4), // IPV4_DST_ADDR
            (15, 4), // IPV4_NEXT_HOP
            (10, 4), // INPUT_SNMP
            (14, 4), // OUTPUT_SNMP
            (2, 4),  // IN_PKTS
            (1, 8),  // IN_BYTES
            (22, 4), // FIRST_SWITCHED
            (21, 4), // LAST_SWITCHED
            (7, 2),  // L4_SRC_PORT
            (11, 2), // L4_DST_PORT
            (6, 1),  // TCP_FLAGS
            (4, 1),  // PROTOCOL
            (5, 1),  // SRC_TOS
            (16, 4), // SRC_AS
            (17, 4), // DST_AS
            (9, 1),  // SRC_MASK
            (13, 1), // DST_MASK
            (61, 1), // DIRECTION
            (56, 6), // IN_SRC_MAC
            (80, 6), // IN_DST_MAC
            (58, 2), // SRC_VLAN
            (32, 2), // ICMP_TYPE
            (48, 1), // FLOW_SAMPLER_ID
            (52, 1), // MIN_TTL
            (53, 1), // MAX_TTL
            (60, 1), // IP_PROTOCOL_VERSION
        ],
    };
    const IPV6: Template = Template {
        id: 257,
        elements: &[
            (27, 16), // IPV6_SRC_ADDR
            (28, 16), // IPV6_DST_ADDR
            (62, 16), // IPV6_NEXT_HOP
            (10, 4),
            (14, 4),
            (2, 4),
            (1, 8),
            (22, 4),
            (21, 4),
            (7, 2),
            (11, 2),
            (6, 1),
            (4, 1),
            (5, 1),
            (16, 4),
            (17, 4),
            (29, 1), // IPV6_SRC_MASK
            (30, 1), // IPV6_DST_MASK
            (61, 1),
            (56, 6),
            (80, 6),
            (58, 2),
            (32, 2),
            (48, 1),
            (52, 1),
            (53, 1),
            (60, 1),
        ],
    };

    fn describe(message: &mut Message, exporter: &Exporter) {
        message.set(0);
        message.template(&Self::IPV4);
        message.template(&Self::IPV6);
        let sampled = exporter.sampling > 1;
        let interfaces = !exporter.interfaces.is_empty();
        if sampled {
            message.set(1);
            // Scope "system"; then sampler ID, mode and interval.
            options_template(message, SAMPLER_OPTIONS, (1, 4), &[(48, 1), (49, 1), (50, 4)]);
            message.close_set(); // padded: one options template a set, as routers do
        }
        if interfaces {
            message.set(1);
            // Scope "interface"; then its name and description.
            options_template(message, INTERFACE_OPTIONS, (2, 4), &[(82, 16), (83, 32)]);
            message.close_set();
        }
        if sampled {
            message.set(SAMPLER_OPTIONS);
            message.bytes.put_u32(exporter.domain);
            message.bytes.put_u8(1);
            message.bytes.put_u8(2); // random sampling
            message.bytes.put_u32(exporter.sampling);
            message.count_data();
        }
        for interface in exporter.interfaces {
            message.set(INTERFACE_OPTIONS);
            message.bytes.put_u32(interface.index);
            message.fixed_text(interface.name, 16);
            message.fixed_text(interface.description, 32);
            message.count_data();
        }
    }

    fn header(message: &mut Message, exporter: &Exporter, sequence: u32, now_ns: i64) {
        let count = message.all_records as u16;
        let to = &mut message.bytes;
        to.set_u16(0, 9);
        to.set_u16(2, count);
        to.set_u32(4, exporter.uptime_ms(now_ns));
        to.set_u32(8, (now_ns / 1_000_000_000) as u32);
        to.set_u32(12, sequence);
        to.set_u32(16, exporter.domain);
    }

    fn sequence_step(_: &Message) -> u32 {
        1
    }
}

fn options_template(message: &mut Message, id: u16, scope: (u16, u16), fields: &[(u16, u16)]) {
    let to = &mut message.bytes;
    to.put_u16(id);
    to.put_u16(4);
    to.put_u16(fields.len() as u16 * 4);
    for &(field, len) in std::iter::once(&scope).chain(fields) {
        to.put_u16(field);
        to.put_u16(len);
    }
    message.all_records += 1;
}

/// The datagrams that a fresh exporter sends for `flows`, all at `now_ns`, templates first.
pub fn datagrams(flows: &[Flow], exporter: Exporter, now_ns: i64) -> Vec<Vec<u8>> {
    super::collect(super::Encoder::V9(Encoder::new(exporter)), flows, now_ns)
}
