//! NetFlow version 1: a fixed header and up to 24 fixed records. It has no sequence number and no engine.
//!
//! Layout: Cisco, "NetFlow Export Datagram Format", tables B-1 and B-2.

use crate::Malformed;
use crate::read::{header_u16, header_u32};

/// Bytes of the header.
pub const HEADER_LEN: usize = 16;
/// Bytes of a record, as Cisco documents it.
pub const RECORD_LEN: usize = 52;
/// Bytes of a record as softflowd writes it: the same without the last four reserved bytes.
pub const SHORT_RECORD_LEN: usize = 48;
/// The format allows no more records than this in a datagram.
pub const MAX_RECORDS: usize = 24;
/// More than the format allows, for exporters that fill a frame of 1500 bytes with short records.
const MOST_RECORDS: usize = 30;

/// Byte offsets, in the order of table B-1.
mod at {
    pub(super) const COUNT: usize = 2;
    pub(super) const SYS_UPTIME: usize = 4;
    pub(super) const UNIX_SECS: usize = 8;
    pub(super) const UNIX_NSECS: usize = 12;
}

/// A borrowed view of one NetFlow v1 datagram.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    header: &'a [u8; HEADER_LEN],
    records: &'a [u8],
    record_len: usize,
    trailing: usize,
}

impl<'a> Datagram<'a> {
    /// Checks version, count and length once. The length of the records is what the datagram has room for: 52 bytes,
    /// or 48 (softflowd; capture `PACKET_V1.bin` of python-netflow-v9-softflowd).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some((header, body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Err(Malformed::new("v1 header", "truncated", bytes.len()));
        };
        if header_u16(header, 0) != 1 {
            return Err(Malformed::new("v1 header", "unknown_version", 0));
        }
        let count = usize::from(header_u16(header, at::COUNT));
        if count > MOST_RECORDS {
            return Err(Malformed::new("v1 header", "v1_count_over_30", at::COUNT));
        }
        let record_len = if body.len() < count * RECORD_LEN { SHORT_RECORD_LEN } else { RECORD_LEN };
        let Some((records, rest)) = body.split_at_checked(count * record_len) else {
            return Err(Malformed::new("v1 records", "truncated", bytes.len()));
        };
        Ok(Datagram { header, records, record_len, trailing: rest.len() })
    }

    /// Number of records.
    pub fn count(self) -> usize {
        self.records.len() / self.record_len
    }

    /// Bytes of each record: [`RECORD_LEN`] or [`SHORT_RECORD_LEN`].
    pub fn record_len(self) -> usize {
        self.record_len
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

    /// The records back to back, each of [`Datagram::record_len`] bytes.
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
        bytes[..4].copy_from_slice(&[0, 1, 0, count]);
        bytes
    }

    #[test]
    fn takes_records_of_both_lengths() {
        let long = datagram(2, 2 * RECORD_LEN);
        let view = Datagram::parse(&long).unwrap();
        assert_eq!((view.count(), view.record_len(), view.trailing()), (2, 52, 0));
        let short = datagram(2, 2 * SHORT_RECORD_LEN);
        let view = Datagram::parse(&short).unwrap();
        assert_eq!((view.count(), view.record_len(), view.trailing()), (2, 48, 0));
    }

    #[test]
    fn refuses_a_count_beyond_its_bytes() {
        assert_eq!(Datagram::parse(&datagram(2, 95)).unwrap_err().reason, "truncated");
        assert_eq!(Datagram::parse(&datagram(31, 31 * RECORD_LEN)).unwrap_err().reason, "v1_count_over_30");
    }
}
