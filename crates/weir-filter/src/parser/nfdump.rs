//! nfdump's filter syntax: `src ip 10.0.0.1 and dst port 80`, `proto tcp and flags S and not flags AF`.
//!
//! A primitive of nfdump is read where a condition may stand, so that both ways of writing can be mixed. What it says is
//! said again in Weir's own words; what Weir has no counterpart for is refused with the reason. The meaning is that of
//! nfdump 1.7: flags are TCP's alone, and `not flags AF` is "none of these". One thing differs: the `pps` and `bps` of a
//! flow of no duration are 0 to nfdump and absent here.

mod tidy;
mod words;

use weir_schema::Field;

use self::tidy::tcp;
pub(super) use self::tidy::tidy;
use self::words::{
    ASA_DENIED, ASA_EVENTS, DIRECTIONS, FOREIGN, FORWARDING, NAT_EVENTS, OBJECTS, OPERATORS, REFUSALS,
    SHARED, SIDES, Target, target,
};
use super::{Noted, Parser, Want};
use crate::Problem;
use crate::expr::{Check, Expr, Item, Network, Order, Subject, Test};
use crate::lexer::TokenKind;
use crate::literal::short;

/// nfdump's comparators.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparator {
    Equal,
    Order(Order),
}

impl Parser<'_> {
    /// What a primitive of nfdump at this place says; nothing where the place is Weir's.
    pub(super) fn nfdump(&mut self) -> Option<Result<Expr, Noted>> {
        let negated_flags = self.begins_negated_flags();
        if !negated_flags && !self.begins_primitive() {
            return None;
        }
        let first = self.at;
        let read = if negated_flags {
            self.at += 2;
            self.flags(true)
        } else {
            self.primitive()
        };
        if let (Ok(expr), Some(start), Some(end)) =
            (&read, self.tokens.get(first), self.tokens.get(self.at - 1))
        {
            let weir = if *expr == Expr::all() { "true".to_owned() } else { expr.to_string() };
            self.translated(start.start, end.end, weir);
        }
        Some(read)
    }

    /// A word in lower case; empty for anything else and past the end.
    fn word(&self, at: usize) -> String {
        let word = self.tokens.get(at).filter(|token| token.kind == TokenKind::Word);
        word.map(|token| self.text_of(token).to_ascii_lowercase()).unwrap_or_default()
    }

    fn begins_primitive(&self) -> bool {
        let word = self.word(self.at);
        let next = self.word(self.at + 1);
        let word = word.as_str();
        let follows = |words: &[&str]| words.contains(&next.as_str());
        if SIDES.contains(&word) {
            return self.at + 1 == self.tokens.len() || !next.is_empty();
        }
        match word {
            "exporter" => return follows(&["ip", "host", "id", "sysid"]),
            "icmp" => return follows(&["type", "code"]),
            "min" | "max" => return next == "ttl",
            "first" | "last" => return next == "seen",
            _ => {}
        }
        let ours = Field::from_name(word).is_some() || Field::either_side(word).is_some();
        if FOREIGN.contains(&word) && !ours {
            return true;
        }
        let listed =
            next == "in" && self.tokens.get(self.at + 2).is_some_and(|t| t.kind == TokenKind::OpenBracket);
        SHARED.contains(&word) && (listed || (!next.is_empty() && !OPERATORS.contains(&next.as_str())))
    }

    fn begins_negated_flags(&self) -> bool {
        let not = self.tokens.get(self.at).is_some_and(|token| {
            token.kind == TokenKind::Not || (token.kind == TokenKind::Word && self.word(self.at) == "not")
        });
        let letters = self.word(self.at + 2);
        not && self.word(self.at + 1) == "flags" && flag_bits(&letters).is_some()
    }

    fn primitive(&mut self) -> Result<Expr, Noted> {
        let first = self.at;
        let side = self.side()?;
        let mut object = self.word(self.at);
        if object.is_empty() {
            let known = OBJECTS.iter().copied().filter(|object| target(&side, object).is_ok());
            self.want(|| Want::Words(known.collect()));
            return Err(self.unexpected(&["one of nfdump's words such as `ip`, `net`, `port` or `as`"]));
        }
        self.at += 1;
        let mut side = side.as_str();
        if let Some(plain @ ("ip" | "port")) = object.strip_prefix('x') {
            side = match side {
                "src" => "src nat",
                "dst" => "dst nat",
                _ => "nat",
            };
            object = plain.to_owned();
        }
        if let Some((_, reason)) = REFUSALS.iter().find(|(word, _)| *word == object) {
            return Err(self.refuse(first, reason));
        }
        match object.as_str() {
            "any" => return Ok(Expr::all()),
            "inet" | "ipv4" => return Ok(Self::version(96)),
            "inet6" | "ipv6" => return Ok(Self::version(0)),
            "flags" => return self.flags(false),
            "mpls" => return self.mpls(first),
            "fwdstat" => return self.named(Field::ForwardingStatus, FORWARDING),
            "flowdir" => return self.named(Field::FlowDirection, DIRECTIONS),
            "icmp-type" => return self.compare(Target::One(Subject::Field(Field::IcmpType))),
            "icmp-code" => return self.compare(Target::One(Subject::Field(Field::IcmpCode))),
            "icmp" => {
                let field = if self.word(self.at) == "type" { Field::IcmpType } else { Field::IcmpCode };
                self.at += 1;
                return self.compare(Target::One(Subject::Field(field)));
            }
            "asa" | "event" | "observation" | "id" => return self.event(first, side, &object),
            "ttl" if self.word(self.at) == "equal" => {
                return Err(self.refuse(first, "two fields cannot be compared with each other"));
            }
            _ => {}
        }
        let target = target(side, &object).map_err(|reason| self.refuse(first, reason))?;
        match object.as_str() {
            "net" => self.network(target),
            "ip" | "host" => {
                if let Some(name) = self.host_name() {
                    return Err(self.refuse(name, "names of hosts are not looked up; give an address"));
                }
                self.compare(target)
            }
            _ => self.compare(target),
        }
    }

    /// The words before the object. An empty one is every side.
    fn side(&mut self) -> Result<String, Noted> {
        let mut words: Vec<String> = Vec::new();
        loop {
            let word = self.word(self.at);
            let next = self.word(self.at + 1);
            match (word.as_str(), next.as_str()) {
                ("src", joint @ ("or" | "and")) if self.word(self.at + 2) == "dst" => {
                    words.push(if joint == "or" { "either" } else { "both" }.to_owned());
                    self.at += 3;
                }
                ("nat", "event") => {
                    self.at += 1;
                    return Ok("nat".to_owned());
                }
                ("exporter", _) | ("min" | "max", "ttl") | ("first" | "last", "seen") if words.is_empty() => {
                    words.push(word);
                    self.at += 1;
                }
                ("xlate", _) => {
                    words.push("nat".to_owned());
                    self.at += 1;
                }
                (side, _) if SIDES.contains(&side) && words.len() < 3 => {
                    words.push(word);
                    self.at += 1;
                }
                _ => return Ok(words.join(" ")),
            }
        }
    }

    fn comparator(&mut self) -> Comparator {
        let word = self.word(self.at);
        let found = match (self.peek().map(|token| &token.kind), word.as_str()) {
            (Some(TokenKind::Equal), _) | (_, "eq") => Comparator::Equal,
            (Some(TokenKind::Below), _) | (_, "lt") => Comparator::Order(Order::Below),
            (Some(TokenKind::Above), _) | (_, "gt") => Comparator::Order(Order::Above),
            (Some(TokenKind::AtMost), _) | (_, "le") => Comparator::Order(Order::AtMost),
            (Some(TokenKind::AtLeast), _) | (_, "ge") => Comparator::Order(Order::AtLeast),
            _ => return Comparator::Equal,
        };
        self.at += 1;
        found
    }

    /// A comparator, which may be left out, and a value; or a list in brackets.
    fn compare(&mut self, target: Target) -> Result<Expr, Noted> {
        let subject = target.subject();
        let check = self.check_of(&subject)?;
        Ok(target.test(&check))
    }

    fn check_of(&mut self, subject: &Subject) -> Result<Check, Noted> {
        let listed =
            |parser: &Self, kind| parser.tokens.get(parser.at + 1).is_some_and(|token| token.kind == kind);
        if self.word(self.at) == "in"
            && (listed(self, TokenKind::OpenBracket) || listed(self, TokenKind::Open))
        {
            self.at += 1;
            return Ok(Check::In { items: self.listed(subject, Self::item)?, negated: false });
        }
        match self.comparator() {
            Comparator::Equal => Ok(Check::In { items: vec![self.item(subject)?], negated: false }),
            Comparator::Order(order) => Ok(Check::Order { order, bound: self.number(subject)? }),
        }
    }

    /// `10.0.0.0/8`, `172.16/12`, `10.0.0.0 255.0.0.0`.
    fn network(&mut self, target: Target) -> Result<Expr, Noted> {
        const NEEDED: &str = "a network such as `10.0.0.0/8` or `10.0.0.0 255.0.0.0`";
        self.want(|| Want::Value(target.subject()));
        let (token, text) = self.literal(NEEDED)?;
        let (address, mut prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address.to_owned(), Some(prefix.to_owned())),
            None => (text.clone(), None),
        };
        if prefix.is_none() || prefix.as_deref() == Some("") {
            let mut next = self.word(self.at);
            if next == "/" {
                self.at += 1;
                next = self.word(self.at);
            }
            let mask = next.parse::<std::net::Ipv4Addr>().ok().map(std::net::Ipv4Addr::to_bits);
            let length = mask.filter(|bits| bits.leading_ones() + bits.trailing_zeros() >= 32);
            prefix = length
                .map(|bits| bits.leading_ones().to_string())
                .or(Some(next.trim_start_matches('/').to_owned()));
            if prefix.as_deref().is_some_and(|prefix| prefix.parse::<u8>().is_ok()) {
                self.at += 1;
            }
        }
        let network =
            prefix.and_then(|prefix| prefix.parse().ok()).and_then(|prefix| network_of(&address, prefix));
        let Some(network) = network else {
            let problem = Problem::Value { found: short(&text), kind: NEEDED, field: "net".to_owned() };
            return Err(self.note(token, problem, &[], None));
        };
        Ok(target.test(&Check::In { items: vec![Item::Network(network)], negated: false }))
    }

    fn version(prefix: u8) -> Expr {
        let bits = if prefix == 96 { 0xffff_0000_0000 } else { 0 };
        let items = vec![Item::Network(Network::new(bits, prefix))];
        Expr::Test(Test {
            subject: Subject::Either(Field::SrcIp),
            check: Check::In { items, negated: false },
        })
    }

    /// Letters are flags that are all set, or with `not` all clear; a number is compared. Both are about TCP alone.
    fn flags(&mut self, negated: bool) -> Result<Expr, Noted> {
        let subject = Subject::Field(Field::TcpFlags);
        let flags = |check| Expr::Test(Test { subject: subject.clone(), check });
        let explicit = self.peek().is_some_and(|token| token.kind != TokenKind::Word);
        let comparator = self.comparator();
        self.want(|| Want::Words(vec!["S", "A", "F", "R", "P", "U"]));
        let Some(bits) = flag_bits(&self.word(self.at)) else {
            let check = match comparator {
                Comparator::Equal => Check::In { items: vec![self.item(&subject)?], negated: false },
                Comparator::Order(order) => Check::Order { order, bound: self.number(&subject)? },
            };
            return Ok(Expr::and([tcp(), flags(check)]));
        };
        self.at += 1;
        if negated {
            let single = (0..8).map(|bit| 1 << bit).filter(|bit| bits & bit != 0);
            let any = Expr::or(single.map(|bits| flags(Check::Flags { bits, lacks: false })));
            return Ok(Expr::not(Expr::and([tcp(), any])));
        }
        let check = match comparator {
            Comparator::Equal if !explicit => Check::Flags { bits, lacks: false },
            Comparator::Equal => Check::In { items: vec![Item::number(bits)], negated: false },
            Comparator::Order(order) => Check::Order { order, bound: i128::from(bits) },
        };
        Ok(Expr::and([tcp(), flags(check)]))
    }

    fn mpls(&mut self, first: usize) -> Result<Expr, Noted> {
        const LABELS: &[Field] = &[Field::MplsLabel1, Field::MplsLabel2, Field::MplsLabel3];
        let what = self.word(self.at);
        self.at += usize::from(!what.is_empty());
        let target = match what.as_str() {
            "any" => Target::Any(LABELS),
            "label1" => Target::One(Subject::Field(LABELS[0])),
            "label2" => Target::One(Subject::Field(LABELS[1])),
            "label3" => Target::One(Subject::Field(LABELS[2])),
            "" => return Err(self.unexpected(&["`label1`, `label2`, `label3` or `any`"])),
            _ => {
                let reason = "there are fields for the first three labels: `mpls_label_1` to `mpls_label_3`";
                return Err(self.refuse(first, reason));
            }
        };
        self.compare(target)
    }

    /// A name of a table, or a comparison of the number.
    fn named(&mut self, field: Field, names: &[(&str, u64)]) -> Result<Expr, Noted> {
        let word = self.word(self.at);
        if let Some((_, number)) = names.iter().find(|(name, _)| *name == word) {
            self.at += 1;
            return Ok(Expr::is(field, Item::number(*number)));
        }
        self.compare(Target::One(Subject::Field(field)))
    }

    /// `asa event deny`, `nat event add`, `observation domain id 5`, `exporter id 3`.
    fn event(&mut self, first: usize, side: &str, object: &str) -> Result<Expr, Noted> {
        let what = self.word(self.at);
        match (side, object, what.as_str()) {
            ("exporter", "id", _) => {
                Err(self.refuse(first, "it is nfdump's own numbering; ask for `exporter = ADDRESS`"))
            }
            ("nat", "event", _) => self.named(Field::NatEvent, NAT_EVENTS),
            ("", "asa", "event") => {
                self.at += 1;
                self.named(Field::FirewallEvent, ASA_EVENTS)
            }
            ("", "asa", "denied") => {
                self.at += 1;
                self.named(Field::FirewallExtEvent, ASA_DENIED)
            }
            ("", "asa", "xevent") => {
                self.at += 1;
                self.compare(Target::One(Subject::Field(Field::FirewallExtEvent)))
            }
            ("", "observation", "domain" | "point") if self.word(self.at + 1) == "id" => {
                self.at += 2;
                let field = if what == "domain" { Field::DomainId } else { Field::ObservationPoint };
                self.compare(Target::One(Subject::Field(field)))
            }
            _ => {
                self.at += usize::from(!what.is_empty());
                Err(self.refuse(first, "there is no field for it"))
            }
        }
    }

    /// Where a name stands in place of an address.
    fn host_name(&self) -> Option<usize> {
        let word = self.word(self.at);
        let is_name = word.contains(|c: char| c.is_ascii_alphabetic())
            && word.split('.').all(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()))
            && !word.contains([':', '/', '@'])
            && !["in", "eq"].contains(&word.as_str());
        is_name.then_some(self.at)
    }

    /// Says why the words since `first` have no counterpart.
    fn refuse(&mut self, first: usize, reason: &'static str) -> Noted {
        let last = self.tokens.get(self.at.saturating_sub(1).max(first)).or(self.tokens.last());
        let (Some(start), Some(last)) = (self.tokens.get(first), last) else { return Noted };
        let construct = short(&self.text[start.start..last.end]);
        let place = crate::lexer::Token { kind: TokenKind::Word, start: start.start, end: last.end };
        self.note(&place, Problem::Foreign { construct, reason }, &[], None)
    }
}

/// The bits of letters such as `SA`; none for anything else.
fn flag_bits(letters: &str) -> Option<u64> {
    if letters.is_empty() || letters.len() > 10 {
        return None;
    }
    letters.bytes().try_fold(0, |bits, letter| {
        let bit = match letter.to_ascii_lowercase() {
            b'f' => 1,
            b's' => 2,
            b'r' => 4,
            b'p' => 8,
            b'a' => 16,
            b'u' => 32,
            b'e' => 64,
            b'c' => 128,
            b'x' => 63,
            _ => return None,
        };
        Some(bits | bit)
    })
}

/// The network of an address, of which IPv4 may leave out octets at the end.
fn network_of(address: &str, prefix: u8) -> Option<Network> {
    if let Ok(v6) = address.parse::<std::net::Ipv6Addr>() {
        return (prefix <= 128).then(|| Network::new(v6.to_bits(), prefix));
    }
    let octets: Vec<u8> = address.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    if octets.len() > 4 || prefix > 32 {
        return None;
    }
    let bits = octets.iter().chain(&[0; 4]).take(4).fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet));
    Some(Network::new(std::net::Ipv4Addr::from_bits(bits).to_ipv6_mapped().to_bits(), prefix + 96))
}
