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

/// An IPv4 packet of any protocol.
fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 20 + payload.len() as u8, 0, 1, 0, 0, 64, protocol, 0, 0];
    bytes.extend([192, 0, 2, 1, 192, 0, 2, 2]);
    bytes.extend(payload);
    bytes
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xc0, 0, (port >> 8) as u8, port as u8, 0, 8 + payload.len() as u8, 0, 0];
    bytes.extend(payload);
    bytes
}

fn ethernet_ipv4(packet: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    frame.extend(packet);
    frame
}

fn behind(header: &[u8], payload: &[u8]) -> Vec<u8> {
    [header, payload].concat()
}

#[test]
fn looks_into_every_tunnel() {
    let inside = ipv4_udp(b"x");
    let frame = ethernet_ipv4(&inside);
    for (packet, kind, id) in [
        (ipv4(4, &inside), TunnelKind::Ipip, None),
        (ipv4(47, &behind(&[0x20, 0, 8, 0, 0, 0, 0, 9], &inside)), TunnelKind::Gre, Some(9)),
        (ipv4(47, &behind(&[0x20, 0, 0x65, 0x58, 0, 0x13, 0x89, 7], &frame)), TunnelKind::Nvgre, Some(5001)),
        (
            ipv4(47, &behind(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 3, 0, 0, 0, 0], &frame)),
            TunnelKind::Erspan,
            Some(3),
        ),
        (ipv4(97, &behind(&[0x30, 0], &frame)), TunnelKind::Etherip, None),
        (
            ipv4(17, &udp(4789, &behind(&[8, 0, 0, 0, 0, 0x13, 0x89, 0], &frame))),
            TunnelKind::Vxlan,
            Some(5001),
        ),
        (
            ipv4(17, &udp(6081, &behind(&[1, 0, 0x65, 0x58, 0, 0, 9, 0, 1, 2, 3, 0], &frame))),
            TunnelKind::Geneve,
            Some(9),
        ),
        (
            ipv4(17, &udp(2152, &behind(&[0x32, 255, 0, 0, 0, 0, 0, 7, 0, 1, 0, 0], &inside))),
            TunnelKind::Gtp,
            Some(7),
        ),
    ] {
        let headers = ip(&packet);
        assert_eq!(headers.tunnel(), Some(Tunnel { kind, id }));
        let inner = headers.inner.unwrap();
        assert_eq!((inner.src.to_string(), inner.dst_port), ("10.0.0.1".to_owned(), Some(2055)), "{kind:?}");
        let outer = headers.network.unwrap();
        assert_eq!(outer.src.to_string(), "192.0.2.1", "{kind:?}");
    }
}

#[test]
fn the_payload_of_a_tunnel_in_udp_stays_readable() {
    let headers_of = udp(4789, b"not a tunnel");
    let packet = ipv4(17, &headers_of);
    let headers = ip(&packet);
    assert_eq!((headers.payload, headers.tunnel()), (&b"not a tunnel"[..], None));
}

#[test]
fn segment_routing_ends_at_its_first_segment() {
    let header = |next: u8, payload: &[u8]| {
        let mut bytes = vec![0x60, 0, 0, 0, 0, (24 + payload.len()) as u8, 43, 64];
        bytes.extend([0xfc; 16]);
        bytes.extend([0xfd; 16]);
        bytes.extend([next, 2, 4, 1, 0, 0, 0, 0]);
        bytes.extend([0xfe; 16]);
        bytes.extend(payload);
        bytes
    };
    let packet = header(4, &ipv4_udp(b"x"));
    let headers = ip(&packet);
    assert_eq!(headers.tunnels[..2], [Some(Tunnel { kind: TunnelKind::Srv6, id: None }), None]);
    assert_eq!(headers.inner.unwrap().dst.to_string(), "10.0.0.2");
    assert_eq!(headers.network.unwrap().dst, IpAddr::from([0xfd; 16]));
    let packet = header(17, &udp(53, b"x"));
    let headers = ip(&packet);
    let inner = headers.inner.unwrap();
    assert_eq!((inner.dst, inner.dst_port), (IpAddr::from([0xfe; 16]), Some(53)));
}

#[test]
fn tunnels_in_tunnels_are_followed_to_a_depth() {
    let mut packet = ipv4_udp(b"x");
    for _ in 0..MAX_TUNNELS + 2 {
        packet = ipv4(4, &packet);
    }
    let headers = ip(&packet);
    assert!(headers.tunnels.iter().all(Option::is_some));
    assert_eq!(headers.inner.unwrap().protocol, 4);
}
