//! The conditions on one field: subject, operator, values.

use jiff::tz::TimeZone;
use weir_schema::{Field, Kind};

use super::{MAX_VALUES, Noted, Parser, Want};
use crate::calendar::{Calendar, Part};
use crate::expr::{Check, Item, Order, Pattern, Subject, Test};
use crate::lexer::{Token, TokenKind, is_keyword};
use crate::literal::{self, describe, is_address, nature, short};
use crate::{Problem, Wildcard, names};

/// A value, or a pattern with wildcards.
enum Value {
    Item(Item),
    Pattern(Wildcard),
}

impl<'a> Parser<'a> {
    pub(super) fn test(&mut self) -> Result<Test, Noted> {
        let subject = self.subject()?;
        let Some(subject) = subject else {
            return self.bare_address();
        };
        let check = self.check(&subject)?;
        Ok(Test { subject, check })
    }

    /// An address on its own is `ip = ...`.
    fn bare_address(&mut self) -> Result<Test, Noted> {
        let subject = Subject::Either(Field::SrcIp);
        let items = vec![self.item(&subject)?];
        Ok(Test { subject, check: Check::In { items, negated: false } })
    }

    /// The subject of a test; nothing when an address stands in its place.
    fn subject(&mut self) -> Result<Option<Subject>, Noted> {
        let Some(token) = self.peek().filter(|token| token.kind == TokenKind::Word) else {
            return Err(self.unexpected(&["a field"]));
        };
        let name = self.text_of(token);
        if is_keyword(name) {
            return Err(self.unexpected(&["a field"]));
        }
        if let Some(field) = Field::from_name(name) {
            self.at += 1;
            let bracket = self.peek().is_some_and(|token| token.kind == TokenKind::OpenBracket);
            return if field == Field::Extra && bracket {
                self.element().map(Some)
            } else {
                Ok(Some(Subject::Field(field)))
            };
        }
        if let Some(part) =
            Part::from_name(name).filter(|_| self.kind_at(self.at + 1) == Some(&TokenKind::Open))
        {
            return self.calendar(part).map(Some).inspect_err(|_| self.leave_call());
        }
        if let Some((source, _)) = Field::either_side(&name.to_lowercase()) {
            self.at += 1;
            return Ok(Some(Subject::Either(source)));
        }
        if is_address(name) {
            return Ok(None);
        }
        let sides = Field::all().filter(|field| field.info().mirror.is_some());
        let sides = sides.filter_map(|field| field.name().strip_prefix("src_"));
        let suggestion = names::nearest(name, Field::all().map(Field::name).chain(sides));
        let problem = Problem::UnknownField { name: short(name) };
        Err(self.note(token, problem, &["a field"], suggestion))
    }

    /// `(time)` or `(time, "zone")` after `hour` or `weekday`.
    fn calendar(&mut self, part: Part) -> Result<Subject, Noted> {
        self.at += 2;
        self.want(|| Want::Words(vec!["time", "start", "end", "received"]));
        let named = self.peek().filter(|token| token.kind == TokenKind::Word);
        let field = named.and_then(|token| Field::from_name(self.text_of(token)));
        let Some(field) = field.filter(|field| field.kind() == Kind::Time) else {
            return Err(self.unexpected(&["a time such as `time`, `start` or `end`"]));
        };
        self.at += 1;
        let mut zone = None;
        if self.peek().is_some_and(|token| token.kind == TokenKind::Comma) {
            self.at += 1;
            self.want(|| Want::Free);
            let (token, name) = self.literal("the name of a zone such as `\"Europe/Berlin\"`")?;
            // A path is no name: zones are looked up below the directory of the system.
            let sound = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
            if !sound || name.starts_with('/') || TimeZone::get(&name).is_err() {
                let expected = ["a zone such as `UTC` or `Europe/Berlin`"];
                return Err(self.note(token, Problem::UnknownZone { name: short(&name) }, &expected, None));
            }
            zone = (name != "UTC").then_some(name);
        }
        self.want(|| Want::Words(vec![")"]));
        if self.peek().is_none_or(|token| token.kind != TokenKind::Close) {
            return Err(self.unexpected(&["`)`"]));
        }
        self.at += 1;
        Ok(Subject::Calendar(Calendar { part, field, zone }))
    }

    /// Moves behind the closing parenthesis of a call that is wrong, so that it is one mistake and not several.
    fn leave_call(&mut self) {
        let close = self.tokens[self.at..].iter().position(|token| token.kind == TokenKind::Close);
        self.at = close.map_or(self.tokens.len(), |ahead| self.at + ahead + 1);
    }

    /// `["name"]` after `extra`.
    fn element(&mut self) -> Result<Subject, Noted> {
        self.at += 1;
        self.want(|| Want::Free);
        let Some(name) = self.peek().and_then(|token| self.literal_text(token)) else {
            return Err(self.unexpected(&["the name of an element, quoted"]));
        };
        self.at += 1;
        self.want(|| Want::Words(vec!["]"]));
        if self.peek().is_none_or(|token| token.kind != TokenKind::CloseBracket) {
            return Err(self.unexpected(&["`]`"]));
        }
        self.at += 1;
        Ok(Subject::Extra(name))
    }

    fn check(&mut self, subject: &Subject) -> Result<Check, Noted> {
        const OPERATORS: &[&str] = &["an operator such as `=`, `!=`, `<`, `in`, `~`, `has` or `exists`"];
        let Some(token) = self.peek() else {
            self.want(|| Want::Operator(subject.clone()));
            return Err(self.unexpected(OPERATORS));
        };
        let next_is = |parser: &Self, wanted: &str| parser.word_at(parser.at + 1, wanted);
        if self.word_at(self.at, "not") && self.at + 1 >= self.tokens.len() && self.wanted.is_none() {
            self.wanted =
                Some(Want::Words(if applies("like", subject) { vec!["in", "like"] } else { vec!["in"] }));
        }
        let word = if token.kind == TokenKind::Word {
            self.text_of(token).to_ascii_lowercase()
        } else {
            String::new()
        };
        let operator = match (&token.kind, word.as_str()) {
            (TokenKind::Equal, _) => "=",
            (TokenKind::NotEqual, _) => "!=",
            (TokenKind::Below, _) => "<",
            (TokenKind::AtMost, _) => "<=",
            (TokenKind::Above, _) => ">",
            (TokenKind::AtLeast, _) => ">=",
            (TokenKind::Matches, _) => "~",
            (TokenKind::NotMatches, _) => "!~",
            (_, "in") => "in",
            (_, "has") => "has",
            (_, "lacks") => "lacks",
            (_, "exists") => "exists",
            (_, "like") => "like",
            (_, "not") if next_is(self, "in") => "not in",
            (_, "not") if next_is(self, "like") => "not like",
            _ => return Err(self.unexpected(OPERATORS)),
        };
        if !applies(operator, subject) {
            let problem =
                Problem::Operator { operator, field: subject.to_string(), kind: nature(subject.kind()) };
            let suggestion = (*subject == Subject::Field(Field::Extra)).then(|| "extra[\"name\"]".to_owned());
            return Err(self.note(token, problem, &[], suggestion));
        }
        self.at += if operator.starts_with("not ") { 2 } else { 1 };
        let order = |order| move |bound| Check::Order { order, bound };
        match operator {
            "exists" => Ok(Check::Exists),
            "=" | "in" => self.members(subject, false),
            "!=" | "not in" => self.members(subject, true),
            "like" | "not like" => {
                let patterns = self.listed(subject, Self::wildcard)?;
                Ok(Check::Like { patterns, negated: operator == "not like" })
            }
            "<" => self.number(subject).map(order(Order::Below)),
            "<=" => self.number(subject).map(order(Order::AtMost)),
            ">" => self.number(subject).map(order(Order::Above)),
            ">=" => self.number(subject).map(order(Order::AtLeast)),
            "~" | "!~" => Ok(Check::Matches { pattern: self.pattern()?, negated: operator == "!~" }),
            _ => Ok(Check::Flags { bits: self.bits(subject)?, lacks: operator == "lacks" }),
        }
    }

    /// What follows `=` or `in`. One pattern makes patterns of all.
    fn members(&mut self, subject: &Subject, negated: bool) -> Result<Check, Noted> {
        let values = self.listed(subject, Self::value)?;
        if values.iter().all(|value| matches!(value, Value::Item(_))) {
            let items = values.into_iter().filter_map(|value| match value {
                Value::Item(item) => Some(item),
                Value::Pattern(_) => None,
            });
            return Ok(Check::In { items: items.collect(), negated });
        }
        let mut patterns = Vec::with_capacity(values.len());
        for value in values {
            match value {
                Value::Pattern(pattern) => patterns.push(pattern),
                Value::Item(item) => literals(&item, &mut patterns),
            }
        }
        Ok(Check::Like { patterns, negated })
    }

    /// One value, or several in parentheses, or in nfdump's brackets.
    pub(super) fn listed<T>(
        &mut self,
        subject: &Subject,
        read: impl Fn(&mut Self, &Subject) -> Result<T, Noted>,
    ) -> Result<Vec<T>, Noted> {
        let close = match self.peek().map(|token| &token.kind) {
            Some(TokenKind::Open) => TokenKind::Close,
            Some(TokenKind::OpenBracket) => TokenKind::CloseBracket,
            _ => return read(self, subject).map(|value| vec![value]),
        };
        self.at += 1;
        let mut values = Vec::new();
        loop {
            if values.is_empty()
                || self.at.checked_sub(1).and_then(|at| self.kind_at(at)) == Some(&TokenKind::Comma)
            {
                self.want(|| Want::Value(subject.clone()));
            } else {
                self.want(|| if close == TokenKind::Close { Want::List } else { Want::Free });
            }
            match self.peek().map(|token| &token.kind) {
                Some(kind) if *kind == close => {
                    self.at += 1;
                    return Ok(values);
                }
                Some(TokenKind::Comma) => self.at += 1,
                Some(TokenKind::Word | TokenKind::Quoted(_)) => {
                    let before = self.at;
                    // A wrong value is noted, and the next one is looked at.
                    if let Ok(value) = read(self, subject) {
                        values.push(value);
                    } else if self.at == before {
                        return Err(Noted);
                    }
                }
                _ => {
                    return Err(
                        self.unexpected(&["a value", if close == TokenKind::Close { "`)`" } else { "`]`" }])
                    );
                }
            }
        }
    }

    /// Reads one value or pattern, and moves past it even when it is wrong.
    fn value(&mut self, subject: &Subject) -> Result<Value, Noted> {
        let bare = self.peek().filter(|token| token.kind == TokenKind::Word);
        let wild = bare.is_some_and(|token| self.text_of(token).contains(['*', '?']));
        if wild && subject.kind() == Kind::Text {
            return self.wildcard(subject).map(Value::Pattern);
        }
        self.item(subject).map(Value::Item)
    }

    /// Reads one value and moves past it even when it is wrong.
    pub(super) fn item(&mut self, subject: &Subject) -> Result<Item, Noted> {
        self.want(|| Want::Value(subject.clone()));
        let (token, text) = self.literal(describe(subject))?;
        self.count(token)?;
        if token.kind == TokenKind::Word
            && let Some(name) = text.strip_prefix('@')
        {
            return self.set(subject, token, name);
        }
        literal::item(subject, &text, self.context)
            .map_err(|(problem, suggestion)| self.note(token, problem, &[], suggestion))
    }

    /// The values of a set, as values of the subject.
    fn set(&mut self, subject: &Subject, token: &Token, name: &str) -> Result<Item, Noted> {
        let sets = &self.context.sets;
        let Some(members) = sets.get(name) else {
            let suggestion =
                names::nearest(name, sets.keys().map(String::as_str)).map(|name| format!("@{name}"));
            let expected = if sets.is_empty() { &["a set of the configuration's `[sets]`"][..] } else { &[] };
            return Err(self.note(token, Problem::UnknownSet { name: short(name) }, expected, suggestion));
        };
        let mut items = Vec::with_capacity(members.len());
        for member in members {
            let Ok(item) = literal::item(subject, member, self.context) else {
                let (member, field) = (short(member), subject.to_string());
                let problem =
                    Problem::SetMember { name: short(name), member, field, kind: describe(subject) };
                return Err(self.note(token, problem, &[], None));
            };
            items.push(item);
        }
        Ok(Item::Set { name: name.to_owned(), items })
    }

    fn wildcard(&mut self, _: &Subject) -> Result<Wildcard, Noted> {
        self.want(|| Want::Free);
        let (token, text) = self.literal("a pattern such as `\"dns*\"`")?;
        self.count(token)?;
        Wildcard::new(&text).map_err(|_| {
            self.note(token, Problem::Pattern { reason: "it is too long".to_owned() }, &[], None)
        })
    }

    /// Bounds the number of values in a text.
    fn count(&mut self, token: &Token) -> Result<(), Noted> {
        self.values += 1;
        if self.values <= MAX_VALUES {
            return Ok(());
        }
        self.at = self.tokens.len();
        Err(self.note(token, Problem::TooMany { most: MAX_VALUES }, &[], None))
    }

    pub(super) fn number(&mut self, subject: &Subject) -> Result<i128, Noted> {
        self.want(|| Want::Number(subject.clone()));
        let (token, mut text) = self.literal(describe(subject))?;
        if self.milliseconds
            && subject.kind() == Kind::Duration
            && text.bytes().all(|byte| byte.is_ascii_digit())
        {
            let weir = format!("{text}ms");
            self.translated(token.start, token.end, weir.clone());
            text = weir;
        }
        literal::number(subject, &text, self.context)
            .map_err(|(problem, suggestion)| self.note(token, problem, &[], suggestion))
    }

    /// The bits after `has`: one value, or several in parentheses that count together.
    fn bits(&mut self, subject: &Subject) -> Result<u64, Noted> {
        if self.peek().is_none_or(|token| token.kind != TokenKind::Open) {
            return self.number(subject).map(|bits| bits as u64);
        }
        self.at += 1;
        let mut bits = 0;
        self.want(|| Want::Number(subject.clone()));
        while self.peek().is_some_and(|token| token.kind != TokenKind::Close) {
            bits |= self.number(subject)? as u64;
            if self.peek().is_some_and(|token| token.kind == TokenKind::Comma) {
                self.at += 1;
            }
        }
        if self.peek().is_none() {
            self.want(|| Want::List);
            return Err(self.unexpected(&["`)`"]));
        }
        self.at += 1;
        Ok(bits)
    }

    fn pattern(&mut self) -> Result<Pattern, Noted> {
        self.want(|| Want::Free);
        let (token, text) = self.literal("a regular expression, quoted")?;
        Pattern::new(&text).map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or(&text).trim_start_matches("error: ").to_owned();
            self.note(token, Problem::Pattern { reason }, &[], None)
        })
    }

    pub(super) fn literal(&mut self, expected: &str) -> Result<(&'a Token, String), Noted> {
        let found = self.peek().and_then(|token| Some((token, self.literal_text(token)?)));
        let Some(found) = found else {
            return Err(self.unexpected(&[expected]));
        };
        self.at += 1;
        Ok(found)
    }

    fn literal_text(&self, token: &Token) -> Option<String> {
        match &token.kind {
            TokenKind::Quoted(text) => Some(text.clone()),
            TokenKind::Word => Some(self.text_of(token)).filter(|word| !is_keyword(word)).map(str::to_owned),
            _ => None,
        }
    }

    fn kind_at(&self, at: usize) -> Option<&'a TokenKind> {
        self.tokens.get(at).map(|token| &token.kind)
    }
}

/// The patterns that match exactly what an item of text holds.
fn literals(item: &Item, patterns: &mut Vec<Wildcard>) {
    match item {
        Item::Text(text) => patterns.extend(Wildcard::exactly(text)),
        Item::Set { items, .. } => items.iter().for_each(|item| literals(item, patterns)),
        _ => {}
    }
}

/// Whether an operator exists for the type of a subject.
pub(crate) fn applies(operator: &str, subject: &Subject) -> bool {
    let kind = subject.kind();
    let number = matches!(kind, Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64);
    let element = matches!(subject, Subject::Extra(_));
    match operator {
        "exists" => true,
        "<" | "<=" | ">" | ">=" => number || element || matches!(kind, Kind::Time | Kind::Duration),
        "~" | "!~" | "like" | "not like" => kind == Kind::Text,
        "has" | "lacks" => number && !matches!(subject, Subject::Calendar(_)),
        _ => kind != Kind::Map,
    }
}
