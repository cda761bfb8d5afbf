//! IPFIX (RFC 7011): a message header and sets.

use crate::Malformed;
use crate::read::{header_u16, header_u32};
use crate::set::Sets;

/// Bytes of the message header.
pub const HEADER_LEN: usize = 16;
/// Id of a template set.
pub const TEMPLATE_SET: u16 = 2;
/// Id of an options template set.
pub const OPTIONS_TEMPLATE_SET: u16 = 3;

/// Byte offsets, in the order of RFC 7011, figure F.
mod at {
    pub(super) const LENGTH: usize = 2;
    pub(super) const EXPORT_TIME: usize = 4;
    pub(super) const SEQUENCE: usize = 8;
    pub(super) const DOMAIN_ID: usize = 12;
}

/// A borrowed view of one IPFIX message (RFC 7011, section 3.1).
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    header: &'a [u8; HEADER_LEN],
    bytes: &'a [u8],
    length: usize,
}

impl<'a> Message<'a> {
    /// Checks version and length once. Bytes after the message are tolerated: see [`Message::trailing`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some(header) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(Malformed::new("message header", "truncated", bytes.len()));
        };
        if header_u16(header, 0) != 10 {
            return Err(Malformed::new("message header", "unknown_version", 0));
        }
        let length = usize::from(header_u16(header, at::LENGTH));
        if length < HEADER_LEN {
            return Err(Malformed::new("message header", "message_too_short", at::LENGTH));
        }
        if length > bytes.len() {
            return Err(Malformed::new("message", "truncated", bytes.len()));
        }
        Ok(Message { header, bytes, length })
    }

    /// Length of the message as declared.
    pub fn length(self) -> usize {
        self.length
    }

    /// Export time, seconds since 1970.
    pub fn export_time(self) -> u32 {
        header_u32(self.header, at::EXPORT_TIME)
    }

    /// Data records sent before this message.
    pub fn sequence(self) -> u32 {
        header_u32(self.header, at::SEQUENCE)
    }

    /// The observation domain within the exporter.
    pub fn domain_id(self) -> u32 {
        header_u32(self.header, at::DOMAIN_ID)
    }

    /// Bytes after the message's declared end.
    pub fn trailing(self) -> usize {
        self.bytes.len() - self.length
    }

    /// Walks the sets. A bad set ends the walk; the sets before it still count.
    pub fn sets(self) -> Sets<'a> {
        Sets::new(self.bytes, HEADER_LEN, self.length, false)
    }
}

/// The domain in the header of a message that may be malformed otherwise, so that it can be booked to its exporter.
pub fn domain_of(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk::<HEADER_LEN>().map(|header| header_u32(header, at::DOMAIN_ID))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_the_length() {
        let mut bytes = [0; 24];
        bytes[..4].copy_from_slice(&[0, 10, 0, 20]);
        bytes[16..20].copy_from_slice(&[1, 0, 0, 4]);
        let message = Message::parse(&bytes).unwrap();
        assert_eq!((message.trailing(), message.sets().count()), (4, 1));
        bytes[3] = 25;
        assert_eq!(Message::parse(&bytes).unwrap_err().reason, "truncated");
        bytes[3] = 15;
        assert_eq!(Message::parse(&bytes).unwrap_err().reason, "message_too_short");
    }
}
