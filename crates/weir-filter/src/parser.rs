//! Tokens to a typed expression: a Pratt parser that goes on after a mistake to find the next.

mod checks;
mod nfdump;

use std::ops::Range;

use crate::expr::{Expr, Subject};
use crate::lexer::{Token, TokenKind, is_keyword, tokens};
use crate::literal::short;
use crate::terms::{Term, terms_of};
use crate::{Context, FilterError, Problem};

pub(crate) use checks::applies;

/// Most bytes in a filter text.
pub const MAX_TEXT: usize = 256 * 1024;
/// Deepest nesting of parentheses and `not`.
pub const MAX_DEPTH: usize = 64;
/// Most values in a filter text.
pub const MAX_VALUES: usize = 20_000;
/// Mistakes reported at once.
const MAX_ERRORS: usize = 20;

/// What was understood of a filter text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What the text says.
    pub expr: Expr,
    /// Its top-level `and` terms, as written. With an `or` at the top the whole text is one term.
    pub terms: Vec<Term>,
    /// The parts that were written in the syntax of another program, in order.
    pub translations: Vec<Translation>,
}

/// A part of a filter text in nfdump's syntax, and what it says in Weir's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The part as written.
    pub text: String,
    /// Where it stands, in bytes.
    pub place: Range<usize>,
    /// The same in Weir's own words.
    pub weir: String,
}

/// Reads a filter text that refers to nothing beyond the field table. A text without anything in it is every row.
pub fn parse(text: &str) -> Result<Expr, Vec<FilterError>> {
    read(text, &Context::default()).map(|reading| reading.expr)
}

/// Reads a filter text, with the present and the named sets that it may refer to.
pub fn read(text: &str, context: &Context) -> Result<Reading, Vec<FilterError>> {
    if text.len() > MAX_TEXT {
        let problem = Problem::TooLong { length: text.len(), most: MAX_TEXT };
        return Err(vec![FilterError { problem, start: 0, end: 0, expected: Vec::new(), suggestion: None }]);
    }
    let mut errors = Vec::new();
    let tokens = tokens(text, &mut errors);
    let lexed = errors.is_empty();
    let finished = Parser::new(text, &tokens, context, errors).finish();
    // In a text that is nfdump's anyway, a duration without a unit is one of milliseconds.
    if lexed && !finished.errors.is_empty() && !finished.translations.is_empty() {
        let again = Parser { milliseconds: true, ..Parser::new(text, &tokens, context, Vec::new()) }.finish();
        if again.errors.is_empty() {
            return Ok(again.reading(text, &tokens));
        }
    }
    if finished.errors.is_empty() {
        return Ok(finished.reading(text, &tokens));
    }
    let mut errors = finished.errors;
    errors.sort_by_key(|error| error.start);
    errors.truncate(MAX_ERRORS);
    Err(errors)
}

/// What may stand at the end of a text that is read up to there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Want {
    /// A field, `not`, or `(`.
    Condition,
    /// An operator of this subject.
    Operator(Subject),
    /// A value of this subject; in a list, the list may end as well.
    Value(Subject),
    /// A single number of this subject: a bound, or bits.
    Number(Subject),
    /// After a value in a list.
    List,
    /// A text of one's own: a pattern, the name of an element or a zone.
    Free,
    /// One of these words.
    Words(Vec<&'static str>),
    /// `and`, `or`, and when a parenthesis is open, `)`.
    Joiner { open: bool },
}

/// What the end of the first part of a text calls for; none when the parser never came there.
pub(crate) fn wanted_after(text: &str, tokens: &[Token], context: &Context) -> Option<Want> {
    let mut parser = Parser::new(text, tokens, context, Vec::new());
    parser.whole();
    parser.wanted
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
    context: &'a Context,
    at: usize,
    depth: usize,
    parentheses: usize,
    values: usize,
    errors: Vec<FilterError>,
    translations: Vec<Translation>,
    milliseconds: bool,
    wanted: Option<Want>,
    /// The end was reached by skipping over a mistake: nothing can be said of what it calls for.
    lost: bool,
}

struct Finished {
    expr: Expr,
    errors: Vec<FilterError>,
    translations: Vec<Translation>,
}

impl Finished {
    fn reading(self, text: &str, tokens: &[Token]) -> Reading {
        let expr = if self.translations.is_empty() { self.expr } else { nfdump::tidy(self.expr) };
        Reading { expr, terms: terms_of(text, tokens), translations: self.translations }
    }
}

/// The mistake is noted; the caller decides where to go on.
struct Noted;

impl<'a> Parser<'a> {
    fn new(text: &'a str, tokens: &'a [Token], context: &'a Context, errors: Vec<FilterError>) -> Self {
        Self {
            text,
            tokens,
            context,
            at: 0,
            depth: 0,
            parentheses: 0,
            values: 0,
            errors,
            translations: Vec::new(),
            milliseconds: false,
            wanted: None,
            lost: false,
        }
    }

    fn finish(mut self) -> Finished {
        let expr = self.whole();
        Finished { expr, errors: self.errors, translations: self.translations }
    }

    fn whole(&mut self) -> Expr {
        if self.tokens.is_empty() {
            self.want(|| Want::Condition);
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
        let open = self.parentheses > 0;
        self.want(|| Want::Joiner { open });
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
            self.want(|| Want::Condition);
            self.unexpected(&["a condition such as `src_ip = 10.0.0.1`"]);
            return Expr::all();
        };
        if let Some(read) = self.nfdump() {
            return read.unwrap_or_else(|Noted| {
                self.skip_condition();
                Expr::all()
            });
        }
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
        self.parentheses += 1;
        let inner = self.expression(Joiner::Or);
        self.parentheses -= 1;
        if self.peek().is_some_and(|token| token.kind == TokenKind::Close) {
            self.at += 1;
        } else if self.errors.is_empty() {
            self.unexpected(&["`)`"]);
        }
        inner
    }

    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    /// Notes what the end of the text calls for, when that is where the parser stands. The first word counts.
    fn want(&mut self, want: impl FnOnce() -> Want) {
        if self.at >= self.tokens.len() && self.wanted.is_none() && !self.lost {
            self.wanted = Some(want());
        }
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
        self.lost = true;
    }

    /// Notes that a part of the text was another program's.
    fn translated(&mut self, start: usize, end: usize, weir: String) {
        self.translations.push(Translation {
            text: self.text[start..end].to_owned(),
            place: start..end,
            weir,
        });
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
            self.lost = true;
            return Noted;
        }
        let expected = expected.iter().map(|&text| text.to_owned()).collect();
        self.errors.push(FilterError { problem, start: token.start, end: token.end, expected, suggestion });
        Noted
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
