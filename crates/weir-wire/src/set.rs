//! Sets (IPFIX) and FlowSets (NetFlow v9): the same four-byte header around templates and records.
//!
//! RFC 7011, section 3.3; RFC 3954, section 5.

use crate::Malformed;
use crate::read::u16_at;

/// Bytes of a set's header: id and length.
pub const HEADER_LEN: usize = 4;

/// One set: its id and what follows its header.
#[derive(Debug, Clone, Copy)]
pub struct Set<'a> {
    /// Below 256 a kind of template, else the id of the template that describes the records.
    pub id: u16,
    /// Everything after the set's header, padding included.
    pub body: &'a [u8],
    /// Where the set starts in the datagram.
    pub offset: u32,
}

/// Walks sets by their lengths; the record count of a v9 header is not trusted. A bad set ends the walk, and the
/// sets before it still count.
#[derive(Debug, Clone)]
pub struct Sets<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    zeros_are_padding: bool,
}

impl<'a> Sets<'a> {
    /// Walks from `at`. A set has to start before `end`; the last one may run over it as long as there are bytes
    /// (an exporter in the wild declares messages two bytes too short: telegraf issue 14370).
    ///
    /// `zeros_are_padding`: softflowd pads v9 datagrams with zeros to a fixed size; RFC 7011 allows no such thing.
    pub(crate) fn new(bytes: &'a [u8], at: usize, end: usize, zeros_are_padding: bool) -> Self {
        Sets { bytes, at, end, zeros_are_padding }
    }

    fn fail(&mut self, reason: &'static str) -> Malformed {
        let offset = self.at;
        self.at = self.end;
        Malformed::new("set", reason, offset)
    }

    fn rest_is_padding(&self) -> bool {
        self.bytes.get(self.at..self.end).is_none_or(|rest| rest.iter().all(|byte| *byte == 0))
    }
}

impl<'a> Iterator for Sets<'a> {
    type Item = Result<Set<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let (Some(id), Some(length)) = (u16_at(self.bytes, self.at), u16_at(self.bytes, self.at + 2)) else {
            if self.rest_is_padding() {
                self.at = self.end;
                return None;
            }
            return Some(Err(self.fail("set_truncated")));
        };
        let length = usize::from(length);
        if length < HEADER_LEN {
            if self.zeros_are_padding && self.rest_is_padding() {
                self.at = self.end;
                return None;
            }
            return Some(Err(self.fail("set_too_short")));
        }
        let offset = self.at as u32;
        let Some(body) = self.bytes.get(self.at + HEADER_LEN..self.at + length) else {
            return Some(Err(self.fail("set_overrun")));
        };
        self.at += length;
        Some(Ok(Set { id, body, offset }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8]) -> (Vec<u16>, Option<&'static str>) {
        let (mut ids, mut reason) = (vec![], None);
        for set in Sets::new(bytes, 0, bytes.len(), true) {
            match set {
                Ok(set) => ids.push(set.id),
                Err(malformed) => reason = Some(malformed.reason),
            }
        }
        (ids, reason)
    }

    #[test]
    fn walks_by_length() {
        assert_eq!(walk(&[1, 0, 0, 5, 9, 1, 1, 0, 4]), (vec![256, 257], None));
    }

    #[test]
    fn takes_zeros_at_the_end_for_padding() {
        assert_eq!(walk(&[1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]), (vec![256], None));
        assert_eq!(walk(&[1, 0, 0, 4, 0, 0]), (vec![256], None));
    }

    #[test]
    fn a_bad_length_ends_the_walk() {
        assert_eq!(walk(&[1, 0, 0, 4, 1, 1, 0, 3, 1]), (vec![256], Some("set_too_short")));
        assert_eq!(walk(&[1, 0, 0, 4, 1, 1, 0, 9, 1]), (vec![256], Some("set_overrun")));
        assert_eq!(walk(&[1, 0, 0, 4, 1, 1]), (vec![256], Some("set_truncated")));
    }
}
