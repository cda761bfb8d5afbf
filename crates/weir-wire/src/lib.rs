//! Bytes in, borrowed views out: NetFlow v1, v5, v7 and v9, IPFIX, sFlow v5, sampled packet headers.
//!
//! Each view checks its input once, when it is made; after that no accessor fails. Walks over sets, records and
//! samples move forward with every step and are bounded by the bytes there are, never by a count from the wire.
//! No I/O, no allocation, no `unsafe`.
#![warn(clippy::indexing_slicing)]

mod read;

pub mod fixed;
pub mod ipfix;
pub mod packet;
pub mod payload;
pub mod set;
pub mod sflow;
pub mod template;
pub mod v1;
pub mod v5;
pub mod v7;
pub mod v9;

use std::fmt;

/// Why bytes could not be read: small, and fit to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Malformed {
    /// What was being read.
    pub what: &'static str,
    /// Short reason in snake case; it doubles as a metric label.
    pub reason: &'static str,
    /// Where, in bytes from the start of what was handed in.
    pub offset: u32,
}

impl Malformed {
    pub(crate) fn new(what: &'static str, reason: &'static str, offset: usize) -> Self {
        Malformed { what, reason, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "malformed {} at byte {}: {}", self.what, self.offset, self.reason)
    }
}

impl std::error::Error for Malformed {}

/// The export protocols that Weir reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// NetFlow version 1.
    Netflow1,
    /// NetFlow version 5.
    Netflow5,
    /// NetFlow version 7 (Catalyst switches).
    Netflow7,
    /// NetFlow version 9 (RFC 3954).
    Netflow9,
    /// IPFIX (RFC 7011).
    Ipfix,
    /// sFlow version 5.
    Sflow5,
}

impl Protocol {
    /// Its name in records, metrics and the API.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Netflow1 => "netflow1",
            Protocol::Netflow5 => "netflow5",
            Protocol::Netflow7 => "netflow7",
            Protocol::Netflow9 => "netflow9",
            Protocol::Ipfix => "ipfix",
            Protocol::Sflow5 => "sflow5",
        }
    }

    /// Tells from its first bytes which protocol a datagram speaks.
    pub fn detect(datagram: &[u8]) -> Result<Protocol, Malformed> {
        match (read::u16_at(datagram, 0), read::u16_at(datagram, 2)) {
            (Some(1), _) => Ok(Protocol::Netflow1),
            (Some(5), _) => Ok(Protocol::Netflow5),
            (Some(7), _) => Ok(Protocol::Netflow7),
            (Some(9), _) => Ok(Protocol::Netflow9),
            (Some(10), _) => Ok(Protocol::Ipfix),
            (Some(0), Some(5)) => Ok(Protocol::Sflow5),
            // Catalyst's and the aggregated formats: nobody sends them any more, but if so, it is named.
            (Some(6), _) => Err(Malformed::new("datagram", "netflow6_unsupported", 0)),
            (Some(8), _) => Err(Malformed::new("datagram", "netflow8_unsupported", 0)),
            (Some(0), Some(2 | 4)) => Err(Malformed::new("datagram", "unsupported_version", 0)),
            (Some(_), _) => Err(Malformed::new("datagram", "unknown_version", 0)),
            (None, _) => Err(Malformed::new("datagram", "truncated", datagram.len())),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn detects_each_version() {
        assert_eq!(Protocol::detect(&[0, 5, 0, 1]), Ok(Protocol::Netflow5));
        assert_eq!(Protocol::detect(&[0, 9]), Ok(Protocol::Netflow9));
        assert_eq!(Protocol::detect(&[0, 10, 0, 16]), Ok(Protocol::Ipfix));
        assert_eq!(Protocol::detect(&[0, 0, 0, 5]), Ok(Protocol::Sflow5));
        assert_eq!(Protocol::detect(&[0, 1]), Ok(Protocol::Netflow1));
        assert_eq!(Protocol::detect(&[0, 7]), Ok(Protocol::Netflow7));
        assert_eq!(Protocol::detect(&[0, 6]).map_err(|e| e.reason), Err("netflow6_unsupported"));
        assert_eq!(Protocol::detect(&[0, 8]).map_err(|e| e.reason), Err("netflow8_unsupported"));
        assert_eq!(Protocol::detect(&[0, 0, 0, 4]).map_err(|e| e.reason), Err("unsupported_version"));
        assert_eq!(Protocol::detect(b"GET /").map_err(|e| e.reason), Err("unknown_version"));
        assert_eq!(Protocol::detect(&[]).map_err(|e| e.reason), Err("truncated"));
    }
}
