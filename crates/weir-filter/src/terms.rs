//! The parts of a filter text that the UI shows as chips.

use crate::lexer::{Token, TokenKind};
use crate::parser::{Joiner, joiner};

/// A top-level `and` term of a filter text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Term {
    /// The term as written.
    pub text: String,
    /// Byte offset of its first character.
    pub start: usize,
    /// Byte offset just after its last character.
    pub end: usize,
}

/// The top-level `and` terms of a filter text, as written. With an `or` at the top the whole text is one term.
pub(crate) fn terms_of(text: &str, tokens: &[Token]) -> Vec<Term> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut depth = 0_usize;
    let mut fresh = true;
    for token in tokens {
        match token.kind {
            TokenKind::Open | TokenKind::OpenBracket => depth += 1,
            TokenKind::Close | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        let joins = if depth == 0 { joiner(text, token) } else { None };
        match (joins, spans.last_mut()) {
            (Some(Joiner::And), _) => fresh = true,
            (Some(Joiner::Or), Some(_)) => {
                let (start, end) = (tokens[0].start, tokens[tokens.len() - 1].end);
                return vec![Term { text: text[start..end].to_owned(), start, end }];
            }
            (_, Some(span)) if !fresh => span.1 = token.end,
            _ => {
                spans.push((token.start, token.end));
                fresh = false;
            }
        }
    }
    spans.into_iter().map(|(start, end)| Term { text: text[start..end].to_owned(), start, end }).collect()
}
