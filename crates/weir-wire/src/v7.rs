//! NetFlow version 7 of Catalyst switches: like version 5, with flags and the router that the switch cut short.
//!
//! Layout: Cisco, "NetFlow Export Datagram Format", tables B-5 and B-6.

use crate::Malformed;
use crate::read::{header_u16, header_u32};

/// Bytes of the header.
pub const HEADER_LEN: usize = 24;
/// Bytes of a record.
pub const RECORD_LEN: usize = 52;
/// As many as a frame of 1500 bytes holds; the format says 27 or 28.
pub const MAX_RECORDS: usize = 28;

/// Byte offsets, in the order of table B-5.
mod at {
    pub(super) const COUNT: usize = 2;
    pub(super) const SYS_UPTIME: usize = 4;
    pub(super) const UNIX_SECS: usize = 8;
    pub(super) const UNIX_NSECS: usize = 12;
    pub(super) const FLOW_SEQUENCE: usize = 16;
}

/// A borrowed view of one NetFlow v7 datagram.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    header: &'a [u8; HEADER_LEN],
    records: &'a [u8],
    trailing: usize,
}

impl<'a> Datagram<'a> {
    /// Checks version, count and length once.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some((header, body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Err(Malformed::new("v7 header", "truncated", bytes.len()));
        };
        if header_u16(header, 0) != 7 {
            return Err(Malformed::new("v7 header", "unknown_version", 0));
        }
        let count = usize::from(header_u16(header, at::COUNT));
        if count > MAX_RECORDS {
            return Err(Malformed::new("v7 header", "v7_count_over_28", at::COUNT));
        }
        let Some((records, rest)) = body.split_at_checked(count * RECORD_LEN) else {
            return Err(Malformed::new("v7 records", "truncated", bytes.len()));
        };
        Ok(Datagram { header, records, trailing: rest.len() })
    }

    /// Number of records.
    pub fn count(self) -> usize {
        self.records.len() / RECORD_LEN
    }

    /// Milliseconds since the exporter started.
    pub fn sys_uptime_ms(self) -> u32 {
        header_u32(self.header, at::SYS_UPTIME)
    }

    /// Export time, seconds since 1970.
    pub fn unix_secs(self) -> u32 {
        header_u32(self.header, at::UNIX_SECS)
    }

    /// Export time, nanoseconds of the second.
    pub fn unix_nsecs(self) -> u32 {
        header_u32(self.header, at::UNIX_NSECS)
    }

    /// Flows exported before this datagram.
    pub fn flow_sequence(self) -> u32 {
        header_u32(self.header, at::FLOW_SEQUENCE)
    }

    /// The records back to back, each of [`RECORD_LEN`] bytes.
    pub fn records(self) -> &'a [u8] {
        self.records
    }

    /// Bytes after the last record.
    pub fn trailing(self) -> usize {
        self.trailing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(count: u8, body: usize) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_LEN + body];
        bytes[..4].copy_from_slice(&[0, 7, 0, count]);
        bytes
    }

    #[test]
    fn reads_a_whole_datagram() {
        let mut bytes = datagram(2, 2 * RECORD_LEN + 1);
        bytes[16..20].copy_from_slice(&[0, 0, 1, 0]);
        let view = Datagram::parse(&bytes).unwrap();
        assert_eq!((view.count(), view.flow_sequence(), view.trailing()), (2, 256, 1));
        assert_eq!(view.records().len(), 104);
    }

    #[test]
    fn refuses_a_count_that_cannot_be() {
        assert_eq!(Datagram::parse(&datagram(29, 29 * RECORD_LEN)).unwrap_err().reason, "v7_count_over_28");
        assert_eq!(Datagram::parse(&datagram(2, RECORD_LEN)).unwrap_err().reason, "truncated");
    }
}
