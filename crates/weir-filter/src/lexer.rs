//! Filter text to tokens.
//!
//! A word is a run of characters that have no meaning of their own. What it means (field, keyword, number, address,
//! time, ...) depends on where it stands, so the parser decides that.

use crate::{FilterError, Problem};

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Bare characters.
    Word,
    /// Quoted text, without quotes and escapes.
    Quoted(String),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `,`
    Comma,
    /// `=`, `==`
    Equal,
    /// `!=`, `<>`
    NotEqual,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `~`, `=~`
    Matches,
    /// `!~`
    NotMatches,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `!`
    Not,
}

/// A token and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Words that cannot be a value without quotes.
const KEYWORDS: [&str; 10] = ["and", "or", "not", "in", "has", "lacks", "like", "exists", "true", "false"];

/// Whether a word has a meaning of its own.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// Whether a text can stand without quotes as one word.
pub(crate) fn is_bare(text: &str) -> bool {
    !text.is_empty() && !is_keyword(text) && word_length(text) == text.len()
}

/// Splits a text. What cannot be understood is reported and left out.
pub(crate) fn tokens(text: &str, errors: &mut Vec<FilterError>) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if first == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if first == '"' || first == '\'' {
            let (quoted, length, closed) = read_quoted(rest, first);
            if !closed {
                errors.push(FilterError {
                    problem: Problem::Unclosed,
                    start: at,
                    end: text.len(),
                    expected: vec![format!("a closing `{first}`")],
                    suggestion: None,
                });
            }
            found.push(Token { kind: TokenKind::Quoted(quoted), start: at, end: at + length });
            at += length;
        } else if let Some((kind, length)) = symbol(rest) {
            found.push(Token { kind, start: at, end: at + length });
            at += length;
        } else {
            let length = word_length(rest);
            if length > 0 {
                found.push(Token { kind: TokenKind::Word, start: at, end: at + length });
                at += length;
            } else {
                errors.push(FilterError {
                    problem: Problem::Character { found: first },
                    start: at,
                    end: at + first.len_utf8(),
                    expected: Vec::new(),
                    suggestion: hint(first),
                });
                // A single `&` or `|` is read as if it were double, so that the rest makes sense.
                match first {
                    '&' => found.push(Token { kind: TokenKind::And, start: at, end: at + 1 }),
                    '|' => found.push(Token { kind: TokenKind::Or, start: at, end: at + 1 }),
                    _ => {}
                }
                at += first.len_utf8();
            }
        }
    }
    found
}

fn hint(character: char) -> Option<String> {
    match character {
        '&' => Some("and".to_owned()),
        '|' => Some("or".to_owned()),
        _ => None,
    }
}

/// The text between quotes, how many bytes were read, and whether the closing quote was there.
fn read_quoted(text: &str, quote: char) -> (String, usize, bool) {
    let mut out = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return (out, at + 1, true);
        }
        if character != '\\' {
            out.push(character);
            continue;
        }
        // Only quotes and the backslash need escaping, so that regular expressions stay readable: `"\d"` is `\d`.
        match characters.next() {
            Some((_, escaped)) if escaped == quote || escaped == '\\' => out.push(escaped),
            Some((_, other)) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    (out, text.len(), false)
}

fn symbol(text: &str) -> Option<(TokenKind, usize)> {
    const SYMBOLS: [(&str, TokenKind); 19] = [
        ("==", TokenKind::Equal),
        ("=~", TokenKind::Matches),
        ("!=", TokenKind::NotEqual),
        ("<>", TokenKind::NotEqual),
        ("<=", TokenKind::AtMost),
        (">=", TokenKind::AtLeast),
        ("!~", TokenKind::NotMatches),
        ("&&", TokenKind::And),
        ("||", TokenKind::Or),
        ("=", TokenKind::Equal),
        ("<", TokenKind::Below),
        (">", TokenKind::Above),
        ("~", TokenKind::Matches),
        ("!", TokenKind::Not),
        ("(", TokenKind::Open),
        (")", TokenKind::Close),
        ("[", TokenKind::OpenBracket),
        ("]", TokenKind::CloseBracket),
        (",", TokenKind::Comma),
    ];
    SYMBOLS
        .iter()
        .find(|(symbol, _)| text.starts_with(symbol))
        .map(|(symbol, kind)| (kind.clone(), symbol.len()))
}

/// How many bytes of the text are one word. A single `|` between letters belongs to it: `syn|ack`.
fn word_length(text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    let mut length = 0;
    while let Some((at, character)) = characters.next() {
        let inside = match character {
            '|' => at > 0 && characters.peek().is_some_and(|(_, next)| next.is_alphanumeric()),
            other => is_word(other),
        };
        if !inside {
            break;
        }
        length = at + character.len_utf8();
    }
    length
}

fn is_word(character: char) -> bool {
    !character.is_whitespace()
        && !character.is_control()
        && !matches!(
            character,
            '(' | ')' | '[' | ']' | ',' | '"' | '\'' | '=' | '!' | '<' | '>' | '~' | '&' | '|' | '#' | ';'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let mut errors = Vec::new();
        let found = tokens(text, &mut errors).iter().map(|token| &text[token.start..token.end]).collect();
        assert_eq!(errors, []);
        found
    }

    #[test]
    fn operators_need_no_spaces() {
        assert_eq!(words("bytes>10MB&&port=80"), ["bytes", ">", "10MB", "&&", "port", "=", "80"]);
        assert_eq!(words("a||b"), ["a", "||", "b"]);
    }

    #[test]
    fn values_are_one_word() {
        assert_eq!(words("2001:db8::/32 syn|ack 1000..2000"), ["2001:db8::/32", "syn|ack", "1000..2000"]);
        assert_eq!(words("x # rest\ny"), ["x", "y"]);
    }

    #[test]
    fn quoted_texts_keep_the_backslashes_of_patterns() {
        let mut errors = Vec::new();
        let found = tokens(r#""\d\"\\""#, &mut errors);
        assert_eq!(found[0].kind, TokenKind::Quoted(r#"\d"\"#.to_owned()));
    }
}
