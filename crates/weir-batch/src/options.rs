//! Options records: what exporters tell about themselves. Read for sampling and start time; not stored as flows.

use weir_wire::template::{Dialect, FieldSpecifier};

use crate::compile::place_fields;
use crate::format::be_uint;
use crate::plan::{PlanError, Shape};
use crate::rate::{self, Rate};
use crate::records::{Fixed, Place, Records};

/// A compiled options template.
#[derive(Debug)]
pub struct OptionsPlan {
    shape: Shape,
    sampler: Option<Place>,
    rate: Option<Rate>,
    boot: Option<Place>,
}

/// What an options record says about sampling and time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OptionsRecord {
    /// `samplerId` or `selectorId` that the rate belongs to.
    pub sampler: Option<u64>,
    /// One in this many packets.
    pub rate: Option<u32>,
    /// When the exporter started, milliseconds since 1970.
    pub boot_ms: Option<u64>,
}

impl OptionsPlan {
    /// Compiles an options template; the first `scope_count` fields are scope.
    pub fn compile(
        dialect: Dialect,
        scope_count: u16,
        fields: impl IntoIterator<Item = FieldSpecifier>,
    ) -> Result<OptionsPlan, PlanError> {
        let (entries, layout) = place_fields(dialect, fields);
        if entries.is_empty() {
            return Err(PlanError::NoFields);
        }
        if layout.shortest() == 0 {
            return Err(PlanError::ZeroLength);
        }
        let find = |element: u16| {
            entries.iter().enumerate().find_map(|(at, entry)| {
                let scope = at < usize::from(scope_count);
                // Scope numbers of v9 are a list of their own (RFC 3954, section 6.1).
                let own_list = scope && dialect == Dialect::Netflow9 && entry.specifier.element <= 5;
                (rate::is(entry, element) && !own_list).then_some(entry.place)
            })
        };
        let rate = Rate::among(find);
        Ok(OptionsPlan {
            sampler: find(48).or_else(|| find(302)),
            rate,
            boot: find(160),
            shape: Shape::new(layout),
        })
    }

    /// Reads the records of a set; tells how many there are and why there are no more.
    pub fn read(
        &self,
        body: &[u8],
        bases: &mut Vec<u32>,
        mut use_it: impl FnMut(OptionsRecord),
    ) -> (usize, Option<&'static str>) {
        match &self.shape {
            Shape::Fixed(length) => (self.read_records(Fixed::new(body, *length), &mut use_it), None),
            Shape::Variable(layout) => {
                let walk = layout.locate(body, bases);
                (self.read_records(walk.records, &mut use_it), walk.problem)
            }
        }
    }

    fn read_records<'a>(&self, records: impl Records<'a>, use_it: &mut impl FnMut(OptionsRecord)) -> usize {
        let count = records.count();
        if self.rate.is_none() && self.boot.is_none() {
            return count;
        }
        for row in 0..count {
            let number = |place: Place| be_uint(records.slice(row, place));
            use_it(OptionsRecord {
                sampler: self.sampler.map(number),
                rate: self.rate.and_then(|rate| rate.read(|place| records.slice(row, place))),
                boot_ms: self.boot.map(number).filter(|boot| *boot != 0),
            });
        }
        count
    }

    /// Bytes that a plan takes, roughly.
    pub fn memory(&self) -> usize {
        size_of::<OptionsPlan>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dialect: Dialect, scope: u16, fields: &[(u16, u16)], body: &[u8]) -> Vec<OptionsRecord> {
        let fields = fields.iter().map(|(element, length)| FieldSpecifier {
            enterprise: 0,
            element: *element,
            length: *length,
        });
        let plan = OptionsPlan::compile(dialect, scope, fields).unwrap();
        let mut records = vec![];
        plan.read(body, &mut vec![], |record| records.push(record));
        records
    }

    #[test]
    fn reads_sampling_of_v9_and_ipfix() {
        // Scope "interface" is 2, which as an element would be packetDeltaCount.
        let records = read(Dialect::Netflow9, 1, &[(2, 4), (48, 1), (50, 2)], &[0, 0, 0, 9, 7, 1, 0]);
        assert_eq!(records, [OptionsRecord { sampler: Some(7), rate: Some(256), boot_ms: None }]);
        let records =
            read(Dialect::Ipfix, 1, &[(302, 2), (305, 4), (306, 4)], &[0, 3, 0, 0, 0, 1, 0, 0, 0, 99]);
        assert_eq!(records, [OptionsRecord { sampler: Some(3), rate: Some(100), boot_ms: None }]);
        let records = read(Dialect::Ipfix, 1, &[(149, 1), (305, 1), (306, 1)], &[0, 0, 9]);
        assert_eq!(records[0].rate, None);
    }

    #[test]
    fn a_template_without_bytes_is_refused() {
        let zero = [FieldSpecifier { enterprise: 0, element: 1, length: 0 }];
        assert_eq!(OptionsPlan::compile(Dialect::Netflow9, 1, zero).unwrap_err(), PlanError::ZeroLength);
    }
}
