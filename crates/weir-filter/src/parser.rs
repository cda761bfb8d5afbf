//! Tokens to a typed expression: a Pratt parser that goes on after a mistake to find the next.

use weir_schema::{Field, Kind};

use crate::expr::{Check, Expr, Item, Order, Pattern, Subject, Test};
use crate::lexer::{Token, TokenKind, is_keyword, tokens};
use crate::literal::{self, describe, is_address, nature, short};
use crate::{FilterError, Problem, names};

/// Most bytes in a filter text.
pub const MAX_TEXT: usize = 256 * 1024;
/// Deepest nesting of parentheses and `not`.
pub const MAX_DEPTH: usize = 64;
/// Most values in a filter text.
pub const MAX_VALUES: usize = 20_000;
/// Mistakes reported at once.
const MAX_ERRORS: usize = 20;

/// Reads a filter text. A text without anything in it is every row.
pub fn parse(text: &str) -> Result<Expr, Vec<FilterError>> {
    read(text).map(|(expr, _)| expr)
}

/// The expression and the tokens it was made of.
pub(crate) fn read(text: &str) -> Result<(Expr, Vec<Token>), Vec<FilterError>> {
    if text.len() > MAX_TEXT {
        let problem = Problem::TooLong { length: text.len(), most: MAX_TEXT };
        return Err(vec![FilterError { problem, start: 0, end: 0, expected: Vec::new(), suggestion: None }]);
    }
    let mut errors = Vec::new();
    let tokens = tokens(text, &mut errors);
    let mut parser = Parser { text, tokens: &tokens, at: 0, depth: 0, values: 0, errors };
    let expr = parser.whole();
    let mut errors = parser.errors;
    if errors.is_empty() {
        return Ok((expr, tokens));
    }
    errors.sort_by_key(|error| error.start);
    errors.truncate(MAX_ERRORS);
    Err(errors)
}

/// What joins two conditions, and how strongly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Joiner {
    Or,
    And,
}

pub(crate) fn joiner(text: &str, token: &Token) -> Option<Joiner> {
    match token.kind {
        TokenKind::And => Some(Joiner::And),
        TokenKind::Or => Some(Joiner::Or),
        TokenKind::Word => match &text[token.start..token.end] {
            word if word.eq_ignore_ascii_case("and") => Some(Joiner::And),
            word if word.eq_ignore_ascii_case("or") => Some(Joiner::Or),
            _ => None,
        },
        _ => None,
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    values: usize,
    errors: Vec<FilterError>,
}

/// The mistake is noted; the caller decides where to go on.
struct Noted;

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Expr {
        if self.tokens.is_empty() {
            return Expr::all();
        }
        let mut expr = self.expression(Joiner::Or);
        // Only a closing parenthesis without its opening one stops an expression before the end.
        while self.peek().is_some() && self.errors.len() < MAX_ERRORS {
            self.unexpected(&["`and`", "`or`"]);
            self.at += 1;
            if self.peek().is_some_and(|token| joiner(self.text, token).is_some()) {
                self.at += 1;
            }
            if self.peek().is_some() {
                let next = self.expression(Joiner::Or);
                expr = join(Joiner::And, expr, next);
            }
        }
        expr
    }

    /// Reads conditions for as long as they are joined by `least` or stronger.
    fn expression(&mut self, least: Joiner) -> Expr {
        let mut left = self.condition();
        while let Some(token) = self.peek() {
            let joiner = match joiner(self.text, token) {
                Some(joiner) => {
                    if joiner < least {
                        break;
                    }
                    self.at += 1;
                    joiner
                }
                None if token.kind == TokenKind::Close => break,
                None => {
                    self.unexpected(&["`and`", "`or`"]);
                    if self.errors.len() >= MAX_ERRORS || !self.starts_condition() {
                        self.skip_condition();
                        continue;
                    }
                    Joiner::And
                }
            };
            let right = if joiner == Joiner::Or { self.expression(Joiner::And) } else { self.condition() };
            left = join(joiner, left, right);
        }
        left
    }

    fn starts_condition(&self) -> bool {
        self.peek().is_some_and(|token| match token.kind {
            TokenKind::Open | TokenKind::Not => true,
            TokenKind::Word => {
                let word = self.text_of(token);
                !is_keyword(word) || word.eq_ignore_ascii_case("not")
            }
            _ => false,
        })
    }

    /// `not ...`, `( ... )`, `true`, `false`, or a test.
    fn condition(&mut self) -> Expr {
        let Some(token) = self.peek() else {
            self.unexpected(&["a condition such as `src_ip = 10.0.0.1`"]);
            return Expr::all();
        };
        let word = if token.kind == TokenKind::Word { self.text_of(token) } else { "" };
        let negation = token.kind == TokenKind::Not || word.eq_ignore_ascii_case("not");
        if !negation && token.kind != TokenKind::Open {
            if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
                self.at += 1;
                return if word.eq_ignore_ascii_case("true") { Expr::all() } else { Expr::Or(Vec::new()) };
            }
            return self.test().map_or_else(
                |Noted| {
                    self.skip_condition();
                    Expr::all()
                },
                Expr::Test,
            );
        }
        if self.depth >= MAX_DEPTH {
            self.note(token, Problem::TooDeep { most: MAX_DEPTH }, &[], None);
            self.at = self.tokens.len();
            return Expr::all();
        }
        self.at += 1;
        self.depth += 1;
        let inner = if negation { Expr::not(self.condition()) } else { self.parenthesised() };
        self.depth -= 1;
        inner
    }

    fn parenthesised(&mut self) -> Expr {
        let inner = self.expression(Joiner::Or);
        if self.peek().is_some_and(|token| token.kind == TokenKind::Close) {
            self.at += 1;
        } else if self.errors.is_empty() {
            self.unexpected(&["`)`"]);
        }
        inner
    }

    fn test(&mut self) -> Result<Test, Noted> {
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
        let items = vec![self.value(&subject)?];
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

    /// `["name"]` after `extra`.
    fn element(&mut self) -> Result<Subject, Noted> {
        self.at += 1;
        let Some(name) = self.peek().and_then(|token| self.literal_text(token)) else {
            return Err(self.unexpected(&["the name of an element, quoted"]));
        };
        self.at += 1;
        if self.peek().is_none_or(|token| token.kind != TokenKind::CloseBracket) {
            return Err(self.unexpected(&["`]`"]));
        }
        self.at += 1;
        Ok(Subject::Extra(name))
    }

    fn check(&mut self, subject: &Subject) -> Result<Check, Noted> {
        const OPERATORS: &[&str] = &["an operator such as `=`, `!=`, `<`, `in`, `~`, `has` or `exists`"];
        let Some(token) = self.peek() else {
            return Err(self.unexpected(OPERATORS));
        };
        let next_is = |parser: &Self, wanted: &str| parser.word_at(parser.at + 1, wanted);
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
            (_, "not") if next_is(self, "in") => "not in",
            _ => return Err(self.unexpected(OPERATORS)),
        };
        if !applies(operator, subject) {
            let problem =
                Problem::Operator { operator, field: subject.to_string(), kind: nature(subject.kind()) };
            let suggestion = (*subject == Subject::Field(Field::Extra)).then(|| "extra[\"name\"]".to_owned());
            return Err(self.note(token, problem, &[], suggestion));
        }
        self.at += if operator == "not in" { 2 } else { 1 };
        let order = |order| move |bound| Check::Order { order, bound };
        match operator {
            "exists" => Ok(Check::Exists),
            "=" | "in" => Ok(Check::In { items: self.values(subject)?, negated: false }),
            "!=" | "not in" => Ok(Check::In { items: self.values(subject)?, negated: true }),
            "<" => self.number(subject).map(order(Order::Below)),
            "<=" => self.number(subject).map(order(Order::AtMost)),
            ">" => self.number(subject).map(order(Order::Above)),
            ">=" => self.number(subject).map(order(Order::AtLeast)),
            "~" | "!~" => Ok(Check::Matches { pattern: self.pattern()?, negated: operator == "!~" }),
            _ => Ok(Check::Flags { bits: self.bits(subject)?, lacks: operator == "lacks" }),
        }
    }

    /// One value, or several in parentheses.
    fn values(&mut self, subject: &Subject) -> Result<Vec<Item>, Noted> {
        if self.peek().is_none_or(|token| token.kind != TokenKind::Open) {
            return self.value(subject).map(|item| vec![item]);
        }
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.peek().map(|token| &token.kind) {
                Some(TokenKind::Close) => {
                    self.at += 1;
                    return Ok(items);
                }
                Some(TokenKind::Comma) => self.at += 1,
                Some(TokenKind::Word | TokenKind::Quoted(_)) => {
                    let before = self.at;
                    // A wrong value is noted, and the next one is looked at.
                    if let Ok(item) = self.value(subject) {
                        items.push(item);
                    } else if self.at == before {
                        return Err(Noted);
                    }
                }
                _ => return Err(self.unexpected(&["a value", "`)`"])),
            }
        }
    }

    /// Reads one value and moves past it even when it is wrong.
    fn value(&mut self, subject: &Subject) -> Result<Item, Noted> {
        let (token, text) = self.literal(describe(subject))?;
        self.values += 1;
        if self.values > MAX_VALUES {
            self.at = self.tokens.len();
            return Err(self.note(token, Problem::TooMany { most: MAX_VALUES }, &[], None));
        }
        literal::item(subject, &text)
            .map_err(|(problem, suggestion)| self.note(token, problem, &[], suggestion))
    }

    fn number(&mut self, subject: &Subject) -> Result<i128, Noted> {
        let (token, text) = self.literal(describe(subject))?;
        literal::number(subject, &text)
            .map_err(|(problem, suggestion)| self.note(token, problem, &[], suggestion))
    }

    /// The bits after `has`: one value, or several in parentheses that count together.
    fn bits(&mut self, subject: &Subject) -> Result<u64, Noted> {
        if self.peek().is_none_or(|token| token.kind != TokenKind::Open) {
            return self.number(subject).map(|bits| bits as u64);
        }
        self.at += 1;
        let mut bits = 0;
        while self.peek().is_some_and(|token| token.kind != TokenKind::Close) {
            bits |= self.number(subject)? as u64;
            if self.peek().is_some_and(|token| token.kind == TokenKind::Comma) {
                self.at += 1;
            }
        }
        if self.peek().is_none() {
            return Err(self.unexpected(&["`)`"]));
        }
        self.at += 1;
        Ok(bits)
    }

    fn pattern(&mut self) -> Result<Pattern, Noted> {
        let (token, text) = self.literal("a regular expression, quoted")?;
        Pattern::new(&text).map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or(&text).trim_start_matches("error: ").to_owned();
            self.note(token, Problem::Pattern { reason }, &[], None)
        })
    }

    fn literal(&mut self, expected: &str) -> Result<(&'a Token, String), Noted> {
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

    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn text_of(&self, token: &Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    fn word_at(&self, at: usize, wanted: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            token.kind == TokenKind::Word && self.text_of(token).eq_ignore_ascii_case(wanted)
        })
    }

    /// Moves to what may stand after a condition: `and`, `or`, the closing parenthesis around it, or the end.
    fn skip_condition(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close if depth == 0 => return,
                TokenKind::Close => depth -= 1,
                _ if depth == 0 && joiner(self.text, token).is_some() => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Notes that what stands here (or the end) is not what is needed.
    fn unexpected(&mut self, expected: &[&str]) -> Noted {
        if let Some(token) = self.peek() {
            let found = short(self.text_of(token));
            return self.note(token, Problem::Unexpected { found }, expected, None);
        }
        let end = self.text.trim_end().len();
        let token = Token { kind: TokenKind::Word, start: end, end };
        self.note(&token, Problem::Ended, expected, None)
    }

    fn note(
        &mut self,
        token: &Token,
        problem: Problem,
        expected: &[&str],
        suggestion: Option<String>,
    ) -> Noted {
        if self.errors.len() >= MAX_ERRORS {
            // Nobody reads more than these; the rest of the text is left.
            self.at = self.tokens.len();
            return Noted;
        }
        let expected = expected.iter().map(|&text| text.to_owned()).collect();
        self.errors.push(FilterError { problem, start: token.start, end: token.end, expected, suggestion });
        Noted
    }
}

/// Whether an operator exists for the type of a subject.
fn applies(operator: &str, subject: &Subject) -> bool {
    let kind = subject.kind();
    let number = matches!(kind, Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64);
    let element = matches!(subject, Subject::Extra(_));
    match operator {
        "exists" => true,
        "<" | "<=" | ">" | ">=" => number || element || matches!(kind, Kind::Time | Kind::Duration),
        "~" | "!~" => kind == Kind::Text,
        "has" | "lacks" => number,
        _ => kind != Kind::Map,
    }
}

/// Joins two expressions. A chain on the left grows in place, so that long ones stay cheap.
fn join(joiner: Joiner, left: Expr, right: Expr) -> Expr {
    match (joiner, left, right) {
        (Joiner::And, Expr::And(mut parts), Expr::And(more)) if parts.len() > 1 => {
            parts.extend(more);
            Expr::And(parts)
        }
        (Joiner::And, Expr::And(mut parts), right) if parts.len() > 1 => {
            parts.push(right);
            Expr::And(parts)
        }
        (Joiner::Or, Expr::Or(mut parts), Expr::Or(more)) if parts.len() > 1 => {
            parts.extend(more);
            Expr::Or(parts)
        }
        (Joiner::Or, Expr::Or(mut parts), right) if parts.len() > 1 => {
            parts.push(right);
            Expr::Or(parts)
        }
        (Joiner::And, left, right) => Expr::and([left, right]),
        (Joiner::Or, left, right) => Expr::or([left, right]),
    }
}
