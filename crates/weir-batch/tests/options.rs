//! What options records tell, in the rows that it belongs to.

mod support;

use support::{Value, bytes, cell, column, decode, extra, fields, origin};
use weir_batch::{BatchBuilder, NameLookup, Names, OptionsPlan, Origin, Sampling, SamplingOrigin};
use weir_schema::Field;
use weir_wire::template::Dialect;

#[test]
fn names_are_joined_where_the_record_has_none() {
    let mut names = Names::default();
    names.set_interface(3, "xe-0/0/3");
    names.set_vrf(7, "red");
    names.set_application("13:453", "http", &[("applicationCategoryName", "web".into())]);
    let origin = Origin { names: NameLookup::new(Some(&names), None), ..origin() };
    let record = |input: &'static [u8]| -> Vec<Value<'static>> {
        vec![(0, 10, input), (0, 14, &[0, 9]), (0, 234, &[0, 0, 0, 7]), (0, 95, &[13, 0, 1, 197])]
    };
    let records = [record(&[0, 3]), record(&[0, 4]), record(&[0, 3])];
    let records: Vec<&[Value<'_>]> = records.iter().map(Vec::as_slice).collect();
    let (batch, _) = decode(Dialect::Ipfix, &origin, &records);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(column(&batch, Field::InIfName), [some("xe-0/0/3"), None, some("xe-0/0/3")]);
    assert_eq!(column(&batch, Field::OutIfName), [None, None, None]);
    assert_eq!(cell(&batch, Field::VrfName, 0), some("red"));
    assert_eq!(cell(&batch, Field::App, 2), some("http"));
    assert_eq!(extra(&batch, 2, "applicationCategoryName"), some("web"));

    let record: &[Value<'_>] = &[(0, 10, &[0, 3]), (0, 82, b"own")];
    let (batch, _) = decode(Dialect::Ipfix, &origin, &[record]);
    assert_eq!(cell(&batch, Field::InIfName, 0), some("own"));
}

#[test]
fn a_rate_of_an_interface_counts_for_its_records_only() {
    let interfaces = [(3, 100), (9, 900)];
    let sampling =
        Sampling { interfaces: &interfaces, origin: SamplingOrigin::Options, ..Sampling::default() };
    let origin = Origin { sampling, ..origin() };
    let record = |input: &'static [u8], output: &'static [u8]| -> Vec<Value<'static>> {
        vec![(0, 10, input), (0, 14, output)]
    };
    let records = [record(&[0, 3], &[0, 9]), record(&[0, 4], &[0, 9]), record(&[0, 4], &[0, 5])];
    let records: Vec<&[Value<'_>]> = records.iter().map(Vec::as_slice).collect();
    let (batch, _) = decode(Dialect::Ipfix, &origin, &records);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(column(&batch, Field::Sampling), [some("100"), some("900"), None]);
    assert_eq!(cell(&batch, Field::SamplingOrigin, 1), some("options"));
}

#[test]
fn the_domains_name_stands_in_every_row_that_has_none() {
    let mut names = Names::default();
    names.set_domain(Some(7), "core-1");
    names.set_domain(Some(8), "core-2");
    for (id, expected) in [(7, Some("core-1".to_owned())), (8, Some("core-2".to_owned())), (9, None)] {
        let names = NameLookup::new(Some(&names), None).of_domain(id);
        let record: &[Value<'_>] = &[(0, 10, &[0, 3])];
        let (batch, _) = decode(Dialect::Ipfix, &Origin { names, ..origin() }, &[record, record]);
        assert_eq!(column(&batch, Field::DomainName), vec![expected; 2]);
    }
}

#[test]
fn statistics_become_a_row_for_each_number() {
    // Scope: exportingProcessId; then counters and a sampler.
    let record: &[Value<'_>] = &[
        (0, 144, &[0, 0, 0, 5]),
        (0, 302, &[0, 2]),
        (0, 41, &[0, 0, 0, 0, 0, 0, 1, 0]),
        (0, 166, &[0, 0, 0, 9]),
    ];
    let plan = OptionsPlan::compile(Dialect::Ipfix, 1, fields(record)).unwrap();
    assert!(plan.has_statistics());
    let mut out = BatchBuilder::new();
    let body = [bytes(record), bytes(record)].concat();
    assert_eq!(out.append_statistics(&origin(), &plan, &body), 4);
    let batch = out.finish();
    let counter =
        |row| (cell(&batch, Field::Counter, row).unwrap(), cell(&batch, Field::Value, row).unwrap());
    assert_eq!(counter(1), ("exportedMessageTotalCount".to_owned(), "256".to_owned()));
    assert_eq!(counter(2), ("notSentFlowTotalCount".to_owned(), "9".to_owned()));
    assert_eq!(column(&batch, Field::Kind), vec![Some("options".to_owned()); 4]);
    assert_eq!(cell(&batch, Field::SamplerId, 3).as_deref(), Some("2"));
    assert_eq!(extra(&batch, 3, "exportingProcessId").as_deref(), Some("5"));
    assert_eq!(cell(&batch, Field::Bytes, 0), None);
}

#[test]
fn sampler_tables_and_names_are_no_statistics() {
    for elements in [[(0, 149, &[0, 1][..]), (0, 34, &[0, 9])], [(0, 10, &[0, 1]), (0, 82, b"a")]] {
        let plan = OptionsPlan::compile(Dialect::Ipfix, 1, fields(&elements)).unwrap();
        assert!(!plan.has_statistics());
    }
}

#[test]
fn a_rate_in_the_record_counts_before_its_samplers_and_the_domains() {
    let samplers = [(7, 100)];
    let sampling =
        Sampling { rate: 50, origin: SamplingOrigin::Configured, samplers: &samplers, ..Sampling::default() };
    let origin = Origin { sampling, ..origin() };
    let rates = |record: &[Value<'_>]| {
        let (batch, _) = decode(Dialect::Ipfix, &origin, &[record]);
        (cell(&batch, Field::Sampling, 0).unwrap(), cell(&batch, Field::SamplingOrigin, 0).unwrap())
    };
    let is = |rate: &str, origin: &str| (rate.to_owned(), origin.to_owned());
    assert_eq!(rates(&[(0, 34, &[0, 9]), (0, 48, &[7])]), is("9", "record"));
    assert_eq!(rates(&[(0, 34, &[0, 0]), (0, 48, &[7])]), is("100", "options"));
    assert_eq!(rates(&[(0, 34, &[0, 0]), (0, 48, &[8])]), is("50", "configured"));
    assert_eq!(rates(&[(0, 305, &[0, 1]), (0, 306, &[3, 231])]), is("1000", "record"));
    assert_eq!(rates(&[(0, 1, &[1])]), is("50", "configured"));
    let origin = Origin { sampling: Sampling { forced: true, ..sampling }, ..origin };
    let (batch, _) = decode(Dialect::Ipfix, &origin, &[&[(0, 34, &[0, 9]), (0, 48, &[7])]]);
    assert_eq!(cell(&batch, Field::Sampling, 0).as_deref(), Some("50"));
}

#[test]
fn an_unknown_rate_is_no_rate() {
    let record: &[Value<'_>] = &[(0, 34, &[0, 0]), (0, 48, &[7])];
    let (batch, _) = decode(Dialect::Netflow9, &origin(), &[record]);
    assert_eq!((cell(&batch, Field::Sampling, 0), cell(&batch, Field::SamplingOrigin, 0)), (None, None));
}
