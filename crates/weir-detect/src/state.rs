//! State as bytes: values one after the other, so that nothing has to be in memory twice to be saved.

use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes a value after those before it.
pub(crate) fn put<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    postcard::to_io(value, out).map(drop).map_err(io::Error::other)
}

/// Takes the next value; none if it is not what was written.
pub(crate) fn take<T: DeserializeOwned>(state: &mut &[u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(state).ok()?;
    *state = rest;
    Some(value)
}
