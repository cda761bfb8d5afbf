//! What a row group has in the columns that questions are asked by: smallest and largest value, or nothing at all.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use weir_schema::{Field, Kind};

/// The fields whose bounds are kept. Texts and times are not among them: `time` has bounds of its own.
pub(crate) const BOUNDED: [Field; 13] = [
    Field::Exporter,
    Field::SrcIp,
    Field::DstIp,
    Field::SrcPort,
    Field::DstPort,
    Field::Protocol,
    Field::Bytes,
    Field::Packets,
    Field::InIf,
    Field::OutIf,
    Field::SrcAs,
    Field::DstAs,
    Field::Vlan,
];

/// Bounds of the fields of [`BOUNDED`], as far as they are known. Serialised by the fields' names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Fields that no row has.
    absent: Box<[Field]>,
    numbers: Box<[(Field, u64, u64)]>,
    addresses: Box<[(Field, u128, u128)]>,
}

/// What is known of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    Unknown,
    /// No row has it.
    Absent,
    Numbers(u64, u64),
    Addresses(u128, u128),
}

impl Bounds {
    /// From what the footer of a file says of a row group; `fields` are those of the file, in its order.
    pub(crate) fn of(group: &RowGroupMetaData, fields: &[Field]) -> Self {
        let mut known = Vec::new();
        for field in BOUNDED {
            let column = group.columns().iter().find(|column| column.column_path().string() == field.name());
            let bound = match column {
                None if !fields.contains(&field) => Bound::Absent,
                Some(column) => column.statistics().map_or(Bound::Unknown, |statistics| {
                    let empty = statistics.null_count_opt() == Some(group.num_rows() as u64);
                    if empty { Bound::Absent } else { of_statistics(field, statistics) }
                }),
                None => Bound::Unknown,
            };
            known.push((field, bound));
        }
        known.into_iter().collect()
    }

    pub(crate) fn get(&self, field: Field) -> Bound {
        if let Some((_, low, high)) = self.numbers.iter().find(|known| known.0 == field) {
            return Bound::Numbers(*low, *high);
        }
        if let Some((_, low, high)) = self.addresses.iter().find(|known| known.0 == field) {
            return Bound::Addresses(*low, *high);
        }
        if self.absent.contains(&field) { Bound::Absent } else { Bound::Unknown }
    }
}

fn of_statistics(field: Field, statistics: &Statistics) -> Bound {
    let bounds = match (field.kind(), statistics) {
        (Kind::Ip, Statistics::FixedLenByteArray(found)) => {
            let address = |bytes: Option<&[u8]>| Some(u128::from_be_bytes(bytes?.try_into().ok()?));
            address(found.min_bytes_opt())
                .zip(address(found.max_bytes_opt()))
                .map(|(low, high)| Bound::Addresses(low, high))
        }
        // Parquet keeps unsigned numbers in signed ones, and says which is smaller without the sign.
        (Kind::U8 | Kind::U16 | Kind::U32, Statistics::Int32(found)) => found
            .min_opt()
            .zip(found.max_opt())
            .map(|(low, high)| Bound::Numbers(u64::from(*low as u32), u64::from(*high as u32))),
        (Kind::U64, Statistics::Int64(found)) => {
            found.min_opt().zip(found.max_opt()).map(|(low, high)| Bound::Numbers(*low as u64, *high as u64))
        }
        _ => None,
    };
    // Bounds the wrong way round were made by something that counts otherwise.
    bounds
        .filter(|bound| match bound {
            Bound::Numbers(low, high) => low <= high,
            Bound::Addresses(low, high) => low <= high,
            _ => false,
        })
        .unwrap_or(Bound::Unknown)
}

impl FromIterator<(Field, Bound)> for Bounds {
    fn from_iter<T: IntoIterator<Item = (Field, Bound)>>(known: T) -> Self {
        let (mut absent, mut numbers, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
        for (field, bound) in known {
            match bound {
                Bound::Unknown => {}
                Bound::Absent => absent.push(field),
                Bound::Numbers(low, high) => numbers.push((field, low, high)),
                Bound::Addresses(low, high) => addresses.push((field, low, high)),
            }
        }
        Self { absent: absent.into(), numbers: numbers.into(), addresses: addresses.into() }
    }
}

/// A field's bounds as they are written; null for a field that no row has.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Numbers(u64, u64),
    Addresses(Ipv6Addr, Ipv6Addr),
}

impl Serialize for Bounds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let absent = self.absent.iter().map(|field| (field.name(), None));
        let numbers =
            self.numbers.iter().map(|(field, low, high)| (field.name(), Some(Written::Numbers(*low, *high))));
        let addresses = self.addresses.iter().map(|(field, low, high)| {
            (field.name(), Some(Written::Addresses(Ipv6Addr::from_bits(*low), Ipv6Addr::from_bits(*high))))
        });
        serializer.collect_map(absent.chain(numbers).chain(addresses))
    }
}

impl<'de> Deserialize<'de> for Bounds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = BTreeMap::<String, Option<Written>>::deserialize(deserializer)?;
        let known = written.into_iter().filter_map(|(name, written)| {
            let field = Field::from_name(&name)?;
            Some((
                field,
                match written {
                    None => Bound::Absent,
                    Some(Written::Numbers(low, high)) => Bound::Numbers(low, high),
                    Some(Written::Addresses(low, high)) => Bound::Addresses(low.to_bits(), high.to_bits()),
                },
            ))
        });
        Ok(known.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_written_by_name_and_read_again() {
        let bounds: Bounds = [
            (Field::SrcIp, Bound::Addresses(0xffff_0a00_0001, 0xffff_0a00_00ff)),
            (Field::Bytes, Bound::Numbers(40, u64::MAX)),
            (Field::SrcAs, Bound::Absent),
            (Field::DstAs, Bound::Unknown),
        ]
        .into_iter()
        .collect();
        let text = serde_json::to_string(&bounds).unwrap();
        assert_eq!(
            text,
            r#"{"src_as":null,"bytes":[40,18446744073709551615],"src_ip":["::ffff:10.0.0.1","::ffff:10.0.0.255"]}"#
        );
        assert_eq!(serde_json::from_str::<Bounds>(&text).unwrap(), bounds);
        assert_eq!(
            serde_json::from_str::<Bounds>(r#"{"a_field_of_tomorrow":[1,2]}"#).unwrap(),
            Bounds::default()
        );
    }
}
