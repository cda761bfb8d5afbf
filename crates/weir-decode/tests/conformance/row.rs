//! A row of a record batch, as text.

use std::net::{IpAddr, Ipv6Addr};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use weir_schema::{Field, Kind};

pub(crate) struct Row<'a> {
    pub(crate) batch: &'a RecordBatch,
    pub(crate) row: usize,
}

impl Row<'_> {
    /// A cell as text: times in nanoseconds since 1970, addresses and MACs as they are usually written.
    pub(crate) fn cell(&self, field: Field) -> Option<String> {
        let column = self.batch.column_by_name(field.name()).filter(|column| column.is_valid(self.row))?;
        let number = |native: u64| native.to_string();
        Some(match field.kind() {
            Kind::Ip => {
                let codes = column.as_dictionary::<UInt32Type>();
                let code = codes.keys().value(self.row) as usize;
                let octets: [u8; 16] = codes.values().as_fixed_size_binary().value(code).try_into().unwrap();
                IpAddr::V6(Ipv6Addr::from(octets)).to_canonical().to_string()
            }
            Kind::Text => {
                let codes = column.as_dictionary::<UInt32Type>();
                let code = codes.keys().value(self.row) as usize;
                codes.values().as_string::<i32>().value(code).to_owned()
            }
            Kind::Mac => mac(native::<UInt64Type>(column, self.row)),
            Kind::U8 => number(native::<UInt8Type>(column, self.row).into()),
            Kind::U16 => number(native::<UInt16Type>(column, self.row).into()),
            Kind::U32 => number(native::<UInt32Type>(column, self.row).into()),
            Kind::U64 => number(native::<UInt64Type>(column, self.row)),
            Kind::Time => native::<TimestampNanosecondType>(column, self.row).to_string(),
            Kind::Map | Kind::Service | Kind::Duration => return None,
        })
    }

    /// All cells but `extra`.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (Field, String)> {
        Field::stored().filter_map(|field| Some((field, self.cell(field)?)))
    }

    /// The entries of `extra`.
    pub(crate) fn extra(&self) -> Vec<(String, String)> {
        let Some(column) = self.batch.column_by_name(Field::Extra.name()) else { return Vec::new() };
        let entries = column.as_map().value(self.row);
        let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
        (0..entries.len()).map(|at| (keys.value(at).to_owned(), values.value(at).to_owned())).collect()
    }
}

fn native<P: ArrowPrimitiveType>(column: &dyn Array, row: usize) -> P::Native {
    column.as_primitive::<P>().value(row)
}

pub(crate) fn mac(value: u64) -> String {
    let octets = value.to_be_bytes();
    octets[2..].iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(":")
}
