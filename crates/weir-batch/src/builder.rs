//! The batch that a worker fills: any mix of exporters and templates, one column per field.

use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeBinaryArray, RecordBatch, RecordBatchOptions};
use arrow_buffer::Buffer;
use arrow_schema::Schema;
use weir_schema::{Field, Kind};

use crate::address::Addresses;
use crate::column::{Cell, Column, Typed};
use crate::origin::Origin;
use crate::sflow::Routes;
use crate::shared::Shared;

/// Collects records and hands them out as one Arrow batch: columns are fields in field order, only those that hold
/// something; all address columns share one table of values.
#[derive(Debug)]
pub struct BatchBuilder {
    pub(crate) rows: usize,
    pub(crate) columns: Box<[Column; Field::COUNT]>,
    pub(crate) addresses: Addresses,
    /// Field offsets of the set in hand, where records vary in length.
    pub(crate) offsets: Vec<u32>,
    /// Rows of the set in hand that are ICMP, and their destination ports.
    pub(crate) icmp: Vec<(usize, u16)>,
    /// Records of the set in hand that have a way back.
    pub(crate) picked: Vec<u32>,
    /// Codes of names by what they were looked up by, for the set in hand.
    pub(crate) looked_up: Vec<(u32, Option<u32>)>,
    /// What the rows of a datagram share.
    pub(crate) shared: Shared,
    /// Rows of the last batch and some more: what columns reserve when they start.
    pub(crate) expected: usize,
    /// Bytes of fixed-width cells and texts so far; `extra` and addresses are counted apart.
    pub(crate) cell_bytes: usize,
    /// Texts put together before they are interned.
    pub(crate) scratch: String,
    /// BGP routes of sFlow samples.
    pub(crate) routes: Routes,
    utc: Arc<str>,
}

impl Default for BatchBuilder {
    fn default() -> Self {
        BatchBuilder::new()
    }
}

/// Fixed-width bytes per row of the columns that every row has.
const COMMON_BYTES: usize = 8 + 8 + 8 + 4 + 2 + 4 + 4 + 2 + 4 + 4;

impl BatchBuilder {
    /// An empty batch. Columns take memory when they are first touched.
    pub fn new() -> Self {
        BatchBuilder {
            rows: 0,
            columns: Box::new(std::array::from_fn(|at| {
                Column::new(Field::from_index(at).map_or(Kind::U8, Field::kind))
            })),
            addresses: Addresses::new(),
            offsets: Vec::new(),
            icmp: Vec::new(),
            picked: Vec::new(),
            looked_up: Vec::new(),
            shared: Shared::default(),
            expected: 0,
            cell_bytes: 0,
            scratch: String::new(),
            routes: Routes::default(),
            utc: Arc::from("UTC"),
        }
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Memory of the rows so far, roughly.
    pub fn bytes(&self) -> usize {
        let extra = match &self.columns[Field::Extra.index()] {
            Column::Extra(extra) => extra.bytes(),
            _ => 0,
        };
        self.cell_bytes + extra + 16 * self.addresses.len()
    }

    /// The rows as a batch; the builder is empty afterwards and remembers how large it was.
    pub fn finish(&mut self) -> RecordBatch {
        let rows = std::mem::take(&mut self.rows);
        self.write_shared(rows);
        self.cell_bytes = 0;
        // The last datagram may bring a batch some rows over its limit: those must not make all columns move.
        self.expected = rows + rows / 16;
        self.routes.clear();
        let values = Buffer::from(self.addresses.take());
        let addresses: ArrayRef = Arc::new(FixedSizeBinaryArray::new(16, values, None));
        let (mut fields, mut arrays) = (Vec::new(), Vec::new());
        for field in Field::stored() {
            let column = &mut self.columns[field.index()];
            if column.is_empty() {
                column.clear();
                continue;
            }
            fields.push(field.arrow());
            arrays.push(column.array(rows, &addresses, &self.utc));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
            .expect("columns are made from the schema's own types and lengths")
    }

    /// The typed column of a field.
    pub(crate) fn typed<T: Cell>(&mut self, field: Field) -> Option<&mut Typed<T>> {
        T::of(&mut self.columns[field.index()])
    }

    /// Appends the same value to `count` rows from `row` on.
    #[inline]
    pub(crate) fn repeat<T: Cell>(&mut self, field: Field, value: T, row: usize, count: usize) {
        let expected = self.expected;
        if let Some(typed) = self.typed(field) {
            typed.repeat(value, row, count, expected);
        }
    }

    /// Appends the same text to `count` rows from `row` on.
    pub(crate) fn repeat_text(&mut self, field: Field, value: &str, row: usize, count: usize) {
        if let Column::Text(text) = &mut self.columns[field.index()] {
            let (code, grown) = text.intern(value);
            text.codes.repeat(code, row, count, self.expected);
            self.cell_bytes += grown;
        }
    }

    /// Appends what all records of a set share, except `time`, `kind` and sampling.
    pub(crate) fn append_origin(&mut self, origin: &Origin<'_>, count: usize) {
        let (row, shared) = (self.rows, &mut self.shared);
        shared.received_ns.repeat(whole_ms(origin.received_ns), row, count);
        if origin.export_ns != 0 {
            shared.export_ns.repeat(origin.export_ns, row, count);
        }
        shared.exporter.repeat(origin.exporter, row, count);
        shared.exporter_port.repeat(origin.exporter_port, row, count);
        shared.domain_id.repeat(origin.domain_id, row, count);
        shared.protocol.repeat(origin.protocol, row, count);
        if origin.template_id != 0 {
            shared.template_id.repeat(origin.template_id, row, count);
        }
        shared.sequence.repeat(origin.sequence, row, count);
        self.cell_bytes += count * COMMON_BYTES;
    }
}

/// Nanoseconds cut to the millisecond.
pub(crate) fn whole_ms(time_ns: i64) -> i64 {
    time_ns - time_ns.rem_euclid(1_000_000)
}
