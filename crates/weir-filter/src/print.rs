//! The canonical spelling of an expression: the parser reads it back as the same one.

use std::fmt;

use weir_schema::Kind;

use crate::expr::{Check, Expr, Item, Network, Order, Subject, Test, V4};
use crate::names;
use crate::value::{duration_text, mac_text, time_text};

/// The canonical spelling. Every row is the empty text (inside a larger filter: `true`).
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::And(parts) if parts.is_empty() => Ok(()),
            other => other.write(f, Place::Top),
        }
    }
}

/// What stands around an expression, to know when it needs parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    InOr,
    InAnd,
    InNot,
}

impl Expr {
    fn write(&self, f: &mut fmt::Formatter<'_>, place: Place) -> fmt::Result {
        match self {
            Expr::And(parts) if parts.is_empty() => f.write_str("true"),
            Expr::Or(parts) if parts.is_empty() => f.write_str("false"),
            Expr::And(parts) => {
                write_list(f, parts, " and ", matches!(place, Place::InAnd | Place::InNot), Place::InAnd)
            }
            Expr::Or(parts) => write_list(f, parts, " or ", place != Place::Top, Place::InOr),
            Expr::Not(part) => {
                f.write_str("not ")?;
                part.write(f, Place::InNot)
            }
            Expr::Test(test) => write!(f, "{test}"),
        }
    }
}

fn write_list(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expr],
    between: &str,
    parentheses: bool,
    place: Place,
) -> fmt::Result {
    if parentheses {
        f.write_str("(")?;
    }
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        part.write(f, place)?;
    }
    if parentheses { f.write_str(")") } else { Ok(()) }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        write!(f, "{subject}")?;
        match &self.check {
            Check::In { items, negated } => match items.as_slice() {
                [item] if item.is_single() => {
                    f.write_str(if *negated { " != " } else { " = " })?;
                    write_item(f, subject, item)
                }
                items => {
                    f.write_str(if *negated { " not in " } else { " in " })?;
                    if let [item] = items {
                        return write_item(f, subject, item);
                    }
                    f.write_str("(")?;
                    for (at, item) in items.iter().enumerate() {
                        f.write_str(if at > 0 { ", " } else { "" })?;
                        write_item(f, subject, item)?;
                    }
                    f.write_str(")")
                }
            },
            Check::Order { order, bound } => {
                let sign = match order {
                    Order::Below => "<",
                    Order::AtMost => "<=",
                    Order::Above => ">",
                    Order::AtLeast => ">=",
                };
                write!(f, " {sign} {}", number_text(subject, *bound, false))
            }
            Check::Like { patterns, negated } => {
                f.write_str(if *negated { " not like " } else { " like " })?;
                if let [pattern] = patterns.as_slice() {
                    return write_quoted(f, pattern.as_str());
                }
                f.write_str("(")?;
                for (at, pattern) in patterns.iter().enumerate() {
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    write_quoted(f, pattern.as_str())?;
                }
                f.write_str(")")
            }
            Check::Matches { pattern, negated } => {
                f.write_str(if *negated { " !~ " } else { " ~ " })?;
                write_quoted(f, pattern.as_str())
            }
            Check::Flags { bits, lacks } => {
                f.write_str(if *lacks { " lacks " } else { " has " })?;
                f.write_str(&number_text(subject, i128::from(*bits), true))
            }
            Check::Exists => f.write_str(" exists"),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Field(field) => f.write_str(field.name()),
            Subject::Either(field) => f.write_str(field.name().strip_prefix("src_").unwrap_or(field.name())),
            Subject::Extra(name) => {
                f.write_str("extra[")?;
                write_quoted(f, name)?;
                f.write_str("]")
            }
            Subject::Calendar(calendar) => {
                write!(f, "{}({}", calendar.part.name(), calendar.field.name())?;
                if let Some(zone) = &calendar.zone {
                    f.write_str(", ")?;
                    write_quoted(f, zone)?;
                }
                f.write_str(")")
            }
        }
    }
}

pub(crate) fn write_item(f: &mut fmt::Formatter<'_>, subject: &Subject, item: &Item) -> fmt::Result {
    match item {
        Item::Range { low, high } if low == high => f.write_str(&number_text(subject, *low, true)),
        Item::Range { low, high } => {
            write!(f, "{}..{}", number_text(subject, *low, false), number_text(subject, *high, false))
        }
        Item::Named { name, .. } if crate::lexer::is_bare(name) => f.write_str(name),
        Item::Named { name, .. } => write_quoted(f, name),
        Item::Network(network) => write!(f, "{network}"),
        Item::Addresses { low, high } => write!(f, "{}..{}", address_text(*low), address_text(*high)),
        Item::Text(text) => write_quoted(f, text),
        Item::Set { name, .. } => write!(f, "@{name}"),
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        // A backslash before anything else stands for itself, so that patterns stay readable.
        let escape = character == '"'
            || (character == '\\' && characters.peek().is_none_or(|next| matches!(next, '"' | '\\')));
        if escape {
            f.write_str("\\")?;
        }
        write!(f, "{character}")?;
    }
    f.write_str("\"")
}

/// A number of the subject as the parser reads it back, by its name when it has one and `named` asks for it.
fn number_text(subject: &Subject, number: i128, named: bool) -> String {
    let whole = u64::try_from(number);
    match (subject.kind(), whole) {
        (Kind::Time, _) => i64::try_from(number).map_or_else(|_| number.to_string(), time_text),
        (Kind::Duration, Ok(whole)) => duration_text(whole),
        (Kind::Mac, Ok(whole)) => mac_text(whole),
        (Kind::Service, Ok(whole)) => weir_schema::service::Service(whole as u32).to_string(),
        (_, Ok(whole)) if subject.named_like().is_some_and(|field| field.info().unit == "bytes") => {
            bytes_text(whole)
        }
        (_, Ok(whole)) if named => names::name_of(subject, whole).unwrap_or_else(|| number.to_string()),
        _ => number.to_string(),
    }
}

/// In the largest unit that leaves no fraction: `10MB`, `1GiB`, `1500`.
fn bytes_text(bytes: u64) -> String {
    const UNITS: [(u64, &str); 8] = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
        (1 << 40, "TiB"),
        (1 << 30, "GiB"),
        (1 << 20, "MiB"),
        (1 << 10, "KiB"),
    ];
    UNITS
        .iter()
        .find(|(size, _)| bytes >= *size && bytes.is_multiple_of(*size))
        .map_or_else(|| bytes.to_string(), |(size, unit)| format!("{}{unit}", bytes / size))
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = address_text(self.address);
        match (self.prefix, self.is_v4()) {
            (128, _) => f.write_str(&address),
            (prefix, true) => write!(f, "{address}/{}", prefix - 96),
            (prefix, false) => write!(f, "{}/{prefix}", std::net::Ipv6Addr::from_bits(self.address)),
        }
    }
}

impl Network {
    fn is_v4(self) -> bool {
        self.prefix >= 96 && (V4.0..=V4.1).contains(&self.address)
    }
}

fn address_text(bits: u128) -> String {
    std::net::Ipv6Addr::from_bits(bits).to_canonical().to_string()
}
