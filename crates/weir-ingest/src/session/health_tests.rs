//! What an exporter's status tells.

use weir_batch::Batches;

use super::tests::{RECEIVED_NS, ipfix, set, source, template, v5, v9};
use super::*;

#[test]
fn tells_clock_delay_and_rates() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    // Exported at 1_700_000_000.0 s, received 0.123 s later; records ended half a second before the export.
    for second in 0..60 {
        let received_ns = RECEIVED_NS + second * SECOND_NS;
        let mut bytes = v5(second as u32 * 30, 30);
        bytes[8..12].copy_from_slice(&(1_700_000_000 + second as u32).to_be_bytes());
        session.datagram(source(), received_ns, &bytes, &mut out);
    }
    let _ = session.housekeeping(RECEIVED_NS + 60 * SECOND_NS);
    let status = &session.exporters()[0];
    assert_eq!((status.clock_ahead_ms, status.delay_ms, status.clock_off), (Some(-123), Some(623), 0));
    assert!((status.records_per_second - 30.0).abs() < 0.1, "{}", status.records_per_second);
    assert!(status.bytes_per_second > 30.0 * 48.0 - 250.0, "{}", status.bytes_per_second);
    assert_eq!(status.kinds, crate::Kinds { flow: 1800, ..crate::Kinds::default() });
}

#[test]
fn counts_sets_of_a_clock_that_is_off() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    session.datagram(source(), RECEIVED_NS + 40 * 24 * 3_600 * SECOND_NS, &v5(0, 3), &mut out);
    let status = &session.exporters()[0];
    assert_eq!((status.clock_off, status.delay_ms), (1, None));
}

#[test]
fn keeps_the_start_of_what_could_not_be_read() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let bad = [1, 2, 0xff, 0xff, 7, 7];
    session.datagram(source(), RECEIVED_NS, &v9(1, &[&bad]), &mut out);
    let last = session.exporters()[0].last_error.clone().unwrap();
    assert_eq!((last.reason, last.at_ns, last.bytes.as_str()), ("set_overrun", RECEIVED_NS, "0102ffff0707"));
    // A datagram that is refused as a whole, and a stranger's.
    session.datagram(source(), RECEIVED_NS + 1, &v5(0, 1000), &mut out);
    session.datagram(source(), RECEIVED_NS + 2, b"GET /", &mut out);
    let reasons: Vec<_> = session
        .exporters()
        .iter()
        .map(|status| (status.protocol, status.last_error.as_ref().map(|last| last.reason)))
        .collect();
    assert!(reasons.contains(&("netflow5", Some("v5_count_over_30"))), "{reasons:?}");
    assert!(reasons.contains(&("unknown", Some("unknown_version"))), "{reasons:?}");
}

#[test]
fn lists_templates_with_what_became_of_them() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let options = set(3, &[1, 2, 0, 2, 0, 1, 0, 130, 0, 4, 0, 34, 0, 4]);
    let flows = set(2, &template(256, &[(8, 4), (82, 65535), (7_232, 2)]));
    session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&options, &flows]), &mut out);
    let later_ns = RECEIVED_NS + SECOND_NS;
    // Two records, and padding that is none.
    let records = set(256, &[10, 0, 0, 1, 1, b'a', 0, 7, 10, 0, 0, 2, 0, 0, 7, 9, 9]);
    session.datagram(source(), later_ns, &ipfix(0, &[&records]), &mut out);
    let address = source().ip();
    let list = session.templates_of(address);
    assert_eq!(list.total, 2);
    let [flows, options] = &list.templates[..] else { panic!("{list:?}") };
    assert_eq!((flows.id, flows.options, flows.port, flows.domain), (256, false, Some(5000), 7));
    assert_eq!(
        (flows.since_ns, flows.announced_ns, flows.used_ns),
        (RECEIVED_NS, RECEIVED_NS, Some(later_ns))
    );
    assert_eq!((flows.records, flows.doubts.iter().count()), (2, 1));
    let fields: Vec<_> = flows.fields.iter().map(|field| (field.name.as_str(), field.length)).collect();
    assert_eq!(fields, [("sourceIPv4Address", Some(4)), ("interfaceName", None), ("iana:7232", Some(2))]);
    assert_eq!((options.id, options.options, options.used_ns), (258, true, None));
    let scopes: Vec<_> = options.fields.iter().map(|field| (field.name.as_str(), field.scope)).collect();
    assert_eq!(scopes, [("exporterIPv4Address", true), ("samplingInterval", false)]);

    // After a restart nobody's port has announced them.
    let mut restarted = Session::new(SessionLimits::default());
    restarted.restore(&session.remember(), later_ns);
    let ports: Vec<_> = restarted.templates_of(address).templates.iter().map(|one| one.port).collect();
    assert_eq!(ports, [None, None]);
    assert_eq!(restarted.templates_of([192, 0, 2, 9].into()).total, 0);
}

#[test]
fn sampling_by_configuration_reaches_the_rows() {
    let configured =
        crate::config::SamplingConfig { exporter: "192.0.2.0/24".parse().unwrap(), rate: 64, force: false };
    let rates = |force: bool, bytes: &[u8]| {
        let sampling = [crate::config::SamplingConfig { force, ..configured.clone() }];
        let mut session = Session::new(SessionLimits::default()).with_sampling(&sampling);
        let mut out = Batches::new();
        session.datagram(source(), RECEIVED_NS, bytes, &mut out);
        let batch = out.flows.finish();
        let rates = batch.column_by_name("sampling").unwrap();
        let status = session.exporters().remove(0);
        let rates = rates.as_any().downcast_ref::<arrow_array::UInt32Array>().unwrap();
        (rates.value(0), status.sampling, status.sampling_origin)
    };
    let mut silent = v5(0, 1);
    silent[22..24].fill(0);
    assert_eq!(rates(false, &silent), (64, Some(64), Some("configured")));
    assert_eq!(rates(false, &v5(0, 1)), (10, Some(10), Some("header")));
    assert_eq!(rates(true, &v5(0, 1)), (64, Some(64), Some("configured")));
    let own = v9(1, &[&set(0, &template(256, &[(8, 4), (34, 1)])), &set(256, &[10, 0, 0, 1, 9])]);
    assert_eq!(rates(false, &own).0, 9);
    assert_eq!(rates(true, &own).0, 64);
}

#[test]
fn names_and_statistics_come_from_options() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    // v9: scope interface, then interfaceName; announced under another source id than the flows.
    let options = set(1, &[1, 4, 0, 4, 0, 4, 0, 2, 0, 2, 0, 82, 0, 4]);
    let mut names = v9(1, &[&options, &set(260, b"\x00\x07eth7")]);
    names[19] = 9;
    session.datagram(source(), RECEIVED_NS, &names, &mut out);
    let flows = v9(1, &[&set(0, &template(256, &[(8, 4), (10, 2)])), &set(256, &[10, 0, 0, 1, 0, 7])]);
    session.datagram(source(), RECEIVED_NS, &flows, &mut out);
    let batch = out.flows.finish();
    let column = batch.column_by_name("in_if_name").expect("the name is joined");
    let text = arrow_array::cast::AsArray::as_dictionary::<arrow_array::types::UInt32Type>(column);
    let values = arrow_array::cast::AsArray::as_string::<i32>(text.values());
    assert_eq!(values.value(text.keys().value(0) as usize), "eth7");

    // RFC 7011, section 4.1: metering process statistics.
    let statistics = set(3, &[1, 4, 0, 2, 0, 1, 0, 149, 0, 4, 0, 41, 0, 8]);
    let record = set(260, &[0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 99]);
    let outcome = session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&statistics, &record]), &mut out);
    assert_eq!((outcome.rows, outcome.options_records, outcome.counter_rows), (0, 1, 1));
    assert_eq!(out.counters.rows(), 1);
}

#[test]
fn samplers_of_the_only_other_domain_help_out() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let options = [1, 4, 0, 4, 0, 8, 0, 1, 0, 4, 0, 48, 0, 1, 0, 50, 0, 4];
    let table = |domain: u8, rate: u8| {
        let told = [0, 0, 0, 1, 7, 0, 0, 0, rate];
        let mut bytes = v9(1, &[&set(1, &options), &set(260, &told)]);
        bytes[19] = domain;
        bytes
    };
    // One record names a sampler, the other template's does not.
    let flows = v9(
        1,
        &[
            &set(0, &template(256, &[(8, 4), (48, 1)])),
            &set(0, &template(257, &[(8, 4)])),
            &set(256, &[10, 0, 0, 1, 7]),
            &set(257, &[10, 0, 0, 1]),
        ],
    );
    let mut rates = |session: &mut Session| -> Vec<Option<u32>> {
        session.datagram(source(), RECEIVED_NS, &flows, &mut out);
        let batch = out.flows.finish();
        let Some(rates) = batch.column_by_name("sampling") else { return vec![None, None] };
        let rates = rates.as_any().downcast_ref::<arrow_array::UInt32Array>().unwrap();
        rates.iter().collect()
    };
    session.datagram(source(), RECEIVED_NS, &table(1, 50), &mut Batches::new());
    assert_eq!(rates(&mut session), [Some(50), None]);
    session.datagram(source(), RECEIVED_NS, &table(2, 60), &mut Batches::new());
    assert_eq!(rates(&mut session), [None, None]);
}
