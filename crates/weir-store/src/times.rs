//! How times are laid out in a segment: `received` as it is, every other time as a difference in nanoseconds, which
//! is small and compresses well. Any tool can turn them back:
//!
//! | field         | column in the file                       | value                                        |
//! |---------------|------------------------------------------|----------------------------------------------|
//! | `received`    | `received`, timestamp                    | itself                                       |
//! | `time`        | `received_minus_time`, 64-bit integer    | `time` = `received` − it                     |
//! | `end`         | `time_minus_end`, 64-bit integer         | `end` = `time` − it; null where there is none |
//! | `start`       | `end_minus_start`, 64-bit integer        | `start` = `end` − it, or `time` − it where there is no `end` |
//! | `export_time` | `received_minus_export_time`, 64-bit integer | `export_time` = `received` − it          |
//!
//! Differences wrap around, so that the most absurd times come back exactly.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, TimestampNanosecondArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field as ArrowField};
use weir_schema::Field;

/// The table above in one line, for the metadata of each segment.
pub(crate) const EXPLANATION: &str = "time = received - received_minus_time; end = time - time_minus_end; \
    start = coalesce(end, time) - end_minus_start; export_time = received - received_minus_export_time; \
    all differences are nanoseconds, wrapping";

/// The column of a field in a segment.
pub(crate) fn stored_name(field: Field) -> &'static str {
    match field {
        Field::Time => "received_minus_time",
        Field::End => "time_minus_end",
        Field::Start => "end_minus_start",
        Field::ExportTime => "received_minus_export_time",
        _ => field.name(),
    }
}

/// The Arrow field of that column.
pub(crate) fn stored_field(field: Field) -> ArrowField {
    let name = stored_name(field);
    let logical = field.arrow();
    if name == field.name() { logical } else { ArrowField::new(name, DataType::Int64, logical.is_nullable()) }
}

/// The fields whose columns must be read to give back these.
pub(crate) fn needed(fields: &[Field]) -> Vec<Field> {
    let mut needed = fields.to_vec();
    for field in fields {
        match field {
            Field::Time | Field::ExportTime => needed.push(Field::Received),
            Field::End => needed.extend([Field::Received, Field::Time]),
            Field::Start => needed.extend([Field::Received, Field::Time, Field::End]),
            _ => {}
        }
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

fn times(batch: &RecordBatch, field: Field) -> Option<&TimestampNanosecondArray> {
    batch.column_by_name(field.name()).and_then(|array| array.as_primitive_opt::<TimestampNanosecondType>())
}

fn values(array: Option<&TimestampNanosecondArray>) -> &[i64] {
    array.map_or(&[], |array| array.values())
}

fn minus(left: impl Iterator<Item = i64>, right: &[i64]) -> ScalarBuffer<i64> {
    left.zip(right).map(|(left, right)| left.wrapping_sub(*right)).collect()
}

/// A time column of a batch as it is stored; `None` where the batch does not have it.
pub(crate) fn to_stored(batch: &RecordBatch, field: Field) -> Option<ArrayRef> {
    let column = times(batch, field)?;
    let copied = |field: Field| values(times(batch, field)).iter().copied();
    let differences = match field {
        Field::Time | Field::ExportTime => minus(copied(Field::Received), column.values()),
        Field::End => minus(copied(Field::Time), column.values()),
        Field::Start => {
            let bases = bases(values(times(batch, Field::Time)), times(batch, Field::End));
            minus(bases, column.values())
        }
        _ => return batch.column_by_name(field.name()).cloned(),
    };
    Some(Arc::new(Int64Array::new(differences, column.nulls().cloned())))
}

/// What `start` is counted from: `end`, or `time` where there is none.
fn bases<'a>(time: &'a [i64], end: Option<&'a TimestampNanosecondArray>) -> impl Iterator<Item = i64> + 'a {
    time.iter().enumerate().map(move |(row, time)| match end {
        Some(end) if end.is_valid(row) => end.value(row),
        _ => *time,
    })
}

/// Turns stored columns back into times. `stored` finds a column by its field; columns that are not there are
/// all-null fields.
pub(crate) struct Rebuilt<'a> {
    stored: &'a dyn Fn(Field) -> Option<ArrayRef>,
    received: Option<TimestampNanosecondArray>,
    time: Option<TimestampNanosecondArray>,
}

impl<'a> Rebuilt<'a> {
    pub(crate) fn new(stored: &'a dyn Fn(Field) -> Option<ArrayRef>) -> Self {
        let received = stored(Field::Received);
        let received =
            received.and_then(|array| array.as_primitive_opt::<TimestampNanosecondType>().cloned());
        let mut rebuilt = Self { stored, received, time: None };
        rebuilt.time = rebuilt.subtract(Field::Time, values(rebuilt.received.as_ref()).iter().copied());
        rebuilt
    }

    /// A time column as it was before [`to_stored`].
    pub(crate) fn column(&self, field: Field) -> Option<ArrayRef> {
        let times = match field {
            Field::Received => self.received.clone(),
            Field::Time => self.time.clone(),
            Field::End => self.end(),
            Field::Start => {
                let end = self.end();
                self.subtract(field, bases(values(self.time.as_ref()), end.as_ref()))
            }
            _ => self.subtract(field, values(self.received.as_ref()).iter().copied()),
        };
        times.map(|times| Arc::new(times.with_timezone("UTC")) as ArrayRef)
    }

    fn end(&self) -> Option<TimestampNanosecondArray> {
        self.subtract(Field::End, values(self.time.as_ref()).iter().copied())
    }

    fn subtract(&self, field: Field, left: impl Iterator<Item = i64>) -> Option<TimestampNanosecondArray> {
        let stored = (self.stored)(field)?;
        let differences = stored.as_primitive_opt::<Int64Type>()?;
        let values = minus(left, differences.values());
        let nulls: Option<NullBuffer> = differences.nulls().cloned();
        (values.len() == stored.len()).then(|| TimestampNanosecondArray::new(values, nulls))
    }
}
