//! Datagrams that nobody should send: counted with reason and exporter, and without a trace in the rest.

use std::net::UdpSocket;
use std::time::Duration;

use weir_testkit::{Launch, Sums, assert_adds_up, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

fn be16(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// A NetFlow v5 datagram that claims `count` records and carries `carried`, all zero.
fn v5(count: u16, carried: usize) -> Vec<u8> {
    let mut bytes = be16(&[5, count]);
    bytes.resize(24 + 48 * carried, 0);
    bytes
}

/// A NetFlow v9 datagram with one flowset of this body.
fn v9(flowset: u16, body: &[u16]) -> Vec<u8> {
    let mut bytes = be16(&[9, 1]);
    bytes.resize(20, 0);
    bytes.extend(be16(&[flowset, 4 + 2 * body.len() as u16]));
    bytes.extend(be16(body));
    bytes
}

/// An IPFIX message with one set of this body, which may lie about the lengths of message and set.
fn ipfix(message_length: Option<u16>, set: u16, set_length: Option<u16>, body: &[u16]) -> Vec<u8> {
    let real = 4 + 2 * body.len() as u16;
    let mut bytes = be16(&[10, message_length.unwrap_or(16 + real)]);
    bytes.resize(16, 0);
    bytes.extend(be16(&[set, set_length.unwrap_or(real)]));
    bytes.extend(be16(body));
    bytes
}

/// Bytes that follow from the seed (xorshift).
fn noise(mut state: u64, length: usize) -> Vec<u8> {
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

/// Refused as a whole.
fn refused() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("one byte", vec![5]),
        ("version 1", be16(&[1, 1, 0, 0, 0, 0, 0, 0])),
        ("version 65535", vec![0xff; 100]),
        ("a v5 header cut short", v5(1, 0)[..10].to_vec()),
        ("a v5 datagram with fewer records than it claims", v5(30, 1)),
        ("nflow-generator's v5 datagram of 1000 records", v5(1000, 1000)),
        ("a v9 header cut short", v9(0, &[])[..12].to_vec()),
        ("an ipfix header cut short", ipfix(None, 2, None, &[])[..9].to_vec()),
        ("an ipfix message longer than its datagram", ipfix(Some(2000), 2, None, &[256, 0])),
        ("an sflow header cut short", be16(&[0, 5, 0, 1, 127, 1])),
    ]
}

/// Understood as datagrams, with something inside that cannot be.
fn odd() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a v9 template without fields", v9(0, &[256, 0])),
        ("a v9 template of fields without length", v9(0, &[257, 2, 8, 0, 12, 0])),
        ("a v9 template cut short", v9(0, &[258, 9, 8, 4])),
        ("v9 data for a template of fields without length", v9(257, &[0, 0, 0, 0])),
        ("an ipfix template without fields", ipfix(None, 2, None, &[300, 0])),
        ("an ipfix template of fields without length", ipfix(None, 2, None, &[301, 2, 8, 0, 12, 0])),
        ("an ipfix set shorter than its header", ipfix(None, 2, Some(3), &[300, 1, 8, 4])),
        ("an ipfix set longer than its message", ipfix(None, 2, Some(900), &[300, 1, 8, 4])),
        ("ipfix data for a template that never came", ipfix(None, 999, None, &[1, 2, 3, 4])),
    ]
}

#[test]
fn is_counted_and_leaves_the_rest_untouched() {
    let weir = Launch::new(WEIR).start();
    let mut expected = Sums::from(weir.generate("v9", 2_000, 1));
    weir.wait_for_flows(None, expected.flows);
    let before = weir.accounting();

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let send = |bytes: &[u8]| {
        assert_eq!(socket.send_to(bytes, weir.listener()).unwrap(), bytes.len());
    };
    let (refused, odd) = (refused(), odd());
    for (_, bytes) in refused.iter().chain(&odd) {
        send(bytes);
    }
    for seed in 1..=200 {
        let mut bytes = noise(seed, (seed * 7) as usize);
        // Nobody's version, so that each is refused.
        bytes[..2].copy_from_slice(&[0x7f, 0xff]);
        send(&bytes);
    }
    let total = (refused.len() + odd.len() + 200) as u64;
    let received = |accounting: &serde_json::Value| accounting["datagrams"]["received"].as_u64().unwrap();
    let after = wait_until("every datagram is accounted for", Duration::from_secs(30), || {
        let now = weir.accounting();
        (received(&now) >= received(&before) + total).then_some(now)
    });
    assert_eq!(received(&after), received(&before) + total, "{after:#}");
    assert_adds_up(&after);

    let rejected = after["datagrams"]["rejected"].as_object().unwrap();
    let count: u64 = rejected.values().filter_map(serde_json::Value::as_u64).sum();
    assert!(count >= refused.len() as u64 + 200, "{count} of {} refused: {after:#}", refused.len() + 200);
    assert!(rejected.len() >= 3, "reasons are told apart: {rejected:?}");
    let sets = after["sets"]["rejected"].as_object().unwrap();
    assert!(!sets.is_empty(), "bad sets are counted: {after:#}");

    // The exporter is named beside the reasons; workers publish that twice a second.
    wait_until("the exporter is named", Duration::from_secs(30), || {
        let exporters = weir.http().get_json("/api/v1/exporters");
        let named = exporters["exporters"].as_array().unwrap().iter().any(|exporter| {
            exporter["exporter"] == "127.0.0.1"
                && exporter["rejected"].as_object().is_some_and(|map| !map.is_empty())
        });
        named.then_some(())
    });

    // The stream that was there before goes on, templates and all, and not a record came of the noise.
    expected = expected + weir.generate("v9", 1_000, 2).into();
    let found = weir.wait_for_flows(None, expected.flows);
    assert_eq!(found, expected, "{:#}", weir.accounting());
    assert_adds_up(&weir.wait_until_stored());
}

#[test]
fn random_bodies_under_real_headers_never_stop_it() {
    let weir = Launch::new(WEIR).start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for seed in 1..=600_u64 {
        let mut bytes = noise(seed, 30 + (seed * 2) as usize);
        match seed % 4 {
            0 => bytes[..2].copy_from_slice(&[0, 5]),
            1 => bytes[..2].copy_from_slice(&[0, 9]),
            2 => {
                let length = bytes.len() as u16;
                bytes[..4].copy_from_slice(&be16(&[10, length]));
            }
            _ => bytes[..8].copy_from_slice(&[0, 0, 0, 5, 0, 0, 0, 1]),
        }
        socket.send_to(&bytes, weir.listener()).unwrap();
    }
    let after = wait_until("every datagram is accounted for", Duration::from_secs(30), || {
        let now = weir.accounting();
        (now["datagrams"]["received"].as_u64() >= Some(600)).then_some(now)
    });
    assert_adds_up(&after);
    let sent = weir.generate("v5", 300, 3);
    let found = weir.wait_for_flows(Some("flow_protocol = \"netflow5\" and exporter_port > 0"), sent.flows);
    assert!(found.flows >= sent.flows);
}

/// The most rows that a datagram can make: one IPFIX message of a set of one-byte records.
fn fullest() -> Vec<u8> {
    let records = 65_000_u16;
    let mut bytes = be16(&[10, 16 + 4 + records]);
    bytes.resize(16, 0);
    bytes.extend(be16(&[256, 4 + records]));
    bytes.extend((0..records).map(|at| at as u8));
    bytes
}

#[test]
fn an_exporter_of_tiny_records_costs_nobody_a_record() {
    let weir = Launch::new(WEIR).start();
    let (odd, sound) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    // One field: protocolIdentifier, in one byte.
    odd.send_to(&ipfix(None, 2, None, &[256, 1, 4, 1]), weir.listener()).unwrap();
    let (tiny, ordinary) = (fullest(), v5(30, 30));
    let mut sent = 1;
    let number = |ledger: &str, name: &str| weir.accounting()[ledger][name].as_u64().unwrap();
    // More records than a frame of the journal holds, in one go unless the kernel's buffer is small.
    while number("records", "decoded") < 2 << 20 {
        for _ in 0..60 {
            odd.send_to(&tiny, weir.listener()).unwrap();
            sound.send_to(&ordinary, weir.listener()).unwrap();
        }
        sent += 120;
        wait_until("every datagram is received, or dropped by the kernel", Duration::from_mins(2), || {
            let seen = number("datagrams", "received") + number("datagrams", "kernel_dropped");
            (seen >= sent).then_some(())
        });
    }
    let after = weir.wait_until_stored();
    assert_adds_up(&after);
    assert_eq!(after["records"]["lost"], serde_json::json!({}), "{after:#}");
    let decoded = after["records"]["decoded"].as_u64().unwrap();
    assert_eq!(weir.sums(None).flows, decoded, "{after:#}");
}
