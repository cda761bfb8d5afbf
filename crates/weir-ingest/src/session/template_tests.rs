//! Templates: scope, change, withdrawal, expiry.

use weir_batch::Batches;

use super::tests::{RECEIVED_NS, ipfix, reasons, set, source, template, v9};
use super::*;

/// An IPFIX message of another domain than 7.
fn of_domain(domain: u8, sets: &[&[u8]]) -> Vec<u8> {
    let mut bytes = ipfix(0, sets);
    bytes[15] = domain;
    bytes
}

#[test]
fn domains_with_one_template_id_do_not_disturb_each_other() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let one = of_domain(1, &[&set(2, &template(256, &[(8, 4)]))]);
    let two = of_domain(2, &[&set(2, &template(256, &[(27, 8)]))]);
    session.datagram(source(), RECEIVED_NS, &one, &mut out);
    session.datagram(source(), RECEIVED_NS, &two, &mut out);
    let data = set(256, &[1; 16]);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &of_domain(1, &[&data]), &mut out).rows, 4);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &of_domain(2, &[&data]), &mut out).rows, 2);
}

#[test]
fn a_template_may_change_in_mid_stream_even_within_a_datagram() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let data = set(256, &[1; 16]);
    let (short, long) = (set(0, &template(256, &[(8, 4)])), set(0, &template(256, &[(27, 8)])));
    let bytes = v9(1, &[&short, &data, &long, &data]);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &bytes, &mut out).rows, 4 + 2);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &v9(2, &[&short]), &mut out).rows, 0);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &v9(3, &[&data]), &mut out).rows, 4);
    assert_eq!(session.exporters()[0].templates, 1);
    assert_eq!(session.templates.distinct_count(), 1);
}

#[test]
fn data_and_options_templates_share_their_ids() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let flows = set(2, &template(256, &[(8, 4)]));
    // One scope field (exporterIPv4Address), and samplingInterval.
    let options = set(3, &[1, 0, 0, 2, 0, 1, 0, 130, 0, 4, 0, 34, 0, 4]);
    let data = set(256, &[0, 0, 0, 9, 0, 0, 0, 9]);
    session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&flows, &data]), &mut out);
    let outcome = session.datagram(source(), RECEIVED_NS, &ipfix(2, &[&options, &data]), &mut out);
    assert_eq!((outcome.records, outcome.options_records), (0, 1));
    let outcome = session.datagram(source(), RECEIVED_NS, &ipfix(3, &[&flows, &data]), &mut out);
    assert_eq!((outcome.records, outcome.options_records), (2, 0));
    assert_eq!(session.exporters()[0].gaps.map(|gaps| gaps.count), Some(0));
}

#[test]
fn all_templates_of_a_kind_can_be_withdrawn() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let flows = set(2, &[template(256, &[(8, 4)]), template(257, &[(12, 4)])].concat());
    let options = set(3, &[1, 2, 0, 2, 0, 1, 0, 130, 0, 4, 0, 34, 0, 4]);
    session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&flows, &options]), &mut out);
    assert_eq!(session.exporters()[0].templates, 3);
    // RFC 7011, section 8.1: the id of the set, and no fields.
    session.datagram(source(), RECEIVED_NS + 5, &ipfix(0, &[&set(2, &[0, 2, 0, 0])]), &mut out);
    let status = &session.exporters()[0];
    assert_eq!((status.templates, status.templates_changed_ns), (1, Some(RECEIVED_NS + 5)));
    session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&set(3, &[0, 3, 0, 0])]), &mut out);
    assert_eq!((session.exporters()[0].templates, session.templates.distinct_count()), (0, 0));
    let again = ipfix(0, &[&set(2, &template(256, &[(8, 4)])), &set(256, &[10, 0, 0, 1])]);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &again, &mut out).rows, 1);
}

#[test]
fn templates_that_are_not_announced_again_expire() {
    let limits = SessionLimits { template_timeout_ns: 3_600 * SECOND_NS, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    let announce = |id| ipfix(0, &[&set(2, &template(id, &[(8, 4)]))]);
    let later_ns = RECEIVED_NS + 3_000 * SECOND_NS;
    session.datagram(source(), RECEIVED_NS, &announce(256), &mut out);
    session.datagram(source(), RECEIVED_NS, &announce(257), &mut out);
    session.datagram(source(), later_ns, &announce(257), &mut out);
    let _ = session.housekeeping(RECEIVED_NS + 3_601 * SECOND_NS);
    let data = |id| ipfix(0, &[&set(id, &[10, 0, 0, 1])]);
    assert_eq!(session.datagram(source(), later_ns, &data(256), &mut out).held_sets, 1);
    assert_eq!(session.datagram(source(), later_ns, &data(257), &mut out).rows, 1);

    let mut patient = Session::new(SessionLimits { template_timeout_ns: 0, ..SessionLimits::default() });
    patient.datagram(source(), RECEIVED_NS, &announce(256), &mut out);
    let _ = patient.housekeeping(RECEIVED_NS + 3_600 * 1_000 * SECOND_NS);
    assert_eq!(patient.datagram(source(), later_ns, &data(256), &mut out).rows, 1);
}

#[test]
fn a_changed_template_that_is_refused_does_not_leave_the_old_one() {
    let limits = SessionLimits { fields_per_template: 2, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&set(2, &template(256, &[(8, 4)]))]), &mut out);
    let wide = ipfix(0, &[&set(2, &template(256, &[(8, 4); 3]))]);
    let outcome = session.datagram(source(), RECEIVED_NS, &wide, &mut out);
    assert_eq!(reasons(&outcome), ["template_too_wide"]);
    let data = ipfix(0, &[&set(256, &[10, 0, 0, 1, 10, 0, 0, 2, 10, 0, 0, 3])]);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &data, &mut out).rows, 0);
}

#[test]
fn a_flood_from_one_address_leaves_the_templates_of_others() {
    let limits = SessionLimits {
        templates: 8_000,
        template_bytes: 8 << 20,
        new_exporters_per_second: 0,
        ..SessionLimits::default()
    };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&set(2, &template(256, &[(8, 4)]))]), &mut out);
    let mut refused = 0;
    for number in 0..20_000_u16 {
        // Ever other domains, ports and templates.
        let flood = SocketAddr::from(([192, 0, 2, 66], number % 1_000));
        let body = template(256 + number % 64, &[(1 + number % 100, 4), (200 + number / 100, 2)]);
        let mut bytes = ipfix(0, &[&set(2, &body)]);
        bytes[14..16].copy_from_slice(&(number / 64).to_be_bytes());
        refused += session.datagram(flood, RECEIVED_NS, &bytes, &mut out).problems.iter().count();
    }
    assert!(refused > 15_000, "{refused} templates were refused");
    assert!(session.templates.entries() <= 1_000 + 2, "{} entries", session.templates.entries());
    let data = ipfix(0, &[&set(256, &[10, 0, 0, 1])]);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &data, &mut out).rows, 1);
    let newcomer = SocketAddr::from(([192, 0, 2, 2], 1));
    let announce = ipfix(0, &[&set(2, &template(300, &[(8, 4), (12, 4), (7, 2)]))]);
    assert_eq!(reasons(&session.datagram(newcomer, RECEIVED_NS, &announce, &mut out)), [""; 0]);
    // Forgotten with their exporters and in time, to the last byte.
    let _ = session.housekeeping(RECEIVED_NS + 30 * 24 * 3_600 * SECOND_NS);
    assert_eq!(
        (session.templates.entries(), session.templates.distinct_count(), session.templates.bytes()),
        (0, 0, 0)
    );
}
