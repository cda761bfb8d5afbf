//! NetFlow v1, v5 and v7: records of one layout each, with IANA's names for what they hold.

use weir_schema::element;
use weir_wire::template::FieldSpecifier;
use weir_wire::{fixed, v1};

use crate::form::Form;
use crate::layout::Layout;

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
        FixedLayouts {
            netflow1: layout(fixed::netflow1(v1::RECORD_LEN)),
            netflow1_short: layout(fixed::netflow1(v1::SHORT_RECORD_LEN)),
            netflow5: layout(fixed::netflow5()),
            netflow7: layout(fixed::netflow7()),
        }
    }
}

fn layout(fields: impl Iterator<Item = FieldSpecifier>) -> Layout {
    let named = fields.map(|FieldSpecifier { enterprise, element: id, length }| {
        match element::lookup(enterprise, id).filter(|_| id != fixed::PADDING) {
            Some(known) => (known.name.to_owned(), length, Form::of(known.element_type, length)),
            None => (String::new(), length, Form::Hex),
        }
    });
    Layout::new(named, false)
}
