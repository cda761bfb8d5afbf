//! One cell of a batch or an answer: as a value, as JSON and as text.

use std::cmp::Ordering;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use arrow_array::Array;
use serde::ser::{Serialize, SerializeMap, Serializer};
use weir_schema::service::Service;
use weir_schema::{Field, Kind};

use crate::column::{Cells, address};

/// The value of a field in one row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Absent.
    Null,
    /// A whole number.
    Number(u64),
    /// An average.
    Float(f64),
    /// Nanoseconds since 1970, UTC.
    Time(i64),
    /// Nanoseconds.
    Duration(u64),
    /// An address; IPv4 is IPv4 here.
    Ip(IpAddr),
    /// A MAC address in the lower 48 bits.
    Mac(u64),
    /// Text.
    Text(String),
    /// A protocol and port.
    Service(Service),
    /// Names and values, as in `extra`.
    Map(Vec<(String, String)>),
}

impl Value {
    /// Whether the value is absent.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// A number stored for a field of this kind, as a value.
    pub fn of_number(kind: Kind, number: u64) -> Value {
        match kind {
            Kind::Service => Value::Service(Service(number as u32)),
            Kind::Mac => Value::Mac(number),
            Kind::Duration => Value::Duration(number),
            Kind::Time => Value::Time(number as i64),
            _ => Value::Number(number),
        }
    }

    /// An address from its 128 bits.
    pub fn of_address(bits: u128) -> Value {
        Value::Ip(Ipv6Addr::from_bits(bits).to_canonical())
    }

    /// The number inside, for counters and their like.
    pub fn as_number(&self) -> Option<u64> {
        match self {
            Value::Number(number) | Value::Duration(number) | Value::Mac(number) => Some(*number),
            Value::Service(service) => Some(u64::from(service.0)),
            _ => None,
        }
    }

    /// The value as a float, for charts: numbers, averages, durations.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Float(number) => Some(*number),
            Value::Time(time) => Some(*time as f64),
            other => other.as_number().map(|number| number as f64),
        }
    }

    /// A total order: absent first, then by kind of value, then by the value.
    pub fn order(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Number(a), Value::Number(b))
            | (Value::Duration(a), Value::Duration(b))
            | (Value::Mac(a), Value::Mac(b)) => a.cmp(b),
            (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
            (Value::Time(a), Value::Time(b)) => a.cmp(b),
            (Value::Ip(a), Value::Ip(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::Service(a), Value::Service(b)) => a.cmp(b),
            (Value::Map(a), Value::Map(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Null => 0,
            Value::Number(_) => 1,
            Value::Float(_) => 2,
            Value::Time(_) => 3,
            Value::Duration(_) => 4,
            Value::Ip(_) => 5,
            Value::Mac(_) => 6,
            Value::Text(_) => 7,
            Value::Service(_) => 8,
            Value::Map(_) => 9,
        }
    }
}

/// The cell of a column in a row. `kind` is the field's.
pub fn cell(kind: Kind, cells: Cells<'_>, row: usize) -> Value {
    fn number<T: arrow_array::ArrowPrimitiveType<Native: Into<u64>>>(
        kind: Kind,
        array: &arrow_array::PrimitiveArray<T>,
        row: usize,
    ) -> Value {
        if array.is_valid(row) { Value::of_number(kind, array.value(row).into()) } else { Value::Null }
    }
    match cells {
        Cells::U8(array) => number(kind, array, row),
        Cells::U16(array) => number(kind, array, row),
        Cells::U32(array) => number(kind, array, row),
        Cells::U64(array) => number(kind, array, row),
        Cells::Time(array) if array.is_valid(row) => Value::Time(array.value(row)),
        Cells::Ip(keys, values) if keys.is_valid(row) && values.is_valid(keys.value(row) as usize) => {
            Value::of_address(address(values, keys.value(row) as usize))
        }
        Cells::Text(keys, values) if keys.is_valid(row) && values.is_valid(keys.value(row) as usize) => {
            Value::Text(values.value(keys.value(row) as usize).to_owned())
        }
        Cells::Map(map) if map.is_valid(row) => {
            let entries = map.value(row);
            let text = |column: usize, at: usize| {
                let texts: &arrow_array::StringArray = entries.column(column).as_any().downcast_ref()?;
                texts.is_valid(at).then(|| texts.value(at).to_owned())
            };
            Value::Map(
                (0..entries.len())
                    .filter_map(|at| Some((text(0, at)?, text(1, at).unwrap_or_default())))
                    .collect(),
            )
        }
        _ => Value::Null,
    }
}

impl fmt::Display for Value {
    /// Plain text, with an empty text for an absent value. [`display`] also knows the names of a field's numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Number(number) => write!(f, "{number}"),
            Value::Float(number) => write!(f, "{number}"),
            Value::Time(time) => f.write_str(&time_text(*time)),
            Value::Duration(nanoseconds) => f.write_str(&duration_text(*nanoseconds)),
            Value::Ip(address) => write!(f, "{address}"),
            Value::Mac(bits) => f.write_str(&mac_text(*bits)),
            Value::Text(text) => f.write_str(text),
            Value::Service(service) => write!(f, "{service}"),
            Value::Map(entries) => {
                for (place, (name, value)) in entries.iter().enumerate() {
                    let comma = if place == 0 { "" } else { ", " };
                    write!(f, "{comma}{name}={value}")?;
                }
                Ok(())
            }
        }
    }
}

/// Numbers are numbers (durations in nanoseconds), everything else is text; `extra` is an object.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_none(),
            Value::Number(number) | Value::Duration(number) => serializer.serialize_u64(*number),
            Value::Float(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (name, value) in entries {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            other => serializer.collect_str(other),
        }
    }
}

/// The text that a person reads: names for protocols, flags and their like.
pub fn display(field: Field, value: &Value) -> String {
    match value {
        Value::Number(number) => {
            crate::names::field_name_of(field, *number).unwrap_or_else(|| number.to_string())
        }
        other => other.to_string(),
    }
}

/// A time as RFC 3339 in UTC, with as many digits of the second as it needs.
pub fn time_text(nanoseconds: i64) -> String {
    match jiff::Timestamp::from_nanosecond(i128::from(nanoseconds)) {
        Ok(time) => time.to_string(),
        Err(_) => nanoseconds.to_string(),
    }
}

/// A MAC address with colons.
pub fn mac_text(bits: u64) -> String {
    let b = bits.to_be_bytes();
    format!("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[2], b[3], b[4], b[5], b[6], b[7])
}

/// A duration in the largest unit that leaves no fraction: `90s`, `5m`, `1500us`.
pub fn duration_text(nanoseconds: u64) -> String {
    let units = [(86_400_000_000_000, "d"), (3_600_000_000_000, "h"), (60_000_000_000, "m")];
    let small = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    for (size, unit) in units.into_iter().chain(small) {
        if nanoseconds >= size && nanoseconds.is_multiple_of(size) {
            return format!("{}{unit}", nanoseconds / size);
        }
    }
    if nanoseconds == 0 { "0s".to_owned() } else { format!("{nanoseconds}ns") }
}
