//! Plans of the protocols whose records have one layout: NetFlow v1, v5 and v7.

use weir_wire::fixed;
use weir_wire::template::{Dialect, FieldSpecifier};

use crate::plan::Plan;

impl Plan {
    /// The plan of NetFlow v1's records of so many bytes: see [`weir_wire::v1::Datagram::record_len`].
    pub fn netflow1(record_len: usize) -> Plan {
        built_in(fixed::netflow1(record_len))
    }

    /// The plan of NetFlow v5's records.
    pub fn netflow5() -> Plan {
        built_in(fixed::netflow5())
    }

    /// The plan of NetFlow v7's records. The router that was cut short goes to `extra` as `ipv4RouterSc`, the flags that
    /// tell which fields are not set as `v7:flags` and `v7:flags2`.
    pub fn netflow7() -> Plan {
        built_in(fixed::netflow7())
    }
}

fn built_in(fields: impl Iterator<Item = FieldSpecifier>) -> Plan {
    Plan::compile(Dialect::Netflow9, fields).expect("the built-in layouts have fields and a length")
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
