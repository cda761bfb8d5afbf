//! What can be wrong with a filter text, and where.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// A mistake in a filter text. `Display` gives the bare message; [`FilterError::render`] shows the place as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// What is wrong.
    pub problem: Problem,
    /// Byte offset of the first character that is wrong.
    pub start: usize,
    /// Byte offset just after the last one. Equal to `start` at the end of the text.
    pub end: usize,
    /// What could stand there instead.
    pub expected: Vec<String>,
    /// The nearest thing that would have been right.
    pub suggestion: Option<String>,
}

/// The kinds of mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The text ended too early.
    #[error("the filter ends too early")]
    Ended,
    /// Something stands where something else is needed.
    #[error("`{found}` is not expected here")]
    Unexpected {
        /// What stands there.
        found: String,
    },
    /// A character that means nothing.
    #[error("`{found}` has no meaning in a filter")]
    Character {
        /// The character.
        found: char,
    },
    /// A quoted text without its end.
    #[error("this quoted text has no end")]
    Unclosed,
    /// No such field.
    #[error("unknown field `{name}`")]
    UnknownField {
        /// The name as written.
        name: String,
    },
    /// An operator that the field's type does not have.
    #[error("`{operator}` does not apply to `{field}`, which is {kind}")]
    Operator {
        /// The operator.
        operator: &'static str,
        /// The field.
        field: String,
        /// What values the field has.
        kind: &'static str,
    },
    /// A value that is not of the field's type.
    #[error("`{field}` needs {kind}, not `{found}`")]
    Value {
        /// The value as written.
        found: String,
        /// What is needed.
        kind: &'static str,
        /// The field.
        field: String,
    },
    /// A number that the field cannot hold.
    #[error("`{found}` does not fit `{field}`, which goes up to {most}")]
    TooBig {
        /// The number as written.
        found: String,
        /// The field.
        field: String,
        /// The largest value.
        most: u64,
    },
    /// A range whose ends are the wrong way round.
    #[error("the range `{found}` is empty: its first value is above its last")]
    EmptyRange {
        /// The range as written.
        found: String,
    },
    /// A wrong regular expression.
    #[error("the regular expression is wrong: {reason}")]
    Pattern {
        /// What is wrong with it.
        reason: String,
    },
    /// No such time zone.
    #[error("unknown time zone `{name}`")]
    UnknownZone {
        /// The name as written.
        name: String,
    },
    /// No such set.
    #[error("there is no set `@{name}`")]
    UnknownSet {
        /// The name as written.
        name: String,
    },
    /// A set that does not fit the field it stands beside.
    #[error("the set `@{name}` holds `{member}`; `{field}` needs {kind}")]
    SetMember {
        /// The set.
        name: String,
        /// What does not fit.
        member: String,
        /// The field.
        field: String,
        /// What is needed.
        kind: &'static str,
    },
    /// Something of nfdump's that has no counterpart.
    #[error("nfdump's `{construct}` has no meaning here: {reason}")]
    Foreign {
        /// The words.
        construct: String,
        /// Why, and what to do instead.
        reason: &'static str,
    },
    /// The text is too long.
    #[error("the filter has {length} bytes; at most {most} are read")]
    TooLong {
        /// Its length.
        length: usize,
        /// The limit.
        most: usize,
    },
    /// Parentheses or `not` too deep.
    #[error("the filter is nested more than {most} deep")]
    TooDeep {
        /// The limit.
        most: usize,
    },
    /// Too many values in the whole text.
    #[error("the filter has more than {most} values")]
    TooMany {
        /// The limit.
        most: usize,
    },
}

impl FilterError {
    /// The message alone.
    pub fn message(&self) -> String {
        self.problem.to_string()
    }

    /// The message with the text and a mark under the place:
    ///
    /// ```text
    /// error: unknown field `src_prot`
    ///   | src_prot = 80
    ///   | ^^^^^^^^ did you mean `src_port`?
    /// ```
    pub fn render(&self, text: &str) -> String {
        let start = floor(text, self.start);
        let end = floor(text, self.end.max(start));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = &text[line_start..line_end];
        let before = text[line_start..start].chars().count();
        let marks = text[start..end.min(line_end).max(start)].chars().count().max(1);
        let mut out = format!("error: {}\n  | {line}\n  | ", self.problem);
        out.extend(std::iter::repeat_n(' ', before));
        out.extend(std::iter::repeat_n('^', marks));
        if let Some(suggestion) = &self.suggestion {
            let _ = write!(out, " did you mean `{suggestion}`?");
        } else if !self.expected.is_empty() {
            let _ = write!(out, " expected {}", one_of(&self.expected));
        }
        out
    }
}

impl std::fmt::Display for FilterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.problem)
    }
}

impl std::error::Error for FilterError {}

impl Serialize for FilterError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("FilterError", 5)?;
        out.serialize_field("message", &self.message())?;
        out.serialize_field("start", &self.start)?;
        out.serialize_field("end", &self.end)?;
        out.serialize_field("expected", &self.expected)?;
        out.serialize_field("suggestion", &self.suggestion)?;
        out.end()
    }
}

fn one_of(choices: &[String]) -> String {
    match choices {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
