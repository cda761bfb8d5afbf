//! Whole datagrams through a session.

use std::net::SocketAddr;

use weir_batch::BatchBuilder;

use super::*;

const RECEIVED_NS: i64 = 1_700_000_000_123_456_789;

fn source() -> SocketAddr {
    "192.0.2.1:5000".parse().unwrap()
}

/// A v5 datagram whose records are numbered by their source address.
fn v5(sequence: u32, count: u16) -> Vec<u8> {
    let mut bytes = vec![0, 5];
    bytes.extend(count.to_be_bytes());
    bytes.extend(60_000_u32.to_be_bytes());
    bytes.extend(1_700_000_000_u32.to_be_bytes());
    bytes.extend(0_u32.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend([1, 2, 0x40, 10]);
    for record in 0..u32::from(count) {
        bytes.extend((0x0a00_0000 + record).to_be_bytes());
        bytes.extend([0; 20]);
        bytes.extend(59_000_u32.to_be_bytes());
        bytes.extend(59_500_u32.to_be_bytes());
        bytes.extend([0; 16]);
    }
    bytes
}

#[test]
fn decodes_v5() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = BatchBuilder::new();
    let outcome = session.datagram(source(), RECEIVED_NS, &v5(0, 30), &mut out);
    assert_eq!((outcome.rejected, outcome.records, outcome.rows), (None, 30, 30));
    session.datagram(source(), RECEIVED_NS, &v5(60, 30), &mut out);
    let batch = out.finish();
    assert_eq!(batch.num_rows(), 60);
    let status = &session.exporters()[0];
    assert_eq!((status.domain, status.records, status.sampling), (0x102, 60, Some(10)));
    assert_eq!(status.gaps.map(|gaps| (gaps.unit, gaps.count)), Some(("flows", 30)));
}

#[test]
fn rejects_nflow_generators_datagram_as_a_whole() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = BatchBuilder::new();
    session.datagram(source(), RECEIVED_NS, &v5(0, 30), &mut out);
    let bad = v5(30, 1000);
    assert_eq!(bad.len(), 48_024);
    let outcome = session.datagram(source(), RECEIVED_NS, &bad, &mut out);
    assert_eq!(outcome.rejected.map(Reason::as_str), Some("v5_count_over_30"));
    session.datagram(source(), RECEIVED_NS, &v5(30, 30), &mut out);
    assert_eq!(out.rows(), 60);
    let status = &session.exporters()[0];
    assert_eq!((status.datagrams, status.records), (3, 60));
    assert_eq!(status.gaps.map(|gaps| gaps.count), Some(0));
    assert_eq!(status.rejected.iter().collect::<Vec<_>>(), [(Reason::new("v5_count_over_30"), 1)]);
}

#[test]
fn counts_senders_of_noise() {
    let limits = SessionLimits { strangers: 2, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = BatchBuilder::new();
    for last in 1..=4 {
        let source = SocketAddr::from(([192, 0, 2, last], 1));
        let outcome = session.datagram(source, RECEIVED_NS, b"GET / HTTP/1.1", &mut out);
        assert_eq!(outcome.rejected.map(Reason::as_str), Some("unknown_version"));
    }
    let statuses = session.exporters();
    assert_eq!(statuses.len(), 3);
    assert_eq!(statuses.iter().map(|status| status.datagrams).sum::<u64>(), 4);
}

#[test]
fn forgets_idle_exporters_only() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = BatchBuilder::new();
    session.datagram("192.0.2.1:1".parse().unwrap(), 0, &v5(0, 1), &mut out);
    session.datagram("192.0.2.2:1".parse().unwrap(), RECEIVED_NS, &v5(0, 1), &mut out);
    session.housekeeping(RECEIVED_NS);
    assert_eq!(session.exporters().len(), 1);
    session.datagram("192.0.2.2:1".parse().unwrap(), RECEIVED_NS, &v5(1, 1), &mut out);
    assert_eq!(session.exporters()[0].records, 2);
}

#[test]
fn a_full_session_rejects_new_exporters_and_keeps_the_known() {
    let limits = SessionLimits { exporters: 1, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = BatchBuilder::new();
    session.datagram("192.0.2.1:1".parse().unwrap(), RECEIVED_NS, &v5(0, 1), &mut out);
    let outcome = session.datagram("192.0.2.2:1".parse().unwrap(), RECEIVED_NS, &v5(0, 1), &mut out);
    assert_eq!(outcome.rejected, Some(Reason::EXPORTERS_FULL));
    assert_eq!(session.datagram("192.0.2.1:1".parse().unwrap(), RECEIVED_NS, &v5(1, 1), &mut out).rows, 1);
}
