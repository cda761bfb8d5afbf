//! What Cisco's application visibility and control (AVC) sends: IPFIX records of sixty fields, five of them of variable
//! length and half of them Cisco's own.

use super::ipfix::{HEADER_LEN, Ipfix};
use super::template::{Dialect, Message, put_element};
use super::{Exporter, Put};
use crate::flow::Flow;

/// Template of the records.
const TEMPLATE: u16 = 420;
/// Cisco's enterprise number.
const CISCO: u32 = 9;
/// The length that means "each record says" (RFC 7011, section 7).
const VARIABLE: u16 = u16::MAX;

/// Enterprise, element, bytes: keys, counters and names (IANA), addresses of clients and response times (Cisco). Texts
/// are IANA's only: not every collector reads a vendor's elements of variable length.
#[rustfmt::skip]
const FIELDS: [(u32, u16, u16); 60] = [
    (0, 8, 4), (0, 12, 4), (0, 7, 2), (0, 11, 2), (0, 4, 1), (0, 5, 1), (0, 61, 1), (0, 10, 4), (0, 14, 4),
    (0, 234, 4), (0, 95, 4), (0, 96, VARIABLE), (0, 1, 8), (0, 2, 8), (0, 3, 4), (0, 152, 8), (0, 153, 8),
    (0, 136, 1), (0, 195, 1), (0, 16, 4), (0, 17, 4), (0, 15, 4), (0, 9, 1), (0, 13, 1), (0, 58, 2), (0, 56, 6),
    (0, 80, 6), (0, 371, VARIABLE), (0, 460, VARIABLE), (0, 461, VARIABLE), (0, 372, VARIABLE),
    (CISCO, 12236, 4), (CISCO, 12237, 4), (CISCO, 12240, 2), (CISCO, 12241, 2), (CISCO, 12242, 4), (0, 278, 4),
    (0, 279, 8), (CISCO, 9252, 1), (CISCO, 9253, 1), (CISCO, 9267, 4), (CISCO, 9268, 4), (CISCO, 9269, 4),
    (CISCO, 9270, 4), (CISCO, 9272, 4), (CISCO, 9273, 4), (CISCO, 9274, 4), (CISCO, 9275, 4), (CISCO, 9292, 4),
    (CISCO, 9293, 4), (CISCO, 9300, 4), (CISCO, 9303, 4), (CISCO, 9304, 4), (CISCO, 9305, 4), (CISCO, 9306, 4),
    (CISCO, 9307, 4), (CISCO, 9308, 4), (CISCO, 9313, 4), (CISCO, 9316, 4), (CISCO, 9319, 4),
];

/// No record is longer: 197 bytes of fixed length, and five texts.
const MOST_BYTES: usize = 400;

/// The datagrams that an AVC exporter sends for the IPv4 flows among `flows`, all at `now_ns`, the template first.
pub fn datagrams(flows: &[Flow], exporter: Exporter, now_ns: i64) -> Vec<Vec<u8>> {
    let (mut message, mut sequence, mut sent) = (Message::new(HEADER_LEN, false), 0_u32, Vec::new());
    let mut finish = |message: &mut Message| {
        message.close_set();
        Ipfix::header(message, &exporter, sequence, now_ns);
        sequence = sequence.wrapping_add(Ipfix::sequence_step(message));
        sent.push(message.bytes.clone());
        message.clear();
    };
    message.set(2);
    put_template(&mut message);
    finish(&mut message);
    for flow in flows.iter().filter(|flow| !flow.is_ipv6()) {
        if !message.has_room(TEMPLATE, MOST_BYTES) {
            finish(&mut message);
        }
        message.set(TEMPLATE);
        for (enterprise, element, len) in FIELDS {
            put_field(&mut message.bytes, flow, &exporter, enterprise, element, len);
        }
        message.count_data();
    }
    if !message.is_empty() {
        finish(&mut message);
    }
    sent
}

fn put_template(message: &mut Message) {
    let to = &mut message.bytes;
    to.put_u16(TEMPLATE);
    to.put_u16(FIELDS.len() as u16);
    for (enterprise, element, len) in FIELDS {
        to.put_u16(if enterprise == 0 { element } else { element | 0x8000 });
        to.put_u16(len);
        if enterprise != 0 {
            to.put_u32(enterprise);
        }
    }
    message.all_records += 1;
}

fn put_field(to: &mut Vec<u8>, flow: &Flow, exporter: &Exporter, enterprise: u32, element: u16, len: u16) {
    // One of five hundred sites, always the same for a receiver.
    let site = match flow.dst {
        std::net::IpAddr::V4(address) => u32::from(address).wrapping_mul(2_654_435_761) >> 16,
        std::net::IpAddr::V6(_) => 0,
    } % 500;
    let text = match (enterprise, element) {
        (0, 372) => format!("category-{}", flow.dst_port % 20),
        (0, 96) => format!("application-{}", flow.dst_port % 100),
        (0, 371) => format!("user-{}", flow.src_port % 200),
        (0, 460) => format!("site-{site}.example.net"),
        (0, 461) => format!("/pages/{}", site % 50),
        // NBAR's engine and a selector in the low three bytes (RFC 6759).
        (0, 95) => return to.put_u32(13 << 24 | u32::from(flow.dst_port % 100)),
        (0, 1 | 2 | 4 | 5 | 7..=17 | 56 | 58 | 61 | 80 | 136 | 152 | 153) => {
            return put_element(to, flow, exporter, element, len);
        }
        _ => {
            // Delays, retransmissions, sizes: some number that is the flow's own.
            let number = (flow.bytes ^ (u64::from(element) * 2_654_435_761)) % 10_000 + 1;
            let len = usize::from(len);
            return to.extend_from_slice(&number.to_be_bytes()[8 - len..]);
        }
    };
    to.put_u8(text.len() as u8);
    to.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::MAX_DATAGRAM;

    #[test]
    fn messages_are_as_long_as_they_say_and_no_longer_than_a_datagram() {
        let flows = [Flow::EMPTY; 20];
        let sent = datagrams(&flows, Exporter::new(1, 0), 0);
        assert!(sent.len() > 2);
        for bytes in &sent {
            assert_eq!(usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), bytes.len());
            assert!(bytes.len() <= MAX_DATAGRAM);
        }
    }
}
