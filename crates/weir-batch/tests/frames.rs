//! Packets in records fill the columns that the template leaves open.

mod support;

use support::{Value, cell, decode, extra, origin};
use weir_schema::Field;
use weir_wire::template::Dialect;

/// A tagged frame with an IPv4 packet of UDP, cut off behind the ports.
const FRAME: [u8; 42] = [
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0, 100, 8, 0, // Ethernet, VLAN 100
    0x45, 0, 1, 0, 0, 7, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, // IPv4, 256 bytes
    0x30, 0x39, 0, 53,
];

#[test]
fn headers_of_a_frame_fill_what_is_open_and_nothing_else() {
    let size: &[u8] = &[1, 18];
    let record: &[Value<'_>] = &[(0, 8, &[192, 0, 2, 9]), (0, 312, size), (0, 315, &FRAME)];
    let (batch, outcome) = decode(Dialect::Ipfix, &origin(), &[record, record]);
    assert_eq!(outcome.rows, 2);
    for (field, value) in [
        (Field::SrcIp, "192.0.2.9"),
        (Field::DstIp, "10.0.0.2"),
        (Field::SrcPort, "12345"),
        (Field::DstPort, "53"),
        (Field::Protocol, "17"),
        (Field::Vlan, "100"),
        (Field::Bytes, "256"),
        (Field::Packets, "1"),
        (Field::Ttl, "64"),
    ] {
        assert_eq!(cell(&batch, field, 1).as_deref(), Some(value), "{}", field.name());
    }
    assert!(extra(&batch, 1, "dataLinkFrameSection").is_some_and(|hex| hex.starts_with("0x02000000")));
}

#[test]
fn an_ip_packet_and_noise_are_taken_for_what_they_are() {
    let record: &[Value<'_>] = &[(0, 313, &FRAME[18..])];
    let (batch, _) = decode(Dialect::Ipfix, &origin(), &[record]);
    assert_eq!(cell(&batch, Field::SrcIp, 0).as_deref(), Some("10.0.0.1"));
    let record: &[Value<'_>] = &[(0, 104, &[0xff; 60]), (0, 312, &[0, 60])];
    let (batch, _) = decode(Dialect::Netflow9, &origin(), &[record]);
    assert_eq!((cell(&batch, Field::SrcIp, 0), cell(&batch, Field::Bytes, 0).as_deref()), (None, Some("60")));
}
