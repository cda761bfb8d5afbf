//! What could stand at a place in a filter text. The parser itself says what it would read there.

use std::ops::Range;

use weir_schema::{Field, Kind};

use crate::calendar::Part;
use crate::expr::{Expr, Item, Subject};
use crate::lexer::{Token, TokenKind, tokens};
use crate::parser::{Joiner, MAX_TEXT, Want, applies, joiner, read, wanted_after};
use crate::print::write_item;
use crate::value::Value;
use crate::{Context, names};

/// Most candidates offered at once.
const MOST: usize = 60;

/// Fields most asked for, first in an empty list.
const FREQUENT: [&str; 16] = [
    "src_ip",
    "dst_ip",
    "ip",
    "service",
    "dst_port",
    "src_port",
    "port",
    "protocol",
    "exporter",
    "bytes",
    "packets",
    "tcp_flags",
    "src_as",
    "dst_as",
    "in_if",
    "out_if",
];

/// What could stand at a place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What a candidate replaces, in bytes.
    pub place: Range<usize>,
    /// What is typed there already.
    pub typed: String,
    /// What kind of thing belongs there.
    pub expects: Expects,
    /// The fields whose values belong there; two for an either-side name.
    pub fields: Vec<Field>,
    /// What fits and begins like, or contains, what is typed.
    pub items: Vec<Candidate>,
    /// What the terms before say of every row that counts here.
    pub scope: Option<Expr>,
}

/// The kinds of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    /// A field, or a new condition.
    Field,
    /// An operator.
    Operator,
    /// A value.
    Value,
    /// `and`, `or`, a comma or a closing parenthesis.
    Joiner,
    /// A text of one's own, or nothing that is known.
    Nothing,
}

/// Something that could stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What to write.
    pub text: String,
    /// What it is, in a few words; may be empty.
    pub detail: String,
}

impl Candidate {
    fn new(text: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { text: text.into(), detail: detail.into() }
    }
}

/// What could stand at `cursor`, a byte offset. The text after it plays no part.
pub fn complete(text: &str, cursor: usize, context: &Context) -> Completion {
    let cursor = floor(text, cursor.min(text.len()));
    let nothing = |place: Range<usize>| Completion {
        place,
        typed: String::new(),
        expects: Expects::Nothing,
        fields: Vec::new(),
        items: Vec::new(),
        scope: None,
    };
    if text.len() > MAX_TEXT {
        return nothing(cursor..cursor);
    }
    let found = tokens(text, &mut Vec::new());
    let partial = found.iter().position(|token| is_partial(token, cursor));
    let before = partial.unwrap_or_else(|| found.partition_point(|token| token.end <= cursor));
    let place = partial.map_or(cursor..cursor, |at| found[at].start..found[at].end.max(cursor));
    if inside_comment(text, &found, cursor) {
        return nothing(cursor..cursor);
    }
    let tokens = &found[..before];
    // A candidate in place of the quoted text would be one word with it.
    if tokens.last().is_some_and(|last| last.kind == TokenKind::Word && last.end == place.start) {
        return nothing(place);
    }
    let Some(want) = wanted_after(text, tokens, context) else { return nothing(place) };
    let typed = match partial.map(|at| &found[at]) {
        Some(Token { kind: TokenKind::Quoted(_), start, .. }) => {
            text[*start + 1..cursor.max(*start + 1)].to_owned()
        }
        Some(token) => text[token.start..cursor].to_owned(),
        None => String::new(),
    };
    let (expects, fields, candidates) = candidates(&want, context);
    Completion {
        place,
        items: matching(candidates, &typed),
        typed,
        expects,
        fields,
        scope: scope_before(text, tokens, context),
    }
}

/// A value as it is written beside a field; none for what cannot be written.
pub fn literal(field: Field, value: &Value) -> Option<String> {
    struct Written<'a>(&'a Subject, &'a Item);
    impl std::fmt::Display for Written<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write_item(f, self.0, self.1)
        }
    }
    let subject = Subject::Field(field);
    let item = match value {
        Value::Ip(address) => Item::Network(crate::Network::host(*address)),
        Value::Text(text) => Item::Text(text.clone()),
        Value::Number(number) | Value::Duration(number) | Value::Mac(number) => Item::number(*number),
        Value::Service(service) => Item::number(service.0),
        Value::Time(time) => Item::number(*time),
        Value::Null | Value::Float(_) | Value::Map(_) => return None,
    };
    let text = Written(&subject, &item).to_string();
    // A protocol without a name is written as a number, which beside `service` is a port.
    let Value::Service(service) = value else { return Some(text) };
    match names::resolve(&subject, &text)? {
        Item::Named { ranges, .. } => {
            let number = i128::from(service.0);
            ranges.iter().any(|(low, high)| (*low..=*high).contains(&number)).then_some(text)
        }
        _ => None,
    }
}

/// A word or a quoted text that the cursor stands in or right behind.
fn is_partial(token: &Token, cursor: usize) -> bool {
    let writable = matches!(token.kind, TokenKind::Word | TokenKind::Quoted(_));
    writable && token.start < cursor && cursor <= token.end
}

/// Tokens never cover a comment: a `#` between them and the cursor begins one.
fn inside_comment(text: &str, tokens: &[Token], cursor: usize) -> bool {
    let last =
        tokens.iter().rev().find(|token| token.start < cursor).map_or(0, |token| token.end.min(cursor));
    text[last..cursor].rsplit('\n').next().is_some_and(|line| line.contains('#'))
}

fn candidates(want: &Want, context: &Context) -> (Expects, Vec<Field>, Vec<Candidate>) {
    let words = |words: &[&str]| words.iter().map(|word| Candidate::new(*word, "")).collect();
    match want {
        Want::Condition => (Expects::Field, Vec::new(), conditions()),
        Want::Operator(subject) => (Expects::Operator, Vec::new(), operators(subject)),
        Want::Value(subject) => (Expects::Value, fields_of(subject), values(subject, context)),
        Want::Number(subject) => {
            let mut numbers = values(subject, context);
            numbers.retain(|one| crate::literal::number(subject, &one.text, context).is_ok());
            (Expects::Value, fields_of(subject), numbers)
        }
        Want::List => (Expects::Joiner, Vec::new(), words(&[",", ")"])),
        Want::Words(known) => (Expects::Operator, Vec::new(), words(known)),
        Want::Joiner { open } => {
            let mut joiners =
                vec![Candidate::new("and", "both must hold"), Candidate::new("or", "one must hold")];
            joiners.extend(open.then(|| Candidate::new(")", "")));
            (Expects::Joiner, Vec::new(), joiners)
        }
        Want::Free => (Expects::Nothing, Vec::new(), Vec::new()),
    }
}

fn conditions() -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for info in Field::all().map(Field::info) {
        if let Some(name) = info.name.strip_prefix("src_").filter(|_| info.mirror.is_some()) {
            found.push(Candidate::new(name, format!("`{}` or `dst_{name}`", info.name)));
        }
        if info.kind != Kind::Map {
            found.push(Candidate::new(info.name, info.doc));
        }
    }
    let others = [
        ("not", "the opposite of what follows"),
        ("hour(time)", "hour of the day, 0 to 23"),
        ("weekday(time)", "day of the week, mon to sun"),
    ];
    found.splice(0..0, others.map(|(text, detail)| Candidate::new(text, detail)));
    found.sort_by_key(|one| FREQUENT.iter().position(|name| *name == one.text).unwrap_or(FREQUENT.len()));
    found
}

fn operators(subject: &Subject) -> Vec<Candidate> {
    const OPERATORS: [(&str, &str); 15] = [
        ("=", "is"),
        ("!=", "is not"),
        ("in", "is one of"),
        ("not in", "is none of"),
        (">", "above"),
        (">=", "at least"),
        ("<", "below"),
        ("<=", "at most"),
        ("has", "all of these bits are set"),
        ("lacks", "none of these bits is set"),
        ("like", "matches a pattern with `*` and `?`"),
        ("not like", "matches no such pattern"),
        ("~", "matches a regular expression"),
        ("!~", "does not match a regular expression"),
        ("exists", "has a value"),
    ];
    let known = OPERATORS.iter().filter(|(operator, _)| applies(operator, subject));
    known.map(|(operator, detail)| Candidate::new(*operator, *detail)).collect()
}

fn fields_of(subject: &Subject) -> Vec<Field> {
    match subject {
        Subject::Field(field) => vec![*field],
        Subject::Either(source) => [Some(*source), source.info().mirror].into_iter().flatten().collect(),
        Subject::Extra(_) | Subject::Calendar(_) => Vec::new(),
    }
}

/// The values that are known without asking the store.
fn values(subject: &Subject, context: &Context) -> Vec<Candidate> {
    let mut found: Vec<Candidate> =
        names::candidates(subject).into_iter().map(|name| Candidate::new(name, "")).collect();
    match (subject, subject.kind()) {
        (Subject::Calendar(calendar), _) if calendar.part == Part::Hour => {
            found.extend(["8..18", "0..6"].map(|hours| Candidate::new(hours, "")));
        }
        (_, Kind::Time) if context.now_ns.is_some() => {
            let times = ["now-15m", "now-1h", "now-24h", "today", "yesterday"];
            found.extend(times.map(|time| Candidate::new(time, "")));
        }
        (_, Kind::Duration) => {
            found.extend(["1s", "10s", "1m", "5m", "1h"].map(|time| Candidate::new(time, "")));
        }
        _ if subject.named_like().is_some_and(|field| field.info().unit == "bytes") => {
            found.extend(["1kB", "1MB", "10MB", "100MB", "1GB"].map(|size| Candidate::new(size, "")));
        }
        _ => {}
    }
    let fits = |members: &[String]| {
        members.iter().all(|member| crate::literal::item(subject, member, context).is_ok())
    };
    let sets = context.sets.iter().filter(|(_, members)| fits(members));
    found.extend(
        sets.map(|(name, members)| Candidate::new(format!("@{name}"), format!("{} values", members.len()))),
    );
    found
}

/// Those that begin like what is typed, then those with a word that does, then those that contain it.
fn matching(candidates: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    let rank = |candidate: &Candidate| match candidate.text.to_lowercase().find(&typed) {
        None => aliased(candidate, &typed).then_some(3),
        Some(0) => Some(0),
        Some(at) if candidate.text.as_bytes()[at - 1] == b'_' => Some(1),
        Some(_) => Some(2),
    };
    let mut ranked: Vec<(u8, Candidate)> =
        candidates.into_iter().filter_map(|candidate| Some((rank(&candidate)?, candidate))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().take(MOST).map(|(_, candidate)| candidate).collect()
}

/// Whether another name of a field begins like what is typed: `source.` finds `src_ip`.
fn aliased(candidate: &Candidate, typed: &str) -> bool {
    let field = Field::from_name(&candidate.text).filter(|field| field.name() == candidate.text);
    typed.len() >= 2
        && field.is_some_and(|field| {
            field.info().aliases.iter().any(|alias| alias.to_lowercase().starts_with(typed))
        })
}

/// What the top-level `and` terms before the last one say; none under an `or`.
fn scope_before(text: &str, tokens: &[Token], context: &Context) -> Option<Expr> {
    let mut depth = 0_usize;
    let mut last = None;
    for token in tokens {
        match token.kind {
            TokenKind::Open | TokenKind::OpenBracket => depth += 1,
            TokenKind::Close | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            _ => match joiner(text, token) {
                Some(Joiner::And) => last = Some(token.start),
                Some(Joiner::Or) => return None,
                None => {}
            },
        }
    }
    read(&text[..last?], context).ok().map(|reading| reading.expr).filter(|expr| *expr != Expr::all())
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
