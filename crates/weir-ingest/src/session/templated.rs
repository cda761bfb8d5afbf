//! NetFlow v9 and IPFIX: sets of templates and of records that templates describe.

use weir_batch::{Batches, Names, Origin, Sampling, Uptime};
use weir_wire::set::{Set, Sets};
use weir_wire::template::{Dialect, FIRST_DATA_ID, Templates};
use weir_wire::{Protocol, ipfix, v9};

use super::held::HeldSet;
use super::sampling::{Configured, Told, ToldStore};
use super::{Arrival, Outcome, Reason, Session, Watch, WatchedSet};
use crate::distinct::Kind;
use crate::exporter::{Exporter, ExporterKey};
use crate::scope::Scope;

/// What of a header the records need.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    dialect: Dialect,
    export_ns: i64,
    uptime: Uptime,
    sequence: u32,
}

/// A set of records and what its datagram said.
#[derive(Debug, Clone, Copy)]
struct DataSet<'a> {
    template: u16,
    body: &'a [u8],
    received_ns: i64,
    tag: u64,
    header: Header,
    /// Whether it had to wait for its template.
    held: bool,
}

/// A datagram that is being decoded: what is known of it, and where its records go.
struct InHand<'a, W> {
    arrival: Arrival<'a>,
    header: Header,
    out: &'a mut Batches,
    outcome: Outcome,
    /// What became of sets of earlier datagrams whose template came with this one.
    late: Outcome,
    watch: &'a mut W,
}

impl Session {
    pub(super) fn netflow9(
        &mut self,
        arrival: Arrival<'_>,
        out: &mut Batches,
        watch: &mut impl Watch,
    ) -> Outcome {
        let view = match v9::Datagram::parse(arrival.bytes) {
            Ok(view) => view,
            Err(malformed) => return self.reject(arrival, Protocol::Netflow9, None, malformed),
        };
        let at = match self.arrive(arrival, Protocol::Netflow9, view.source_id()) {
            Ok(at) => at,
            Err(outcome) => return outcome,
        };
        let export_ns = i64::from(view.unix_secs()) * 1_000_000_000;
        let uptime_ms = view.sys_uptime_ms();
        let exporter = &mut self.exporters[at];
        exporter.health.clock(export_ns, arrival.received_ns);
        exporter.sequence.observe(view.sequence(), 1, Some(uptime_ms));
        let header = Header {
            dialect: Dialect::Netflow9,
            export_ns,
            uptime: Uptime::Header { export_ns, uptime_ms },
            sequence: view.sequence(),
        };
        let outcome = Outcome { protocol: Some(Protocol::Netflow9), ..Outcome::default() };
        let mut datagram = InHand { arrival, header, out, outcome, late: Outcome::default(), watch };
        self.walk(at, view.sets(), &mut datagram);
        self.account(at, &datagram.outcome, arrival.received_ns);
        datagram.outcome.absorb(&datagram.late);
        datagram.outcome
    }

    pub(super) fn ipfix(
        &mut self,
        arrival: Arrival<'_>,
        out: &mut Batches,
        watch: &mut impl Watch,
    ) -> Outcome {
        let view = match ipfix::Message::parse(arrival.bytes) {
            Ok(view) => view,
            Err(malformed) => {
                let domain = ipfix::domain_of(arrival.bytes);
                return self.reject(arrival, Protocol::Ipfix, domain, malformed);
            }
        };
        let at = match self.arrive(arrival, Protocol::Ipfix, view.domain_id()) {
            Ok(at) => at,
            Err(outcome) => return outcome,
        };
        let export_ns = i64::from(view.export_time()) * 1_000_000_000;
        let exporter = &mut self.exporters[at];
        exporter.health.clock(export_ns, arrival.received_ns);
        let header =
            Header { dialect: Dialect::Ipfix, export_ns, uptime: Uptime::Unknown, sequence: view.sequence() };
        let outcome = Outcome { protocol: Some(Protocol::Ipfix), ..Outcome::default() };
        let mut datagram = InHand { arrival, header, out, outcome, late: Outcome::default(), watch };
        let all_counted = self.walk(at, view.sets(), &mut datagram);
        let InHand { mut outcome, late, .. } = datagram;
        if view.trailing() > 0 {
            outcome.problems.add(Reason::TRAILING_BYTES, 1);
        }
        // The sequence number counts data records before this message (RFC 7011, section 3.1).
        let records = (outcome.records + outcome.options_records) as u32;
        let sequence = &mut self.exporters[at].sequence;
        sequence.observe(view.sequence(), records, None);
        if !all_counted {
            sequence.forget();
        }
        self.account(at, &outcome, arrival.received_ns);
        outcome.absorb(&late);
        outcome
    }

    /// Walks the sets of a datagram. Tells whether all records were counted.
    fn walk(&mut self, at: usize, sets: Sets<'_>, datagram: &mut InHand<'_, impl Watch>) -> bool {
        let (template_set, options_template_set) = match datagram.header.dialect {
            Dialect::Netflow9 => (v9::TEMPLATE_SET, v9::OPTIONS_TEMPLATE_SET),
            Dialect::Ipfix => (ipfix::TEMPLATE_SET, ipfix::OPTIONS_TEMPLATE_SET),
        };
        let mut all_counted = true;
        for set in sets {
            match set {
                Ok(set) if set.id >= FIRST_DATA_ID => all_counted &= self.data_set(at, set, datagram),
                Ok(set) if set.id == template_set || set.id == options_template_set => {
                    let options = set.id == options_template_set;
                    self.template_set(at, options, set, datagram);
                }
                Ok(set) => self.fail(at, Reason::SET_ID_RESERVED, set.body, datagram),
                Err(malformed) => {
                    let bytes = datagram.arrival.bytes.get(malformed.offset as usize..).unwrap_or_default();
                    self.fail(at, Reason::new(malformed.reason), bytes, datagram);
                    all_counted = false;
                }
            }
        }
        all_counted
    }

    /// A bad template ends its set; the templates before it and the sets after it still count.
    fn template_set(
        &mut self,
        at: usize,
        options: bool,
        set: Set<'_>,
        datagram: &mut InHand<'_, impl Watch>,
    ) {
        let dialect = datagram.header.dialect;
        let now_ns = datagram.arrival.received_ns;
        for template in Templates::new(set.body, dialect, options) {
            let exporter = &mut self.exporters[at];
            match template {
                Ok(template) if template.is_withdrawal() => {
                    self.templates.withdraw(exporter, options, template.id, now_ns);
                }
                Ok(template) => {
                    let learnt =
                        self.templates.learn(exporter, &self.limits, dialect, options, template, now_ns);
                    match learnt {
                        Ok(()) => self.decode_held(at, template.id, datagram),
                        Err(reason) => self.fail(at, reason, set.body, datagram),
                    }
                }
                Err(malformed) => {
                    let bytes = set.body.get(malformed.offset as usize..).unwrap_or_default();
                    self.fail(at, Reason::new(malformed.reason), bytes, datagram);
                }
            }
        }
    }

    /// Counts a problem and keeps the start of what it is about.
    fn fail(&mut self, at: usize, reason: Reason, bytes: &[u8], datagram: &mut InHand<'_, impl Watch>) {
        datagram.outcome.problems.add(reason, 1);
        self.exporters[at].health.fail(reason, datagram.arrival.received_ns, bytes);
    }

    /// Decodes the sets that waited for a template, each with what its own datagram said.
    fn decode_held(&mut self, at: usize, template: u16, datagram: &mut InHand<'_, impl Watch>) {
        if self.held.is_empty() {
            return;
        }
        for held in self.held.take(Scope::of(self.exporters[at].key), template) {
            let mut outcome = Outcome { decoded_late: 1, ..Outcome::default() };
            let set = DataSet {
                template,
                body: &held.body,
                received_ns: held.received_ns,
                tag: held.tag,
                header: held.header,
                held: true,
            };
            // It waited as long as its exporter is known.
            let Some(at) = self.index.get(&held.exporter).copied() else { continue };
            self.exporters[at].held.discharge(&held);
            if let Err(reason) = self.decode(at, set, datagram.out, datagram.watch, &mut outcome) {
                outcome.problems.add(reason, 1);
                self.exporters[at].health.fail(reason, held.received_ns, &held.body);
            }
            // What it brought in bytes was counted when it came.
            self.account(at, &outcome, datagram.arrival.received_ns);
            datagram.late.absorb(&outcome);
        }
    }

    /// Decodes a set, or holds it until its template comes. Tells whether its records were counted.
    fn data_set(&mut self, at: usize, set: Set<'_>, datagram: &mut InHand<'_, impl Watch>) -> bool {
        let data_set = DataSet {
            template: set.id,
            body: set.body,
            received_ns: datagram.arrival.received_ns,
            tag: datagram.arrival.tag,
            header: datagram.header,
            held: false,
        };
        match self.decode(at, data_set, datagram.out, datagram.watch, &mut datagram.outcome) {
            Ok(()) => true,
            Err(Reason::NO_TEMPLATE) if self.hold(at, data_set) => {
                datagram.outcome.held_sets += 1;
                false
            }
            Err(reason) => {
                self.fail(at, reason, set.body, datagram);
                false
            }
        }
    }

    /// Keeps a set for later, where there is room.
    fn hold(&mut self, at: usize, set: DataSet<'_>) -> bool {
        let exporter = &mut self.exporters[at];
        let address = exporter.key.address;
        if !self.held.has_room(address, set.body.len(), &self.limits) {
            return false;
        }
        let held = HeldSet {
            exporter: exporter.key,
            received_ns: set.received_ns,
            tag: set.tag,
            header: set.header,
            body: set.body.into(),
        };
        exporter.held.charge(&held);
        self.held.hold(set.template, held);
        true
    }

    fn decode(
        &mut self,
        at: usize,
        set: DataSet<'_>,
        out: &mut Batches,
        watch: &mut impl Watch,
        outcome: &mut Outcome,
    ) -> Result<(), Reason> {
        let exporter = &mut self.exporters[at];
        let found = self.templates.find(&exporter.templates, exporter.key, set.template);
        let found = found.ok_or(Reason::NO_TEMPLATE)?;
        self.templates.compile(found, &self.limits)?;
        let (announced, kind) = self.templates.compiled(found).ok_or(Reason::NO_TEMPLATE)?;
        watch.set(WatchedSet {
            tag: set.tag,
            held: set.held,
            protocol: exporter.key.protocol,
            dialect: announced.dialect,
            options: announced.options,
            scope_count: announced.scope_count,
            fields: &announced.fields,
            body: set.body,
        });
        let mut doubt = None;
        let (count, problem) = match kind {
            Kind::Flows(plan) => {
                let scope = Scope::of(exporter.key);
                let lists = self.templates.view(&exporter.templates, exporter.key);
                let told = told_of(&self.told, exporter, &scope);
                let samplers =
                    if told.is_empty() { self.told.samplers_beside(&scope) } else { told.sampling() };
                let origin = Origin {
                    names: self.names.of(&scope),
                    templates: Some(&lists),
                    sampling: Configured::or(exporter.configured, samplers),
                    ..set.origin(exporter.key, told)
                };
                let appended = out.flows.append_set(&origin, plan, set.body);
                outcome.records += appended.records as u64;
                outcome.rows += appended.rows as u64;
                let sampling = origin.sampling;
                doubt = appended.doubt.map(Reason::new);
                exporter.appended(&appended, sampling.rate, sampling.origin, set.received_ns);
                (appended.records, appended.problem)
            }
            Kind::Options(plan) => {
                if plan.has_statistics() {
                    let scope = Scope::of(exporter.key);
                    let told = told_of(&self.told, exporter, &scope);
                    let origin = set.origin(exporter.key, told);
                    outcome.counter_rows += out.counters.append_statistics(&origin, plan, set.body) as u64;
                }
                let bases = &mut self.bases;
                let (told, known) = (&mut exporter.told, &mut self.told);
                let scope = Scope::of(exporter.key);
                let mut news = false;
                let read = self.names.learn(scope, set.body.len(), set.received_ns, &self.limits, |names| {
                    plan.read(set.body, bases, names, |record| news |= told.note(record, set.received_ns))
                });
                outcome.options_records += read.0 as u64;
                known.learn(scope, told, news, self.limits.exporters);
                read
            }
        };
        let (key, own) = (exporter.key, &mut exporter.templates);
        self.templates.note_use(own, key, set.template, (count as u64, doubt), set.received_ns);
        match problem {
            Some(reason) => Err(Reason::new(reason)),
            None if count == 0 && set.body.len() > 3 => Err(Reason::SET_WITHOUT_RECORDS),
            None => Ok(()),
        }
    }
}

/// What options records told of an exporter: by its own port first, else by another one of its domain, before a restart
/// perhaps.
fn told_of<'a>(known: &'a ToldStore, exporter: &'a Exporter, scope: &Scope) -> &'a Told {
    if exporter.told.is_empty() { known.of(scope).unwrap_or(&exporter.told) } else { &exporter.told }
}

impl DataSet<'_> {
    fn origin(self, exporter: ExporterKey, told: &Told) -> Origin<'static> {
        let uptime = match self.header.uptime {
            Uptime::Unknown => told.boot_ns.map_or(Uptime::Unknown, Uptime::Boot),
            known => known,
        };
        Origin {
            protocol: exporter.protocol,
            exporter: exporter.address,
            exporter_port: exporter.port,
            domain_id: exporter.domain,
            received_ns: self.received_ns,
            export_ns: self.header.export_ns,
            uptime,
            sequence: self.header.sequence,
            template_id: self.template,
            sampling: Sampling::default(),
            names: Names::none(),
            templates: None,
        }
    }
}
