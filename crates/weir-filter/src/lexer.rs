//! Filter text to tokens.

/// Whether a text can stand without quotes as one word.
pub(crate) fn is_bare(_text: &str) -> bool {
    true
}
