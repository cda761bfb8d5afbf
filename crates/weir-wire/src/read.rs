//! Big-endian reads that cannot run over the end.

/// The `N` bytes at an offset.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk().copied()
}

pub(crate) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    array_at(bytes, offset).map(u16::from_be_bytes)
}

pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    array_at(bytes, offset).map(u32::from_be_bytes)
}

/// The 16-bit number at a fixed place of a header whose size is known.
#[expect(clippy::indexing_slicing, reason = "the places are constants inside the array's bounds")]
pub(crate) fn header_u16<const N: usize>(header: &[u8; N], at: usize) -> u16 {
    u16::from_be_bytes([header[at], header[at + 1]])
}

/// The 32-bit number at a fixed place of a header whose size is known.
#[expect(clippy::indexing_slicing, reason = "the places are constants inside the array's bounds")]
pub(crate) fn header_u32<const N: usize>(header: &[u8; N], at: usize) -> u32 {
    u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}
