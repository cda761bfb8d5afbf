//! Whole datagrams through a session.

use std::net::SocketAddr;

use weir_batch::Batches;

use super::*;

pub(super) const RECEIVED_NS: i64 = 1_700_000_000_123_456_789;

pub(super) fn source() -> SocketAddr {
    "192.0.2.1:5000".parse().unwrap()
}

/// A v5 datagram whose records are numbered by their source address.
pub(super) fn v5(sequence: u32, count: u16) -> Vec<u8> {
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
    let mut out = Batches::new();
    let outcome = session.datagram(source(), RECEIVED_NS, &v5(0, 30), &mut out);
    assert_eq!((outcome.rejected, outcome.records, outcome.rows), (None, 30, 30));
    session.datagram(source(), RECEIVED_NS, &v5(60, 30), &mut out);
    let batch = out.flows.finish();
    assert_eq!(batch.num_rows(), 60);
    let status = &session.exporters()[0];
    assert_eq!((status.domain, status.records, status.sampling), (0x102, 60, Some(10)));
    assert_eq!(status.gaps.map(|gaps| (gaps.unit, gaps.count)), Some(("flows", 30)));
}

#[test]
fn rejects_nflow_generators_datagram_as_a_whole() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    session.datagram(source(), RECEIVED_NS, &v5(0, 30), &mut out);
    let bad = v5(30, 1000);
    assert_eq!(bad.len(), 48_024);
    let outcome = session.datagram(source(), RECEIVED_NS, &bad, &mut out);
    assert_eq!(outcome.rejected.map(Reason::as_str), Some("v5_count_over_30"));
    session.datagram(source(), RECEIVED_NS, &v5(30, 30), &mut out);
    assert_eq!(out.flows.rows(), 60);
    let status = &session.exporters()[0];
    assert_eq!((status.datagrams, status.records), (3, 60));
    assert_eq!(status.gaps.map(|gaps| gaps.count), Some(0));
    assert_eq!(status.rejected.iter().collect::<Vec<_>>(), [(Reason::new("v5_count_over_30"), 1)]);
}

#[test]
fn counts_senders_of_noise() {
    let limits = SessionLimits { strangers: 2, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
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
    let mut out = Batches::new();
    session.datagram("192.0.2.1:1".parse().unwrap(), 0, &v5(0, 1), &mut out);
    session.datagram("192.0.2.2:1".parse().unwrap(), RECEIVED_NS, &v5(0, 1), &mut out);
    let _ = session.housekeeping(RECEIVED_NS);
    assert_eq!(session.exporters().len(), 1);
    session.datagram("192.0.2.2:1".parse().unwrap(), RECEIVED_NS, &v5(1, 1), &mut out);
    assert_eq!(session.exporters()[0].records, 2);
}

#[test]
fn a_full_session_rejects_new_exporters_and_keeps_the_known() {
    let limits = SessionLimits { exporters: 1, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    session.datagram("192.0.2.1:1".parse().unwrap(), RECEIVED_NS, &v5(0, 1), &mut out);
    let outcome = session.datagram("192.0.2.2:1".parse().unwrap(), RECEIVED_NS, &v5(0, 1), &mut out);
    assert_eq!(outcome.rejected, Some(Reason::EXPORTERS_FULL));
    assert_eq!(session.datagram("192.0.2.1:1".parse().unwrap(), RECEIVED_NS, &v5(1, 1), &mut out).rows, 1);
}

/// An IPFIX message around sets.
pub(super) fn ipfix(sequence: u32, sets: &[&[u8]]) -> Vec<u8> {
    let body: Vec<u8> = sets.concat();
    let mut bytes = vec![0, 10];
    bytes.extend((16 + body.len() as u16).to_be_bytes());
    bytes.extend(1_700_000_000_u32.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(7_u32.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A v9 datagram around FlowSets.
pub(super) fn v9(sequence: u32, sets: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![0, 9, 0xff, 0xff];
    bytes.extend(60_000_u32.to_be_bytes());
    bytes.extend(1_700_000_000_u32.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(7_u32.to_be_bytes());
    bytes.extend(sets.concat());
    bytes
}

pub(super) fn set(id: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend((4 + body.len() as u16).to_be_bytes());
    bytes.extend(body);
    bytes
}

pub(super) fn template(id: u16, fields: &[(u16, u16)]) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend((fields.len() as u16).to_be_bytes());
    for (element, length) in fields {
        bytes.extend(element.to_be_bytes());
        bytes.extend(length.to_be_bytes());
    }
    bytes
}

#[test]
fn finds_templates_of_a_restarted_exporter_by_its_domain() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let announce = ipfix(0, &[&set(2, &template(256, &[(8, 4)]))]);
    let data = ipfix(0, &[&set(256, &[10, 0, 0, 1, 10, 0, 0, 2])]);
    let other = "192.0.2.1:6000".parse().unwrap();
    session.datagram(source(), RECEIVED_NS, &announce, &mut out);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &data, &mut out).rows, 2);
    assert_eq!(session.datagram(other, RECEIVED_NS, &data, &mut out).rows, 2);
    // The other port's own template goes first from now on, and does not change the first port's.
    session.datagram(other, RECEIVED_NS, &ipfix(2, &[&set(2, &template(256, &[(27, 8)]))]), &mut out);
    assert_eq!(session.datagram(other, RECEIVED_NS, &data, &mut out).rows, 1);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &data, &mut out).rows, 2);
}

#[test]
fn withdrawn_templates_are_gone() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let announce = ipfix(0, &[&set(2, &template(256, &[(8, 4)]))]);
    let withdraw = ipfix(0, &[&set(2, &template(256, &[]))]);
    let data = ipfix(0, &[&set(256, &[10, 0, 0, 1])]);
    for bytes in [&announce, &withdraw] {
        assert_eq!(reasons(&session.datagram(source(), RECEIVED_NS, bytes, &mut out)), [""; 0]);
    }
    let outcome = session.datagram(source(), RECEIVED_NS, &data, &mut out);
    assert_eq!((outcome.rows, outcome.held_sets), (0, 1));
}

#[test]
fn bad_templates_and_sets_end_only_themselves() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let zero_length = set(0, &template(256, &[(8, 0)]));
    let no_fields = set(0, &template(257, &[]));
    let good = set(0, &template(258, &[(8, 4)]));
    let data = set(258, &[10, 0, 0, 1]);
    let bytes = v9(1, &[&zero_length, &no_fields, &good, &data, &set(300, &[1; 8]), &[1, 2, 0xff, 0xff]]);
    let outcome = session.datagram(source(), RECEIVED_NS, &bytes, &mut out);
    assert_eq!(outcome.records, 1);
    assert_eq!(reasons(&outcome), ["set_overrun", "template_without_fields", "template_zero_length"]);
    assert_eq!(outcome.held_sets, 1);
}

#[test]
fn options_tell_the_sampling_rate() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    // Scope system, then samplerId and samplerRandomInterval.
    let options = [1, 4, 0, 4, 0, 8, 0, 1, 0, 4, 0, 48, 0, 1, 0, 50, 0, 4];
    let told = [0, 0, 0, 1, 7, 0, 0, 0, 100];
    let flows = set(0, &template(256, &[(8, 4), (48, 1)]));
    let data = [10, 0, 0, 1, 7, 10, 0, 0, 2, 7];
    let bytes = v9(1, &[&set(1, &options), &flows, &set(260, &told), &set(256, &data)]);
    let outcome = session.datagram(source(), RECEIVED_NS, &bytes, &mut out);
    assert_eq!((outcome.records, outcome.options_records, reasons(&outcome)), (2, 1, vec![]));
    let batch = out.flows.finish();
    let rate = batch.column_by_name("sampling").unwrap();
    let rate = rate.as_any().downcast_ref::<arrow_array::UInt32Array>().unwrap();
    assert_eq!(rate.values(), &[100, 100]);
    assert_eq!(session.exporters()[0].sampling, Some(100));
}

#[test]
fn ipfix_sequences_count_records_and_pause_while_some_are_unknown() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let data = set(256, &[10, 0, 0, 1, 10, 0, 0, 2]);
    session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&data]), &mut out);
    session.datagram(source(), RECEIVED_NS, &ipfix(2, &[&set(2, &template(256, &[(8, 4)]))]), &mut out);
    session.datagram(source(), RECEIVED_NS, &ipfix(2, &[&data]), &mut out);
    session.datagram(source(), RECEIVED_NS, &ipfix(9, &[&data]), &mut out);
    assert_eq!(session.exporters()[0].gaps.map(|gaps| (gaps.count, gaps.reordered)), Some((5, 0)));
}

#[test]
fn a_template_flood_stops_at_the_limits_and_known_templates_go_on() {
    let limits = SessionLimits { templates_per_exporter: 10, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    let data = ipfix(0, &[&set(256, &[10, 0, 0, 1])]);
    for id in 256..400 {
        session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&set(2, &template(id, &[(8, 4)]))]), &mut out);
    }
    let status = &session.exporters()[0];
    assert_eq!(status.templates, 10);
    assert_eq!(status.problems.iter().collect::<Vec<_>>(), [(Reason::TEMPLATES_FULL, 134)]);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &data, &mut out).rows, 1);
}

pub(super) fn reasons(outcome: &Outcome) -> Vec<&'static str> {
    let mut reasons: Vec<_> = outcome.problems.iter().map(|(reason, _)| reason.as_str()).collect();
    reasons.sort_unstable();
    reasons
}

#[test]
fn templates_of_a_connection_die_with_it_and_are_nobody_elses() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let announce = ipfix(0, &[&set(2, &template(256, &[(8, 4)]))]);
    let data = ipfix(0, &[&set(256, &[10, 0, 0, 1])]);
    let tcp = Transport::Tcp;
    session.stream_message(source(), tcp, RECEIVED_NS, &announce, &mut out);
    assert_eq!(session.stream_message(source(), tcp, RECEIVED_NS, &data, &mut out).rows, 1);
    let other = "192.0.2.1:6000".parse().unwrap();
    assert_eq!(session.stream_message(other, tcp, RECEIVED_NS, &data, &mut out).rows, 0);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &data, &mut out).rows, 0);
    let _ = session.close(source(), tcp);
    assert_eq!(session.stream_message(source(), tcp, RECEIVED_NS, &data, &mut out).rows, 0);
    let noise = session.stream_message(source(), tcp, RECEIVED_NS, &v5(0, 1), &mut out);
    assert_eq!(noise.rejected, Some(Reason::NOT_IPFIX));
}

#[test]
fn connections_that_come_and_go_leave_one_entry() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let message = ipfix(0, &[&set(2, &template(256, &[(8, 4)])), &set(256, &[10, 0, 0, 1])]);
    for port in 1..=1000 {
        let source = SocketAddr::from(([192, 0, 2, 1], port));
        session.stream_message(source, Transport::Tls, RECEIVED_NS, &message, &mut out);
        let _ = session.close(source, Transport::Tls);
    }
    let statuses = session.exporters();
    assert_eq!(statuses.len(), 1);
    let status = &statuses[0];
    assert_eq!((status.transport, status.port, status.records, status.templates), ("tls", 0, 1000, 0));
}

#[test]
fn decodes_v1_of_both_lengths_and_v7() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    for (version, header, record) in [(1, 16, 52), (1, 16, 48), (7, 24, 52)] {
        let mut bytes = vec![0, version, 0, 2];
        bytes.resize(header + 2 * record, 0);
        let outcome = session.datagram(source(), RECEIVED_NS, &bytes, &mut out);
        assert_eq!((outcome.rejected, outcome.records, outcome.problems), (None, 2, Reasons::default()));
    }
    let mut seen: Vec<_> =
        session.exporters().iter().map(|status| (status.protocol, status.records)).collect();
    seen.sort_unstable();
    assert_eq!(seen, [("netflow1", 4), ("netflow7", 2)]);
}
