//! A file to its documents.

use crate::fault::{Fault, Place};

/// Deepest nesting of brackets and of one line's indentation that is read: the library goes down recursively.
const MAX_NESTING: usize = 64;

/// One document of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) text: &'a str,
    /// The line that it begins at, from 1.
    pub(crate) line: u32,
}

/// The documents of a file: what stands between lines of `---`, unless it is empty.
pub(crate) fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut start, mut first_line, mut at) = (0, 1, 0);
    let mut push = |start: usize, end: usize, first_line: u32| {
        let skipped = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        let body = &text[start..end];
        let mut offset = 0;
        for (line_number, line) in (first_line..).zip(body.split_inclusive('\n')) {
            if !skipped(line) {
                parts.push(Part { text: &body[offset..], line: line_number });
                return;
            }
            offset += line.len();
        }
    };
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let bare = line.trim_end();
        if bare == "---" || bare.starts_with("--- ") || bare == "..." {
            push(start, at, first_line);
            start = at + line.len();
            first_line = number + 1;
        }
        at += line.len();
    }
    push(start, text.len(), first_line);
    parts
}

/// Refuses what is nested so deep that reading it would use up the stack.
pub(crate) fn check_nesting(text: &str) -> Result<(), Fault> {
    let too_deep = |line: usize| Fault {
        place: Place::Line(line as u32 + 1),
        ..Fault::error(format!("nested more than {MAX_NESTING} deep"))
    };
    let mut indents: Vec<usize> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut depth = 0_usize;
        let mut negations = 0_usize;
        let mut dashes = 0_usize;
        for word in line.split_whitespace() {
            negations = if word.eq_ignore_ascii_case("not") { negations + 1 } else { 0 };
            dashes = if matches!(word, "-" | "?") { dashes + 1 } else { 0 };
            if negations > MAX_NESTING || dashes > MAX_NESTING {
                return Err(too_deep(number));
            }
        }
        for byte in line.bytes() {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MAX_NESTING {
                return Err(too_deep(number));
            }
        }
        let indent = line.len() - line.trim_start().len();
        if !line.trim().is_empty() {
            while indents.last().is_some_and(|last| *last >= indent) {
                indents.pop();
            }
            indents.push(indent);
            if indents.len() > MAX_NESTING {
                return Err(too_deep(number));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_keep_their_lines() {
        let parts = split("# a file\n---\ntitle: a\nx: 1\n---\n\n# nothing\n--- # b\n\ntitle: b\n...\n");
        let found: Vec<_> = parts.iter().map(|part| (part.text, part.line)).collect();
        assert_eq!(found, [("title: a\nx: 1\n", 3), ("title: b\n", 10)]);
    }

    #[test]
    fn deep_nesting_is_refused_before_it_is_read() {
        assert!(check_nesting("condition: (a or (b and not c))").is_ok());
        assert!(check_nesting(&format!("x: {}", "(".repeat(100))).is_err());
        assert!(check_nesting(&format!("x: {} a", "not ".repeat(100))).is_err());
        assert!(check_nesting(&(0..100).map(|n| " ".repeat(n) + "a:\n").collect::<String>()).is_err());
    }
}
