//! A place in the list of rows, newest first, that stays right while rows come and the store rearranges them.

use std::fmt;
use std::str::FromStr;

/// The last row of a page: its time, a hash of everything in it, and how many rows exactly like it were given.
/// The next page starts after it. Text form: `TIME.HASH.SAME`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Time of the row.
    pub(crate) time_ns: i64,
    /// Hash of the row's values; rows of the same time are in this order.
    pub(crate) hash: u64,
    /// How many rows with this time and hash were given up to here.
    pub(crate) same: u32,
}

/// A text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a cursor; pass the one of the page before, unchanged")]
pub struct CursorError {
    /// The text.
    pub text: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:016x}.{}", self.time_ns, self.hash, self.same)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let read = || {
            let (time, rest) = text.split_once('.')?;
            let (hash, same) = rest.split_once('.')?;
            Some(Cursor {
                time_ns: time.parse().ok()?,
                hash: u64::from_str_radix(hash, 16).ok()?,
                same: same.parse().ok()?,
            })
        };
        read().ok_or_else(|| CursorError { text: text.chars().take(80).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_prints() {
        let cursor = Cursor { time_ns: -5, hash: 0xdead_beef, same: 3 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert!("1.2".parse::<Cursor>().is_err());
        assert!("".parse::<Cursor>().is_err());
    }
}
