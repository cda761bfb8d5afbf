//! What holds for every filter and every text.

use proptest::prelude::*;
use weir_filter::{Check, Expr, Item, Network, Order, Pattern, Subject, Test, parse, terms};
use weir_schema::{Field, Kind};

fn subject() -> impl Strategy<Value = Subject> {
    let fields: Vec<Field> = Field::all().filter(|field| field.kind() != Kind::Map).collect();
    let sides: Vec<Field> = Field::all()
        .filter(|field| Field::either_side(field.name().strip_prefix("src_").unwrap_or("")).is_some())
        .collect();
    prop_oneof![
        6 => prop::sample::select(fields).prop_map(Subject::Field),
        2 => prop::sample::select(sides).prop_map(Subject::Either),
        1 => ".{0,8}".prop_map(Subject::Extra),
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
        ]
        .boxed(),
        Kind::Service => prop::sample::select(vec!["https", "dns", "tcp/60001", "icmp", "443"])
            .prop_map(|name| match parse(&format!("service = {name}")) {
                Ok(Expr::Test(Test { check: Check::In { mut items, .. }, .. })) => items.remove(0),
                other => panic!("{other:?}"),
            })
            .boxed(),
        _ => (number(kind), number(kind))
            .prop_map(|(a, b)| Item::Range { low: a.min(b), high: a.max(b) })
            .boxed(),
    }
}

fn test() -> impl Strategy<Value = Expr> {
    subject().prop_flat_map(|subject| {
        let kind = subject.kind();
        let numeric = matches!(kind, Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64);
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
        let read = parse(&text)
            .map_err(|errors| TestCaseError::fail(errors[0].render(&text)))?;
        prop_assert_eq!(&read, &expr, "{}", text);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn terms_joined_by_and_are_the_whole(expr in expr()) {
        let text = expr.to_string();
        let found = terms(&text).map_err(|errors| TestCaseError::fail(errors[0].render(&text)))?;
        let parts: Vec<Expr> = found.iter().filter_map(|term| parse(&term.text).ok()).collect();
        prop_assert_eq!(parts.len(), found.len());
        prop_assert_eq!(Expr::and(parts), expr);
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
    ]), 0..24)) {
        check(&words.join(" "));
        check(&words.concat());
    }
}

/// Reading never panics; a mistake lies inside the text and can be shown.
fn check(text: &str) {
    match parse(text) {
        Ok(expr) => {
            let printed = expr.to_string();
            assert_eq!(parse(&printed).as_ref(), Ok(&expr), "{text:?} printed {printed:?}");
            terms(text).expect("terms of a right filter");
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(error.start <= error.end && error.end <= text.len(), "{error:?} in {text:?}");
                error.render(text);
            }
        }
    }
}
