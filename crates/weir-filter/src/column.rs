//! Columns of a batch by field, derived ones included.

use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, MapArray, PrimitiveArray, RecordBatch,
    StringArray, TimestampNanosecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_schema::DataType;
use weir_schema::{Field, Kind};

/// The kind of rows that are traffic.
pub const FLOW: &str = "flow";

/// A column whose Arrow type is not the field's.
#[derive(Debug, thiserror::Error)]
#[error("column `{field}` is {found}; it should be {expected}")]
pub struct ColumnError {
    /// The field.
    pub field: &'static str,
    /// The type it should have.
    pub expected: DataType,
    /// The type found.
    pub found: DataType,
}

/// The column of a field, or nothing when the batch does not have it (every value is then absent).
/// Derived fields are computed; they are there when at least one of the columns they need is. `kind` always is.
pub fn resolve(batch: &RecordBatch, field: Field) -> Option<ArrayRef> {
    if field == Field::Kind {
        return Some(kind(batch));
    }
    if !field.is_derived() {
        return batch.column_by_name(field.name()).cloned();
    }
    match field {
        Field::Service => service(batch),
        Field::Duration => duration(batch),
        Field::Dscp => bits_of(batch, Field::Tos, |tos| tos >> 2),
        Field::Ecn => bits_of(batch, Field::Tos, |tos| tos & 3),
        Field::BytesScaled => scaled(batch, Field::Bytes),
        Field::PacketsScaled => scaled(batch, Field::Packets),
        Field::Bps => rate(batch, Field::Bytes, 8),
        Field::Pps => rate(batch, Field::Packets, 1),
        Field::BytesPerPacket => bytes_per_packet(batch),
        Field::CommunityId => crate::community::community_id(batch),
        _ => None,
    }
}

/// The stored fields whose columns [`resolve`] needs for a field.
pub fn sources(field: Field) -> &'static [Field] {
    let info = field.info();
    if info.derived.is_empty() { std::slice::from_ref(&info.field) } else { info.derived }
}

/// A column with its Arrow type known.
#[expect(missing_docs, reason = "the variants are Arrow's types; the dictionary pairs are keys and values")]
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    U8(&'a UInt8Array),
    U16(&'a UInt16Array),
    U32(&'a UInt32Array),
    U64(&'a UInt64Array),
    Time(&'a TimestampNanosecondArray),
    Ip(&'a UInt32Array, &'a FixedSizeBinaryArray),
    Text(&'a UInt32Array, &'a StringArray),
    Map(&'a MapArray),
}

impl<'a> Cells<'a> {
    /// Reads `array` as a column of `field`.
    pub fn new(field: Field, array: &'a dyn Array) -> Result<Self, ColumnError> {
        Self::typed(field.kind(), array).ok_or_else(|| ColumnError {
            field: field.name(),
            expected: field.data_type(),
            found: array.data_type().clone(),
        })
    }

    fn typed(kind: Kind, array: &'a dyn Array) -> Option<Self> {
        let any = array.as_any();
        Some(match kind {
            Kind::U8 => Self::U8(any.downcast_ref()?),
            Kind::U16 => Self::U16(any.downcast_ref()?),
            Kind::U32 | Kind::Service => Self::U32(any.downcast_ref()?),
            Kind::U64 | Kind::Mac | Kind::Duration => Self::U64(any.downcast_ref()?),
            Kind::Time => Self::Time(any.downcast_ref()?),
            Kind::Ip => {
                let dictionary: &DictionaryArray<UInt32Type> = any.downcast_ref()?;
                let values: &FixedSizeBinaryArray = dictionary.values().as_any().downcast_ref()?;
                if values.value_length() != 16 {
                    return None;
                }
                Self::Ip(dictionary.keys(), values)
            }
            Kind::Text => {
                let dictionary: &DictionaryArray<UInt32Type> = any.downcast_ref()?;
                Self::Text(dictionary.keys(), dictionary.values().as_any().downcast_ref()?)
            }
            Kind::Map => {
                let map: &MapArray = any.downcast_ref()?;
                let text = |array: &ArrayRef| array.data_type() == &DataType::Utf8;
                (text(map.keys()) && text(map.values())).then_some(Self::Map(map))?
            }
        })
    }
}

/// The 16 bytes of an address as a number, network order.
pub fn address(values: &FixedSizeBinaryArray, at: usize) -> u128 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(values.value(at));
    u128::from_be_bytes(bytes)
}

pub(crate) fn typed<T: Array + Clone + 'static>(batch: &RecordBatch, field: Field) -> Option<T> {
    batch.column_by_name(field.name())?.as_any().downcast_ref::<T>().cloned()
}

/// Rows without a kind were written before there were kinds: they are flows.
fn kind(batch: &RecordBatch) -> ArrayRef {
    let Some(found) = batch.column_by_name(Field::Kind.name()) else {
        let codes = UInt32Array::from_value(0, batch.num_rows());
        return Arc::new(DictionaryArray::new(codes, Arc::new(StringArray::from(vec![FLOW]))));
    };
    match found.as_any().downcast_ref::<DictionaryArray<UInt32Type>>() {
        Some(kinds) if kinds.null_count() > 0 => {
            let Some(names) = kinds.values().as_any().downcast_ref::<StringArray>() else {
                return Arc::clone(found);
            };
            let flow = names.iter().position(|name| name == Some(FLOW)).unwrap_or(names.len());
            let added = (flow == names.len()).then_some(Some(FLOW));
            let codes: UInt32Array =
                kinds.keys().iter().map(|code| Some(code.unwrap_or(flow as u32))).collect();
            Arc::new(DictionaryArray::new(
                codes,
                Arc::new(names.iter().chain(added).collect::<StringArray>()),
            ))
        }
        _ => Arc::clone(found),
    }
}

/// Absent ports count as 0, as exporters send them for fragments.
fn service(batch: &RecordBatch) -> Option<ArrayRef> {
    let protocol: UInt8Array = typed(batch, Field::Protocol)?;
    let src: Option<UInt16Array> = typed(batch, Field::SrcPort);
    let dst: Option<UInt16Array> = typed(batch, Field::DstPort);
    let port = |ports: &Option<UInt16Array>, row: usize| {
        ports.as_ref().filter(|ports| ports.is_valid(row)).map_or(0, |ports| ports.value(row))
    };
    let values: Vec<u32> = protocol
        .values()
        .iter()
        .enumerate()
        .map(|(row, protocol)| crate::service::infer(*protocol, port(&src, row), port(&dst, row)))
        .collect();
    Some(Arc::new(UInt32Array::new(values.into(), protocol.nulls().cloned())))
}

fn duration(batch: &RecordBatch) -> Option<ArrayRef> {
    let start: TimestampNanosecondArray = typed(batch, Field::Start)?;
    let end: TimestampNanosecondArray = typed(batch, Field::End)?;
    let between = start
        .iter()
        .zip(end.iter())
        .map(|(start, end)| u64::try_from(end?.checked_sub(start?)?).ok())
        .collect::<UInt64Array>();
    Some(Arc::new(between))
}

/// A counter per second of the flow, rounded down; absent where the flow took no time.
fn rate(batch: &RecordBatch, counter: Field, times: u128) -> Option<ArrayRef> {
    const SECOND_NS: u128 = 1_000_000_000;
    let counters: UInt64Array = typed(batch, counter)?;
    let lengths = duration(batch)?;
    let lengths: &UInt64Array = lengths.as_any().downcast_ref()?;
    let rates = counters.iter().zip(lengths.iter()).map(|(count, length)| {
        let length = u128::from(length.filter(|length| *length > 0)?);
        Some(u64::try_from(u128::from(count?) * times * SECOND_NS / length).unwrap_or(u64::MAX))
    });
    Some(Arc::new(rates.collect::<UInt64Array>()))
}

fn bytes_per_packet(batch: &RecordBatch) -> Option<ArrayRef> {
    let bytes: UInt64Array = typed(batch, Field::Bytes)?;
    let packets: UInt64Array = typed(batch, Field::Packets)?;
    let sizes = bytes.iter().zip(packets.iter()).map(|(bytes, packets)| bytes?.checked_div(packets?));
    Some(Arc::new(sizes.collect::<UInt64Array>()))
}

fn bits_of(batch: &RecordBatch, field: Field, take: impl Fn(u8) -> u8) -> Option<ArrayRef> {
    let values: UInt8Array = typed(batch, field)?;
    Some(Arc::new(values.unary::<_, arrow_array::types::UInt8Type>(take)))
}

/// A sampling rate of 0, or none, means unknown: the counter stays as it is.
fn scaled(batch: &RecordBatch, field: Field) -> Option<ArrayRef> {
    let counter: UInt64Array = typed(batch, field)?;
    let Some(sampling) = typed::<UInt32Array>(batch, Field::Sampling) else {
        return Some(Arc::new(counter));
    };
    let rate = |row: usize| if sampling.is_valid(row) { u64::from(sampling.value(row)).max(1) } else { 1 };
    let values: Vec<u64> =
        counter.values().iter().enumerate().map(|(row, count)| count.saturating_mul(rate(row))).collect();
    let scaled: PrimitiveArray<arrow_array::types::UInt64Type> =
        UInt64Array::new(values.into(), counter.nulls().cloned());
    Some(Arc::new(scaled))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(batch: &RecordBatch) -> Vec<String> {
        let column = resolve(batch, Field::Kind).unwrap();
        let Cells::Text(codes, names) = Cells::new(Field::Kind, &column).unwrap() else { panic!("no text") };
        codes.values().iter().map(|code| names.value(*code as usize).to_owned()).collect()
    }

    #[test]
    fn rates_are_over_the_duration_and_absent_without_one() {
        let times = |times: Vec<i64>| Arc::new(TimestampNanosecondArray::from(times)) as ArrayRef;
        let batch = RecordBatch::try_from_iter([
            ("start", times(vec![0, 0, 0])),
            ("end", times(vec![2_000_000_000, 0, 1])),
            ("bytes", Arc::new(UInt64Array::from(vec![1000, 60, u64::MAX])) as ArrayRef),
            ("packets", Arc::new(UInt64Array::from(vec![3, 1, 0])) as ArrayRef),
        ])
        .unwrap();
        let numbers =
            |field| resolve(&batch, field).unwrap().as_any().downcast_ref::<UInt64Array>().unwrap().clone();
        assert_eq!(numbers(Field::Bps), UInt64Array::from(vec![Some(4000), None, Some(u64::MAX)]));
        assert_eq!(numbers(Field::Pps), UInt64Array::from(vec![Some(1), None, Some(0)]));
        assert_eq!(numbers(Field::BytesPerPacket), UInt64Array::from(vec![Some(333), Some(60), None]));
    }

    #[test]
    fn rows_without_a_kind_are_flows() {
        let with = |kinds: [Option<&str>; 3]| {
            let column: DictionaryArray<UInt32Type> = kinds.into_iter().collect();
            RecordBatch::try_from_iter([("kind", Arc::new(column) as ArrayRef)]).unwrap()
        };
        assert_eq!(kinds(&with([None, Some("event"), None])), ["flow", "event", "flow"]);
        assert_eq!(kinds(&with([Some("flow"), None, Some("event")])), ["flow", "flow", "event"]);
        let bytes = Arc::new(UInt64Array::from(vec![1, 2])) as ArrayRef;
        assert_eq!(kinds(&RecordBatch::try_from_iter([("bytes", bytes)]).unwrap()), ["flow", "flow"]);
    }
}
