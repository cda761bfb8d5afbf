//! From a datagram to rows: finds the exporter, its templates and sampling, decodes, and counts everything.
//!
//! A session belongs to one worker and sees all datagrams of the exporters that are steered to it, so it has no locks.

pub(crate) mod held;
pub(crate) mod reason;
pub(crate) mod sampling;
pub(crate) mod sequence;

mod fixed;
mod guard;
mod memory;
mod names;
mod sflow;
mod templated;
mod watch;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use hashbrown::HashMap;
use weir_batch::Batches;
use weir_wire::{Malformed, Protocol};

use crate::config::SamplingConfig;
use crate::exporter::{Exporter, ExporterKey, ExporterStatus, Stranger};
use crate::scope::Scope;
use crate::template::TemplateStore;
use crate::transport::Transport;
use fixed::FixedPlans;
use guard::Guard;
use held::{HeldSet, HeldSets};
use names::NamesStore;
use sampling::{Configured, ToldStore};

pub use guard::Newcomers;
pub use held::GivenUp;
pub use memory::{Layout, Memory, RememberedApplication, RememberedDomain, RememberedFacts, RememberedNames};
pub use reason::{Reason, Reasons};
pub use sequence::Gaps;
pub use watch::{Unwatched, Watch, WatchedSet};

/// What a session may hold. At a limit, what is new is rejected with a reason; what is known goes on.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Exporters (address, port, domain and protocol).
    pub exporters: usize,
    /// Exporters of one address.
    pub exporters_per_address: usize,
    /// Exporters that were never seen before, a second; ten seconds of it may come at once. 0 is no bound.
    pub new_exporters_per_second: u32,
    /// Addresses of senders whose datagrams could not be read that are kept for show; the counts go on in one entry.
    pub strangers: usize,
    /// Templates of one exporter.
    pub templates_per_exporter: usize,
    /// Fields of one template.
    pub fields_per_template: usize,
    /// Templates of all exporters together, counted once more for each domain; one address gets an eighth at most.
    pub templates: usize,
    /// Memory of all templates, equal ones counted once; one address gets an eighth of it at most.
    pub template_bytes: usize,
    /// A template over UDP that was not announced again for so long is forgotten; 0 is never.
    pub template_timeout_ns: i64,
    /// Memory of data sets that wait for their template.
    pub held_bytes: usize,
    /// The same for one address.
    pub held_bytes_per_address: usize,
    /// How long they wait.
    pub held_ns: i64,
    /// Memory of names of interfaces, VRFs and applications; one domain gets a sixteenth at most.
    pub name_bytes: usize,
    /// An exporter that has been silent for so long is forgotten.
    pub exporter_idle_ns: i64,
}

/// Records of sFlow counters (an interface has two or three) that are remembered to tell how much they grew. One takes
/// about 250 bytes.
const COUNTER_RECORDS: usize = 262_144;

const SECOND_NS: i64 = 1_000_000_000;

impl Default for SessionLimits {
    fn default() -> Self {
        SessionLimits {
            exporters: 32_768,
            exporters_per_address: 16_384,
            new_exporters_per_second: 1_000,
            strangers: 256,
            templates_per_exporter: 1_024,
            fields_per_template: 512,
            templates: 524_288,
            template_bytes: 256 << 20,
            template_timeout_ns: 7 * 24 * 3_600 * SECOND_NS,
            held_bytes: 4 << 20,
            held_bytes_per_address: 512 << 10,
            held_ns: 300 * SECOND_NS,
            name_bytes: 64 << 20,
            exporter_idle_ns: 24 * 3_600 * SECOND_NS,
        }
    }
}

impl SessionLimits {
    /// The part of one of `sessions` that share these limits. Exporters spread unevenly, so that it may take twice its
    /// even share.
    #[must_use]
    pub fn shared_by(self, sessions: usize) -> Self {
        let part = |whole: usize| if sessions < 3 { whole } else { whole * 2 / sessions };
        SessionLimits {
            exporters: part(self.exporters),
            strangers: part(self.strangers),
            templates: part(self.templates),
            template_bytes: part(self.template_bytes),
            held_bytes: part(self.held_bytes),
            name_bytes: part(self.name_bytes),
            ..self
        }
    }
}

/// What became of a datagram.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The protocol, where it could be told.
    pub protocol: Option<Protocol>,
    /// Why the whole datagram was rejected.
    pub rejected: Option<Reason>,
    /// Records decoded.
    pub records: u64,
    /// Rows appended.
    pub rows: u64,
    /// Records of options templates, which are not stored.
    pub options_records: u64,
    /// Rows appended to the table of counters, which are beside the records.
    pub counter_rows: u64,
    /// sFlow counter samples and others that Weir passes over.
    pub ignored_samples: u64,
    /// Sets that are held until their template comes.
    pub held_sets: u64,
    /// Sets that had been held and were decoded now, or found unreadable. Their records are counted above.
    pub decoded_late: u64,
    /// Sets, templates and samples that were rejected inside a datagram that was otherwise taken. Takes no memory
    /// when there are none.
    pub problems: Reasons,
}

impl Outcome {
    /// Adds what became of sets of earlier datagrams.
    fn absorb(&mut self, late: &Outcome) {
        self.records += late.records;
        self.rows += late.rows;
        self.options_records += late.options_records;
        self.counter_rows += late.counter_rows;
        self.decoded_late += late.decoded_late;
        self.problems.merge(&late.problems);
    }
}

/// State of all exporters of one worker.
#[derive(Debug)]
pub struct Session {
    limits: SessionLimits,
    pub(crate) exporters: Vec<Exporter>,
    index: HashMap<ExporterKey, usize>,
    /// The exporter of the last datagram: often also that of the next one.
    last: usize,
    strangers: HashMap<IpAddr, Stranger>,
    /// What connections that are closed have counted, by address.
    closed: HashMap<(IpAddr, Transport), Exporter>,
    fixed: FixedPlans,
    pub(crate) templates: TemplateStore,
    held: HeldSets,
    guard: Guard,
    /// What options records told of each domain, from whichever port.
    told: ToldStore,
    names: NamesStore,
    sampling: Vec<SamplingConfig>,
    /// The latest time that the session was told.
    now_ns: i64,
    /// Field offsets of the options set in hand.
    bases: Vec<u32>,
    /// How many more records of sFlow counters all exporters together may have remembered.
    counter_records: Arc<AtomicUsize>,
}

impl Session {
    /// A session that knows nobody yet.
    pub fn new(limits: SessionLimits) -> Self {
        Session {
            limits,
            exporters: Vec::new(),
            index: HashMap::default(),
            last: 0,
            strangers: HashMap::default(),
            fixed: FixedPlans::new(),
            closed: HashMap::default(),
            templates: TemplateStore::default(),
            held: HeldSets::default(),
            guard: Guard::default(),
            told: ToldStore::default(),
            names: NamesStore::default(),
            sampling: Vec::new(),
            now_ns: i64::MIN,
            bases: Vec::new(),
            counter_records: Arc::new(AtomicUsize::new(COUNTER_RECORDS)),
        }
    }

    /// Takes sampling rates by configuration, for exporters that come from now on.
    #[must_use]
    pub fn with_sampling(mut self, sampling: &[SamplingConfig]) -> Self {
        self.sampling = sampling.to_vec();
        self
    }

    /// Counts new exporters together with other sessions.
    #[must_use]
    pub fn with_newcomers(mut self, newcomers: Newcomers) -> Self {
        self.guard.newcomers = newcomers;
        self
    }

    /// Decodes a datagram into rows and tells what became of it. Never panics, whatever the bytes.
    pub fn datagram(
        &mut self,
        source: SocketAddr,
        received_ns: i64,
        bytes: &[u8],
        out: &mut Batches,
    ) -> Outcome {
        self.watched_datagram(source, received_ns, bytes, 0, out, &mut Unwatched)
    }

    /// The same, and shows `watch` each set as it is decoded. `tag` is the caller's name for this datagram: sets that
    /// have to wait for their template are shown with the tag that they came with.
    pub fn watched_datagram(
        &mut self,
        source: SocketAddr,
        received_ns: i64,
        bytes: &[u8],
        tag: u64,
        out: &mut Batches,
        watch: &mut impl Watch,
    ) -> Outcome {
        let arrival = Arrival::new(source, Transport::Udp, received_ns, bytes, tag);
        match Protocol::detect(bytes) {
            Ok(protocol @ (Protocol::Netflow1 | Protocol::Netflow5 | Protocol::Netflow7)) => {
                self.fixed(protocol, arrival, out)
            }
            Ok(Protocol::Netflow9) => self.netflow9(arrival, out, watch),
            Ok(Protocol::Ipfix) => self.ipfix(arrival, out, watch),
            Ok(Protocol::Sflow5) => self.sflow(arrival, out),
            Err(malformed) => self.reject_stranger(arrival, None, Reason::new(malformed.reason)),
        }
    }

    /// Decodes one IPFIX message of a connection (RFC 7011, section 10.4). `bytes` is the message as its header
    /// delimits it; when the connection ends, call [`Session::close`].
    pub fn stream_message(
        &mut self,
        source: SocketAddr,
        transport: Transport,
        received_ns: i64,
        bytes: &[u8],
        out: &mut Batches,
    ) -> Outcome {
        let arrival = Arrival::new(source, transport, received_ns, bytes, 0);
        match Protocol::detect(bytes) {
            Ok(Protocol::Ipfix) => self.ipfix(arrival, out, &mut Unwatched),
            Ok(other) => self.reject_stranger(arrival, Some(other), Reason::NOT_IPFIX),
            Err(malformed) => self.reject_stranger(arrival, None, Reason::new(malformed.reason)),
        }
    }

    /// Ends a connection: its templates and all state of its domains are gone. What it counted goes to one entry per
    /// address (port 0), so that connections that come and go do not fill the table.
    pub fn close(&mut self, source: SocketAddr, transport: Transport) -> GivenUp {
        let mut given_up = GivenUp::default();
        let (address, port) = (source.ip().to_canonical(), source.port());
        let of_connection =
            |key: &ExporterKey| (key.address, key.port, key.transport) == (address, port, transport);
        while let Some(at) = self.exporters.iter().position(|exporter| of_connection(&exporter.key)) {
            let waiting = self.held.take_of(self.exporters[at].key);
            given_up.sets += self.give_up(&waiting).sets;
            let mut ended = self.exporters.swap_remove(at);
            self.index.remove(&ended.key);
            if let Some(moved) = self.exporters.get(at) {
                self.index.insert(moved.key, at);
            }
            self.last = 0;
            self.guard.leave(address);
            self.templates.release(&mut ended);
            self.told.forget(&Scope::of(ended.key));
            self.names.forget(&Scope::of(ended.key));
            if let Some(closed) = self.closed.get_mut(&(address, transport)) {
                closed.absorb(&ended);
            } else {
                ended.key = ExporterKey { port: 0, domain: 0, ..ended.key };
                self.closed.insert((address, transport), ended);
            }
        }
        given_up
    }

    /// What is known of each exporter, in no order. Costs a copy: meant for a few times a second.
    pub fn exporters(&self) -> Vec<ExporterStatus> {
        let strangers = self.strangers.iter().map(|(address, stranger)| stranger.status(*address));
        self.exporters
            .iter()
            .chain(self.closed.values())
            .map(|exporter| exporter.status(self.now_ns))
            .chain(strangers)
            .collect()
    }

    /// Forgets exporters that have been silent for long, templates that were not announced again, and sets whose
    /// template did not come. Meant for several times a minute.
    pub fn housekeeping(&mut self, now_ns: i64) -> GivenUp {
        self.now_ns = self.now_ns.max(now_ns);
        let waiting = self.held.take_older(now_ns.saturating_sub(self.limits.held_ns));
        let given_up = self.give_up(&waiting);
        let oldest = now_ns.saturating_sub(self.limits.exporter_idle_ns);
        self.strangers.retain(|_, stranger| stranger.last_seen_ns >= oldest);
        self.closed.retain(|_, closed| closed.last_seen_ns >= oldest);
        let gone: Vec<Exporter> =
            self.exporters.extract_if(.., |exporter| exporter.last_seen_ns < oldest).collect();
        if !gone.is_empty() {
            self.index = self.exporters.iter().enumerate().map(|(at, exporter)| (exporter.key, at)).collect();
            self.last = 0;
        }
        for mut exporter in gone {
            self.guard.leave(exporter.key.address);
            self.templates.release(&mut exporter);
            if exporter.key.transport.is_stream() {
                self.names.forget(&Scope::of(exporter.key));
            }
        }
        if self.limits.template_timeout_ns > 0 {
            let oldest = now_ns.saturating_sub(self.limits.template_timeout_ns);
            self.templates.expire(&mut self.exporters, oldest);
            self.told.expire(oldest);
            self.names.expire(oldest);
        }
        given_up
    }

    /// Gives up every set that still waits for its template: nothing more will come.
    pub fn give_up_held(&mut self) -> GivenUp {
        let waiting = self.held.take_older(i64::MAX);
        self.give_up(&waiting)
    }

    fn give_up(&mut self, waiting: &[HeldSet]) -> GivenUp {
        for set in waiting {
            let Some(at) = self.index.get(&set.exporter) else { continue };
            let exporter = &mut self.exporters[*at];
            exporter.held.discharge(set);
            exporter.problems.add(Reason::NO_TEMPLATE, 1);
            exporter.health.fail(Reason::NO_TEMPLATE, set.received_ns, &set.body);
        }
        GivenUp { sets: waiting.len() as u64 }
    }

    /// The exporter of a datagram, or why there is no room for a new one.
    fn exporter(&mut self, key: ExporterKey, now_ns: i64) -> Result<usize, Reason> {
        if self.exporters.get(self.last).is_some_and(|exporter| exporter.key == key) {
            return Ok(self.last);
        }
        if let Some(at) = self.index.get(&key) {
            self.last = *at;
            return Ok(*at);
        }
        let known = self.templates.of_domain(&Scope::of(key)).is_some();
        self.guard.admit(key.address, known, now_ns, self.exporters.len(), &self.limits)?;
        let at = self.exporters.len();
        let configured = Configured::of(key.address, &self.sampling);
        self.exporters.push(Exporter { configured, ..Exporter::new(key, now_ns) });
        self.index.insert(key, at);
        self.last = at;
        Ok(at)
    }

    /// Finds the exporter and counts the arrival, or rejects the datagram.
    fn arrive(&mut self, arrival: Arrival<'_>, protocol: Protocol, domain: u32) -> Result<usize, Outcome> {
        let key = ExporterKey {
            address: arrival.address,
            port: arrival.port,
            domain,
            protocol,
            transport: arrival.transport,
        };
        match self.exporter(key, arrival.received_ns) {
            Ok(at) => {
                self.now_ns = self.now_ns.max(arrival.received_ns);
                self.exporters[at].arrive(arrival.received_ns, arrival.bytes.len());
                Ok(at)
            }
            Err(reason) => Err(self.reject_stranger(arrival, Some(protocol), reason)),
        }
    }

    /// Rejects a datagram of an exporter whose header could be read.
    fn reject(
        &mut self,
        arrival: Arrival<'_>,
        protocol: Protocol,
        domain: Option<u32>,
        malformed: Malformed,
    ) -> Outcome {
        let reason = Reason::new(malformed.reason);
        let Some(domain) = domain else { return self.reject_stranger(arrival, Some(protocol), reason) };
        match self.arrive(arrival, protocol, domain) {
            Ok(at) => {
                let exporter = &mut self.exporters[at];
                exporter.rejected.add(reason, 1);
                exporter.health.fail(reason, arrival.received_ns, arrival.bytes);
                Outcome { protocol: Some(protocol), rejected: Some(reason), ..Outcome::default() }
            }
            Err(outcome) => outcome,
        }
    }

    fn reject_stranger(
        &mut self,
        arrival: Arrival<'_>,
        protocol: Option<Protocol>,
        reason: Reason,
    ) -> Outcome {
        let known = self.strangers.contains_key(&arrival.address);
        let address = if known || self.strangers.len() < self.limits.strangers {
            arrival.address
        } else {
            // One more entry stands for all the rest.
            IpAddr::from([0; 4])
        };
        self.strangers.entry(address).or_insert_with(|| Stranger::new(arrival.received_ns)).reject(
            arrival.port,
            arrival.received_ns,
            arrival.bytes,
            reason,
        );
        Outcome { protocol, rejected: Some(reason), ..Outcome::default() }
    }

    /// Books what a datagram gave.
    fn account(&mut self, at: usize, outcome: &Outcome, received_ns: i64) {
        let exporter = &mut self.exporters[at];
        exporter.health.count(outcome.records, 0, received_ns);
        exporter.records += outcome.records;
        exporter.rows += outcome.rows;
        exporter.options_records += outcome.options_records;
        exporter.counter_rows += outcome.counter_rows;
        exporter.ignored_samples += outcome.ignored_samples;
        let told = exporter.told.sampling();
        if told.rate != 0 {
            let sampling = Configured::or(exporter.configured, told);
            exporter.sampling = Some((sampling.rate, sampling.origin.name()));
        }
        if !outcome.problems.is_empty() {
            exporter.problems.merge(&outcome.problems);
        }
    }
}

/// A datagram or message and how it came.
#[derive(Debug, Clone, Copy)]
struct Arrival<'a> {
    address: IpAddr,
    port: u16,
    transport: Transport,
    received_ns: i64,
    bytes: &'a [u8],
    tag: u64,
}

impl<'a> Arrival<'a> {
    fn new(source: SocketAddr, transport: Transport, received_ns: i64, bytes: &'a [u8], tag: u64) -> Self {
        Arrival {
            address: source.ip().to_canonical(),
            port: source.port(),
            transport,
            received_ns,
            bytes,
            tag,
        }
    }
}

#[cfg(test)]
mod health_tests;
#[cfg(test)]
mod holding_tests;
#[cfg(test)]
mod template_tests;
#[cfg(test)]
mod tests;
