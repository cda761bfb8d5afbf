//! Records of both directions, firewalls' records and events: rows, and each byte counted once.

mod support;

use support::{Value, cell, column, decode, extra, origin};
use weir_schema::Field;
use weir_wire::template::Dialect;

/// Of reverse elements (RFC 5103).
const REVERSE: u32 = 29305;

fn texts(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|value| (!value.is_empty()).then(|| (*value).to_owned())).collect()
}

fn biflow<'a>(bytes: &'a [u8], reverse: &'a [u8]) -> Vec<Value<'a>> {
    vec![
        (0, 8, &[10, 0, 0, 1]),
        (0, 12, &[10, 0, 0, 2]),
        (0, 7, &[0xc0, 0]),
        (0, 11, &[0, 80]),
        (0, 4, &[6]),
        (0, 6, &[2]),
        (0, 10, &[0, 3]),
        (0, 14, &[0, 4]),
        (0, 1, bytes),
        (0, 2, &[5]),
        (REVERSE, 1, reverse),
        (REVERSE, 2, reverse),
        (REVERSE, 6, &[0x12]),
        (0, 58, &[0, 7]),
    ]
}

#[test]
fn a_biflow_becomes_two_rows_and_a_oneway_one_stays_one() {
    let records = [biflow(&[0, 100], &[0, 0]), biflow(&[0, 200], &[0, 9]), biflow(&[0, 201], &[0, 8])];
    let records: Vec<&[Value<'_>]> = records.iter().map(Vec::as_slice).collect();
    let (batch, outcome) = decode(Dialect::Ipfix, &origin(), &records);
    assert_eq!((outcome.records, outcome.rows, batch.num_rows()), (3, 5, 5));
    assert_eq!(column(&batch, Field::Bytes), texts(&["100", "200", "201", "9", "8"]));
    assert_eq!(column(&batch, Field::Packets), texts(&["5", "5", "5", "9", "8"]));
    assert_eq!(column(&batch, Field::BiflowSide), texts(&["", "forward", "forward", "reverse", "reverse"]));
    assert_eq!(column(&batch, Field::Kind), texts(&["flow"; 5]));
    for (field, forward, reverse) in [
        (Field::SrcIp, "10.0.0.1", "10.0.0.2"),
        (Field::DstIp, "10.0.0.2", "10.0.0.1"),
        (Field::SrcPort, "49152", "80"),
        (Field::DstPort, "80", "49152"),
        (Field::InIf, "3", "4"),
        (Field::OutIf, "4", "3"),
        (Field::TcpFlags, "2", "18"),
        (Field::Protocol, "6", "6"),
        (Field::Vlan, "7", "7"),
    ] {
        assert_eq!(cell(&batch, field, 1).as_deref(), Some(forward), "{}", field.name());
        assert_eq!(cell(&batch, field, 3).as_deref(), Some(reverse), "{}", field.name());
    }
    assert_eq!(extra(&batch, 1, "reverseOctetDeltaCount").as_deref(), Some("9"));
}

#[test]
fn reverse_elements_of_cert_have_the_name_of_what_they_reverse() {
    // 40 is flowAttributes; CERT's reverse elements have bit 0x4000 set.
    let record: &[Value<'_>] =
        &[(0, 8, &[10, 0, 0, 1]), (6871, 40, &[0, 1]), (6871, 16_424, &[0, 2]), (6871, 17_383, &[3])];
    let (batch, _) = decode(Dialect::Ipfix, &origin(), &[record]);
    let kept = ["flowAttributes", "reverseFlowAttributes", "6871/17383"].map(|name| extra(&batch, 0, name));
    assert_eq!(kept, texts(&["1", "2", "0x03"])[..]);
}

/// A record of Cisco ASA: event, translated addresses, and what both sides sent.
fn asa<'a>(event: &'a [u8], initiator: &'a [u8], responder: &'a [u8]) -> Vec<Value<'a>> {
    vec![
        (0, 8, &[10, 0, 0, 1]),
        (0, 12, &[192, 0, 2, 1]),
        (0, 225, &[198, 51, 100, 7]),
        (0, 226, &[192, 0, 2, 1]),
        (0, 227, &[0xab, 0xcd]),
        (0, 228, &[1, 0xbb]),
        (0, 233, event),
        (0, 231, initiator),
        (0, 232, responder),
    ]
}

#[test]
fn a_firewall_counts_each_byte_once_and_tells_events_from_flows() {
    let records = [
        asa(&[1], &[0, 0], &[0, 0]),
        asa(&[5], &[0, 10], &[0, 20]),
        asa(&[2], &[0, 30], &[0, 0]),
        asa(&[3], &[0, 0], &[0, 0]),
    ];
    let records: Vec<&[Value<'_>]> = records.iter().map(Vec::as_slice).collect();
    let (batch, outcome) = decode(Dialect::Netflow9, &origin(), &records);
    assert_eq!((outcome.records, outcome.rows), (4, 5));
    assert_eq!(column(&batch, Field::Kind), texts(&["event", "flow", "flow", "event", "flow"]));
    assert_eq!(column(&batch, Field::Bytes), texts(&["0", "10", "30", "0", "20"]));
    assert_eq!(column(&batch, Field::InitiatorBytes), texts(&["0", "10", "30", "0", ""]));
    assert_eq!(column(&batch, Field::ResponderBytes), texts(&["0", "20", "0", "0", ""]));
    assert_eq!(cell(&batch, Field::NatSrcIp, 1).as_deref(), Some("198.51.100.7"));
    assert_eq!(cell(&batch, Field::NatDstIp, 4).as_deref(), Some("198.51.100.7"));
    assert_eq!(cell(&batch, Field::NatDstPort, 4).as_deref(), Some("43981"));
    assert_eq!(cell(&batch, Field::SrcIp, 4).as_deref(), Some("192.0.2.1"));
}

#[test]
fn an_older_firewalls_total_counts_when_the_connection_ends() {
    let record = |event: &'static [u8]| -> Vec<Value<'static>> {
        vec![(0, 8, &[10, 0, 0, 1]), (0, 40005, event), (0, 85, &[0, 0, 3, 0])]
    };
    let records = [record(&[1]), record(&[5]), record(&[2])];
    let records: Vec<&[Value<'_>]> = records.iter().map(Vec::as_slice).collect();
    let (batch, _) = decode(Dialect::Netflow9, &origin(), &records);
    assert_eq!(column(&batch, Field::Bytes), texts(&["", "", "768"]));
    assert_eq!(column(&batch, Field::Kind), texts(&["event", "flow", "flow"]));
    assert_eq!(extra(&batch, 1, "octetTotalCount").as_deref(), Some("768"));
}

#[test]
fn a_translation_is_an_event() {
    let record: &[Value<'_>] = &[(0, 8, &[10, 0, 0, 1]), (0, 225, &[198, 51, 100, 7]), (0, 230, &[4])];
    let (batch, _) = decode(Dialect::Ipfix, &origin(), &[record]);
    assert_eq!(column(&batch, Field::Kind), texts(&["event"]));
}

#[test]
fn counters_of_the_way_out_never_replace_those_of_the_way_in() {
    let record: &[Value<'_>] = &[(0, 23, &[0, 0]), (0, 24, &[0, 0]), (0, 1, &[5, 220]), (0, 2, &[0, 1])];
    let (batch, _) = decode(Dialect::Netflow9, &origin(), &[record]);
    assert_eq!(column(&batch, Field::Bytes), texts(&["1500"]));
    assert_eq!(column(&batch, Field::OutBytes), texts(&["0"]));
}

#[test]
fn deltas_are_preferred_to_totals() {
    let record: &[Value<'_>] = &[(0, 85, &[9, 9]), (0, 86, &[7]), (0, 1, &[0, 40]), (0, 2, &[1])];
    let (batch, _) = decode(Dialect::Ipfix, &origin(), &[record]);
    assert_eq!(
        (column(&batch, Field::Bytes), column(&batch, Field::Packets)),
        (texts(&["40"]), texts(&["1"]))
    );
    assert_eq!(extra(&batch, 0, "octetTotalCount").as_deref(), Some("2313"));
}

#[test]
fn what_does_not_fit_is_doubted_but_kept() {
    let counters = |bytes: &'static [u8], packets: &'static [u8]| -> Vec<Value<'static>> {
        vec![(0, 1, bytes), (0, 2, packets)]
    };
    let doubt = |record: &[Value<'_>]| decode(Dialect::Ipfix, &origin(), &[record]).1.doubt;
    assert_eq!(doubt(&counters(&[1, 0], &[0, 2])), None);
    assert_eq!(doubt(&counters(&[0, 1], &[0, 2])), Some("counters_absurd"));
    assert_eq!(doubt(&counters(&[1, 0, 0, 0], &[0, 1])), Some("counters_absurd"));
    assert_eq!(doubt(&counters(&[0, 0], &[0, 2])), None);
    let backwards: &[Value<'_>] = &[(0, 150, &[0x65, 9, 0, 0]), (0, 151, &[0x65, 0, 0, 0])];
    assert_eq!(doubt(backwards), Some("counters_absurd"));
}

#[test]
fn an_absurd_time_is_kept_beside_the_time_of_arrival() {
    let record: &[Value<'_>] = &[(0, 150, &[0, 0, 0, 1]), (0, 151, &[0, 0, 0, 2])];
    let (batch, outcome) = decode(Dialect::Ipfix, &origin(), &[record]);
    assert!(outcome.clock_off);
    assert_eq!(column(&batch, Field::Time), column(&batch, Field::Received));
    assert_eq!(column(&batch, Field::End), texts(&["2000000000"]));
    let silent: &[Value<'_>] = &[(0, 150, &[0; 4]), (0, 151, &[0; 4])];
    assert!(!decode(Dialect::Ipfix, &origin(), &[silent]).1.clock_off);
}
