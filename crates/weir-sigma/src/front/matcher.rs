//! One field and what is asked of it, by the type of the field.

use rsigma_ir::{IrExpandPart, IrMatcher, IrNumber, IrPattern, IrPatternPart, IrStrOp, IrTimePart};
use weir_filter::{Calendar, Check, Context, Expr, Item, Network, Order, Part, Pattern, Subject, Test};
use weir_schema::{Field, Kind};

use super::condition::any_of;
use crate::fault::Fault;
use crate::naming::Target;

/// Bounds of numbers in rules, far beyond any field's.
const MOST: f64 = 1e30;
const SECOND_NS: f64 = 1e9;
/// `::ffff:0:0/96`, where IPv4 lives.
const V4: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);

/// What `name`, which stands for `target`, must be.
pub(super) fn lower(
    target: Target,
    name: &str,
    matcher: &IrMatcher,
    context: &Context,
) -> Result<Expr, Fault> {
    let again = |inner: &IrMatcher| lower(target, name, inner, context);
    match matcher {
        IrMatcher::AnyOf(parts) => {
            return Ok(any_of(parts.iter().map(again).collect::<Result<_, _>>()?));
        }
        IrMatcher::AllOf(parts) => {
            return Ok(Expr::and(parts.iter().map(again).collect::<Result<Vec<_>, _>>()?));
        }
        // What is not there is not unequal either.
        IrMatcher::Not(inner) => {
            return Ok(Expr::and([exists(target), Expr::not(again(inner)?)]));
        }
        IrMatcher::Exists(true) => return Ok(exists(target)),
        IrMatcher::Exists(false) | IrMatcher::Null => return Ok(Expr::not(exists(target))),
        IrMatcher::Encoded { .. } => {
            return Err(Fault::refused(
                "encodings (`base64`, `wide`, `windash`, …) have no use on flow fields",
            ));
        }
        IrMatcher::Str { op: IrStrOp::Exact, pattern, .. }
            if pattern.parts == [IrPatternPart::WildcardMulti] =>
        {
            return Ok(exists(target));
        }
        IrMatcher::FieldRef { .. } => {
            return Err(Fault::refused("`fieldref`: fields cannot be compared with each other yet"));
        }
        _ => {}
    }
    match target {
        Target::Field(field) => match field.kind() {
            Kind::Text => text(field, matcher, context),
            Kind::Map => Err(Fault::refused("it holds many values; name the field that you mean")),
            Kind::Time => time(field, matcher),
            _ => typed(field, name, matcher, context),
        },
        Target::AddressFamily => match plain(matcher).as_deref() {
            Some("ipv4") => Ok(family(true)),
            Some("ipv6") => Ok(family(false)),
            _ => Err(one_of(name, "ipv4, ipv6")),
        },
        Target::Action => match plain(matcher).as_deref() {
            Some(
                "deny" | "denied" | "block" | "blocked" | "drop" | "dropped" | "reject" | "rejected"
                | "discard",
            ) => Ok(stopped()),
            Some(
                "allow" | "allowed" | "accept" | "accepted" | "permit" | "permitted" | "pass" | "passed"
                | "forward",
            ) => Ok(let_through()),
            _ => Err(one_of(name, "deny, denied, block, drop, reject, allow, accept, permit, pass")),
        },
        Target::Blocked => match boolean(matcher) {
            Some(true) => Ok(stopped()),
            Some(false) => Ok(let_through()),
            None => Err(one_of(name, "true, false")),
        },
        Target::Initiated => match boolean(matcher) {
            Some(true) => Ok(Expr::not(is_text(Field::BiflowSide, "reverse"))),
            Some(false) => Ok(is_text(Field::BiflowSide, "reverse")),
            None => Err(one_of(name, "true, false")),
        },
        Target::Direction => match plain(matcher).as_deref() {
            Some(way @ ("inbound" | "outbound" | "internal")) => Ok(is_text(Field::Locality, way)),
            Some("external") => Ok(is_text(Field::Locality, "transit")),
            _ => Err(one_of(name, "inbound, outbound, internal, external")),
        },
    }
}

fn exists(target: Target) -> Expr {
    let there = |field| Expr::Test(Test { subject: Subject::Field(field), check: Check::Exists });
    match target {
        Target::Field(field) => there(field),
        Target::AddressFamily => there(Field::SrcIp),
        Target::Action | Target::Blocked => {
            Expr::or([there(Field::FirewallEvent), there(Field::ForwardingStatus)])
        }
        Target::Direction => there(Field::Locality),
        Target::Initiated => Expr::all(),
    }
}

fn is_text(field: Field, text: &str) -> Expr {
    Expr::is(field, Item::Text(text.to_owned()))
}

fn family(v4: bool) -> Expr {
    let inside = Expr::is(Field::SrcIp, Item::Addresses { low: V4.0, high: V4.1 });
    if v4 { inside } else { Expr::and([exists(Target::AddressFamily), Expr::not(inside)]) }
}

/// RFC 5103's firewallEvent 3; forwardingStatus 128 to 191 (RFC 7270 section 4.12).
fn stopped() -> Expr {
    Expr::or([
        Expr::is(Field::FirewallEvent, Item::number(3)),
        Expr::is(Field::ForwardingStatus, Item::Range { low: 128, high: 191 }),
    ])
}

fn let_through() -> Expr {
    Expr::or([
        Expr::is(Field::FirewallEvent, Item::Range { low: 1, high: 2 }),
        Expr::is(Field::FirewallEvent, Item::number(5)),
        Expr::is(Field::ForwardingStatus, Item::Range { low: 64, high: 127 }),
    ])
}

fn one_of(name: &str, words: &str) -> Fault {
    Fault::refused(format!("`{name}` is compared with what flows do not tell"))
        .help(format!("it may be {words}"))
        .near(name)
}

/// The text of a plain equality, in lower case.
fn plain(matcher: &IrMatcher) -> Option<String> {
    match matcher {
        IrMatcher::Str { op: IrStrOp::Exact, pattern, .. } => {
            pattern.as_plain().map(|text| text.to_lowercase())
        }
        _ => None,
    }
}

fn boolean(matcher: &IrMatcher) -> Option<bool> {
    match (matcher, plain(matcher).as_deref()) {
        (IrMatcher::BoolEq(value), _) => Some(*value),
        (_, Some("true")) => Some(true),
        (_, Some("false")) => Some(false),
        _ => None,
    }
}

fn number(number: &IrNumber) -> Result<f64, Fault> {
    match number {
        IrNumber::Literal(value) if value.is_finite() => Ok(value.clamp(-MOST, MOST)),
        _ => Err(Fault::error("this is no number that a field could have")),
    }
}

/// A field of text.
fn text(field: Field, matcher: &IrMatcher, context: &Context) -> Result<Expr, Fault> {
    let search = |expression: &str| -> Result<Expr, Fault> {
        let pattern = Pattern::new(expression).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim().to_owned();
            Fault::error(format!("the regular expression is wrong: {reason}"))
        })?;
        Ok(Expr::Test(Test {
            subject: Subject::Field(field),
            check: Check::Matches { pattern, negated: false },
        }))
    };
    match matcher {
        IrMatcher::Str { op, pattern, case_insensitive } => {
            if *op == IrStrOp::Exact
                && let Some(plain) = pattern.as_plain()
                && (!case_insensitive || plain.chars().all(|c| c.is_ascii() && !c.is_ascii_alphabetic()))
            {
                return Ok(is_text(field, &plain));
            }
            search(&expression(*op, pattern, *case_insensitive))
        }
        IrMatcher::Regex { pattern, case_insensitive, multiline, dotall, .. } => {
            let flags: String = [(case_insensitive, 'i'), (multiline, 'm'), (dotall, 's')]
                .into_iter()
                .filter_map(|(set, flag)| set.then_some(flag))
                .collect();
            if flags.is_empty() { search(pattern) } else { search(&format!("(?{flags}:{pattern})")) }
        }
        IrMatcher::NumericEq(value) => Ok(is_text(field, &number(value)?.to_string())),
        IrMatcher::Expand { template, .. } => expand(field, template, context),
        _ => Err(wrong_operator(field)),
    }
}

/// Sigma's pattern as a regular expression.
fn expression(op: IrStrOp, pattern: &IrPattern, case_insensitive: bool) -> String {
    let mut out = String::from(if case_insensitive { "(?is)" } else { "(?s)" });
    if matches!(op, IrStrOp::Exact | IrStrOp::StartsWith) {
        out.push('^');
    }
    for part in &pattern.parts {
        match part {
            IrPatternPart::Literal(literal) => out.push_str(&regex::escape(literal)),
            IrPatternPart::WildcardMulti => out.push_str(".*"),
            IrPatternPart::WildcardSingle => out.push('.'),
        }
    }
    if matches!(op, IrStrOp::Exact | IrStrOp::EndsWith) {
        out.push('$');
    }
    out
}

/// A field of numbers, flags or addresses.
fn typed(field: Field, name: &str, matcher: &IrMatcher, context: &Context) -> Result<Expr, Fault> {
    let scale = if field.kind() == Kind::Duration { SECOND_NS } else { 1.0 };
    let order = |order, bound: f64| {
        let check = Check::Order { order, bound: bound as i128 };
        Ok(Expr::Test(Test { subject: Subject::Field(field), check }))
    };
    let comparable = !matches!(field.kind(), Kind::Ip | Kind::Mac | Kind::Service);
    match matcher {
        IrMatcher::Str { op: IrStrOp::Exact, pattern, .. } => match pattern.as_plain() {
            // A number is never empty.
            Some(plain) if plain.is_empty() => Ok(Expr::Or(Vec::new())),
            Some(plain) if scale > 1.0 => match plain.parse::<f64>() {
                Ok(value) => typed(field, name, &IrMatcher::NumericEq(IrNumber::Literal(value)), context),
                Err(_) => Err(Fault::error(format!("`{name}` is a number of seconds, not `{plain}`"))),
            },
            Some(plain) => value(field, &plain, context),
            None => wildcard(field, name, pattern),
        },
        IrMatcher::Str { op: IrStrOp::Contains, pattern, .. } if field == Field::TcpFlags => {
            let flags = pattern.as_plain().unwrap_or_default();
            is_bare(&flags)?;
            read(&format!("{} has {}", field.name(), flags.to_lowercase()), context)
        }
        IrMatcher::Str { op: IrStrOp::StartsWith, pattern, .. } if field.kind() == Kind::Ip => {
            match pattern.as_plain() {
                Some(prefix) => address_prefix(field, name, &prefix),
                None => Err(wrong_operator(field)),
            }
        }
        IrMatcher::Cidr { network } if field.kind() == Kind::Ip => {
            is_bare(network)?;
            read(&format!("{} in {network}", field.name()), context)
        }
        IrMatcher::NumericEq(n) if comparable || field.kind() == Kind::Service => {
            let bound = number(n)? * scale;
            if field.kind() == Kind::Service || (scale <= 1.0 && bound >= 0.0 && bound.fract() == 0.0) {
                return value(field, &format!("{bound}"), context);
            }
            if bound.fract() != 0.0 {
                return Ok(Expr::Or(Vec::new()));
            }
            Ok(Expr::is(field, Item::number(bound as i128)))
        }
        IrMatcher::NumericGt(n) if comparable => {
            let bound = number(n)? * scale;
            order(Order::Above, bound.floor())
        }
        IrMatcher::NumericGte(n) if comparable => order(Order::AtLeast, (number(n)? * scale).ceil()),
        IrMatcher::NumericLt(n) if comparable => order(Order::Below, (number(n)? * scale).ceil()),
        IrMatcher::NumericLte(n) if comparable => order(Order::AtMost, (number(n)? * scale).floor()),
        IrMatcher::Expand { template, .. } => expand(field, template, context),
        _ => Err(wrong_operator(field)),
    }
}

/// A part of a time; in UTC.
fn time(field: Field, matcher: &IrMatcher) -> Result<Expr, Fault> {
    let IrMatcher::TimestampPart { part, inner } = matcher else {
        return Err(Fault::refused(format!("`{}` can be asked for parts of the time alone", field.name()))
            .help("as in `@timestamp|hour: 3`"));
    };
    let part = match part {
        IrTimePart::Hour => Part::Hour,
        IrTimePart::Minute | IrTimePart::Day | IrTimePart::Week | IrTimePart::Month | IrTimePart::Year => {
            return Err(Fault::refused("of the parts of a time only `hour` is known"));
        }
    };
    let IrMatcher::NumericEq(n) = inner.as_ref() else {
        return Err(Fault::error("a part of a time is compared with a number"));
    };
    let hour = number(n)?;
    if !(0.0..24.0).contains(&hour) || hour.fract() != 0.0 {
        return Err(Fault::error(format!("{hour} is no hour of the day")));
    }
    Ok(Expr::Test(Test {
        subject: Subject::Calendar(Calendar { part, field, zone: None }),
        check: Check::In { items: vec![Item::number(hour as i128)], negated: false },
    }))
}

fn wrong_operator(field: Field) -> Fault {
    let (nature, help) = match field.kind() {
        Kind::Ip => ("an address", "use `|cidr` for networks"),
        Kind::Text => ("text", "use `|contains`, `|startswith`, `|endswith` or `|re`"),
        _ if field == Field::TcpFlags => ("a set of flags", "use `|contains: syn`"),
        _ => ("a number", "use `|gt`, `|gte`, `|lt` or `|lte`"),
    };
    Fault::error(format!("`{}` is {nature}, and cannot be asked this", field.name())).help(help)
}

/// A value as the filter language knows it: names of protocols, services and flags are understood.
fn value(field: Field, text: &str, context: &Context) -> Result<Expr, Fault> {
    if field.kind() == Kind::Ip && text.contains('/') {
        return Err(
            Fault::error(format!("`{text}` is a network, which no address equals")).help("add `|cidr`")
        );
    }
    is_bare(text)?;
    read(&format!("{} = {}", field.name(), text.to_lowercase()), context)
}

/// Only what reads as one plain value is handed to the filter language.
fn is_bare(text: &str) -> Result<(), Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-' | '/' | '|' | '+');
    if text.is_empty() || text.len() > 200 || text.contains("..") || !text.chars().all(plain) {
        let shown: String = text.chars().take(60).collect();
        return Err(Fault::error(format!("`{shown}` is no value of this field")));
    }
    Ok(())
}

fn read(filter: &str, context: &Context) -> Result<Expr, Fault> {
    weir_filter::read(filter, context).map(|reading| reading.expr).map_err(|errors| {
        let Some(error) = errors.into_iter().next() else {
            return Fault::error("this value is not understood");
        };
        let fault = Fault::error(error.message());
        match (error.suggestion, error.expected.as_slice()) {
            (Some(suggestion), _) => fault.help(format!("did you mean `{suggestion}`?")),
            (None, [expected, ..]) => fault.help(format!("expected {expected}")),
            _ => fault,
        }
    })
}

/// `10.*` and `192.168.?` on an address.
fn wildcard(field: Field, name: &str, pattern: &IrPattern) -> Result<Expr, Fault> {
    match (field.kind(), pattern.parts.as_slice()) {
        (Kind::Ip, [IrPatternPart::Literal(prefix), IrPatternPart::WildcardMulti]) => {
            address_prefix(field, name, prefix)
        }
        _ => Err(wrong_operator(field)),
    }
}

/// Addresses whose text starts with whole groups: `10.`, `192.168.`, `fe80:`.
fn address_prefix(field: Field, name: &str, prefix: &str) -> Result<Expr, Fault> {
    let unclear = || {
        Fault::error(format!("`{prefix}` is not the beginning of an address in whole groups"))
            .help(format!("write the network: `{name}|cidr: 10.0.0.0/8`"))
    };
    let network = if let Some(octets) = prefix.strip_suffix('.') {
        let octets: Vec<u8> =
            octets.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| unclear())?;
        if octets.len() > 3 {
            return Err(unclear());
        }
        let bits = octets.iter().fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet));
        let bits = bits << (8 * (4 - octets.len() as u32));
        let address = std::net::Ipv4Addr::from_bits(bits).to_ipv6_mapped().to_bits();
        Network::new(address, 96 + 8 * octets.len() as u8)
    } else {
        let groups = prefix.strip_suffix(':').filter(|groups| !groups.is_empty()).ok_or_else(unclear)?;
        let groups: Vec<u16> = groups
            .split(':')
            .map(|group| u16::from_str_radix(group, 16))
            .collect::<Result<_, _>>()
            .map_err(|_| unclear())?;
        if groups.len() > 7 {
            return Err(unclear());
        }
        let bits = groups.iter().fold(0_u128, |bits, group| bits << 16 | u128::from(*group));
        Network::new(bits << (16 * (8 - groups.len() as u32)), 16 * groups.len() as u8)
    };
    Ok(Expr::is(field, Item::Network(network)))
}

/// `%name%`: a set of the configuration.
fn expand(field: Field, template: &[IrExpandPart], context: &Context) -> Result<Expr, Fault> {
    let [IrExpandPart::Placeholder(set)] = template else {
        return Err(Fault::refused("`expand` takes one placeholder and nothing beside it")
            .help("as in `'%internal%'`"));
    };
    if !context.sets.contains_key(set) {
        let names: Vec<String> = context.sets.keys().map(|name| format!("`{name}`")).collect();
        let help = if names.is_empty() {
            "the configuration names no sets".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        return Err(Fault::refused(format!("there is no set `{set}` for `%{set}%`")).help(help).near(set));
    }
    is_bare(set)?;
    read(&format!("{} in @{set}", field.name()), context)
}
