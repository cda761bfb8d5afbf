//! NetFlow v1, v5 and v7: records of one layout each, with IANA's names for what they hold.
//!
//! Layouts: Cisco, "NetFlow Export Datagram Format", tables B-2, B-4 and B-6.

use weir_schema::element;
use weir_wire::v1;

use crate::form::Form;
use crate::layout::Layout;

/// What all three begin with: element and length.
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

/// No element has this number.
const PADDING: u16 = 0;

/// The layouts of the versions that need no template.
#[derive(Debug)]
pub(crate) struct FixedLayouts {
    pub(crate) netflow1: Layout,
    pub(crate) netflow1_short: Layout,
    pub(crate) netflow5: Layout,
    pub(crate) netflow7: Layout,
}

impl FixedLayouts {
    pub(crate) fn new() -> Self {
        let netflow1 = |length: usize| {
            let reserved = (length - 41) as u16;
            layout(&[(PADDING, 2), (4, 1), (5, 1), (6, 1), (PADDING, reserved)])
        };
        // Flags, protocol, tos, autonomous systems and masks.
        let flags_to_masks = [(6, 1), (4, 1), (5, 1), (16, 2), (17, 2), (9, 1), (13, 1)];
        let padded = |tail: &[(u16, u16)]| layout(&[&[(PADDING, 1)], &flags_to_masks[..], tail].concat());
        FixedLayouts {
            netflow1: netflow1(v1::RECORD_LEN),
            netflow1_short: netflow1(v1::SHORT_RECORD_LEN),
            netflow5: padded(&[(PADDING, 2)]),
            // v7 has flags that say which fields are not set, and the router that the switch cut short.
            netflow7: padded(&[(PADDING, 2), (43, 4)]),
        }
    }
}

fn layout(rest: &[(u16, u16)]) -> Layout {
    let named = COMMON.iter().chain(rest).map(|(id, length)| match element::lookup(0, *id) {
        Some(known) => (known.name.to_owned(), *length, Form::of(known.element_type, *length)),
        None => (String::new(), *length, Form::Hex),
    });
    Layout::new(named, false)
}
