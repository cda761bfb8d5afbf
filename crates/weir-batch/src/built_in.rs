//! Plans of the protocols whose records have one layout: NetFlow v1, v5 and v7.

use weir_wire::template::{Dialect, FieldSpecifier};
use weir_wire::v1;

use crate::plan::Plan;

/// What the records of all three start with: addresses, interfaces, counters, times, ports.
const COMMON: [(u16, u16); 11] = [
    (8, 4),  // srcaddr
    (12, 4), // dstaddr
    (15, 4), // nexthop
    (10, 2), // input
    (14, 2), // output
    (2, 4),  // dPkts
    (1, 4),  // dOctets
    (22, 4), // first
    (21, 4), // last
    (7, 2),  // srcport
    (11, 2), // dstport
];

/// Octets that mean nothing.
const PADDING: u16 = 210;

impl Plan {
    /// The plan of NetFlow v1's records (Cisco, table B-2) of so many bytes: see [`v1::Datagram::record_len`].
    pub fn netflow1(record_len: usize) -> Plan {
        let reserved = if record_len == v1::SHORT_RECORD_LEN { 7 } else { 11 };
        built_in(&[
            (PADDING, 2), // pad1
            (4, 1),       // prot
            (5, 1),       // tos
            (6, 1),       // flags
            (PADDING, reserved),
        ])
    }

    /// The plan of NetFlow v5's records (Cisco, table B-4).
    pub fn netflow5() -> Plan {
        built_in(&[
            (PADDING, 1), // pad1
            (6, 1),       // tcp_flags
            (4, 1),       // prot
            (5, 1),       // tos
            (16, 2),      // src_as
            (17, 2),      // dst_as
            (9, 1),       // src_mask
            (13, 1),      // dst_mask
            (PADDING, 2), // pad2
        ])
    }

    /// The plan of NetFlow v7's records (Cisco, table B-6). Both fields of flags only tell which others are unset;
    /// the router that was cut short goes to `extra` as `ipv4RouterSc`.
    pub fn netflow7() -> Plan {
        built_in(&[
            (PADDING, 1), // flags
            (6, 1),       // tcp_flags
            (4, 1),       // prot
            (5, 1),       // tos
            (16, 2),      // src_as
            (17, 2),      // dst_as
            (9, 1),       // src_mask
            (13, 1),      // dst_mask
            (PADDING, 2), // flags
            (43, 4),      // router_sc
        ])
    }
}

fn built_in(rest: &[(u16, u16)]) -> Plan {
    let fields = COMMON.iter().chain(rest).map(|(element, length)| FieldSpecifier {
        enterprise: 0,
        element: *element,
        length: *length,
    });
    Plan::compile(Dialect::Netflow9, fields).expect("the layouts above have fields and a length")
}

#[cfg(test)]
mod tests {
    use weir_wire::{v1, v5, v7};

    use super::*;
    use crate::plan::Shape;

    #[test]
    fn layouts_are_as_long_as_their_records() {
        let length = |plan: Plan| match plan.shape {
            Shape::Fixed(length) => length,
            Shape::Variable(_) => 0,
        };
        assert_eq!(length(Plan::netflow1(v1::RECORD_LEN)), v1::RECORD_LEN);
        assert_eq!(length(Plan::netflow1(v1::SHORT_RECORD_LEN)), v1::SHORT_RECORD_LEN);
        assert_eq!(length(Plan::netflow5()), v5::RECORD_LEN);
        assert_eq!(length(Plan::netflow7()), v7::RECORD_LEN);
    }
}
