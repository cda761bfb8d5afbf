//! What a person reads when a filter is wrong.

use weir_filter::{Context, parse, read};

fn messages(texts: &[&str]) -> String {
    let rendered = texts.iter().flat_map(|text| {
        let errors = parse(text).expect_err(text);
        errors.into_iter().map(|error| error.render(text))
    });
    rendered.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn wrong_names_get_a_suggestion() {
    insta::assert_snapshot!(messages(&[
        "src_prot = 80",
        "bytes > 10MB and sorce.ip = 10.0.0.1",
        "protocol = tpc",
        "dst_port = htps",
        "extra = lan",
    ]));
}

#[test]
fn wrong_values_say_what_is_needed() {
    insta::assert_snapshot!(messages(&[
        "src_ip = 10.0.0.300",
        "src_ip in 10.0.0.0/33",
        "protocol = 300",
        "dst_port in 2000..1000",
        "duration > 5",
        "time > yesterday",
        "src_mac = 00:11",
        "app ~ \"(\"",
    ]));
}

#[test]
fn operators_belong_to_types() {
    insta::assert_snapshot!(messages(&["src_ip ~ \"10\"", "app > 5", "src_ip has syn",]));
}

#[test]
fn wrong_shapes_point_at_the_place() {
    insta::assert_snapshot!(messages(&[
        "src_ip =",
        "src_ip 10.0.0.1",
        "src_ip = 10.0.0.1 dst_port = 80",
        "(src_port = 80",
        "src_port = 80)",
        "app = \"dns",
        "src_port = 80 & dst_port = 80",
        "dst_port in (80, 443",
        "and",
    ]));
}

#[test]
fn every_mistake_is_reported() {
    insta::assert_snapshot!(messages(&[
        "srcip = 1 and (dst_port = 99999 or protocol = x) and dst_port in (80, y, z)",
    ]));
}

#[test]
fn what_is_not_there_is_named() {
    insta::assert_snapshot!(messages(&[
        "src_ip in @servers",
        "hour(bytes) = 3",
        "hour(time) = 24",
        "weekday(time) = sunday",
        "hour(time, \"Europe/Berlino\") = 3",
        "time > now-1h",
        "src_ip = 10.*.1",
    ]));
    let context = Context {
        sets: std::sync::Arc::new([("servers".to_owned(), vec!["10.0.0.1".to_owned()])].into()),
        ..Context::default()
    };
    let message = |text: &str| read(text, &context).expect_err(text)[0].render(text);
    insta::assert_snapshot!([message("src_ip = @server"), message("port in @servers")].join("\n\n"));
}

#[test]
fn the_present_is_what_the_context_says() {
    let context = Context::at(1_772_366_400_000_000_000);
    let text = |text: &str| read(text, &context).expect(text).expr.to_string();
    assert_eq!(text("time > now-1h30m"), "time > 2026-03-01T10:30:00Z");
    assert_eq!(text("start in yesterday..today"), "start in 2026-02-28T00:00:00Z..2026-03-01T00:00:00Z");
    assert_eq!(text("end <= now"), "end <= 2026-03-01T12:00:00Z");
}

#[test]
fn limits_are_mistakes_too() {
    let deep = format!("{}src_port = 80{}", "(".repeat(100), ")".repeat(100));
    assert_eq!(parse(&deep).expect_err("too deep")[0].message(), "the filter is nested more than 64 deep");
    let long = "a".repeat(300_000);
    assert_eq!(
        parse(&long).expect_err("too long")[0].message(),
        "the filter has 300000 bytes; at most 262144 are read"
    );
    let wrong = "nonsense = 1 and ".repeat(10_000);
    assert_eq!(parse(&wrong).expect_err("unknown fields").len(), 20);
    let many = format!("src_port in ({})", "1,".repeat(30_000));
    assert_eq!(parse(&many).expect_err("too many")[0].message(), "the filter has more than 20000 values");
}

#[test]
fn canonical_text_is_one_spelling() {
    let cases = [
        ("sourceIPv4Address==10.1.2.3/8", "src_ip in 10.0.0.0/8"),
        ("source.ip = 10.0.0.1 && DestinationPort<>HTTPS", "src_ip = 10.0.0.1 and dst_port != https"),
        ("not (a_b or c)", ""),
        ("203.0.113.7", "ip = 203.0.113.7"),
        (
            "(src_port=80 or src_port=443) and ((protocol=6))",
            "(src_port = 80 or src_port = 443) and protocol = tcp",
        ),
        ("!app exists", "not app exists"),
        ("bytes>10000000 and bytes < 1.5kB", "bytes > 10MB and bytes < 1500"),
        ("duration > 90s and duration < 0.5h", "duration > 90s and duration < 30m"),
        ("tcp_flags has (syn, ack)", "tcp_flags has syn|ack"),
        ("tcp_flags = 0x12", "tcp_flags = syn|ack"),
        ("src_mac = 001b.2100.0001", "src_mac = 00:1b:21:00:00:01"),
        ("dst_port in (22, 1000-2000) # ssh", "dst_port in (22, 1000..2000)"),
        ("app ~ '^\\d+'", "app ~ \"^\\d+\""),
        ("dst_port in (22)", "dst_port = 22"),
        ("time >= 2026-01-31", "time >= 2026-01-31T00:00:00Z"),
        ("service = 443", "service = 443"),
        ("forwarding_status = dropped", "forwarding_status = dropped"),
        ("as = 64500 or true", "as = 64500 or true"),
        (
            "src_ip = 10.1.* and dst_ip in (10.*.*.*, 192.0.2.*)",
            "src_ip in 10.1.0.0/16 and dst_ip in (10.0.0.0/8, 192.0.2.0/24)",
        ),
        ("app = dns* and vrf_name != ??", "app like \"dns*\" and vrf_name not like \"??\""),
        ("app in (http*, \"a*b\")", "app like (\"http*\", \"a\\*b\")"),
        ("app = \"dns*\"", "app = \"dns*\""),
        (
            "Hour(time) in 0..6 or weekday( start , Europe/Berlin ) = SAT",
            "hour(time) in 0..6 or weekday(start, \"Europe/Berlin\") = sat",
        ),
        ("hour(time, UTC) >= 18", "hour(time) >= 18"),
    ];
    for (text, canonical) in cases {
        let printed = parse(text).map(|expr| expr.to_string()).unwrap_or_default();
        assert_eq!(printed, canonical, "{text}");
    }
}

#[test]
fn terms_are_the_chips() {
    let chips = |text: &str| -> Vec<String> {
        let reading = read(text, &Context::default()).expect(text);
        reading.terms.into_iter().map(|term| term.text).collect()
    };
    assert_eq!(
        chips("src_ip = 10.0.0.1 and (a = 1 or port = 2)".replace("a =", "port =").as_str()),
        ["src_ip = 10.0.0.1", "(port = 1 or port = 2)"]
    );
    assert_eq!(chips("port = 1 or port = 2 and port = 3"), ["port = 1 or port = 2 and port = 3"]);
    assert_eq!(
        chips("not port = 1 && extra[\"a\"] = \"x and y\""),
        ["not port = 1", "extra[\"a\"] = \"x and y\""]
    );
    assert!(chips("  ").is_empty());
}
