//! IPFIX over UDP (RFC 7011). The sequence counts data records, those of options too; times are absolute.

use super::template::{self, Dialect, Message, Template};
use super::{Exporter, Put};
use crate::flow::Flow;

/// Bytes of the header.
pub const HEADER_LEN: usize = 16;

const SAMPLING_OPTIONS: u16 = 512;
const INTERFACE_OPTIONS: u16 = 513;

/// One IPFIX exporter.
pub type Encoder = template::Encoder<Ipfix>;

/// The dialect of RFC 7011.
#[derive(Debug)]
pub enum Ipfix {}

impl Dialect for Ipfix {
    const HEADER_LEN: usize = HEADER_LEN;
    const PADS: bool = false;
    const IPV4: Template = Template {
        id: 400,
        elements: &[
            (152, 8), // flowStartMilliseconds
            (153, 8), // flowEndMilliseconds
            (8, 4),   // sourceIPv4Address
            (12, 4),  // destinationIPv4Address
            (7, 2),   // sourceTransportPort
            (11, 2),  // destinationTransportPort
            (4, 1),   // protocolIdentifier
            (5, 1),   // ipClassOfService
            (6, 2),   // tcpControlBits
            (1, 8),   // octetDeltaCount
            (2, 4),   // packetDeltaCount, reduced size (RFC 7011, section 6.2)
            (10, 4),  // ingressInterface
            (14, 4),  // egressInterface
            (15, 4),  // ipNextHopIPv4Address
            (16, 4),  // bgpSourceAsNumber
            (17, 4),  // bgpDestinationAsNumber
            (9, 1),   // sourceIPv4PrefixLength
            (13, 1),  // destinationIPv4PrefixLength
            (61, 1),  // flowDirection
            (136, 1), // flowEndReason
            (58, 2),  // vlanId
            (56, 6),  // sourceMacAddress
            (80, 6),  // destinationMacAddress
            (32, 2),  // icmpTypeCodeIPv4
            (52, 1),  // minimumTTL
            (53, 1),  // maximumTTL
        ],
    };
    const IPV6: Template = Template {
        id: 401,
        elements: &[
            (152, 8),
            (153, 8),
            (27, 16), // sourceIPv6Address
            (28, 16), // destinationIPv6Address
            (7, 2),
            (11, 2),
            (4, 1),
            (5, 1),
            (6, 2),
            (1, 8),
            (2, 4),
            (10, 4),
            (14, 4),
            (62, 16), // ipNextHopIPv6Address
            (16, 4),
            (17, 4),
            (29, 1), // sourceIPv6PrefixLength
            (30, 1), // destinationIPv6PrefixLength
            (61, 1),
            (136, 1),
            (58, 2),
            (56, 6),
            (80, 6),
            (139, 2), // icmpTypeCodeIPv6
            (52, 1),
            (53, 1),
        ],
    };

    fn describe(message: &mut Message, exporter: &Exporter) {
        message.set(2);
        message.template(&Self::IPV4);
        message.template(&Self::IPV6);
        let sampled = exporter.sampling > 1;
        let interfaces = !exporter.interfaces.is_empty();
        if sampled || interfaces {
            message.set(3);
        }
        if sampled {
            // exportingProcessId is the scope; then samplingInterval and samplingAlgorithm.
            options_template(message, SAMPLING_OPTIONS, (144, 4), &[(34, 4), (35, 1)]);
        }
        if interfaces {
            // ingressInterface is the scope; then interfaceName and interfaceDescription. Not of variable length:
            // nfcapd 1.7 takes 65535 for the size of the field.
            options_template(message, INTERFACE_OPTIONS, (10, 4), &[(82, 16), (83, 32)]);
        }
        if sampled {
            message.set(SAMPLING_OPTIONS);
            message.bytes.put_u32(exporter.domain);
            message.bytes.put_u32(exporter.sampling);
            message.bytes.put_u8(2); // random
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
        let to = &mut message.bytes;
        let len = to.len() as u16;
        to.set_u16(0, 10);
        to.set_u16(2, len);
        to.set_u32(4, (now_ns / 1_000_000_000) as u32);
        to.set_u32(8, sequence);
        to.set_u32(12, exporter.domain);
    }

    fn sequence_step(message: &Message) -> u32 {
        message.data_records
    }
}

/// RFC 7011, section 3.4.2.2: ID, field count, scope field count, then the fields, scope first.
fn options_template(message: &mut Message, id: u16, scope: (u16, u16), fields: &[(u16, u16)]) {
    let to = &mut message.bytes;
    to.put_u16(id);
    to.put_u16(fields.len() as u16 + 1);
    to.put_u16(1);
    for &(field, len) in std::iter::once(&scope).chain(fields) {
        to.put_u16(field);
        to.put_u16(len);
    }
    message.all_records += 1;
}

/// The datagrams that a fresh exporter sends for `flows`, all at `now_ns`, templates first.
pub fn datagrams(flows: &[Flow], exporter: Exporter, now_ns: i64) -> Vec<Vec<u8>> {
    super::collect(super::Encoder::Ipfix(Encoder::new(exporter)), flows, now_ns)
}
