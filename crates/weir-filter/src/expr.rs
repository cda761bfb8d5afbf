//! The typed expression that a filter text stands for.

use weir_schema::{Field, Kind};

use crate::{Calendar, Wildcard};

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
    /// The hour or the weekday of a time.
    Calendar(Calendar),
}

impl Subject {
    /// The field that is looked at; `extra` for an element in it.
    pub fn field(&self) -> Field {
        match self {
            Subject::Field(field) | Subject::Either(field) => *field,
            Subject::Extra(_) => Field::Extra,
            Subject::Calendar(calendar) => calendar.field,
        }
    }

    /// The type of its values: elements in `extra` are text.
    pub fn kind(&self) -> Kind {
        match self {
            Subject::Field(field) | Subject::Either(field) => field.kind(),
            Subject::Extra(_) => Kind::Text,
            Subject::Calendar(_) => Kind::U8,
        }
    }

    /// The field whose names its numbers go by; none for a number that is not the field's own.
    pub(crate) fn named_like(&self) -> Option<Field> {
        match self {
            Subject::Field(field) | Subject::Either(field) => Some(*field),
            Subject::Extra(_) | Subject::Calendar(_) => None,
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
    /// One of these patterns with wildcards matches all of it (`like`), or none does (`not like`).
    Like {
        /// The patterns.
        patterns: Vec<Wildcard>,
        /// Whether none must match.
        negated: bool,
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
    /// A set of the configuration (`@servers`).
    Set {
        /// Its name.
        name: String,
        /// What it holds.
        items: Vec<Item>,
    },
}

impl Item {
    /// A single number.
    pub fn number(value: impl Into<i128>) -> Self {
        let value = value.into();
        Item::Range { low: value, high: value }
    }

    /// Whether it is one value, so that it reads well after `=`.
    pub(crate) fn is_single(&self) -> bool {
        match self {
            Item::Range { low, high } => low == high,
            Item::Network(network) => network.prefix == 128,
            Item::Addresses { .. } | Item::Set { .. } => false,
            Item::Named { .. } | Item::Text(_) => true,
        }
    }
}

/// A network, or with a prefix of 128 a single address. IPv4 is mapped into IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    pub(crate) address: u128,
    pub(crate) prefix: u8,
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
