use std::sync::Arc;

use arrow_array::builder::{
    FixedSizeBinaryDictionaryBuilder, MapBuilder, StringBuilder, StringDictionaryBuilder,
};
use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, TimestampNanosecondArray, UInt8Array, UInt16Array, UInt64Array};
use arrow_schema::Schema;

use super::*;
use crate::{Context, parse, read};

fn ip(texts: &[Option<&str>]) -> ArrayRef {
    let mut builder = FixedSizeBinaryDictionaryBuilder::<UInt32Type>::new(16);
    for text in texts {
        match text.map(|text| text.parse().expect("an address")) {
            Some(std::net::IpAddr::V4(v4)) => builder.append(v4.to_ipv6_mapped().octets()).map(drop),
            Some(std::net::IpAddr::V6(v6)) => builder.append(v6.octets()).map(drop),
            None => {
                builder.append_null();
                Ok(())
            }
        }
        .expect("16 bytes");
    }
    Arc::new(builder.finish())
}

fn text(texts: &[Option<&str>]) -> ArrayRef {
    let mut builder = StringDictionaryBuilder::<UInt32Type>::new();
    for text in texts {
        builder.append_option(*text);
    }
    Arc::new(builder.finish())
}

fn batch(columns: Vec<(Field, ArrayRef)>) -> RecordBatch {
    let fields: Vec<_> = columns
        .iter()
        .map(|(field, array)| arrow_schema::Field::new(field.name(), array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("a batch")
}

fn rows(batch: &RecordBatch, filter: &str) -> Vec<usize> {
    let sets = Arc::new([("lan".to_owned(), vec!["10.0.0.0/8".to_owned()])].into());
    let reading = read(filter, &Context { now_ns: Some(0), sets });
    let expr = reading.unwrap_or_else(|errors| panic!("{}", errors[0].render(filter))).expr;
    Filter::new(&expr).mask(batch).expect("a mask").set_indices().collect()
}

fn example() -> RecordBatch {
    let mut extra = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for entry in [Some("lan"), None, Some("7"), None] {
        if let Some(value) = entry {
            extra.keys().append_value("pool");
            extra.values().append_value(value);
        }
        extra.append(true).expect("an entry");
    }
    batch(vec![
        (
            Field::Time,
            Arc::new(
                TimestampNanosecondArray::from(vec![0, 1_000_000_000, 2_000_000_000, 3_000_000_000])
                    .with_timezone("UTC"),
            ),
        ),
        (
            Field::Start,
            Arc::new(
                TimestampNanosecondArray::from(vec![Some(0), Some(0), Some(3), None]).with_timezone("UTC"),
            ),
        ),
        (
            Field::End,
            Arc::new(
                TimestampNanosecondArray::from(vec![Some(0), Some(5_000_000_000), Some(2), Some(1)])
                    .with_timezone("UTC"),
            ),
        ),
        (Field::SrcIp, ip(&[Some("10.0.0.1"), Some("10.9.0.1"), Some("2001:db8::1"), None])),
        (Field::DstIp, ip(&[Some("192.0.2.1"), Some("10.0.0.1"), Some("2001:db8::2"), None])),
        (Field::SrcPort, Arc::new(UInt16Array::from(vec![Some(50000), Some(443), Some(53), None]))),
        (Field::DstPort, Arc::new(UInt16Array::from(vec![Some(443), Some(50001), None, None]))),
        (Field::Protocol, Arc::new(UInt8Array::from(vec![Some(6), Some(6), Some(17), Some(1)]))),
        (Field::Tos, Arc::new(UInt8Array::from(vec![Some(184), Some(0), None, Some(2)]))),
        (Field::Bytes, Arc::new(UInt64Array::from(vec![Some(100), Some(20_000_000), None, Some(64)]))),
        (Field::TcpFlags, Arc::new(UInt16Array::from(vec![Some(2), Some(0x12), None, Some(0)]))),
        (Field::App, text(&[Some("dns-over-tls"), Some("web"), None, Some("dns")])),
        (Field::Extra, Arc::new(extra.finish())),
    ])
}

#[test]
fn tests_pick_their_rows() {
    let batch = example();
    let cases: &[(&str, &[usize])] = &[
        ("", &[0, 1, 2, 3]),
        ("false", &[]),
        ("src_ip = 10.0.0.1", &[0]),
        ("src_ip in 10.0.0.0/8", &[0, 1]),
        ("src_ip in (10.0.0.0/16, 2001:db8::/32)", &[0, 2]),
        ("src_ip in ::/0", &[2]),
        ("src_ip = 10.0.0.0-10.9.0.1", &[0, 1]),
        ("ip = 10.0.0.1", &[0, 1]),
        ("10.0.0.1", &[0, 1]),
        ("port = https", &[0, 1]),
        ("dst_port in (80, 400..500)", &[0]),
        ("src_port in (53, 50000-50010)", &[0, 2]),
        ("protocol = tcp and bytes > 10MB", &[1]),
        ("protocol in (icmp, udp)", &[2, 3]),
        ("service = https", &[0, 1]),
        ("service = icmp", &[3]),
        ("service in (dns, tcp/443)", &[0, 1, 2]),
        ("dscp = ef", &[0]),
        ("ecn = ect0", &[3]),
        ("duration >= 5s", &[1]),
        ("time >= 1970-01-01T00:00:02Z", &[2, 3]),
        ("time = 1970-01-01", &[0]),
        ("tcp_flags has syn", &[0, 1]),
        ("tcp_flags has syn and tcp_flags lacks ack", &[0]),
        ("tcp_flags lacks syn", &[3]),
        ("tcp_flags = syn|ack", &[1]),
        ("app ~ \"^dns\"", &[0, 3]),
        ("app = dns", &[3]),
        ("app = dns*", &[0, 3]),
        ("app != *s", &[1]),
        ("app like (\"w?b\", \"dns\")", &[1, 3]),
        ("extra[\"pool\"] = l*", &[0]),
        ("src_ip = 10.0.*", &[0]),
        ("src_ip in @lan and not dst_ip in @lan", &[0]),
        ("hour(time) = 0 and weekday(time) = thu", &[0, 1, 2, 3]),
        ("hour(start, Asia/Kolkata) = 5", &[0, 1, 2]),
        ("hour(start) != 0", &[]),
        ("weekday(start) exists", &[0, 1, 2]),
        ("not weekday(start) exists", &[3]),
        ("start <= now-1h", &[]),
        ("src port 443 and flags SA", &[1]),
        ("not flags A", &[0, 2, 3]),
        ("bps > 1M", &[1]),
        ("app in (dns, web)", &[1, 3]),
        ("extra[\"pool\"] = lan", &[0]),
        ("extra[\"pool\"] >= 7", &[2]),
        ("extra[\"pool\"] exists", &[0, 2]),
        ("user = root or bytes = 100", &[0]),
    ];
    for (filter, expected) in cases {
        assert_eq!(rows(&batch, filter), *expected, "{filter}");
    }
}

#[test]
fn absent_values_match_no_comparison() {
    let batch = example();
    let cases: &[(&str, &[usize])] = &[
        ("src_port = 443", &[1]),
        ("src_port != 443", &[0, 2]),
        ("not src_port = 443", &[0, 2, 3]),
        ("src_port exists", &[0, 1, 2]),
        ("not src_port exists", &[3]),
        ("app !~ dns", &[1]),
        ("not app ~ dns", &[1, 2]),
        ("ip != 10.0.0.1", &[2]),
        ("port != 443", &[2]),
        ("ip exists", &[0, 1, 2]),
        ("user = root", &[]),
        ("user != root", &[]),
        ("not user = root", &[0, 1, 2, 3]),
        ("extra[\"pool\"] != lan", &[2]),
    ];
    for (filter, expected) in cases {
        assert_eq!(rows(&batch, filter), *expected, "{filter}");
    }
}

#[test]
fn a_column_of_the_wrong_type_is_an_error() {
    let wrong = batch(vec![(Field::Bytes, text(&[Some("x")]))]);
    let expr = parse("bytes = 1").expect("a filter");
    let error = Filter::new(&expr).mask(&wrong).expect_err("a wrong type");
    assert!(error.to_string().starts_with("column `bytes` is Dictionary"), "{error}");
}

#[test]
fn fields_are_the_stored_ones() {
    let expr = parse("service = https and ip = 10.0.0.1 and dscp = ef").expect("a filter");
    assert_eq!(
        Filter::new(&expr).fields(),
        [Field::SrcIp, Field::DstIp, Field::SrcPort, Field::DstPort, Field::Protocol, Field::Tos]
    );
}
