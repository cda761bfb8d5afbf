//! NetFlow v9 and IPFIX: sets of templates and of records that templates describe.

use weir_batch::{Batches, Origin, Uptime};
use weir_wire::set::{Set, Sets};
use weir_wire::template::{Dialect, FIRST_DATA_ID, Templates};
use weir_wire::{Protocol, ipfix, v9};

use super::{Arrival, Outcome, Reason, Session, Watch, WatchedSet};
use crate::template::Kind;

/// What of a header the records need.
#[derive(Clone, Copy)]
struct Header {
    dialect: Dialect,
    export_ns: i64,
    uptime: Uptime,
    sequence: u32,
}

/// A datagram that is being decoded: what is known of it, and where its records go.
struct InHand<'a, W> {
    arrival: Arrival<'a>,
    header: Header,
    out: &'a mut Batches,
    outcome: Outcome,
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
        exporter.clock_ahead_ns = Some(export_ns - arrival.received_ns);
        exporter.sequence.observe(view.sequence(), 1, Some(uptime_ms));
        let header = Header {
            dialect: Dialect::Netflow9,
            export_ns,
            uptime: Uptime::Header { export_ns, uptime_ms },
            sequence: view.sequence(),
        };
        let outcome = Outcome { protocol: Some(Protocol::Netflow9), ..Outcome::default() };
        let mut datagram = InHand { arrival, header, out, outcome, watch };
        self.walk(at, view.sets(), &mut datagram);
        self.account(at, &datagram.outcome);
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
        exporter.clock_ahead_ns = Some(export_ns - arrival.received_ns);
        let header = Header {
            dialect: Dialect::Ipfix,
            export_ns,
            uptime: exporter.told.boot_ns.map_or(Uptime::Unknown, Uptime::Boot),
            sequence: view.sequence(),
        };
        let outcome = Outcome { protocol: Some(Protocol::Ipfix), ..Outcome::default() };
        let mut datagram = InHand { arrival, header, out, outcome, watch };
        let all_counted = self.walk(at, view.sets(), &mut datagram);
        let mut outcome = datagram.outcome;
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
        self.account(at, &outcome);
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
                Ok(set) if set.id >= FIRST_DATA_ID => {
                    if let Err(reason) = self.data_set(at, set, datagram) {
                        datagram.outcome.problems.add(reason, 1);
                        all_counted = false;
                    }
                }
                Ok(set) if set.id == template_set || set.id == options_template_set => {
                    let options = set.id == options_template_set;
                    self.template_set(at, options, set, datagram);
                }
                Ok(_) => datagram.outcome.problems.add(Reason::SET_ID_RESERVED, 1),
                Err(malformed) => {
                    datagram.outcome.problems.add(Reason::new(malformed.reason), 1);
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
        let exporter = &mut self.exporters[at];
        for template in Templates::new(set.body, dialect, options) {
            let learnt = match template {
                Ok(template) if template.is_withdrawal() => {
                    self.templates.withdraw(exporter, options, template.id);
                    Ok(())
                }
                Ok(template) => self.templates.learn(
                    exporter,
                    &self.limits,
                    dialect,
                    options,
                    template,
                    datagram.arrival.received_ns,
                ),
                Err(malformed) => Err(Reason::new(malformed.reason)),
            };
            if let Err(reason) = learnt {
                datagram.outcome.problems.add(reason, 1);
            }
        }
    }

    fn data_set(
        &mut self,
        at: usize,
        set: Set<'_>,
        datagram: &mut InHand<'_, impl Watch>,
    ) -> Result<(), Reason> {
        let exporter = &mut self.exporters[at];
        let compiled =
            self.templates.find(&exporter.templates, exporter.key, set.id).ok_or(Reason::NO_TEMPLATE)?;
        let announced = &compiled.announced;
        datagram.watch.set(WatchedSet {
            tag: datagram.arrival.tag,
            held: false,
            protocol: exporter.key.protocol,
            dialect: announced.dialect,
            options: announced.options,
            scope_count: announced.scope_count,
            fields: &announced.fields,
            body: set.body,
        });
        let (records, problem) = match &compiled.kind {
            Kind::Flows(plan) => {
                let templates = self.templates.known_to(&exporter.templates, exporter.key);
                let origin = Origin {
                    protocol: exporter.key.protocol,
                    exporter: datagram.arrival.address,
                    exporter_port: datagram.arrival.port,
                    domain_id: exporter.key.domain,
                    received_ns: datagram.arrival.received_ns,
                    export_ns: datagram.header.export_ns,
                    uptime: datagram.header.uptime,
                    sequence: datagram.header.sequence,
                    template_id: set.id,
                    sampling: exporter.told.sampling(),
                    names: &exporter.told.names,
                    templates: Some(&templates),
                };
                let appended = datagram.out.flows.append_set(&origin, plan, set.body);
                datagram.outcome.records += appended.records as u64;
                datagram.outcome.rows += appended.rows as u64;
                (appended.records, appended.problem)
            }
            Kind::Options(plan) => {
                let told = &mut exporter.told;
                let mut names = std::mem::take(&mut told.names);
                let read = plan.read(set.body, &mut self.bases, &mut names, |record| told.note(record));
                told.names = names;
                datagram.outcome.options_records += read.0 as u64;
                read
            }
        };
        match problem {
            Some(reason) => Err(Reason::new(reason)),
            None if records == 0 && set.body.len() > 3 => Err(Reason::SET_WITHOUT_RECORDS),
            None => Ok(()),
        }
    }
}
