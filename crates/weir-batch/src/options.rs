//! Options records: what exporters tell about themselves. They tell sampling, names and start time, which describe
//! flow records; exporters' statistics become rows of the table of counters.

use weir_wire::template::{Dialect, FieldSpecifier};

use crate::compile::{Entry, place_fields};
use crate::format::{be_uint, push_application_id, push_text};
use crate::names::{ATTRIBUTES, Names};
use crate::plan::{PlanError, Shape};
use crate::rate::{self, Rate};
use crate::records::{Fixed, Place, Records};
use crate::statistics::Statistics;

/// A compiled options template.
#[derive(Debug)]
pub struct OptionsPlan {
    pub(crate) shape: Shape,
    sampler: Option<Place>,
    /// The interface that records are about, where it is their scope.
    interface: Option<Place>,
    algorithm: Option<Place>,
    rate: Option<Rate>,
    boot: Option<Place>,
    names: Option<Named>,
    pub(crate) statistics: Option<Statistics>,
}

/// What an options record says about sampling and time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OptionsRecord {
    /// `samplerId` or `selectorId` that the rate belongs to.
    pub sampler: Option<u64>,
    /// The interface that the rate belongs to.
    pub interface: Option<u32>,
    /// How packets are chosen: `selectorAlgorithm` (IANA PSAMP: 1 count based, 3 n out of N, 4 by probability), or
    /// v9's `samplerMode` and `samplingAlgorithm` (1 deterministic, 2 random).
    pub algorithm: Option<u64>,
    /// One in this many packets.
    pub rate: Option<u32>,
    /// When the exporter started, milliseconds since 1970.
    pub boot_ms: Option<u64>,
}

/// Names that records of an options template give.
#[derive(Debug)]
enum Named {
    /// The short name, or the description where there is no such.
    Interface {
        index: Place,
        name: Option<Place>,
        description: Option<Place>,
    },
    Vrf {
        id: Place,
        name: Place,
    },
    /// The domain's number may be left out where it is the record's own.
    Domain {
        id: Option<Place>,
        name: Place,
    },
    Application {
        id: Place,
        name: Option<Place>,
        attributes: Vec<(&'static str, Place)>,
    },
}

impl OptionsPlan {
    /// Compiles an options template; the first `scope_count` fields are scope.
    pub fn compile(
        dialect: Dialect,
        scope_count: u16,
        fields: impl IntoIterator<Item = FieldSpecifier>,
    ) -> Result<OptionsPlan, PlanError> {
        let as_elements = |(at, field): (usize, FieldSpecifier)| match dialect {
            Dialect::Netflow9 if at < usize::from(scope_count) => scope_as_element(field),
            _ => field,
        };
        let (entries, layout) = place_fields(dialect, fields.into_iter().enumerate().map(as_elements));
        if entries.is_empty() {
            return Err(PlanError::NoFields);
        }
        if layout.shortest() == 0 {
            return Err(PlanError::ZeroLength);
        }
        let find =
            |element: u16| entries.iter().find(|entry| rate::is(entry, element)).map(|entry| entry.place);
        let scope = entries.get(..usize::from(scope_count)).unwrap_or_default();
        let of_scope =
            |element: u16| scope.iter().find(|entry| rate::is(entry, element)).map(|entry| entry.place);
        Ok(OptionsPlan {
            interface: [10, 14, 252, 253].into_iter().find_map(of_scope),
            sampler: find(48).or_else(|| find(302)),
            algorithm: find(304).or_else(|| find(49)).or_else(|| find(35)),
            rate: Rate::among(find),
            boot: find(160),
            names: Named::among(&entries, find),
            statistics: Statistics::among(dialect, scope_count, &entries),
            shape: Shape::new(layout),
        })
    }

    /// Whether records of this template are statistics: see [`crate::BatchBuilder::append_statistics`].
    pub fn has_statistics(&self) -> bool {
        self.statistics.is_some()
    }

    /// Reads the records of a set: names go to `names`, the rest is handed over. Tells how many records there are and
    /// why there are no more.
    pub fn read(
        &self,
        body: &[u8],
        bases: &mut Vec<u32>,
        names: &mut Names,
        mut use_it: impl FnMut(OptionsRecord),
    ) -> (usize, Option<&'static str>) {
        match &self.shape {
            Shape::Fixed(length) => (self.read_records(Fixed::new(body, *length), names, &mut use_it), None),
            Shape::Variable(layout) => {
                let walk = layout.locate(body, bases);
                (self.read_records(walk.records, names, &mut use_it), walk.problem)
            }
        }
    }

    fn read_records<'a>(
        &self,
        records: impl Records<'a>,
        names: &mut Names,
        use_it: &mut impl FnMut(OptionsRecord),
    ) -> usize {
        let count = records.count();
        if let Some(named) = &self.names {
            (0..count).for_each(|row| named.learn(records, row, names));
        }
        if self.rate.is_none() && self.boot.is_none() {
            return count;
        }
        for row in 0..count {
            let number = |place: Place| be_uint(records.slice(row, place));
            use_it(OptionsRecord {
                sampler: self.sampler.map(number),
                interface: self.interface.and_then(|place| u32::try_from(number(place)).ok()),
                algorithm: self.algorithm.map(number),
                rate: self.rate.and_then(|rate| rate.read(|place| records.slice(row, place))),
                boot_ms: self.boot.map(number).filter(|boot| *boot != 0),
            });
        }
        count
    }

    /// Bytes that a plan takes, roughly.
    pub fn memory(&self) -> usize {
        size_of::<OptionsPlan>() + self.statistics.as_ref().map_or(0, Statistics::memory)
    }
}

impl Named {
    fn among(entries: &[Entry], fixed: impl Fn(u16) -> Option<Place>) -> Option<Named> {
        let find = |element: u16| {
            let is = |entry: &&Entry| {
                entry.specifier.enterprise == 0
                    && entry.specifier.element == element
                    && entry.place.length != 0
            };
            entries.iter().find(is).map(|entry| entry.place)
        };
        if let Some(id) = find(95) {
            let attributes: Vec<_> = entries
                .iter()
                .filter_map(|entry| Some((application_attribute(entry)?, entry.place)))
                .collect();
            let name = find(96);
            return (name.is_some() || !attributes.is_empty()).then_some(Named::Application {
                id,
                name,
                attributes,
            });
        }
        if let (Some(id), Some(name)) = (fixed(234).or_else(|| fixed(235)), find(236)) {
            return Some(Named::Vrf { id, name });
        }
        if let Some(name) = find(300) {
            return Some(Named::Domain { id: fixed(149), name });
        }
        let index = [10, 14, 252, 253].into_iter().find_map(&fixed)?;
        let (name, description) = (find(82), find(83));
        (name.is_some() || description.is_some()).then_some(Named::Interface { index, name, description })
    }

    fn learn<'a>(&self, records: impl Records<'a>, row: usize, names: &mut Names) {
        let number = |place: Place| u32::try_from(be_uint(records.slice(row, place))).ok();
        let text = |place: Option<Place>| {
            let mut text = String::new();
            if let Some(place) = place {
                push_text(&mut text, records.slice(row, place));
            }
            text
        };
        match self {
            Named::Interface { index, name, description } => {
                let Some(index) = number(*index) else { return };
                let short = text(*name);
                names.set_interface(index, &if short.is_empty() { text(*description) } else { short });
            }
            Named::Vrf { id, name } => {
                if let Some(id) = number(*id) {
                    names.set_vrf(id, &text(Some(*name)));
                }
            }
            Named::Domain { id, name } => names.set_domain(id.and_then(number), &text(Some(*name))),
            Named::Application { id, name, attributes } => {
                let mut key = String::new();
                push_application_id(&mut key, records.slice(row, *id));
                let told = |(key, place): &(&'static str, Place)| {
                    let value = text(Some(*place));
                    (!value.is_empty()).then(|| (*key, value.into_boxed_str()))
                };
                let attributes: Vec<_> = attributes.iter().filter_map(told).collect();
                names.set_application(&key, &text(*name), &attributes);
            }
        }
    }
}

/// What NBAR's attribute tables tell of an application; v9 has Cisco's numbers, IPFIX IANA's or Cisco's.
fn application_attribute(entry: &Entry) -> Option<&'static str> {
    let at = match (entry.specifier.enterprise, entry.specifier.element) {
        (0, 372) | (0 | 9, 12232) => 0,
        (0, 373) | (0 | 9, 12233) => 1,
        (0, 374) | (0 | 9, 12234) => 2,
        (0, 288) => 3,
        (0, 289) => 4,
        (0, 290) => 5,
        _ => return None,
    };
    ATTRIBUTES.get(at).copied()
}

/// Scope numbers of v9 are a list of their own (RFC 3954, section 6.1): system, interface, line card, cache, template.
fn scope_as_element(field: FieldSpecifier) -> FieldSpecifier {
    let element = match field.element {
        2 => 10,
        3 => 141,
        1 | 4 | 5 => 210,
        element => element,
    };
    FieldSpecifier { element, ..field }
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
        plan.read(body, &mut vec![], &mut Names::default(), |record| records.push(record));
        records
    }

    #[test]
    fn reads_sampling_of_v9_and_ipfix() {
        // Scope "interface" is 2, which as an element would be packetDeltaCount.
        let records = read(Dialect::Netflow9, 1, &[(2, 4), (48, 1), (50, 2)], &[0, 0, 0, 9, 7, 1, 0]);
        let told = OptionsRecord {
            sampler: Some(7),
            interface: Some(9),
            rate: Some(256),
            ..OptionsRecord::default()
        };
        assert_eq!(records, [told]);
        let records =
            read(Dialect::Ipfix, 1, &[(302, 2), (305, 4), (306, 4)], &[0, 3, 0, 0, 0, 1, 0, 0, 0, 99]);
        assert_eq!(
            records,
            [OptionsRecord { sampler: Some(3), rate: Some(100), ..OptionsRecord::default() }]
        );
        let records = read(Dialect::Ipfix, 1, &[(149, 1), (305, 1), (306, 1)], &[0, 0, 9]);
        assert_eq!(records[0].rate, None);
    }

    #[test]
    fn a_template_without_bytes_is_refused() {
        let zero = [FieldSpecifier { enterprise: 0, element: 1, length: 0 }];
        assert_eq!(OptionsPlan::compile(Dialect::Netflow9, 1, zero).unwrap_err(), PlanError::ZeroLength);
    }

    /// The names that a record tells.
    fn names(dialect: Dialect, scope: u16, record: &[(u32, u16, &[u8])]) -> Names {
        let fields = record.iter().map(|(enterprise, element, bytes)| FieldSpecifier {
            enterprise: *enterprise,
            element: *element,
            length: bytes.len() as u16,
        });
        let plan = OptionsPlan::compile(dialect, scope, fields).unwrap();
        let body: Vec<u8> = record.iter().flat_map(|(_, _, bytes)| bytes.iter().copied()).collect();
        let mut names = Names::default();
        plan.read(&body, &mut vec![], &mut names, |_| ());
        names
    }

    #[test]
    fn learns_names_of_interfaces_vrfs_and_applications() {
        // v9's scope "interface", and IPFIX's element.
        let told = names(Dialect::Netflow9, 1, &[(0, 2, &[0, 7]), (0, 82, b"Gi0/1\0"), (0, 83, b"uplink")]);
        assert_eq!(told.interface(7), Some("Gi0/1"));
        let told = names(Dialect::Ipfix, 1, &[(0, 10, &[0, 0, 0, 9]), (0, 82, &[0; 4]), (0, 83, b"core")]);
        assert_eq!(told.interface(9), Some("core"));
        let told = names(Dialect::Ipfix, 1, &[(0, 149, &[0, 0, 0, 7]), (0, 300, b"core-1")]);
        assert_eq!(told.domains().collect::<Vec<_>>(), [(Some(7), "core-1")]);
        let told = names(Dialect::Ipfix, 1, &[(0, 130, &[10, 0, 0, 1]), (0, 300, b"core-1")]);
        assert_eq!(told.domains().collect::<Vec<_>>(), [(None, "core-1")]);
        let told = names(Dialect::Ipfix, 1, &[(0, 234, &[0, 0, 0, 3]), (0, 236, b"red\0")]);
        assert_eq!(told.vrf(3), Some("red"));
        let told =
            names(Dialect::Ipfix, 1, &[(0, 95, &[13, 0, 1, 197]), (0, 96, b"http"), (9, 12232, b"web")]);
        let application = told.application("13:453").unwrap();
        assert_eq!((&*application.name, &*application.attributes[0].1), ("http", "web"));
    }
}
