//! NetFlow version 9 (RFC 3954): a header and FlowSets.

use crate::Malformed;
use crate::read::{header_u16, header_u32};
use crate::set::Sets;

/// Bytes of the header.
pub const HEADER_LEN: usize = 20;
/// Id of a template FlowSet.
pub const TEMPLATE_SET: u16 = 0;
/// Id of an options template FlowSet.
pub const OPTIONS_TEMPLATE_SET: u16 = 1;

/// Byte offsets, in the order of RFC 3954, section 5.1.
mod at {
    pub(super) const COUNT: usize = 2;
    pub(super) const SYS_UPTIME: usize = 4;
    pub(super) const UNIX_SECS: usize = 8;
    pub(super) const SEQUENCE: usize = 12;
    pub(super) const SOURCE_ID: usize = 16;
}

/// A borrowed view of one NetFlow v9 datagram.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    header: &'a [u8; HEADER_LEN],
    bytes: &'a [u8],
}

impl<'a> Datagram<'a> {
    /// Checks version and header length once.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some(header) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(Malformed::new("v9 header", "truncated", bytes.len()));
        };
        if header_u16(header, 0) != 9 {
            return Err(Malformed::new("v9 header", "unknown_version", 0));
        }
        Ok(Datagram { header, bytes })
    }

    /// Records in the datagram, as the exporter says. Some are wrong: walk the sets instead.
    pub fn count(self) -> u16 {
        header_u16(self.header, at::COUNT)
    }

    /// Milliseconds since the exporter started.
    pub fn sys_uptime_ms(self) -> u32 {
        header_u32(self.header, at::SYS_UPTIME)
    }

    /// Export time, seconds since 1970.
    pub fn unix_secs(self) -> u32 {
        header_u32(self.header, at::UNIX_SECS)
    }

    /// Counts the export datagrams of this source.
    pub fn sequence(self) -> u32 {
        header_u32(self.header, at::SEQUENCE)
    }

    /// The observation domain within the exporter.
    pub fn source_id(self) -> u32 {
        header_u32(self.header, at::SOURCE_ID)
    }

    /// Walks the FlowSets.
    pub fn sets(self) -> Sets<'a> {
        Sets::new(self.bytes, HEADER_LEN, self.bytes.len(), true)
    }
}
