//! Compiles templates: gives each column the element that fills it best, and everything else to `extra`.

use weir_schema::element::{self, Element, ElementType, REVERSE, V9};
use weir_schema::{Field, Kind};
use weir_wire::template::{Dialect, FieldSpecifier, VARIABLE_LENGTH};

use crate::direction::{self, Direction};
use crate::event::EventOp;
use crate::extra::Keys;
use crate::format::Format;
use crate::frame::FrameOp;
use crate::join::joins;
use crate::plan::{Convert, ExtraOp, Op, Plan, PlanError, Reverse, Shape, When};
use crate::rate::{self, Rate};
use crate::records::{Layout, Place};

/// A field of the template with its place.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) specifier: FieldSpecifier,
    pub(crate) place: Place,
    pub(crate) known: Option<&'static Element>,
}

/// Compiles a template of flow records.
pub(crate) fn plan(
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
    let mut plan = Compiler::new(dialect, Direction::Forward, &entries).compile();
    plan.shape = Shape::new(layout);
    // Plans live long, and there may be hundreds of thousands.
    plan.ops.shrink_to_fit();
    plan.extras.shrink_to_fit();
    let mut back = Compiler::new(dialect, Direction::Reverse, &entries);
    let counters = back.reverse_counters();
    if !counters.is_empty() {
        back.post_vlan = plan.fills(Field::PostVlan);
        plan.reverse = Some(Box::new(Reverse { plan: back.compile(), counters }));
    }
    Ok(plan)
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
        let known = known(dialect, specifier);
        entries.push(Entry { specifier, place, known });
    }
    (entries, layout)
}

/// What is known of a field's element.
pub(crate) fn known(dialect: Dialect, specifier: FieldSpecifier) -> Option<&'static Element> {
    let FieldSpecifier { enterprise, element, .. } = specifier;
    match dialect {
        Dialect::Netflow9 if enterprise == 0 => element::lookup_v9(element),
        _ => element::lookup(enterprise, element),
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

/// What an element is called where it has no column: its name, or its number where it has none.
pub(crate) fn name_of(dialect: Dialect, specifier: FieldSpecifier, known: Option<&Element>) -> String {
    let FieldSpecifier { enterprise, element, .. } = specifier;
    match (known, dialect, enterprise) {
        (Some(known), _, _) => known.name.to_owned(),
        (None, Dialect::Netflow9, _) => format!("v9:{element}"),
        (None, _, 0) => format!("iana:{element}"),
        (None, _, enterprise) => match element::lookup_forward(enterprise, element) {
            // RFC 5103, section 6.1.
            Some(forward) => {
                let mut name = forward.name.to_owned();
                name.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
                format!("reverse{name}")
            }
            None => format!("{enterprise}/{element}"),
        },
    }
}

/// The element that fills a column.
struct Winner {
    field: Field,
    index: usize,
    convert: Convert,
    /// The element that fills it where this one is zero.
    beside: Option<usize>,
}

struct Compiler<'e> {
    dialect: Dialect,
    direction: Direction,
    entries: &'e [Entry],
    /// The way there fills `post_vlan` too: then the VLANs of both ends are exchanged.
    post_vlan: bool,
    ops: Vec<Op>,
    extras: Vec<ExtraOp>,
    /// What the extras are called.
    names: Vec<String>,
}

impl<'e> Compiler<'e> {
    fn new(dialect: Dialect, direction: Direction, entries: &'e [Entry]) -> Self {
        let (ops, extras, names) = (Vec::new(), Vec::new(), Vec::new());
        Compiler { dialect, direction, entries, post_vlan: false, ops, extras, names }
    }

    /// Everything but the shape and the way back.
    fn compile(mut self) -> Plan {
        self.assign_columns();
        let fills = |field| self.ops.iter().any(|op| op.field == field);
        let forward = self.direction == Direction::Forward;
        let sampler = self.ops.iter().find(|op| op.field == Field::SamplerId).map(|op| op.place);
        let find =
            |element| self.entries.iter().find(|entry| rate::is(entry, element)).map(|entry| entry.place);
        Plan {
            rate: Rate::among(find),
            icmp_in_port: forward
                && fills(Field::Protocol)
                && fills(Field::DstPort)
                && !fills(Field::IcmpType)
                && !fills(Field::IcmpCode),
            sampler: sampler.filter(|place| place.length != VARIABLE_LENGTH),
            event: forward
                .then(|| {
                    let field_of = |entry: &Entry| self.column_of(entry).map(|(field, _)| field);
                    EventOp::among(self.entries, field_of, |entry| self.gate(entry).is_some())
                })
                .flatten(),
            joins: joins(fills),
            frame: if forward { FrameOp::among(self.entries) } else { None },
            row_bytes: self.ops.iter().map(|op| cell_bytes(op.field.kind())).sum(),
            ops: self.ops,
            extras: self.extras,
            keys: Keys::new(&self.names),
            ..Plan::default()
        }
    }

    /// Where records tell how much came back.
    fn reverse_counters(&self) -> Vec<Place> {
        let counts = |entry: &&Entry| {
            let reversed = entry.specifier.enterprise == REVERSE && self.dialect == Dialect::Ipfix;
            let responder =
                self.column_of(entry).is_some_and(|(field, _)| direction::of_responder(field).is_some());
            (reversed || responder)
                && entry.place.length != 0
                && matches!(self.target(entry), Some((Field::Bytes | Field::Packets, _)))
        };
        self.entries.iter().filter(counts).map(|entry| entry.place).collect()
    }

    /// The column that an entry would like to fill in this direction, and how much it is wanted there.
    fn target(&self, entry: &Entry) -> Option<(Field, u8)> {
        /// Behind every element that is of the direction itself.
        const TAKEN_OVER: u8 = 100;
        let FieldSpecifier { enterprise, element, .. } = entry.specifier;
        let own = self.column_of(entry);
        if self.direction == Direction::Forward {
            return own;
        }
        if self.dialect == Dialect::Ipfix && enterprise == REVERSE {
            return Field::from_element(0, element);
        }
        let (field, preference) = own?;
        if let Some(counter) = direction::of_responder(field) {
            return Some((counter, 50));
        }
        let field = match field {
            Field::Vlan if self.post_vlan => Field::PostVlan,
            Field::PostVlan => Field::Vlan,
            field => direction::seen_from_behind(field)?,
        };
        Some((field, preference + TAKEN_OVER))
    }

    /// The firewall event that a total belongs to. Such a total (octetTotalCount of older Cisco ASA) grows from
    /// record to record of a connection, so only its last one may be counted.
    fn gate(&self, entry: &Entry) -> Option<Place> {
        let FieldSpecifier { enterprise, element, length } = entry.specifier;
        if enterprise != 0 || !matches!(element, 85 | 86) || !(1..=8).contains(&length) {
            return None;
        }
        let event = self.entries.iter().find(|entry| {
            self.column_of(entry).is_some_and(|(field, _)| field == Field::FirewallEvent)
                && (1..=8).contains(&entry.place.length)
        });
        event.map(|event| event.place)
    }

    /// Gives each column the most wanted element that can fill it; everything else goes to `extra`.
    fn assign_columns(&mut self) {
        let winners = self.winners();
        for (index, entry) in self.entries.iter().enumerate() {
            let mut has_column = false;
            for winner in winners.iter().filter(|winner| winner.index == index) {
                self.assign(winner.field, entry, winner.convert);
                has_column = true;
            }
            if has_column {
                continue;
            }
            let beside = winners.iter().find(|winner| winner.beside == Some(index));
            match (self.direction, beside) {
                (Direction::Forward, Some(winner)) => {
                    self.extra(entry, When::Beside(self.entries[winner.index].place));
                }
                (Direction::Forward, None) => self.extra(entry, When::Always),
                // The row of the way there has all elements without a column, reverse ones too.
                (Direction::Reverse, _) => {}
            }
        }
    }

    fn winners(&self) -> Vec<Winner> {
        let mut best: Vec<Option<(u8, usize, Convert)>> = vec![None; Field::COUNT];
        for (index, entry) in self.entries.iter().enumerate() {
            let Some((field, preference)) = self.target(entry) else { continue };
            let Some(convert) = self.conversion(field, entry) else { continue };
            let slot = &mut best[field.index()];
            if slot.is_none_or(|(taken, _, _)| preference < taken) {
                *slot = Some((preference, index, convert));
            }
        }
        if self.direction == Direction::Forward {
            // What the initiator sent is what the way there has, whatever else is counted for both ways together.
            for field in [Field::InitiatorBytes, Field::InitiatorPackets] {
                if let (Some(counter), Some(found)) = (direction::of_initiator(field), best[field.index()]) {
                    best[counter.index()] = Some(found);
                }
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
                entry.place.length == 16 && self.target(entry).is_some_and(|(field, _)| field == winner.field)
            });
            if let Some(other) = other {
                winner.convert = Convert::EitherIp(self.entries[other].place);
                winner.beside = Some(other);
            }
        }
        winners
    }

    fn assign(&mut self, field: Field, entry: &Entry, convert: Convert) {
        let place = entry.place;
        let convert = match self.gate(entry) {
            Some(event) if matches!(field, Field::Bytes | Field::Packets) => Convert::AtTeardown(event),
            _ => convert,
        };
        match convert {
            Convert::AtTeardown(event) => self.extra(entry, When::BeforeTeardown(event)),
            Convert::Number if field == Field::IcmpType && is_type_and_code(entry) => {
                // The type in the upper byte, the code in the lower one.
                let byte = |back: u32| Place {
                    length: 1,
                    offset: place.offset + u32::from(place.length) - back,
                    ..place
                };
                self.ops.push(Op::new(field, byte(2), convert));
                if !self.entries.iter().any(|other| matches!(self.target(other), Some((Field::IcmpCode, _))))
                {
                    self.ops.push(Op::new(Field::IcmpCode, byte(1), convert));
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
        self.ops.push(Op::new(field, place, convert));
    }

    fn extra(&mut self, entry: &Entry, when: When) {
        if self.direction == Direction::Reverse || entry.place.length == 0 || is_padding(entry.specifier) {
            return;
        }
        let mut name = name_of(self.dialect, entry.specifier, entry.known);
        let same = self.names.iter().filter(|other| other.split('#').next() == Some(name.as_str())).count();
        if same > 0 {
            name = format!("{name}#{}", same + 1);
        }
        let FieldSpecifier { enterprise, element, .. } = entry.specifier;
        let known = self.element(entry).map(|known| known.element_type);
        let format = match (enterprise, element) {
            SUB_APPLICATION => Format::SubApplication,
            _ => Format::of(known, entry.place.length),
        };
        self.extras.push(ExtraOp { place: entry.place, format, when });
        self.names.push(name);
    }

    /// What is known of an entry's element; a reverse element is read as the one that it is the reverse of.
    fn element(&self, entry: &Entry) -> Option<&'static Element> {
        let FieldSpecifier { enterprise, element, .. } = entry.specifier;
        let forward = || element::lookup_forward(enterprise, element);
        entry.known.or_else(|| forward().filter(|_| self.dialect == Dialect::Ipfix))
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
        match self.element(entry)?.element_type {
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
    matches!(entry.specifier.enterprise, 0 | REVERSE) && matches!(entry.specifier.element, 32 | 139)
}

/// paddingOctets.
fn is_padding(specifier: FieldSpecifier) -> bool {
    (specifier.enterprise, specifier.element) == (0, 210)
}
