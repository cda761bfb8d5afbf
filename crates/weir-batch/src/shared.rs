//! Columns whose values come from the datagram and not from its records: kept as runs of rows while a batch grows, and
//! written out when it is handed on.
//!
//! Exporters with two templates send sets of one or two records; ten columns that repeat what the set before has said
//! would cost more than the records' own.

use std::net::{IpAddr, Ipv4Addr};

use weir_schema::Field;
use weir_wire::Protocol;

use crate::builder::BatchBuilder;
use crate::column::{Cell, Column, Typed};
use crate::origin::SamplingOrigin;
use crate::plan::RowKind;

/// A value of many rows one after the other.
#[derive(Debug, Clone, Copy)]
struct Run<T> {
    value: T,
    start: u32,
    end: u32,
}

/// A column as runs; rows between them have no value.
#[derive(Debug)]
pub(crate) struct Steady<T> {
    /// The last run: it may still grow.
    open: Run<T>,
    closed: Vec<Run<T>>,
}

impl<T: Copy + PartialEq> Steady<T> {
    fn new(value: T) -> Self {
        Steady { open: Run { value, start: 0, end: 0 }, closed: Vec::new() }
    }

    /// Gives `count` rows from `row` on a value; they come after all that have one.
    #[inline]
    pub(crate) fn repeat(&mut self, value: T, row: usize, count: usize) {
        if self.open.end as usize == row && self.open.value == value {
            self.open.end += count as u32;
        } else {
            self.start_run(value, row, count);
        }
    }

    fn start_run(&mut self, value: T, row: usize, count: usize) {
        let next = Run { value, start: row as u32, end: (row + count) as u32 };
        let before = std::mem::replace(&mut self.open, next);
        if before.start < before.end {
            self.closed.push(before);
        }
    }

    /// Hands out the runs and forgets them.
    fn take(&mut self) -> impl Iterator<Item = Run<T>> {
        let last = self.open;
        (self.open.start, self.open.end) = (0, 0);
        self.closed.drain(..).chain(std::iter::once(last)).filter(|run| run.start < run.end)
    }

    /// Writes the runs to their column.
    fn write<C: Cell>(&mut self, typed: Option<&mut Typed<C>>, rows: usize, cell: impl Fn(T) -> C) {
        let runs = self.take();
        let Some(typed) = typed else { return };
        for Run { value, start, end } in runs {
            typed.repeat(cell(value), start as usize, (end - start) as usize, rows);
        }
    }

    /// The same for a column of names.
    fn write_names(&mut self, column: &mut Column, rows: usize, name: impl Fn(T) -> &'static str) {
        let runs = self.take();
        let Column::Text(text) = column else { return };
        for Run { value, start, end } in runs {
            let (code, _) = text.intern(name(value));
            text.codes.repeat(code, start as usize, (end - start) as usize, rows);
        }
    }
}

/// Everything that datagrams say about their records.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) received_ns: Steady<i64>,
    pub(crate) export_ns: Steady<i64>,
    pub(crate) exporter: Steady<IpAddr>,
    pub(crate) exporter_port: Steady<u16>,
    pub(crate) domain_id: Steady<u32>,
    pub(crate) protocol: Steady<Protocol>,
    pub(crate) template_id: Steady<u16>,
    pub(crate) sequence: Steady<u32>,
    pub(crate) kind: Steady<RowKind>,
    pub(crate) sampling: Steady<u32>,
    pub(crate) sampling_origin: Steady<SamplingOrigin>,
}

impl Default for Shared {
    fn default() -> Self {
        Shared {
            received_ns: Steady::new(0),
            export_ns: Steady::new(0),
            exporter: Steady::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            exporter_port: Steady::new(0),
            domain_id: Steady::new(0),
            protocol: Steady::new(Protocol::Netflow5),
            template_id: Steady::new(0),
            sequence: Steady::new(0),
            kind: Steady::new(RowKind::Flow),
            sampling: Steady::new(0),
            sampling_origin: Steady::new(SamplingOrigin::Record),
        }
    }
}

impl BatchBuilder {
    /// Writes the runs to their columns.
    pub(crate) fn write_shared(&mut self, rows: usize) {
        let mut shared = std::mem::take(&mut self.shared);
        shared.received_ns.write(self.typed(Field::Received), rows, |ns| ns);
        shared.export_ns.write(self.typed(Field::ExportTime), rows, |ns| ns);
        shared.exporter_port.write(self.typed(Field::ExporterPort), rows, |port| port);
        shared.domain_id.write(self.typed(Field::DomainId), rows, |id| id);
        shared.template_id.write(self.typed(Field::TemplateId), rows, |id| id);
        shared.sequence.write(self.typed(Field::Sequence), rows, |number| number);
        shared.sampling.write(self.typed(Field::Sampling), rows, |rate| rate);
        for Run { value, start, end } in shared.exporter.take() {
            let code = self.addresses.code(value);
            self.repeat(Field::Exporter, code, start as usize, (end - start) as usize);
        }
        let column = |field: Field| field.index();
        shared.protocol.write_names(&mut self.columns[column(Field::FlowProtocol)], rows, Protocol::name);
        shared.kind.write_names(&mut self.columns[column(Field::Kind)], rows, RowKind::name);
        let origins = &mut self.columns[column(Field::SamplingOrigin)];
        shared.sampling_origin.write_names(origins, rows, SamplingOrigin::name);
        self.shared = shared;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_in_a_row_are_one_run() {
        let mut steady = Steady::new(0);
        steady.repeat(0, 0, 2);
        steady.repeat(0, 2, 1);
        steady.repeat(7, 3, 1);
        steady.repeat(7, 6, 2);
        let runs: Vec<_> = steady.take().map(|run| (run.value, run.start, run.end)).collect();
        assert_eq!(runs, [(0, 0, 3), (7, 3, 4), (7, 6, 8)]);
        assert_eq!(steady.take().count(), 0);
        steady.repeat(7, 0, 1);
        assert_eq!(steady.take().count(), 1);
    }
}
