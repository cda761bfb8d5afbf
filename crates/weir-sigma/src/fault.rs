//! A problem before it is known in which document it is.

use crate::Severity;

/// What is wrong, and a text near which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) place: Place,
}

/// Where in the document a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// At its beginning.
    Start,
    /// On this line of it, from 1.
    Line(u32),
    /// Where this text first stands.
    Text(String),
}

impl Fault {
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), help: None, place: Place::Start }
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { severity: Severity::Refused, ..Self::error(message) }
    }

    pub(crate) fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The place, unless one is known already.
    pub(crate) fn near(self, text: impl Into<String>) -> Self {
        if self.place == Place::Start { Self { place: Place::Text(text.into()), ..self } } else { self }
    }

    /// The line in a document, from 0, and the character in it, from 1.
    pub(crate) fn place_in(&self, document: &str) -> (u32, u32) {
        let first_of = |line: &str| line.chars().take_while(|letter| letter.is_whitespace()).count();
        let (line, before) = match &self.place {
            Place::Start => (0, 0),
            Place::Line(number) => {
                let line = number.saturating_sub(1);
                (line, document.lines().nth(line as usize).map_or(0, first_of))
            }
            Place::Text(text) => {
                let found = document.lines().enumerate().find_map(|(number, line)| {
                    let at = line.find(text.as_str()).filter(|_| !text.is_empty())?;
                    Some((number as u32, line[..at].chars().count()))
                });
                found.unwrap_or((0, 0))
            }
        };
        (line, before as u32 + 1)
    }
}
