//! Reads configuration files and the environment into typed structs; reports mistakes with file, line and a hint.
//!
//! Each crate owns its struct; the binary composes them. Order: defaults, file, environment, flags.

mod load;
mod mistake;
mod prefix;
mod units;

pub use load::{load, parse};
pub use mistake::Mistake;
pub use prefix::{Prefix, PrefixError};
pub use units::{ByteSize, Interval};
