//! Why a file cannot be used.

use std::io;
use std::path::PathBuf;

use maxminddb::MaxMindDbError;
use weir_config::{Mistake, Prefix};

/// A file of networks or a database that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EnrichError {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A mistake in a file of networks, with its place.
    #[error(transparent)]
    Mistake(#[from] Box<Mistake>),
    /// A line of a CSV file.
    #[error("{path}:{line}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A damaged or foreign MMDB file.
    #[error("cannot use {path} as an MMDB database")]
    Mmdb {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        #[source]
        source: MaxMindDbError,
    },
    /// An MMDB file of something else.
    #[error("{path} ({kind}) tells neither countries nor AS numbers")]
    NothingKnown {
        /// The file.
        path: PathBuf,
        /// Its type, as it says itself.
        kind: String,
    },
    /// Neither of the kinds that are read.
    #[error("{path} is of an unknown kind; the name has to end in {wanted}")]
    Extension {
        /// The file.
        path: PathBuf,
        /// What it may end in.
        wanted: &'static str,
    },
    /// Two networks of the same prefix.
    #[error("the prefix {prefix} stands twice: `{first}` ({first_place}) and `{second}` ({second_place})")]
    Twice {
        /// The prefix.
        prefix: Prefix,
        /// Name of the one that counts.
        first: String,
        /// Where it stands.
        first_place: String,
        /// Name of the other.
        second: String,
        /// Where that stands.
        second_place: String,
    },
}
