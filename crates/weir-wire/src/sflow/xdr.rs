//! XDR (RFC 4506), as far as sFlow uses it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::read::{array_at, u32_at};

/// Reads XDR items one after the other; runs dry instead of failing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Xdr<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Xdr<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Xdr { bytes, at: 0 }
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Option<u32> {
        let value = u32_at(self.bytes, self.at)?;
        self.at += 4;
        Some(value)
    }

    /// So many numbers at once.
    #[inline]
    pub(super) fn numbers<const N: usize>(&mut self) -> Option<[u32; N]> {
        let end = self.at + 4 * N;
        let (words, _) = self.bytes.get(self.at..end)?.as_chunks::<4>();
        self.at = end;
        let mut numbers = [0; N];
        for (number, word) in numbers.iter_mut().zip(words) {
            *number = u32::from_be_bytes(*word);
        }
        Some(numbers)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// So many bytes; XDR pads them to a multiple of four.
    #[inline]
    pub(super) fn opaque(&mut self, length: usize) -> Option<&'a [u8]> {
        let value = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length.next_multiple_of(4);
        Some(value)
    }

    /// Bytes with their length in front.
    pub(super) fn variable(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()?;
        self.opaque(length as usize)
    }

    /// 32-bit words with their number in front, as bytes.
    pub(super) fn words(&mut self) -> Option<&'a [u8]> {
        let count = self.u32()?;
        self.opaque((count as usize).checked_mul(4)?)
    }

    /// MAC addresses with their number in front, each padded to eight bytes.
    pub(super) fn macs(&mut self) -> Option<&'a [u8]> {
        let count = self.u32()?;
        self.opaque((count as usize).checked_mul(8)?)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let value = array_at(self.bytes, self.at)?;
        self.at += N.next_multiple_of(4);
        Some(value)
    }

    pub(super) fn v4(&mut self) -> Option<IpAddr> {
        self.array::<4>().map(|octets| IpAddr::V4(Ipv4Addr::from(octets)))
    }

    pub(super) fn v6(&mut self) -> Option<IpAddr> {
        self.array::<16>().map(|octets| IpAddr::V6(Ipv6Addr::from(octets)))
    }

    /// An address with its type in front; type 0 is "unknown" and has no bytes.
    #[inline]
    #[expect(clippy::option_option, reason = "the bytes may end, and the address may be unknown")]
    pub(super) fn address(&mut self) -> Option<Option<IpAddr>> {
        match self.u32()? {
            0 => Some(None),
            1 => self.v4().map(Some),
            2 => self.v6().map(Some),
            _ => None,
        }
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

/// Items that carry format and length: samples in a datagram, records in a sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Items<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) left: u32,
}

impl<'a> Items<'a> {
    /// What is left of `xdr`: the number of items, and the items.
    pub(super) fn read(mut xdr: Xdr<'a>) -> Option<Self> {
        let left = xdr.u32()?;
        Some(Items { bytes: xdr.rest(), at: 0, left })
    }

    /// The next item's format and body; the error says why the walk ended early.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Result<(u32, &'a [u8]), &'static str>> {
        self.left = self.left.checked_sub(1)?;
        let mut xdr = Xdr { bytes: self.bytes, at: self.at };
        let Some([format, length]) = xdr.numbers() else {
            self.left = 0;
            return Some(Err("truncated"));
        };
        let Some(body) = xdr.opaque(length as usize) else {
            self.left = 0;
            return Some(Err("overrun"));
        };
        self.at = xdr.at;
        Some(Ok((format, body)))
    }
}
