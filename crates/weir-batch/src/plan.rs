//! Compiling a template: which bytes go to which column, and how they are converted.

use weir_schema::element::{self, Element, ElementType, REVERSE, V9};
use weir_schema::{Field, Kind};
use weir_wire::template::{Dialect, FieldSpecifier, VARIABLE_LENGTH};

use crate::format::Format;
use crate::records::{Layout, Place};

/// A compiled template. Identical templates of any exporter can share one.
#[derive(Debug)]
pub struct Plan {
    pub(crate) ops: Vec<Op>,
    pub(crate) extras: Vec<ExtraOp>,
    pub(crate) shape: Shape,
    /// Bytes of cells per row that the ops append.
    pub(crate) row_bytes: usize,
    pub(crate) has_sampling: bool,
    /// Routers put type and code of ICMP into the destination port where the template has no field for them.
    pub(crate) icmp_in_port: bool,
    pub(crate) sampler: Option<Place>,
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
}

/// How the bytes of a field become a value of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Convert {
    /// Big-endian number of one to eight bytes that fits the column.
    Number,
    /// The same, where the wire may carry more than fits, or nothing.
    SparseNumber,
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
    pub(crate) name: Box<str>,
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
    /// Only if uptimes cannot be made absolute.
    UptimeUnknown,
}

/// A field of the template with its place.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) specifier: FieldSpecifier,
    pub(crate) place: Place,
    known: Option<&'static Element>,
}

impl Plan {
    /// Compiles a template (for an options template: its fields as if they were a record's).
    pub fn compile(
        dialect: Dialect,
        fields: impl IntoIterator<Item = FieldSpecifier>,
    ) -> Result<Plan, PlanError> {
        let (entries, layout) = place_fields(dialect, fields);
        if entries.is_empty() {
            return Err(PlanError::NoFields);
        }
        if layout.shortest() == 0 {
            return Err(PlanError::ZeroLength);
        }
        let mut compiler = Compiler { dialect, entries, ops: Vec::new(), extras: Vec::new() };
        compiler.assign_columns();
        let row_bytes = compiler.ops.iter().map(|op| cell_bytes(op.field.kind())).sum();
        let sampler = compiler.ops.iter().find(|op| op.field == Field::SamplerId).map(|op| op.place);
        let fills = |field| compiler.ops.iter().any(|op| op.field == field);
        Ok(Plan {
            has_sampling: fills(Field::Sampling),
            icmp_in_port: fills(Field::Protocol)
                && fills(Field::DstPort)
                && !fills(Field::IcmpType)
                && !fills(Field::IcmpCode),
            sampler: sampler.filter(|place| place.length != VARIABLE_LENGTH),
            ops: compiler.ops,
            extras: compiler.extras,
            shape: Shape::new(layout),
            row_bytes,
        })
    }

    /// Bytes that a plan takes, roughly: what template limits count.
    pub fn memory(&self) -> usize {
        size_of::<Plan>()
            + self.ops.len() * size_of::<Op>()
            + self.extras.iter().map(|extra| size_of::<ExtraOp>() + extra.name.len()).sum::<usize>()
    }
}

fn cell_bytes(kind: Kind) -> usize {
    match kind {
        Kind::U8 => 1,
        Kind::U16 => 2,
        Kind::U32 | Kind::Service | Kind::Ip | Kind::Text => 4,
        Kind::Time | Kind::U64 | Kind::Mac | Kind::Duration => 8,
        Kind::Map => 0,
    }
}

pub(crate) fn place_fields(
    dialect: Dialect,
    fields: impl IntoIterator<Item = FieldSpecifier>,
) -> (Vec<Entry>, Layout) {
    let mut layout = Layout { runs: vec![0] };
    let mut entries = Vec::new();
    for specifier in fields {
        let run = layout.runs.last_mut().expect("there is always a run");
        let place;
        if specifier.length == VARIABLE_LENGTH && dialect == Dialect::Ipfix {
            let base = 2 * layout.runs.len() as u16 - 1;
            place = Place { base, length: VARIABLE_LENGTH, offset: 0 };
            layout.runs.push(0);
        } else {
            let offset = *run;
            *run += u32::from(specifier.length);
            place = Place { base: 2 * (layout.runs.len() as u16 - 1), length: specifier.length, offset };
        }
        let known = match dialect {
            Dialect::Netflow9 => element::lookup_v9(specifier.element),
            Dialect::Ipfix => element::lookup(specifier.enterprise, specifier.element),
        };
        entries.push(Entry { specifier, place, known });
    }
    (entries, layout)
}

/// The element that fills a column.
struct Winner {
    field: Field,
    index: usize,
    convert: Convert,
    /// The element that fills it where this one is zero.
    beside: Option<usize>,
}

struct Compiler {
    dialect: Dialect,
    entries: Vec<Entry>,
    ops: Vec<Op>,
    extras: Vec<ExtraOp>,
}

impl Compiler {
    /// Gives each column the most wanted element that can fill it; everything else goes to `extra`.
    fn assign_columns(&mut self) {
        let mut best: Vec<Option<(u8, usize, Convert)>> = vec![None; Field::COUNT];
        for (index, entry) in self.entries.iter().enumerate() {
            let Some((field, preference)) = self.column_of(entry) else { continue };
            let Some(convert) = self.conversion(field, entry) else { continue };
            let slot = &mut best[field.index()];
            if slot.is_none_or(|(taken, _, _)| preference < taken) {
                *slot = Some((preference, index, convert));
            }
        }
        let mut winners: Vec<Winner> = best
            .into_iter()
            .enumerate()
            .filter_map(|(field, winner)| {
                let (_, index, convert) = winner?;
                Some(Winner { field: Field::from_index(field)?, index, convert, beside: None })
            })
            .collect();
        for winner in winners.iter_mut().filter(|winner| winner.convert == Convert::Ipv4) {
            // Exporters with one template for both families leave one of the two addresses zero.
            let other = self.entries.iter().position(|entry| {
                entry.place.length == 16
                    && self.column_of(entry).is_some_and(|(field, _)| field == winner.field)
            });
            if let Some(other) = other {
                winner.convert = Convert::EitherIp(self.entries[other].place);
                winner.beside = Some(other);
            }
        }
        let entries = std::mem::take(&mut self.entries);
        for (index, entry) in entries.iter().enumerate() {
            if let Some(winner) = winners.iter().find(|winner| winner.index == index) {
                self.assign(winner.field, entry, winner.convert, &entries);
            } else if let Some(winner) = winners.iter().find(|winner| winner.beside == Some(index)) {
                self.extra(entry, When::Beside(entries[winner.index].place));
            } else {
                self.extra(entry, When::Always);
            }
        }
    }

    fn assign(&mut self, field: Field, entry: &Entry, convert: Convert, entries: &[Entry]) {
        let place = entry.place;
        match convert {
            Convert::Number if field == Field::IcmpType && is_type_and_code(entry) => {
                // The type in the upper byte, the code in the lower one.
                let byte = |back: u32| Place {
                    length: 1,
                    offset: place.offset + u32::from(place.length) - back,
                    ..place
                };
                self.ops.push(Op { field, place: byte(2), convert });
                if !entries.iter().any(|other| matches!(self.column_of(other), Some((Field::IcmpCode, _)))) {
                    self.ops.push(Op { field: Field::IcmpCode, place: byte(1), convert });
                }
                return;
            }
            Convert::SparseNumber if place.length != VARIABLE_LENGTH => {
                let limit = match field.kind() {
                    Kind::U8 => u64::from(u8::MAX),
                    Kind::U16 => u64::from(u16::MAX),
                    _ => u64::from(u32::MAX),
                };
                self.extra(entry, When::Above(limit));
            }
            Convert::Uptime if self.dialect == Dialect::Ipfix => {
                self.extra(entry, When::UptimeUnknown);
            }
            _ => {}
        }
        self.ops.push(Op { field, place, convert });
    }

    fn extra(&mut self, entry: &Entry, when: When) {
        if entry.place.length == 0 || is_padding(entry.specifier) {
            return;
        }
        let mut name = self.name(entry);
        let same =
            self.extras.iter().filter(|extra| extra.name.split('#').next() == Some(name.as_str())).count();
        if same > 0 {
            name = format!("{name}#{}", same + 1);
        }
        let FieldSpecifier { enterprise, element, .. } = entry.specifier;
        let forward = || element::lookup(0, element).filter(|_| enterprise == REVERSE);
        let known = entry.known.or_else(forward).map(|known| known.element_type);
        let format = match (enterprise, element) {
            SUB_APPLICATION => Format::SubApplication,
            _ => Format::of(known, entry.place.length),
        };
        self.extras.push(ExtraOp { name: name.into(), place: entry.place, format, when });
    }

    fn name(&self, entry: &Entry) -> String {
        let FieldSpecifier { enterprise, element, .. } = entry.specifier;
        match (entry.known, self.dialect, enterprise) {
            (Some(known), _, _) => known.name.to_owned(),
            (None, Dialect::Netflow9, _) => format!("v9:{element}"),
            (None, _, 0) => format!("iana:{element}"),
            (None, _, REVERSE) => match element::lookup(0, element) {
                // RFC 5103, section 6.1.
                Some(forward) => {
                    let mut name = forward.name.to_owned();
                    name.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
                    format!("reverse{name}")
                }
                None => format!("{REVERSE}/{element}"),
            },
            (None, _, enterprise) => format!("{enterprise}/{element}"),
        }
    }

    fn column_of(&self, entry: &Entry) -> Option<(Field, u8)> {
        let FieldSpecifier { enterprise, element, .. } = entry.specifier;
        match self.dialect {
            Dialect::Ipfix => Field::from_element(enterprise, element),
            Dialect::Netflow9 if element::lookup(V9, element).is_some() => Field::from_element(V9, element),
            Dialect::Netflow9 => Field::from_element(V9, element).or_else(|| Field::from_element(0, element)),
        }
    }

    /// How an element fills a column; `None` if its length does not allow it.
    fn conversion(&self, field: Field, entry: &Entry) -> Option<Convert> {
        let length = entry.place.length;
        let variable = length == VARIABLE_LENGTH && self.dialect == Dialect::Ipfix;
        if length == 0 {
            return None;
        }
        match field.kind() {
            Kind::Ip if length == 4 => Some(Convert::Ipv4),
            Kind::Ip if length == 16 => Some(Convert::Ipv6),
            Kind::Mac if length == 6 => Some(Convert::Number),
            Kind::Time => self.time_conversion(entry),
            Kind::Text if field == Field::AppId => {
                (variable || length >= 2).then_some(Convert::ApplicationId)
            }
            Kind::Text => Some(Convert::Text),
            Kind::U32 if is_label(field) => (length == 3).then_some(Convert::Label),
            Kind::U32 if field == Field::Sampling => (length <= 8).then_some(Convert::Sampling),
            Kind::U8 if field == Field::IcmpType && is_type_and_code(entry) => {
                (2..=8).contains(&length).then_some(Convert::Number)
            }
            Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 => {
                let width = cell_bytes(field.kind());
                if variable || (width < usize::from(length) && length <= 8) {
                    Some(Convert::SparseNumber)
                } else {
                    (usize::from(length) <= width).then_some(Convert::Number)
                }
            }
            Kind::Ip | Kind::Mac | Kind::Map | Kind::Service | Kind::Duration => None,
        }
    }

    fn time_conversion(&self, entry: &Entry) -> Option<Convert> {
        let length = entry.place.length;
        if !(1..=8).contains(&length) {
            return None;
        }
        match entry.known?.element_type {
            ElementType::DateTimeSeconds => Some(Convert::Seconds),
            ElementType::DateTimeMilliseconds => Some(Convert::Milliseconds),
            ElementType::DateTimeMicroseconds => (length == 8).then_some(Convert::Ntp { mask: !0x7ff }),
            ElementType::DateTimeNanoseconds => (length == 8).then_some(Convert::Ntp { mask: !0 }),
            _ => match entry.specifier.element {
                21 | 22 => Some(match self.system_init() {
                    Some(place) => Convert::UptimeSince(place),
                    None => Convert::Uptime,
                }),
                158 | 159 => Some(Convert::DeltaMicroseconds),
                _ => None,
            },
        }
    }

    /// `systemInitTimeMilliseconds` in the same record (IPFIX has no uptime in its header).
    fn system_init(&self) -> Option<Place> {
        self.entries
            .iter()
            .find(|entry| {
                self.dialect == Dialect::Ipfix
                    && (entry.specifier.enterprise, entry.specifier.element) == (0, 160)
                    && entry.place.length == 8
            })
            .map(|entry| entry.place)
    }
}

/// Cisco's sub-application values: a template has several with this one number, and each value starts with what it
/// is (application, then sub-classification), so none of them can be given a column by its number.
const SUB_APPLICATION: (u32, u16) = (9, 12235);

fn is_label(field: Field) -> bool {
    matches!(field, Field::MplsLabel1 | Field::MplsLabel2 | Field::MplsLabel3)
}

/// icmpTypeCodeIPv4 and icmpTypeCodeIPv6.
fn is_type_and_code(entry: &Entry) -> bool {
    entry.specifier.enterprise == 0 && matches!(entry.specifier.element, 32 | 139)
}

/// paddingOctets.
fn is_padding(specifier: FieldSpecifier) -> bool {
    (specifier.enterprise, specifier.element) == (0, 210)
}
