//! Running a plan over the records of a set, column by column.

use weir_schema::Field;

use crate::builder::{BatchBuilder, whole_ms};
use crate::column::Column;
use crate::convert::{append_addresses, append_texts, append_times, dense, numbers};
use crate::event::TEARDOWN;
use crate::format::{Format, be_uint};
use crate::origin::{Origin, SamplingOrigin, Uptime};
use crate::plan::{Convert, ExtraOp, Op, Plan, Shape, When};
use crate::records::{Fixed, Picked, Place, Records};

/// A record's end that is farther than this from its arrival says that the exporter's clock is off.
const CLOCK_LIMIT_NS: u64 = 86_400 * 1_000_000_000;

/// What became of a set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SetOutcome {
    /// Records decoded.
    pub records: usize,
    /// Rows appended: one for each record, and a second one for each record that tells of both directions. The second
    /// ones stand behind the first ones of the set, and `biflow_side` is `reverse` in them.
    pub rows: usize,
    /// Why records after them could not be read.
    pub problem: Option<&'static str>,
    /// What makes the template doubtful; the rows are kept.
    pub doubt: Option<&'static str>,
    /// A record ended farther from its arrival than a clock may be off: its `time` is when it was received.
    pub clock_off: bool,
    /// When the newest record ended, nanoseconds since 1970; 0 where no record tells, or the clock is off.
    pub newest_end_ns: i64,
    /// Records that are events.
    pub events: usize,
}

/// What a look at the times and kinds of some records showed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) clock_off: bool,
    pub(crate) newest_end_ns: i64,
    pub(crate) events: usize,
}

impl BatchBuilder {
    /// Decodes the records of a set and appends them.
    pub fn append_set(&mut self, origin: &Origin<'_>, plan: &Plan, body: &[u8]) -> SetOutcome {
        let mut outcome;
        let end = match &plan.shape {
            Shape::Fixed(length) => {
                let records = Fixed::new(body, *length);
                outcome = self.append_both_ways(origin, plan, records);
                records.len()
            }
            Shape::Variable(layout) => {
                let mut bases = std::mem::take(&mut self.offsets);
                let walk = layout.locate(body, &mut bases);
                outcome = self.append_both_ways(origin, plan, walk.records);
                outcome.problem = walk.problem;
                let end = walk.end;
                self.offsets = bases;
                end
            }
        };
        if outcome.doubt.is_none() && outcome.problem.is_none() && outcome.records > 0 {
            let padding = body.get(end..).unwrap_or_default();
            outcome.doubt = any_set(padding).then_some("padding_not_zero");
        }
        outcome
    }

    fn append_both_ways<'a>(
        &mut self,
        origin: &Origin<'_>,
        plan: &Plan,
        records: impl Records<'a>,
    ) -> SetOutcome {
        let count = records.count();
        if count == 0 {
            return SetOutcome::default();
        }
        let first = self.rows;
        let seen = self.append_records(origin, plan, records, count);
        let doubt = self.doubt(first);
        let mut rows = count;
        if let Some(reverse) = &plan.reverse {
            let mut picked = std::mem::take(&mut self.picked);
            picked.clear();
            let came_back = |row: &u32| {
                reverse.counters.iter().any(|place| any_set(records.slice(*row as usize, *place)))
            };
            picked.extend((0..count as u32).filter(came_back));
            if !picked.is_empty() {
                for row in &picked {
                    self.repeat_text(Field::BiflowSide, "forward", first + *row as usize, 1);
                }
                let row = self.rows;
                let records = Picked { records, rows: &picked };
                self.append_records(origin, &reverse.plan, records, picked.len());
                self.repeat_text(Field::BiflowSide, "reverse", row, picked.len());
                self.cell_bytes += 8 * picked.len();
                rows += picked.len();
            }
            self.picked = picked;
        }
        let Seen { clock_off, newest_end_ns, events } = seen;
        SetOutcome { records: count, rows, problem: None, doubt, clock_off, newest_end_ns, events }
    }

    /// Appends a row for each record.
    pub(crate) fn append_records<'a>(
        &mut self,
        origin: &Origin<'_>,
        plan: &Plan,
        records: impl Records<'a>,
        count: usize,
    ) -> Seen {
        self.append_origin(origin, count);
        match records.fixed() {
            Some(fixed) => self.run_steps(&plan.ops, origin, fixed),
            None => plan.ops.iter().for_each(|op| self.run_op(*op, origin, records)),
        }
        if plan.icmp_in_port {
            self.append_icmp(count);
        }
        if let Some(frame) = plan.frame {
            self.append_frames(frame, records, count);
        }
        let events = self.append_kinds(plan, records, count);
        self.append_names(plan, origin.names, count);
        self.append_sampling(origin, plan, records, count);
        self.append_extras(origin, plan, records, count);
        let seen = self.append_time(origin, count);
        self.cell_bytes += count * plan.row_bytes;
        self.rows += count;
        Seen { events, ..seen }
    }

    /// Whether the counters and times of a row can be true. One row of a set tells whether its template fits.
    fn doubt(&self, row: usize) -> Option<&'static str> {
        let number = |field: Field| match &self.columns[field.index()] {
            Column::U64(typed) => typed.values.get(row).copied().unwrap_or(0),
            _ => 0,
        };
        let time = |field: Field| match &self.columns[field.index()] {
            Column::Time(typed) => typed.values.get(row).copied().unwrap_or(0),
            _ => 0,
        };
        let (bytes, packets) = (number(Field::Bytes), number(Field::Packets));
        let (start, end) = (time(Field::Start), time(Field::End));
        // A packet has a byte at least, and no offloading card makes packets of a mebibyte.
        let counters = bytes != 0 && packets != 0 && (bytes < packets || bytes / packets > 1 << 20);
        let times = start != 0 && end != 0 && start.saturating_sub(end) > CLOCK_LIMIT_NS as i64;
        (counters || times).then_some("counters_absurd")
    }

    pub(crate) fn run_op<'a>(&mut self, op: Op, origin: &Origin<'_>, records: impl Records<'a>) {
        let (row, expected) = (self.rows, self.expected);
        match &mut self.columns[op.field.index()] {
            Column::U8(typed) => numbers(typed, op, records, row, expected),
            Column::U16(typed) => numbers(typed, op, records, row, expected),
            Column::U32(typed) => match op.convert {
                Convert::Label => dense(typed, op.place, records, row, expected, |value| (value >> 4) as u32),
                // Needs more than the record: see `append_sampling`.
                Convert::Sampling => {}
                _ => numbers(typed, op, records, row, expected),
            },
            Column::U64(typed) => numbers(typed, op, records, row, expected),
            Column::Ip(typed) => append_addresses(typed, op, records, row, expected, &mut self.addresses),
            Column::Time(typed) => append_times(typed, op, records, row, expected, origin),
            Column::Text(text) => self.cell_bytes += append_texts(text, op, records, row, expected),
            Column::Extra(_) => {}
        }
    }

    /// Type and code of ICMP from the destination port, as v5 and many v9 exporters send them.
    fn append_icmp(&mut self, count: usize) {
        let (row, is_icmp) = (self.rows, |protocol: &u8| matches!(protocol, 1 | 58));
        let [Column::U8(protocols), Column::U16(ports)] =
            [Field::Protocol, Field::DstPort].map(|field| &self.columns[field.index()])
        else {
            return;
        };
        let protocols = protocols.values.get(row..row + count).unwrap_or_default();
        if !protocols.iter().any(is_icmp) {
            return;
        }
        let ports = ports.values.get(row..row + count).unwrap_or_default();
        self.icmp.clear();
        let found = protocols.iter().zip(ports).enumerate().filter(|(_, (protocol, _))| is_icmp(protocol));
        self.icmp.extend(found.map(|(at, (_, port))| (row + at, *port)));
        let (found, expected) = (std::mem::take(&mut self.icmp), self.expected);
        for (field, shift) in [(Field::IcmpType, 8), (Field::IcmpCode, 0)] {
            if let Some(typed) = self.typed::<u8>(field) {
                for (at, port) in &found {
                    typed.push((port >> shift) as u8, *at, expected);
                }
            }
        }
        self.cell_bytes += 2 * found.len();
        self.icmp = found;
    }

    /// The sampling rate of each record: its own, its sampler's, or the exporter's.
    fn append_sampling<'a>(
        &mut self,
        origin: &Origin<'_>,
        plan: &Plan,
        records: impl Records<'a>,
        count: usize,
    ) {
        let common = origin.sampling;
        let sampler = plan.sampler.filter(|_| !common.samplers.is_empty());
        let interfaces = [Field::InIf, Field::OutIf].map(|field| {
            let op = plan.ops.iter().filter(|_| !common.interfaces.is_empty()).find(|op| op.field == field);
            op.map(|op| op.place)
        });
        if common.forced || plan.rate.is_none() && sampler.is_none() && interfaces == [None; 2] {
            if common.rate != 0 {
                self.append_rate(common.rate, common.origin, self.rows, count);
            }
            return;
        }
        let rate_of = |at: usize| {
            if let Some(rate) = plan.rate.and_then(|rate| rate.read(|place| records.slice(at, place))) {
                return (rate, SamplingOrigin::Record);
            }
            let known = |place: Option<Place>, rates: &[(u64, u32)]| {
                let id = be_uint(records.slice(at, place?));
                rates.iter().copied().find(|(known, _)| *known == id)
            };
            let [incoming, outgoing] = interfaces;
            let known = known(sampler, common.samplers)
                .or_else(|| known(incoming, common.interfaces))
                .or_else(|| known(outgoing, common.interfaces));
            known.map_or((common.rate, common.origin), |(_, rate)| (rate, SamplingOrigin::Options))
        };
        let mut start = 0;
        while start < count {
            let rate = rate_of(start);
            let end = (start + 1..count).find(|at| rate_of(*at) != rate).unwrap_or(count);
            if rate.0 != 0 {
                self.append_rate(rate.0, rate.1, self.rows + start, end - start);
            }
            start = end;
        }
    }

    pub(crate) fn append_rate(&mut self, rate: u32, origin: SamplingOrigin, row: usize, count: usize) {
        self.shared.sampling.repeat(rate, row, count);
        self.shared.sampling_origin.repeat(origin, row, count);
        self.cell_bytes += 8 * count;
    }

    fn append_extras<'a>(
        &mut self,
        origin: &Origin<'_>,
        plan: &Plan,
        records: impl Records<'a>,
        count: usize,
    ) {
        let described = origin.names.has_applications() && plan.fills(Field::AppId);
        let unwanted = |op: &ExtraOp| op.when == When::UptimeUnknown && origin.uptime != Uptime::Unknown;
        if !described && plan.extras.iter().all(unwanted) {
            return;
        }
        let pair = self.columns.get_disjoint_mut([Field::Extra.index(), Field::AppId.index()]);
        let Ok([Column::Extra(extra), Column::Text(ids)]) = pair else { return };
        for at in 0..count {
            extra.entries(&plan.keys, &plan.extras, |op, out| {
                let bytes = records.slice(at, op.place);
                let wanted = match op.when {
                    When::Always => true,
                    When::Above(limit) => be_uint(bytes) > limit,
                    When::Beside(other) => any_set(bytes) && any_set(records.slice(at, other)),
                    When::BeforeTeardown(event) => be_uint(records.slice(at, event)) != TEARDOWN,
                    When::UptimeUnknown => origin.uptime == Uptime::Unknown,
                };
                match op.format {
                    _ if !wanted => {}
                    Format::List(list) => list.write(out, bytes, origin.templates),
                    format => format.write(out, bytes),
                }
            });
            if described && ids.codes.valid.contains(self.rows + at) {
                let id = ids.codes.values.get(self.rows + at).and_then(|code| ids.text(*code));
                let application = id.and_then(|id| origin.names.application(id));
                for (name, value) in application.map(|found| &*found.attributes).unwrap_or_default() {
                    extra.entry(name, |out| out.push_str(value));
                }
            }
            extra.end_row(self.rows + at);
        }
    }

    /// `time` is the record's end, or its arrival where it has none or the exporter's clock is off.
    pub(crate) fn append_time(&mut self, origin: &Origin<'_>, count: usize) -> Seen {
        let (row, expected, received_ns) = (self.rows, self.expected, whole_ms(origin.received_ns));
        let mut seen = Seen::default();
        let pair = self.columns.get_disjoint_mut([Field::Time.index(), Field::End.index()]);
        let Ok([Column::Time(time), Column::Time(ends)]) = pair else { return seen };
        time.reach(row, expected);
        let ends = ends.values.get(row..row + count).unwrap_or_default();
        if ends.is_empty() {
            time.values.resize(row + count, received_ns);
        } else {
            time.values.extend(ends.iter().map(|end| {
                if end.abs_diff(received_ns) <= CLOCK_LIMIT_NS {
                    seen.newest_end_ns = seen.newest_end_ns.max(*end);
                    return *end;
                }
                // 0 is an end that the exporter does not tell.
                seen.clock_off |= *end != 0;
                received_ns
            }));
            time.values.resize(row + count, received_ns);
        }
        time.valid.mark(row, row + count);
        seen
    }
}

fn any_set(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| *byte != 0)
}
