//! NetFlow version 5: a fixed header and up to 30 fixed records.
//!
//! Layout: Cisco, "NetFlow Export Datagram Format", tables B-3 and B-4.

use crate::Malformed;
use crate::read::{header_u16, header_u32};

/// Bytes of the header.
pub const HEADER_LEN: usize = 24;
/// Bytes of a record.
pub const RECORD_LEN: usize = 48;
/// The format allows no more records than this in a datagram.
pub const MAX_RECORDS: usize = 30;

/// Byte offsets, in the order of table B-3.
mod at {
    pub(super) const COUNT: usize = 2;
    pub(super) const SYS_UPTIME: usize = 4;
    pub(super) const UNIX_SECS: usize = 8;
    pub(super) const UNIX_NSECS: usize = 12;
    pub(super) const FLOW_SEQUENCE: usize = 16;
    pub(super) const ENGINE: usize = 20;
    pub(super) const SAMPLING: usize = 22;
}

/// A borrowed view of one NetFlow v5 datagram.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    header: &'a [u8; HEADER_LEN],
    records: &'a [u8],
    trailing: usize,
}

impl<'a> Datagram<'a> {
    /// Checks version, count and length once.
    ///
    /// A count over 30 is refused as a whole: the sequence number and the records of such a datagram cannot be
    /// trusted (nflow-generator sends 1000 records in 48,024 bytes and still counts datagrams).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some((header, body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Err(Malformed::new("v5 header", "truncated", bytes.len()));
        };
        if header_u16(header, 0) != 5 {
            return Err(Malformed::new("v5 header", "unknown_version", 0));
        }
        let count = usize::from(header_u16(header, at::COUNT));
        if count > MAX_RECORDS {
            return Err(Malformed::new("v5 header", "v5_count_over_30", at::COUNT));
        }
        let Some((records, rest)) = body.split_at_checked(count * RECORD_LEN) else {
            return Err(Malformed::new("v5 records", "truncated", bytes.len()));
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

    /// Engine type in the upper byte, engine id in the lower one.
    pub fn engine(self) -> u16 {
        header_u16(self.header, at::ENGINE)
    }

    /// Sampling mode (the upper two bits).
    pub fn sampling_mode(self) -> u8 {
        (header_u16(self.header, at::SAMPLING) >> 14) as u8
    }

    /// Sampling interval; 0 means that the exporter does not say.
    pub fn sampling_interval(self) -> u16 {
        header_u16(self.header, at::SAMPLING) & 0x3fff
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

/// The engine in the header of a datagram that may be malformed otherwise, so that it can be booked to its exporter.
pub fn engine_of(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk::<HEADER_LEN>().map(|header| header_u16(header, at::ENGINE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(count: u16, body: usize) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_LEN + body];
        bytes[..4].copy_from_slice(&[0, 5, (count >> 8) as u8, count as u8]);
        bytes
    }

    #[test]
    fn reads_a_whole_datagram() {
        let mut bytes = datagram(2, 2 * RECORD_LEN);
        bytes[20..24].copy_from_slice(&[1, 2, 0x40, 100]);
        let view = Datagram::parse(&bytes).unwrap();
        assert_eq!(
            (view.count(), view.engine(), view.sampling_mode(), view.sampling_interval()),
            (2, 0x102, 1, 100)
        );
        assert_eq!(view.records().len(), 96);
    }

    #[test]
    fn refuses_more_than_thirty_records() {
        let error = Datagram::parse(&datagram(1000, 1000 * RECORD_LEN)).unwrap_err();
        assert_eq!((error.reason, error.offset), ("v5_count_over_30", 2));
    }

    #[test]
    fn refuses_a_count_beyond_its_bytes_and_tells_of_trailing_ones() {
        assert_eq!(Datagram::parse(&datagram(2, RECORD_LEN)).unwrap_err().reason, "truncated");
        assert_eq!(Datagram::parse(&datagram(1, RECORD_LEN + 3)).unwrap().trailing(), 3);
    }
}
