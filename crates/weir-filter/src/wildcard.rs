//! Patterns with wildcards: `*` is any run of characters, `?` is one, a backslash takes the meaning from what follows.

use crate::Pattern;

/// A pattern that must match all of a text; equal when its text is.
#[derive(Debug, Clone)]
pub struct Wildcard {
    text: String,
    compiled: Pattern,
}

impl Wildcard {
    /// Compiles a pattern, with a bound on its size.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        let mut expression = String::from("(?s)^");
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '*' => expression.push_str(".*"),
                '?' => expression.push('.'),
                // At the end of the pattern a backslash has nothing to take the meaning from, and stands for itself.
                '\\' => push_literal(&mut expression, characters.next().unwrap_or('\\')),
                other => push_literal(&mut expression, other),
            }
        }
        expression.push('$');
        Ok(Self { text: text.to_owned(), compiled: Pattern::new(&expression)? })
    }

    /// The pattern that matches exactly this text.
    pub fn exactly(text: &str) -> Result<Self, regex::Error> {
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            if matches!(character, '*' | '?' | '\\') {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        Self::new(&escaped)
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches all of `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

impl PartialEq for Wildcard {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Wildcard {}

fn push_literal(expression: &mut String, character: char) {
    let mut buffer = [0; 4];
    expression.push_str(&regex::escape(character.encode_utf8(&mut buffer)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_all_of_a_text() {
        let matches = |pattern: &str, text: &str| Wildcard::new(pattern).unwrap().is_match(text);
        assert!(matches("dns*", "dns-over-tls") && matches("*", "") && matches("a?c", "abc"));
        assert!(!matches("dns*", "mdns") && !matches("a?c", "ac") && !matches("a.c", "abc"));
        assert!(matches("*\n*", "a\nb") && matches("*.example.com", "www.example.com"));
        assert!(matches(r"10\*", "10*") && !matches(r"10\*", "100") && matches(r"a\", r"a\"));
        assert!(Wildcard::exactly(r"a*b?\").unwrap().is_match(r"a*b?\"));
        assert!(!Wildcard::exactly("a*").unwrap().is_match("ab"));
    }
}
