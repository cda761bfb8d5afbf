//! What the records of NetFlow v1, v5 and v7 hold: fields in wire order, under the field types of version 9.
//!
//! Layouts: Cisco, "NetFlow Export Datagram Format", tables B-2, B-4 and B-6.

use crate::template::FieldSpecifier;
use crate::v1;

/// paddingOctets: bytes that mean nothing.
pub const PADDING: u16 = 210;

/// Stands in [`FieldSpecifier::enterprise`] for "a field that only NetFlow v7 has". No enterprise has this number.
pub const NETFLOW7: u32 = u32::MAX - 1;
/// Flags of NetFlow v7 that tell which fields are not set. The numbers are ours: no field types of version 9 have them.
pub const NETFLOW7_FLAGS: [u16; 2] = [65_001, 65_002];

/// What all three begin with: field type and length.
const COMMON: [(u16, u16); 11] = [
    (8, 4),  // srcaddr
    (12, 4), // dstaddr
    (15, 4), // nexthop
    (10, 2), // input
    (14, 2), // output
    (2, 4),  // dPkts
    (1, 4),  // dOctets
    (22, 4), // First
    (21, 4), // Last
    (7, 2),  // srcport
    (11, 2), // dstport
];

/// What versions 5 and 7 go on with, behind one byte of their own.
const FLAGS_TO_MASKS: [(u16, u16); 7] = [
    (6, 1),  // tcp_flags
    (4, 1),  // prot
    (5, 1),  // tos
    (16, 2), // src_as
    (17, 2), // dst_as
    (9, 1),  // src_mask
    (13, 1), // dst_mask
];

/// Records of version 1 of so many bytes: see [`v1::Datagram::record_len`].
pub fn netflow1(record_len: usize) -> impl Iterator<Item = FieldSpecifier> {
    let reserved = if record_len == v1::SHORT_RECORD_LEN { 7 } else { 11 };
    let rest = [
        (PADDING, 2), // pad1
        (4, 1),       // prot
        (5, 1),       // tos
        (6, 1),       // flags
        (PADDING, reserved),
    ];
    COMMON.into_iter().chain(rest).map(specifier)
}

/// Records of version 5.
pub fn netflow5() -> impl Iterator<Item = FieldSpecifier> {
    let masks = [(PADDING, 1)].into_iter().chain(FLAGS_TO_MASKS);
    COMMON.into_iter().chain(masks).chain([(PADDING, 2)]).map(specifier)
}

/// Records of version 7: where version 5 has padding, flags that tell which fields are not set; and the router that the
/// switch cut short.
pub fn netflow7() -> impl Iterator<Item = FieldSpecifier> {
    let [first, second] = NETFLOW7_FLAGS;
    let flags = |(element, length)| FieldSpecifier { enterprise: NETFLOW7, element, length };
    COMMON
        .into_iter()
        .map(specifier)
        .chain([flags((first, 1))])
        .chain(FLAGS_TO_MASKS.into_iter().map(specifier))
        .chain([flags((second, 2)), specifier((43, 4))])
}

fn specifier((element, length): (u16, u16)) -> FieldSpecifier {
    FieldSpecifier { enterprise: 0, element, length }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{v5, v7};

    #[test]
    fn layouts_are_as_long_as_their_records() {
        fn length(fields: impl Iterator<Item = FieldSpecifier>) -> usize {
            fields.map(|field| usize::from(field.length)).sum()
        }
        assert_eq!(length(netflow1(v1::RECORD_LEN)), v1::RECORD_LEN);
        assert_eq!(length(netflow1(v1::SHORT_RECORD_LEN)), v1::SHORT_RECORD_LEN);
        assert_eq!(length(netflow5()), v5::RECORD_LEN);
        assert_eq!(length(netflow7()), v7::RECORD_LEN);
    }
}
