//! A compiled template: which bytes go to which column, and how they are converted.

use weir_schema::Field;
use weir_wire::template::{Dialect, FieldSpecifier, VARIABLE_LENGTH};

use crate::compile;
use crate::event::EventOp;
use crate::extra::Keys;
use crate::format::Format;
use crate::frame::FrameOp;
use crate::join::Join;
use crate::rate::Rate;
use crate::records::{Layout, Place};
use crate::steps::Step;

/// A compiled template. Identical templates of any exporter can share one.
#[derive(Debug, Default)]
pub struct Plan {
    pub(crate) ops: Vec<Op>,
    pub(crate) extras: Vec<ExtraOp>,
    /// What the extras are called.
    pub(crate) keys: Keys,
    pub(crate) shape: Shape,
    /// Bytes of cells per row that the ops append.
    pub(crate) row_bytes: usize,
    /// How records tell their sampling rate.
    pub(crate) rate: Option<Rate>,
    /// Routers put type and code of ICMP into the destination port where the template has no field for them.
    pub(crate) icmp_in_port: bool,
    pub(crate) sampler: Option<Place>,
    /// What the rows are, but for events.
    pub(crate) kind: RowKind,
    /// Which records are events; without it none are.
    pub(crate) event: Option<EventOp>,
    /// Names that options records told, for columns that the template does not fill.
    pub(crate) joins: Vec<Join>,
    /// A piece of a packet whose headers fill what the template leaves open.
    pub(crate) frame: Option<FrameOp>,
    /// The other direction of bidirectional records.
    pub(crate) reverse: Option<Box<Reverse>>,
}

/// What the second row of a bidirectional record is made of.
#[derive(Debug)]
pub(crate) struct Reverse {
    /// Fills the row: sources and destinations are exchanged, counters are those of the way back.
    pub(crate) plan: Plan,
    /// The counters of the way back: there is no second row where all are zero.
    pub(crate) counters: Vec<Place>,
}

/// What rows are, in the column `kind`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// Traffic.
    #[default]
    Flow,
    /// A decision without traffic.
    Event,
    /// What an exporter tells of itself.
    Options,
    /// Counters of an interface or other part of a device.
    Counters,
}

impl RowKind {
    /// Its name in the column.
    pub(crate) fn name(self) -> &'static str {
        match self {
            RowKind::Flow => "flow",
            RowKind::Event => "event",
            RowKind::Options => "options",
            RowKind::Counters => "counters",
        }
    }
}

/// Why a template cannot be compiled. The label doubles as a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanError {
    /// It has no fields.
    NoFields,
    /// Its records would have no bytes, so that a set would hold endlessly many.
    ZeroLength,
}

impl PlanError {
    /// What is wrong with a template, if anything, without compiling it.
    pub fn of(dialect: Dialect, fields: &[FieldSpecifier]) -> Option<PlanError> {
        let varies = |field: &FieldSpecifier| dialect == Dialect::Ipfix && field.length == VARIABLE_LENGTH;
        match fields {
            [] => Some(PlanError::NoFields),
            _ if fields.iter().all(|field| field.length == 0 && !varies(field)) => {
                Some(PlanError::ZeroLength)
            }
            _ => None,
        }
    }

    /// A short reason in snake case.
    pub fn reason(self) -> &'static str {
        match self {
            PlanError::NoFields => "template_without_fields",
            PlanError::ZeroLength => "template_zero_length",
        }
    }
}

/// Whether all records of the template have one length.
#[derive(Debug)]
pub(crate) enum Shape {
    Fixed(usize),
    Variable(Layout),
}

impl Default for Shape {
    fn default() -> Self {
        Shape::Fixed(1)
    }
}

impl Shape {
    pub(crate) fn new(layout: Layout) -> Shape {
        match layout.runs[..] {
            [length] => Shape::Fixed(length as usize),
            _ => Shape::Variable(layout),
        }
    }
}

/// One step of a plan: a field of every record goes to a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Op {
    pub(crate) field: Field,
    pub(crate) place: Place,
    pub(crate) convert: Convert,
    /// The same in one word, where it is one of the usual ones.
    pub(crate) step: Step,
}

impl Op {
    pub(crate) fn new(field: Field, place: Place, convert: Convert) -> Op {
        Op { field, place, convert, step: Step::of(field.kind(), convert, place.length) }
    }
}

/// How the bytes of a field become a value of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Convert {
    /// Big-endian number of one to eight bytes that fits the column.
    Number,
    /// The same, where the wire may carry more than fits, or nothing.
    SparseNumber,
    /// A total that counts only when the firewall event at the other place says that the connection has ended.
    AtTeardown(Place),
    Ipv4,
    Ipv6,
    /// IPv4 if it is not 0.0.0.0, else the IPv6 address at the other place.
    EitherIp(Place),
    Seconds,
    Milliseconds,
    /// NTP timestamp; the mask drops fraction bits that carry nothing (RFC 7011, section 6.1.9).
    Ntp {
        mask: u32,
    },
    /// Milliseconds since the exporter started.
    Uptime,
    /// Milliseconds since the time (in milliseconds since 1970) at the other place of the record.
    UptimeSince(Place),
    /// Microseconds before the export time.
    DeltaMicroseconds,
    Text,
    /// Classification engine and selector (RFC 6759).
    ApplicationId,
    /// The label of an MPLS stack entry: the upper 20 of 24 bits.
    Label,
    /// A sampling rate; 0 is unknown.
    Sampling,
}

/// A field that has no column: it is written to `extra`.
#[derive(Debug, Clone)]
pub(crate) struct ExtraOp {
    pub(crate) place: Place,
    pub(crate) format: Format,
    pub(crate) when: When,
}

/// When a field goes to `extra`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    /// Only if the number does not fit its column.
    Above(u64),
    /// Only if another field is not all zeros too: then that one has the column.
    Beside(Place),
    /// Only if the firewall event at the other place does not end the connection.
    BeforeTeardown(Place),
    /// Only if uptimes cannot be made absolute.
    UptimeUnknown,
}

impl Plan {
    /// Compiles a template (for an options template: its fields as if they were a record's).
    pub fn compile(
        dialect: Dialect,
        fields: impl IntoIterator<Item = FieldSpecifier>,
    ) -> Result<Plan, PlanError> {
        compile::plan(dialect, fields)
    }

    /// Whether a record may become two rows.
    pub fn splits(&self) -> bool {
        self.reverse.is_some()
    }

    /// Bytes that a plan takes, roughly: what template limits count.
    pub fn memory(&self) -> usize {
        let reverse = self.reverse.as_ref().map_or(0, |reverse| reverse.plan.memory());
        size_of::<Plan>()
            + self.ops.len() * size_of::<Op>()
            + self.extras.len() * size_of::<ExtraOp>()
            + self.keys.memory()
            + reverse
    }

    /// Whether an op fills a column.
    pub(crate) fn fills(&self, field: Field) -> bool {
        self.ops.iter().any(|op| op.field == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_template_is_known_before_it_is_compiled() {
        for dialect in [Dialect::Netflow9, Dialect::Ipfix] {
            for lengths in [&[][..], &[0], &[0, 0], &[0, 4], &[VARIABLE_LENGTH], &[0, VARIABLE_LENGTH]] {
                let fields: Vec<FieldSpecifier> = lengths
                    .iter()
                    .map(|length| FieldSpecifier { enterprise: 0, element: 8, length: *length })
                    .collect();
                let compiled = Plan::compile(dialect, fields.iter().copied()).err();
                assert_eq!(PlanError::of(dialect, &fields), compiled, "{dialect:?} {lengths:?}");
            }
        }
    }
}
