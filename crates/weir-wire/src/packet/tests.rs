//! Frames by hand.

use super::*;

fn ipv4_udp(payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x45, 0xb8, 0, 28 + payload.len() as u8, 0, 1, 0, 0, 64, 17, 0, 0];
    bytes.extend([10, 0, 0, 1, 10, 0, 0, 2]);
    bytes.extend([0x13, 0x88, 8, 7, 0, 8 + payload.len() as u8, 0, 0]);
    bytes.extend(payload);
    bytes
}

#[test]
fn reads_a_padded_doubly_tagged_frame() {
    let mut frame = vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x88, 0xa8, 0x20, 100, 0x81, 0, 0, 5, 8, 0];
    frame.extend(ipv4_udp(b"hello"));
    frame.extend([0; 10]);
    let headers = ethernet(&frame);
    assert_eq!((headers.vlan, headers.vlan_priority, headers.inner_vlan), (Some(100), Some(1), Some(5)));
    assert_eq!(
        (headers.ethertype, headers.src_port, headers.dst_port),
        (Some(0x800), Some(5000), Some(2055))
    );
    assert_eq!(headers.payload, b"hello");
    assert_eq!(headers.network.map(|network| (network.tos, network.ttl)), Some((0xb8, 64)));
}

#[test]
fn reads_labels_and_the_packet_behind_them() {
    let mut bytes = vec![0, 1, 0, 64, 0, 2, 1, 64];
    bytes.extend(ipv4_udp(b""));
    let headers = mpls(&bytes);
    assert_eq!(headers.labels, [Some(16), Some(32), None]);
    assert_eq!(headers.dst_port, Some(2055));
}

#[test]
fn skips_ipv6_extension_headers() {
    let mut bytes = vec![0x60, 0, 0, 1, 0, 0, 0, 9];
    bytes.extend([0xfd; 32]);
    // Hop-by-hop of eight bytes, fragment header of a first fragment, then ICMPv6.
    bytes.extend([44, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend([58, 0, 0, 1, 0, 0, 0, 9]);
    bytes.extend([128, 0, 0, 0]);
    let headers = {
        let mut bytes = bytes.clone();
        bytes[6] = 0;
        ip(&bytes).icmp.zip(ip(&bytes).network)
    };
    let (icmp, network) = headers.unwrap();
    assert_eq!((icmp, network.protocol), ((128, 0), 58));
    assert_eq!(network.fragment, Some(Fragment { offset: 0, more: true }));
    assert_eq!(network.identification, Some(9));
}

#[test]
fn later_fragments_have_no_ports() {
    let mut bytes = ipv4_udp(b"hello");
    bytes[7] = 3;
    let headers = ip(&bytes);
    assert_eq!((headers.src_port, headers.payload), (None, &b""[..]));
}
