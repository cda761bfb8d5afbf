//! The typed expression that a filter text stands for, and its canonical spelling.

use std::fmt;

use weir_schema::{Field, Kind};

use crate::names;
use crate::value::{duration_text, mac_text, time_text};

/// A filter. Build combinations with [`Expr::and`], [`Expr::or`] and [`Expr::not`], which keep it in the shape that
/// the parser makes, so that `parse(expr.to_string()) == expr`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// All hold. Without parts: every row.
    And(Vec<Expr>),
    /// At least one holds. Without parts: no row.
    Or(Vec<Expr>),
    /// The plain negation.
    Not(Box<Expr>),
    /// A condition on one field.
    Test(Test),
}

impl Expr {
    /// Every row.
    pub fn all() -> Self {
        Expr::And(Vec::new())
    }

    /// All of `parts`, flattened.
    pub fn and(parts: impl IntoIterator<Item = Expr>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Expr::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Expr::And(flat) }
    }

    /// Any of `parts`, flattened.
    pub fn or(parts: impl IntoIterator<Item = Expr>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Expr::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Expr::Or(flat) }
    }

    /// The negation; of a negation, what it negates.
    #[expect(clippy::should_implement_trait, reason = "a constructor beside `and` and `or`, not an operator")]
    pub fn not(part: Expr) -> Self {
        match part {
            Expr::Not(inner) => *inner,
            other => Expr::Not(Box::new(other)),
        }
    }

    /// `field = item`.
    pub fn is(field: Field, item: Item) -> Self {
        Expr::Test(Test {
            subject: Subject::Field(field),
            check: Check::In { items: vec![item], negated: false },
        })
    }

    /// Calls `visit` with every test, left to right.
    pub fn tests<'a>(&'a self, visit: &mut dyn FnMut(&'a Test)) {
        match self {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| part.tests(visit)),
            Expr::Not(part) => part.tests(visit),
            Expr::Test(test) => visit(test),
        }
    }
}

/// A condition on one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// What is looked at.
    pub subject: Subject,
    /// What must be true of it.
    pub check: Check,
}

/// What a test looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A field.
    Field(Field),
    /// A field and its mirror, by the `src_*` one; written without the prefix.
    Either(Field),
    /// An element in `extra`, by its name.
    Extra(String),
}

impl Subject {
    /// The field that gives the type; `extra` for an element in it.
    pub fn field(&self) -> Field {
        match self {
            Subject::Field(field) | Subject::Either(field) => *field,
            Subject::Extra(_) => Field::Extra,
        }
    }

    /// The type of its values: elements in `extra` are text.
    pub fn kind(&self) -> Kind {
        match self {
            Subject::Field(field) | Subject::Either(field) => field.kind(),
            Subject::Extra(_) => Kind::Text,
        }
    }
}

/// What must be true of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// It is (`=`, `in`) or is not (`!=`, `not in`) one of these.
    In {
        /// The values.
        items: Vec<Item>,
        /// Whether it must be none of them.
        negated: bool,
    },
    /// It is above or below a bound.
    Order {
        /// Which side of the bound.
        order: Order,
        /// The bound: a number, or nanoseconds.
        bound: i128,
    },
    /// A regular expression matches it (`~`) or does not (`!~`).
    Matches {
        /// The expression.
        pattern: Pattern,
        /// Whether it must not match.
        negated: bool,
    },
    /// All of these bits are set (`has`), or none of them (`lacks`).
    Flags {
        /// The bits.
        bits: u64,
        /// Whether they must be clear.
        lacks: bool,
    },
    /// It is there at all.
    Exists,
}

/// Which side of a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

/// One value, or several that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Numbers (times and durations in nanoseconds, MAC addresses) from `low` to `high`, both included.
    Range {
        /// The first.
        low: i128,
        /// The last.
        high: i128,
    },
    /// Numbers that go by a name, such as a service.
    Named {
        /// The name as written, in lower case.
        name: String,
        /// The ranges it stands for, ends included.
        ranges: Vec<(i128, i128)>,
    },
    /// An address or a network.
    Network(Network),
    /// Addresses from `low` to `high`, both included.
    Addresses {
        /// The first.
        low: u128,
        /// The last.
        high: u128,
    },
    /// Exactly this text.
    Text(String),
}

impl Item {
    /// A single number.
    pub fn number(value: impl Into<i128>) -> Self {
        let value = value.into();
        Item::Range { low: value, high: value }
    }

    /// Whether it is one value, so that it reads well after `=`.
    fn is_single(&self) -> bool {
        match self {
            Item::Range { low, high } => low == high,
            Item::Network(network) => network.prefix == 128,
            Item::Addresses { .. } => false,
            Item::Named { .. } | Item::Text(_) => true,
        }
    }
}

/// A network, or with a prefix of 128 a single address. IPv4 is mapped into IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    address: u128,
    prefix: u8,
}

/// `::ffff:0:0/96`, where IPv4 lives.
pub(crate) const V4: (u128, u128) = (0xffff_0000_0000, 0xffff_ffff_ffff);

impl Network {
    /// The network of `address` with a prefix of at most 128 bits (IPv4: 96 more than written). Host bits are cleared.
    pub fn new(address: u128, prefix: u8) -> Self {
        let prefix = prefix.min(128);
        let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
        Self { address: address & mask, prefix }
    }

    /// A single address.
    pub fn host(address: std::net::IpAddr) -> Self {
        let bits = match address {
            std::net::IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            std::net::IpAddr::V6(v6) => v6.to_bits(),
        };
        Self::new(bits, 128)
    }

    /// The ranges of addresses in it. An IPv6 network around the mapped IPv4 addresses, such as `::/0`, leaves them out.
    pub fn ranges(self) -> Vec<(u128, u128)> {
        let last = self.address | u128::MAX.checked_shr(u32::from(self.prefix)).unwrap_or(0);
        if self.prefix < 96 && self.address <= V4.0 && V4.1 <= last {
            let before = (V4.0 > self.address).then(|| (self.address, V4.0 - 1));
            let after = (last > V4.1).then_some((V4.1 + 1, last));
            return before.into_iter().chain(after).collect();
        }
        vec![(self.address, last)]
    }
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

/// A compiled regular expression; equal when its text is.
#[derive(Debug, Clone)]
pub struct Pattern(regex::Regex);

impl Pattern {
    /// Compiles an expression, with a bound on its size.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        regex::RegexBuilder::new(text).size_limit(1 << 20).dfa_size_limit(1 << 20).build().map(Self)
    }

    /// The expression as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it matches somewhere in `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

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
                write!(f, " {sign} {}", number_text(subject, *bound))
            }
            Check::Matches { pattern, negated } => {
                f.write_str(if *negated { " !~ " } else { " ~ " })?;
                write_quoted(f, pattern.as_str())
            }
            Check::Flags { bits, lacks } => {
                f.write_str(if *lacks { " lacks " } else { " has " })?;
                f.write_str(&number_text(subject, i128::from(*bits)))
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
        }
    }
}

fn write_item(f: &mut fmt::Formatter<'_>, subject: &Subject, item: &Item) -> fmt::Result {
    match item {
        Item::Range { low, high } if low == high => f.write_str(&number_text(subject, *low)),
        Item::Range { low, high } => {
            write!(f, "{}..{}", number_text(subject, *low), number_text(subject, *high))
        }
        Item::Named { name, .. } if crate::lexer::is_bare(name) => f.write_str(name),
        Item::Named { name, .. } => write_quoted(f, name),
        Item::Network(network) => write!(f, "{network}"),
        Item::Addresses { low, high } => write!(f, "{}..{}", address_text(*low), address_text(*high)),
        Item::Text(text) => write_quoted(f, text),
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}

/// A number of the subject as the parser reads it back.
fn number_text(subject: &Subject, number: i128) -> String {
    let whole = u64::try_from(number);
    match (subject.kind(), whole) {
        (Kind::Time, _) => i64::try_from(number).map_or_else(|_| number.to_string(), time_text),
        (Kind::Duration, Ok(whole)) => duration_text(whole),
        (Kind::Mac, Ok(whole)) => mac_text(whole),
        (Kind::Service, Ok(whole)) => weir_schema::service::Service(whole as u32).to_string(),
        (_, Ok(whole)) if subject.field().info().unit == "bytes" => bytes_text(whole),
        (_, Ok(whole)) => names::name_of(subject.field(), whole).unwrap_or_else(|| number.to_string()),
        (_, Err(_)) => number.to_string(),
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
