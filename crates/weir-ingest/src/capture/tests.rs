//! Files made by the tests.

use std::io::Write;

use super::*;

const V5: [u8; 24] = [0, 5, 0, 0, 0, 0, 0, 0, 0x65, 0x53, 0xf1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read(bytes: &[u8]) -> (Vec<Captured>, Option<CaptureError>, u64) {
    let file = file(bytes);
    let (mut found, mut failed) = (vec![], None);
    let mut capture = Capture::open(file.path(), 7).unwrap();
    for captured in &mut capture {
        match captured {
            Ok(captured) => found.push(captured),
            Err(error) => failed = Some(error),
        }
    }
    (found, failed, capture.skipped())
}

/// An IPv4 packet with a UDP payload.
fn packet(payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x45, 0];
    bytes.extend((28 + payload.len() as u16).to_be_bytes());
    bytes.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x13, 0x88, 8, 7]);
    bytes.extend((8 + payload.len() as u16).to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(payload);
    bytes
}

/// A little-endian pcap file with nanoseconds.
fn pcap(link: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0];
    bytes.extend(link.to_le_bytes());
    for packet in packets {
        for word in [1_700_000_000, 123_456_789, packet.len() as u32, packet.len() as u32] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(packet);
    }
    bytes
}

#[test]
fn reads_pcap_of_each_link_layer() {
    let linked = |header: &[u8]| [header, &packet(&V5)].concat();
    let ethernet = linked(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 0]);
    let cooked = linked(&[0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0]);
    let cooked2 = linked(&[8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0]);
    let cases =
        [(1, ethernet), (101, linked(&[])), (0, linked(&[2, 0, 0, 0])), (113, cooked), (276, cooked2)];
    for (link, bytes) in cases {
        let (found, failed, _) = read(&pcap(link, &[bytes]));
        assert!(failed.is_none());
        assert_eq!(found.len(), 1, "link type {link}");
        assert_eq!(found[0].source, "192.0.2.1:5000".parse().unwrap());
        assert_eq!(found[0].received_ns, 1_700_000_000_123_456_789);
        assert_eq!(found[0].payload, V5);
    }
}

/// The packet cut into fragments of so many bytes behind the IP header (a multiple of eight).
fn fragments(whole: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (header, behind) = whole.split_at(20);
    let pieces = behind.chunks(size);
    let last = pieces.len() - 1;
    let cut = |(at, piece): (usize, &[u8])| {
        let mut bytes = [header, piece].concat();
        let length = (20 + piece.len()) as u16;
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        let place = (at * size / 8) as u16 | if at == last { 0 } else { 0x2000 };
        bytes[6..8].copy_from_slice(&place.to_be_bytes());
        bytes
    };
    pieces.enumerate().map(cut).collect()
}

#[test]
fn puts_fragments_together() {
    let payload = [&V5[..], &[7; 48]].concat();
    let mut pieces = fragments(&packet(&payload), 16);
    assert_eq!(pieces.len(), 5);
    pieces.reverse();
    let (found, failed, skipped) = read(&pcap(101, &pieces));
    assert!(failed.is_none());
    assert_eq!((found.len(), skipped), (1, 0));
    assert_eq!((found[0].payload.as_slice(), found[0].source.port()), (payload.as_slice(), 5000));
    pieces.pop();
    let (found, _, skipped) = read(&pcap(101, &pieces));
    assert_eq!((found.len(), skipped), (0, 1));
}

#[test]
fn passes_over_other_traffic_and_tells_of_a_cut_file() {
    let mut bytes = pcap(101, &[packet(b"\x12\x34dns"), packet(&V5), packet(&V5)]);
    let (found, failed, skipped) = read(&bytes);
    assert_eq!((found.len(), failed.is_none(), skipped), (2, true, 1));
    bytes.truncate(bytes.len() - 5);
    let (found, failed, _) = read(&bytes);
    assert_eq!(found.len(), 1);
    assert!(matches!(failed, Some(CaptureError::Truncated { .. })));
}

/// A pcapng file of raw IP packets; `padding` bytes of a block that nobody knows stand between header and packets.
fn pcapng(resolution: u8, units: u64, padding: usize) -> Vec<u8> {
    let mut bytes = vec![];
    let mut block = |kind: u32, body: &[u8]| {
        let length = 12 + body.len().next_multiple_of(4) as u32;
        bytes.extend(kind.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(body);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(length.to_le_bytes());
    };
    block(0x0a0d_0d0a, &[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
    // Raw IP, if_tsresol.
    block(1, &[101, 0, 0, 0, 0, 0, 4, 0, 9, 0, 1, 0, resolution, 0, 0, 0, 0, 0, 0, 0]);
    let packet = packet(&V5);
    let mut body = vec![0; 4];
    for word in [(units >> 32) as u32, units as u32, packet.len() as u32, packet.len() as u32] {
        body.extend(word.to_le_bytes());
    }
    body.extend(&packet);
    for padding in [padding, 2 * padding] {
        if padding > 0 {
            block(0x0bad, &vec![0; padding]);
        }
        block(6, &body);
    }
    bytes
}

#[test]
fn reads_pcapng_with_its_own_resolution() {
    let time = 1_700_000_000_123_456_789_u64;
    // Nanoseconds; then 2^-16 seconds, of which a quarter is exact in both.
    let cases =
        [(9, time, time as i64), (0x90, (1_700_000_000 << 16) + (1 << 14), 1_700_000_000_250_000_000)];
    for (resolution, units, received_ns) in cases {
        let (found, failed, _) = read(&pcapng(resolution, units, 0));
        assert!(failed.is_none(), "{failed:?}");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].received_ns, found[0].payload.len()), (received_ns, V5.len()));
    }
}

#[test]
fn the_window_grows_with_the_blocks() {
    let (found, failed, _) = read(&pcapng(6, 0, 400_000));
    assert!(failed.is_none(), "{failed:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn cuts_payloads_that_stand_back_to_back() {
    let ipfix = [0, 10, 0, 20, 0x65, 0x53, 0xf1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 4];
    let bytes = [&V5[..], &ipfix, &ipfix, &V5].concat();
    let (found, failed, _) = read(&bytes);
    assert!(failed.is_none());
    let lengths: Vec<usize> = found.iter().map(|captured| captured.payload.len()).collect();
    assert_eq!(lengths, [24, 20, 20, 24]);
    assert_eq!(found[1].received_ns, 1_700_000_001_000_000_000);
}

#[test]
fn refuses_other_files() {
    let file = file(b"hello, world");
    assert!(matches!(Capture::open(file.path(), 0), Err(CaptureError::Unknown { .. })));
    assert!(matches!(Capture::open("/nonexistent".as_ref(), 0), Err(CaptureError::Open { .. })));
}
