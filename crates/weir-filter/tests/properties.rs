//! What holds for every filter and every text.

use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

use weir_filter::value::Value;
use weir_filter::{
    Calendar, Check, Context, Expects, Expr, Item, Network, Order, Part, Pattern, Problem, Sets, Subject,
    Test, Wildcard, complete, literal, parse, read,
};
use weir_schema::{Field, Kind};

/// A present, and sets of addresses, ports and names.
static CONTEXT: LazyLock<Context> = LazyLock::new(|| {
    let set =
        |name: &str, members: &[&str]| (name.to_owned(), members.iter().map(|&one| one.to_owned()).collect());
    let sets: Sets = [
        set("servers", &["10.0.0.1", "10.1.0.0/16", "2001:db8::/32"]),
        set("web", &["80", "443", "8000-8999"]),
    ]
    .into();
    Context { now_ns: Some(1_772_366_400_000_000_000), sets: Arc::new(sets) }
});

fn parsed(text: &str) -> Expr {
    read(text, &CONTEXT).unwrap_or_else(|errors| panic!("{}", errors[0].render(text))).expr
}

fn subject() -> impl Strategy<Value = Subject> {
    let fields: Vec<Field> = Field::all().filter(|field| field.kind() != Kind::Map).collect();
    let sides: Vec<Field> = Field::all()
        .filter(|field| Field::either_side(field.name().strip_prefix("src_").unwrap_or("")).is_some())
        .collect();
    prop_oneof![
        6 => prop::sample::select(fields).prop_map(Subject::Field),
        2 => prop::sample::select(sides).prop_map(Subject::Either),
        1 => ".{0,8}".prop_map(Subject::Extra),
        1 => (any::<bool>(), prop::sample::select(vec![Field::Time, Field::Start]), any::<bool>()).prop_map(
            |(hour, field, zoned)| Subject::Calendar(Calendar {
                part: if hour { Part::Hour } else { Part::Weekday },
                field,
                zone: zoned.then(|| "Europe/Berlin".to_owned()),
            })
        ),
    ]
}

fn most(kind: Kind) -> i128 {
    match kind {
        Kind::U8 => 255,
        Kind::U16 => 65535,
        Kind::U32 => u32::MAX.into(),
        Kind::Mac => (1 << 48) - 1,
        Kind::Time => i64::MAX.into(),
        _ => u64::MAX.into(),
    }
}

fn number(kind: Kind) -> BoxedStrategy<i128> {
    let least = if kind == Kind::Time { i128::from(i64::MIN) } else { 0 };
    prop_oneof![0..300_i128, least..=most(kind), (0..100_i128).prop_map(|n| n * 1_000_000_000)]
        .prop_map(move |number| number.min(most(kind)))
        .boxed()
}

fn item(subject: &Subject) -> BoxedStrategy<Item> {
    let kind = subject.kind();
    match kind {
        Kind::Text | Kind::Map => ".{0,12}".prop_map(Item::Text).boxed(),
        Kind::Ip => prop_oneof![
            (any::<u128>(), 0..=128_u8).prop_map(|(bits, prefix)| Item::Network(Network::new(bits, prefix))),
            (any::<u32>(), 96..=128_u8).prop_map(|(bits, prefix)| Item::Network(Network::new(
                0xffff_0000_0000 | u128::from(bits),
                prefix
            ))),
            (1 << 100..u128::MAX, any::<u16>())
                .prop_map(|(bits, more)| Item::Addresses { low: bits - 1 - u128::from(more), high: bits }),
            Just(set_of("src_ip in @servers")),
        ]
        .boxed(),
        Kind::Service => prop::sample::select(vec!["https", "dns", "tcp/60001", "icmp", "443"])
            .prop_map(|name| match parse(&format!("service = {name}")) {
                Ok(Expr::Test(Test { check: Check::In { mut items, .. }, .. })) => items.remove(0),
                other => panic!("{other:?}"),
            })
            .boxed(),
        Kind::U16 => prop_oneof![
            9 => (number(kind), number(kind)).prop_map(|(a, b)| Item::Range { low: a.min(b), high: a.max(b) }),
            1 => Just(set_of("port in @web")),
        ]
        .boxed(),
        _ if matches!(subject, Subject::Calendar(_)) => {
            (1..=7_i128, 1..=7_i128).prop_map(|(a, b)| Item::Range { low: a.min(b), high: a.max(b) }).boxed()
        }
        _ => (number(kind), number(kind))
            .prop_map(|(a, b)| Item::Range { low: a.min(b), high: a.max(b) })
            .boxed(),
    }
}

fn set_of(text: &str) -> Item {
    match parsed(text) {
        Expr::Test(Test { check: Check::In { mut items, .. }, .. }) => items.remove(0),
        other => panic!("{other:?}"),
    }
}

/// A field, and a value that it may have in a record.
fn stored_value() -> impl Strategy<Value = (Field, Value)> {
    let fields: Vec<Field> = Field::all().filter(|field| field.kind() != Kind::Map).collect();
    (prop::sample::select(fields), any::<u64>(), ".{0,12}").prop_map(|(field, number, text)| {
        let kind = field.kind();
        let value = match kind {
            Kind::Text => Value::Text(text),
            Kind::Ip if number % 2 == 0 => Value::Ip(std::net::Ipv4Addr::from_bits(number as u32).into()),
            Kind::Ip => Value::of_address(u128::from(number) << 64 | u128::from(number)),
            Kind::Service => Value::of_number(kind, u64::from((number % 140) as u32) << 16 | number >> 48),
            _ => Value::of_number(kind, number % (most(kind) as u64).saturating_add(1).max(1)),
        };
        (field, value)
    })
}

fn test() -> impl Strategy<Value = Expr> {
    subject().prop_flat_map(|subject| {
        let kind = subject.kind();
        let calendar = matches!(subject, Subject::Calendar(_));
        let numeric = !calendar && matches!(kind, Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64);
        let mut checks = vec![
            (prop::collection::vec(item(&subject), 0..4), any::<bool>())
                .prop_map(|(items, negated)| Check::In { items, negated })
                .boxed(),
            Just(Check::Exists).boxed(),
        ];
        if numeric || matches!(kind, Kind::Time | Kind::Duration) || matches!(subject, Subject::Extra(_)) {
            let orders =
                prop::sample::select(vec![Order::Below, Order::AtMost, Order::Above, Order::AtLeast]);
            checks.push(
                (orders, number(kind)).prop_map(|(order, bound)| Check::Order { order, bound }).boxed(),
            );
        }
        if numeric {
            let most = most(kind) as u64;
            checks.push(
                (0..=most, any::<bool>()).prop_map(|(bits, lacks)| Check::Flags { bits, lacks }).boxed(),
            );
        }
        if kind == Kind::Text {
            let wildcards = prop::collection::vec(r#"[a-c*?"\\ é]{0,8}"#, 0..3);
            checks.push(
                (wildcards, any::<bool>())
                    .prop_filter_map("patterns", |(texts, negated)| {
                        let patterns: Result<_, _> = texts.iter().map(|text| Wildcard::new(text)).collect();
                        Some(Check::Like { patterns: patterns.ok()?, negated })
                    })
                    .boxed(),
            );
            let patterns = prop::sample::select(vec!["^dns", "a\\.b", "\\\\x\"", "[a-z]+$", "\\"]);
            checks.push(
                (patterns, any::<bool>())
                    .prop_filter_map("a pattern", |(text, negated)| {
                        Some(Check::Matches { pattern: Pattern::new(text).ok()?, negated })
                    })
                    .boxed(),
            );
        }
        prop::strategy::Union::new(checks)
            .prop_map(move |check| Expr::Test(Test { subject: subject.clone(), check }))
    })
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![12 => test(), 1 => Just(Expr::all()), 1 => Just(Expr::Or(Vec::new()))];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::and),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::or),
            inner.prop_map(Expr::not),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn what_is_printed_reads_back(expr in expr()) {
        let text = expr.to_string();
        let found = read(&text, &CONTEXT)
            .map_err(|errors| TestCaseError::fail(errors[0].render(&text)))?;
        prop_assert_eq!(&found.expr, &expr, "{}", text);
        prop_assert_eq!(found.expr.to_string(), text);
        prop_assert_eq!(found.translations, []);
    }

    #[test]
    fn what_is_offered_parses(expr in expr(), cut in any::<prop::sample::Index>()) {
        let text = expr.to_string();
        let mut cursor = cut.index(text.len() + 1);
        while !text.is_char_boundary(cursor) {
            cursor -= 1;
        }
        offers_parse(&text[..cursor]);
    }

    #[test]
    fn terms_joined_by_and_are_the_whole(expr in expr()) {
        let text = expr.to_string();
        let found = read(&text, &CONTEXT).map_err(|errors| TestCaseError::fail(errors[0].render(&text)))?.terms;
        let parts: Vec<Expr> =
            found.iter().filter_map(|term| read(&term.text, &CONTEXT).ok()).map(|reading| reading.expr).collect();
        prop_assert_eq!(parts.len(), found.len());
        prop_assert_eq!(Expr::and(parts), expr);
    }

    #[test]
    fn a_value_is_written_as_it_is_read((field, value) in stored_value()) {
        let Some(text) = literal(field, &value) else {
            prop_assert_eq!(field.kind(), Kind::Service);
            return Ok(());
        };
        let written = format!("{} = {text}", field.name());
        let expr = parse(&written).map_err(|errors| TestCaseError::fail(errors[0].render(&written)))?;
        let Expr::Test(Test { check: Check::In { items, negated: false }, .. }) = expr else {
            return Err(TestCaseError::fail(written));
        };
        let held = match (&items[0], &value) {
            (Item::Text(text), Value::Text(value)) => text == value,
            (Item::Network(network), Value::Ip(address)) => *network == Network::host(*address),
            (Item::Named { ranges, .. }, Value::Service(service)) => {
                let number = i128::from(service.0);
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&number))
            }
            (Item::Range { low, high }, other) => {
                low == high && other.as_number().map(i128::from).or(match other {
                    Value::Time(time) => Some(i128::from(*time)),
                    _ => None,
                }) == Some(*low)
            }
            _ => false,
        };
        prop_assert!(held, "{} is {:?}", written, value);
    }

    #[test]
    fn any_text_is_an_answer(text in "\\PC{0,60}") {
        check(&text);
    }

    #[test]
    fn any_words_are_an_answer(words in prop::collection::vec(prop::sample::select(vec![
        "src_ip", "ip", "port", "extra", "tcp_flags", "app", "duration", "time", "service", "nonsense", "=", "!=",
        "<", ">=", "~", "!~", "in", "not", "and", "or", "has", "lacks", "exists", "true", "(", ")", "[", "]", ",",
        "\"", "'x'", "10.0.0.1", "10.0.0.0/8", "80", "1..5", "5-1", "10MB", "5m", "syn|ack", "https", "é", "\\", "#",
        "..", "-", "1.", "0x", "::", "1e9", "99999999999999999999999", "5h3", "|", "&", ";",
        "like", "dns*", "@servers", "@web", "@none", "now-1h", "hour", "weekday", "10.1.*",
        "src", "dst", "proto", "flags", "host", "net", "if", "as", "next", "SA", "gt", "any", "mpls", "label1", "bpp",
        "nat", "event", "seen", "first", "icmp", "type", "255.0.0.0", "172.16/12", "flowdir", "ident", "tun",
    ]), 0..24)) {
        check(&words.join(" "));
        check(&words.concat());
    }
}

/// Reading never panics; a mistake lies inside the text and can be shown; what is read can be written and read again.
fn check(text: &str) {
    match read(text, &CONTEXT) {
        Ok(reading) => {
            let printed = reading.expr.to_string();
            let again = read(&printed, &CONTEXT).map(|reading| (reading.expr, reading.translations));
            assert_eq!(again, Ok((reading.expr, Vec::new())), "{text:?} printed {printed:?}");
            for translation in reading.translations {
                assert_eq!(text[translation.place.clone()], translation.text, "{text:?}");
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(error.start <= error.end && error.end <= text.len(), "{error:?} in {text:?}");
                error.render(text);
            }
        }
    }
    for cursor in (0..=text.len()).filter(|cursor| text.is_char_boundary(*cursor)) {
        let found = complete(text, cursor, &CONTEXT);
        assert!(found.place.end <= text.len() && found.place.start <= cursor, "{found:?} in {text:?}");
    }
    offers_parse(text);
}

/// In a text that is right as far as it goes, each candidate makes a text that is right as far as it goes.
fn offers_parse(text: &str) {
    let found = complete(text, text.len(), &CONTEXT);
    let before = &text[..found.place.start];
    if !is_right_so_far(before) {
        return;
    }
    for item in &found.items {
        let written = format!("{before}{}", item.text);
        assert!(is_right_so_far(&written), "{:?} offered after {before:?}", item.text);
    }
}

fn is_right_so_far(text: &str) -> bool {
    read(text, &CONTEXT)
        .err()
        .is_none_or(|errors| errors.iter().all(|error| matches!(error.problem, Problem::Ended)))
}

#[test]
fn every_place_has_its_offers() {
    let offered = |text: &str| -> (Expects, Vec<String>) {
        let found = complete(text, text.len(), &CONTEXT);
        offers_parse(text);
        (found.expects, found.items.into_iter().map(|item| item.text).collect())
    };
    for (text, expects, some) in [
        ("", Expects::Field, &["src_ip", "ip", "not"][..]),
        ("src_p", Expects::Field, &["src_port"]),
        ("source.i", Expects::Field, &["src_ip"]),
        ("port = 80 and (by", Expects::Field, &["bytes"]),
        ("bytes ", Expects::Operator, &["=", ">", "in", "has", "exists"]),
        ("app ", Expects::Operator, &["like", "~"]),
        ("app not ", Expects::Operator, &["in", "like"]),
        ("protocol = ", Expects::Value, &["tcp", "udp"]),
        ("dst_port in (22, ht", Expects::Value, &["https", "http"]),
        ("dst_port in (22 ", Expects::Joiner, &[",", ")"]),
        ("src_ip = @", Expects::Value, &["@servers"]),
        ("time > now", Expects::Value, &["now-1h"]),
        ("weekday(", Expects::Operator, &["time"]),
        ("weekday(time) = ", Expects::Value, &["sat"]),
        ("port = 80 ", Expects::Joiner, &["and", "or"]),
        ("(port = 80 ", Expects::Joiner, &["and", ")"]),
        ("src ", Expects::Operator, &["ip", "port"]),
        ("proto ", Expects::Value, &["tcp"]),
        ("flags ", Expects::Operator, &["S"]),
    ] {
        let (found, items) = offered(text);
        assert_eq!(found, expects, "{text:?}");
        for one in some {
            assert!(items.iter().any(|item| item == one), "{one:?} after {text:?}: {items:?}");
        }
    }
    assert!(!offered("src_ip ").1.iter().any(|item| item == ">"), "addresses have no order");
    assert!(!offered("port in ").1.iter().any(|item| item == "@servers"), "addresses are no ports");
    for text in ["src_port = 80 # a", "nonsense = ", "as'in", "start > now-2h\"a", "protocol in'tc"] {
        assert_eq!(offered(text).1, Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn a_completion_knows_what_is_replaced_and_where_it_counts() {
    let text = "src_ip = 10.0.0.1 and (protocol = tcp or dst_port in (44, 80)";
    let found = complete(text, text.find("44").unwrap() + 1, &CONTEXT);
    assert_eq!((&text[found.place.clone()], found.typed.as_str()), ("44", "4"));
    assert_eq!(found.fields, [Field::DstPort]);
    assert_eq!(found.scope.unwrap().to_string(), "src_ip = 10.0.0.1");
    assert_eq!(complete("port = 80 or app = ", 19, &CONTEXT).scope, None);
    let quoted = complete("app = \"dn", 9, &CONTEXT);
    assert_eq!((quoted.place, quoted.typed.as_str()), (6..9, "dn"));
    assert_eq!(complete("ip = ", 5, &CONTEXT).fields, [Field::SrcIp, Field::DstIp]);
}
