//! The second compaction: segments in time order become larger ones, sorted by destination and source.
//!
//! Sorted rows take less space, rows of one address lie together, and there are fewer files. The work goes column by
//! column: the order of the rows is found from the addresses alone, then each column is read from all inputs, put in
//! that order, and encoded. So never more than one column is in memory as it is, beside the encoded ones.

use std::collections::{BTreeSet, HashSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampNanosecondType, UInt32Type};
use arrow_array::{Array, ArrayRef, new_null_array};
use arrow_select::interleave::interleave;
use parquet::errors::ParquetError;
use weir_schema::{Field, Kind};

use crate::StoreError;
use crate::chunk::{Addresses, CodedColumn, Distinct, NONE, Texts};
use crate::encode::{encode_stock, filter_of};
use crate::filters::GroupFilters;
use crate::read::Files;
use crate::segment::{Order, Segment};
use crate::times::stored_field;
use crate::write::{Column, EncodedColumn, EncodedGroup, GROUP_ROWS, LIMITS, SegmentWriter, Written};

/// Rows of a compacted segment at most: 16 row groups.
const MOST_ROWS: u64 = 16 * GROUP_ROWS as u64;
/// Bytes of the segments that go into it at most.
const MOST_BYTES: u64 = 64 << 20;
/// Bytes of their filters at most: each address in a row group is a byte of it, and all of them must be in memory.
const MOST_FILTER_BYTES: u64 = 2 << 20;
/// So many rows are worth a compaction by themselves.
const ENOUGH_ROWS: u64 = MOST_ROWS / 2;
/// So many segments are worth one, however small they are.
const ENOUGH_SEGMENTS: usize = 48;
/// The times of a compacted segment reach over this much at most, that a range of time still leaves most of them out.
const MOST_SPAN_NS: i64 = 12 * 3_600_000_000_000;

/// The next segments to put together, oldest first: those in time order whose rows are all older than a time.
/// `everything` says that few are enough; those in `left_out` are left alone.
pub(crate) fn choose(
    segments: &[Arc<Segment>],
    before_ns: i64,
    everything: bool,
    left_out: &HashSet<u64>,
) -> Vec<Arc<Segment>> {
    let mut chosen: Vec<Arc<Segment>> = Vec::new();
    let (mut rows, mut bytes, mut filters) = (0, 0, 0);
    let mut full = false;
    let old = segments.iter().filter(|segment| {
        segment.order == Order::Time
            && segment.max_time < before_ns
            && segment.created_ns < before_ns
            && !left_out.contains(&segment.id)
    });
    for segment in old {
        let first = chosen.first().map_or(segment.min_time, |first| first.min_time);
        let fits = rows + segment.rows <= MOST_ROWS
            && bytes + segment.bytes <= MOST_BYTES
            && filters + filter_bytes(segment) <= MOST_FILTER_BYTES
            && segment.max_time.saturating_sub(first) <= MOST_SPAN_NS;
        if !fits && !chosen.is_empty() {
            full = true;
            break;
        }
        rows += segment.rows;
        bytes += segment.bytes;
        filters += filter_bytes(segment);
        chosen.push(Arc::clone(segment));
    }
    let worth = full || everything || rows >= ENOUGH_ROWS || chosen.len() >= ENOUGH_SEGMENTS;
    if worth { chosen } else { Vec::new() }
}

fn filter_bytes(segment: &Segment) -> u64 {
    segment.filters.map_or(0, |place| u64::from(place.bytes))
}

/// Writes the rows of segments, sorted, to a new file. `pause` is called again and again, and may stop the work.
pub(crate) fn compact(
    files: &Files,
    inputs: &[Arc<Segment>],
    path: &Path,
    pause: &dyn Fn() -> Result<(), StoreError>,
) -> Result<Written, StoreError> {
    let inputs = Inputs::open(files, inputs)?;
    let order = sorted(&inputs, pause)?;
    let outputs = order.len().div_ceil(order.len().div_ceil(GROUP_ROWS).max(1)).max(1);
    let outputs: Vec<&[Row]> = order.chunks(outputs).collect();
    let times = times(&inputs, &outputs)?;
    let mut writer = SegmentWriter::create(path, inputs.fields.clone())?;
    let mut groups: Vec<EncodedGroup> = outputs
        .iter()
        .zip(times)
        .map(|(rows, times)| EncodedGroup {
            rows: rows.len() as u64,
            times,
            columns: Vec::new(),
            filters: GroupFilters::default(),
        })
        .collect();
    let writers = (0..outputs.len()).map(|group| writer.columns(group)).collect::<Result<Vec<_>, _>>()?;
    let mut writers: Vec<_> = writers.into_iter().map(Vec::into_iter).collect();
    for field in &inputs.fields {
        pause()?;
        let columns: Vec<Column> = writers.iter_mut().filter_map(Iterator::next).collect();
        let encoded = inputs.rewrite(*field, columns, &outputs, &mut groups);
        encoded.map_err(|error| error.of(&writer))?;
    }
    for group in groups {
        pause()?;
        writer.append_group(group)?;
    }
    writer.finish()
}

/// A row of the inputs: its row group in the upper bits, its place in there in the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row(u32);

const PLACE_BITS: u32 = GROUP_ROWS.trailing_zeros();

impl Row {
    fn new(group: usize, place: usize) -> Self {
        Self((group as u32) << PLACE_BITS | place as u32)
    }

    fn group(self) -> usize {
        (self.0 >> PLACE_BITS) as usize
    }

    fn place(self) -> usize {
        self.0 as usize & (GROUP_ROWS - 1)
    }
}

/// A failure of reading an input or of encoding.
enum Failure {
    Read(StoreError),
    Encode(ParquetError),
}

impl Failure {
    fn of(self, writer: &SegmentWriter<'_>) -> StoreError {
        match self {
            Self::Read(error) => error,
            Self::Encode(source) => writer.failed(source),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Read(error)
    }
}

impl From<ParquetError> for Failure {
    fn from(error: ParquetError) -> Self {
        Self::Encode(error)
    }
}

/// The row groups that are put together.
struct Inputs<'a> {
    files: &'a Files,
    groups: Vec<(Arc<Segment>, usize)>,
    fields: Vec<Field>,
}

impl<'a> Inputs<'a> {
    fn open(files: &'a Files, segments: &[Arc<Segment>]) -> Result<Self, StoreError> {
        let mut fields = BTreeSet::new();
        let mut groups = Vec::new();
        for segment in segments {
            fields.extend(files.fields(segment)?);
            groups.extend((0..segment.row_groups.len()).map(|group| (Arc::clone(segment), group)));
        }
        let large = groups.iter().any(|(segment, group)| segment.row_groups[*group].rows > GROUP_ROWS as u64);
        if large || groups.len() >= 1 << (u32::BITS - PLACE_BITS) {
            let path = files.path(&segments[0]);
            let source = ParquetError::General("its row groups are too large or too many".to_owned());
            return Err(StoreError::Segment { action: "compact", path, source });
        }
        Ok(Self { files, groups, fields: fields.into_iter().collect() })
    }

    /// The columns of a row group as they are stored.
    fn stored(&self, group: usize, field: Field) -> Result<Option<ArrayRef>, StoreError> {
        let (segment, place) = &self.groups[group];
        let columns = self.files.read_stored(segment, *place, &[field])?;
        Ok(columns.into_iter().next().map(|(_, column)| column))
    }

    fn rows(&self, group: usize) -> usize {
        let (segment, place) = &self.groups[group];
        segment.row_groups[*place].rows as usize
    }

    /// Reads a column from all inputs, and encodes it in the order of the outputs.
    fn rewrite(
        &self,
        field: Field,
        columns: Vec<Column>,
        outputs: &[&[Row]],
        groups: &mut [EncodedGroup],
    ) -> Result<(), Failure> {
        match field.kind() {
            Kind::Ip => {
                let mut addresses = Addresses::default();
                let numbers = self.numbers(field, &mut |values| addresses.translate(values))?;
                for ((column, rows), group) in columns.iter().zip(outputs).zip(groups) {
                    let (chunk, used) = encode(column, &addresses, &numbers, rows)?;
                    group.filters.put(field, filter_of(&addresses, used.as_deref()));
                    group.columns.push(chunk);
                }
            }
            Kind::Text => {
                let mut texts = Texts::default();
                let numbers = self.numbers(field, &mut |values| texts.translate(values))?;
                for ((column, rows), group) in columns.iter().zip(outputs).zip(groups) {
                    group.columns.push(encode(column, &texts, &numbers, rows)?.0);
                }
            }
            _ => {
                let wanted = stored_field(field).data_type().clone();
                let mut arrays = Vec::with_capacity(self.groups.len());
                for group in 0..self.groups.len() {
                    let found = self.stored(group, field)?;
                    arrays.push(found.unwrap_or_else(|| new_null_array(&wanted, self.rows(group))));
                }
                let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
                for ((column, rows), group) in columns.into_iter().zip(outputs).zip(groups) {
                    let places: Vec<_> = rows.iter().map(|row| (row.group(), row.place())).collect();
                    let array = interleave(&arrays, &places).map_err(ParquetError::from)?;
                    group.columns.push(encode_stock(column, &[array])?);
                }
            }
        }
        Ok(())
    }

    /// The numbers of a coded column's values, by row group and row; `NONE` where there is no value.
    fn numbers(
        &self,
        field: Field,
        translate: &mut dyn FnMut(&ArrayRef) -> Arc<[u32]>,
    ) -> Result<Vec<Vec<u32>>, StoreError> {
        let mut all = Vec::with_capacity(self.groups.len());
        for group in 0..self.groups.len() {
            let numbers = match self.stored(group, field)? {
                None => vec![NONE; self.rows(group)],
                Some(column) => {
                    let column = column.as_dictionary::<UInt32Type>();
                    let table = translate(column.values());
                    let keys = column.keys();
                    let number = |row: usize| table.get(keys.value(row) as usize).copied().unwrap_or(NONE);
                    (0..keys.len()).map(|row| if keys.is_valid(row) { number(row) } else { NONE }).collect()
                }
            };
            all.push(numbers);
        }
        Ok(all)
    }
}

fn encode(
    column: &Column,
    distinct: &dyn Distinct,
    numbers: &[Vec<u32>],
    rows: &[Row],
) -> Result<(EncodedColumn, Option<Vec<u32>>), ParquetError> {
    let mut chunk = CodedColumn::new(Arc::clone(&column.descr), distinct, LIMITS)?;
    chunk.add_numbers(rows.iter().map(|row| numbers[row.group()][row.place()]))?;
    let (chunk, used) = chunk.finish()?;
    Ok((EncodedColumn::Codes(Box::new(chunk)), used))
}

/// All rows by destination and source; those that are alike as they came.
fn sorted(inputs: &Inputs<'_>, pause: &dyn Fn() -> Result<(), StoreError>) -> Result<Vec<Row>, StoreError> {
    let mut addresses = Addresses::default();
    let dst = inputs.numbers(Field::DstIp, &mut |values| addresses.translate(values))?;
    let src = inputs.numbers(Field::SrcIp, &mut |values| addresses.translate(values))?;
    pause()?;
    let ranks = ranks(&addresses);
    // Rows without an address come first.
    let rank = |number: u32| if number == NONE { 0 } else { u64::from(ranks[number as usize]) + 1 };
    let mut keys: Vec<(u64, Row)> = Vec::new();
    for (group, (dst, src)) in dst.iter().zip(&src).enumerate() {
        let rows = dst.iter().zip(src).enumerate();
        keys.extend(rows.map(|(place, (dst, src))| (rank(*dst) << 32 | rank(*src), Row::new(group, place))));
    }
    drop((dst, src));
    pause()?;
    keys.sort_unstable();
    Ok(keys.into_iter().map(|(_, row)| row).collect())
}

/// The rank of each address by its number.
fn ranks(addresses: &Addresses) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..addresses.len() as u32).collect();
    sorted.sort_unstable_by_key(|number| addresses.value(*number));
    let mut ranks = vec![0; sorted.len()];
    for (rank, number) in sorted.into_iter().enumerate() {
        ranks[number as usize] = rank as u32;
    }
    ranks
}

/// Earliest and latest `time` of each output.
fn times(inputs: &Inputs<'_>, outputs: &[&[Row]]) -> Result<Vec<RangeInclusive<i64>>, StoreError> {
    let mut times = Vec::with_capacity(inputs.groups.len());
    for (segment, group) in &inputs.groups {
        let batch = inputs.files.read(segment, *group, &[Field::Time])?;
        let column = batch.column_by_name(Field::Time.name());
        let values = column.and_then(|column| column.as_primitive_opt::<TimestampNanosecondType>());
        let values = values.ok_or_else(|| StoreError::Segment {
            action: "compact",
            path: inputs.files.path(segment),
            source: ParquetError::General("it has no times".to_owned()),
        })?;
        times.push(values.values().clone());
    }
    let time = |row: &Row| times[row.group()][row.place()];
    let bounds = |rows: &&[Row]| {
        rows.iter().map(time).fold((i64::MAX, i64::MIN), |(low, high), time| (low.min(time), high.max(time)))
    };
    Ok(outputs.iter().map(bounds).map(|(low, high)| low..=high).collect())
}
