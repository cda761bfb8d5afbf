//! From a datagram to rows: finds the exporter, its templates and sampling, decodes, and counts everything.
//!
//! A session belongs to one worker and sees all datagrams of the exporters that are steered to it, so it has no locks.

pub(crate) mod reason;
pub(crate) mod sampling;
pub(crate) mod sequence;

mod fixed;
mod sflow;
mod templated;
mod watch;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use hashbrown::HashMap;
use weir_batch::Batches;
use weir_wire::{Malformed, Protocol};

use crate::exporter::{Exporter, ExporterKey, ExporterStatus, Stranger};
use crate::template::TemplateStore;
use crate::transport::Transport;
use fixed::FixedPlans;

pub use reason::{Reason, Reasons};
pub use sequence::Gaps;
pub use watch::{Unwatched, Watch, WatchedSet};

/// What a session may hold. At a limit, what is new is rejected with a reason; what is known goes on.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Exporters (address, port, domain and protocol).
    pub exporters: usize,
    /// Addresses of senders whose datagrams could not be read that are kept for show; the counts go on in one entry.
    pub strangers: usize,
    /// Templates of one exporter.
    pub templates_per_exporter: usize,
    /// Fields of one template.
    pub fields_per_template: usize,
    /// Templates of all domains together.
    pub templates: usize,
    /// Memory of all templates; one exporter gets an eighth of it at most.
    pub template_bytes: usize,
    /// An exporter that has been silent for so long is forgotten.
    pub exporter_idle_ns: i64,
}

/// Records of sFlow counters (an interface has two or three) that are remembered to tell how much they grew. One takes
/// about 250 bytes.
const COUNTER_RECORDS: usize = 262_144;

impl Default for SessionLimits {
    fn default() -> Self {
        SessionLimits {
            exporters: 32_768,
            strangers: 256,
            templates_per_exporter: 1_024,
            fields_per_template: 512,
            templates: 131_072,
            template_bytes: 64 << 20,
            exporter_idle_ns: 24 * 3_600 * 1_000_000_000,
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
    /// sFlow counter samples and others that Weir passes over.
    pub ignored_samples: u64,
    /// Sets, templates and samples that were rejected inside a datagram that was otherwise taken. Takes no memory
    /// when there are none.
    pub problems: Reasons,
}

/// State of all exporters of one worker.
#[derive(Debug)]
pub struct Session {
    limits: SessionLimits,
    exporters: Vec<Exporter>,
    index: HashMap<ExporterKey, usize>,
    /// The exporter of the last datagram: often also that of the next one.
    last: usize,
    strangers: HashMap<IpAddr, Stranger>,
    /// What connections that are closed have counted, by address.
    closed: HashMap<(IpAddr, Transport), Exporter>,
    fixed: FixedPlans,
    templates: TemplateStore,
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
            bases: Vec::new(),
            counter_records: Arc::new(AtomicUsize::new(COUNTER_RECORDS)),
        }
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
    pub fn close(&mut self, source: SocketAddr, transport: Transport) {
        let (address, port) = (source.ip().to_canonical(), source.port());
        let of_connection =
            |key: &ExporterKey| (key.address, key.port, key.transport) == (address, port, transport);
        while let Some(at) = self.exporters.iter().position(|exporter| of_connection(&exporter.key)) {
            let mut ended = self.remove(at);
            self.templates.release(&mut ended);
            if let Some(closed) = self.closed.get_mut(&(address, transport)) {
                closed.absorb(&ended);
            } else {
                ended.key = ExporterKey { port: 0, domain: 0, ..ended.key };
                self.closed.insert((address, transport), ended);
            }
        }
    }

    /// What is known of each exporter, in no order. Costs a copy: meant for a few times a second.
    pub fn exporters(&self) -> Vec<ExporterStatus> {
        let strangers = self.strangers.iter().map(|(address, stranger)| stranger.status(*address));
        self.exporters.iter().chain(self.closed.values()).map(Exporter::status).chain(strangers).collect()
    }

    /// Forgets exporters that have been silent for long. Meant for about once a minute.
    pub fn housekeeping(&mut self, now_ns: i64) {
        let oldest = now_ns.saturating_sub(self.limits.exporter_idle_ns);
        self.strangers.retain(|_, stranger| stranger.last_seen_ns >= oldest);
        let before = self.exporters.len();
        self.exporters.retain(|exporter| exporter.last_seen_ns >= oldest);
        if self.exporters.len() != before {
            self.reindex();
        }
        self.closed.retain(|_, closed| closed.last_seen_ns >= oldest);
        self.templates.expire(oldest);
    }

    fn remove(&mut self, at: usize) -> Exporter {
        let gone = self.exporters.swap_remove(at);
        self.index.remove(&gone.key);
        if let Some(moved) = self.exporters.get(at) {
            self.index.insert(moved.key, at);
        }
        self.last = 0;
        gone
    }

    fn reindex(&mut self) {
        self.index = self.exporters.iter().enumerate().map(|(at, exporter)| (exporter.key, at)).collect();
        self.last = 0;
    }

    /// The exporter of a datagram; `None` when there is no room for a new one.
    fn exporter(&mut self, key: ExporterKey, now_ns: i64) -> Option<usize> {
        if self.exporters.get(self.last).is_some_and(|exporter| exporter.key == key) {
            return Some(self.last);
        }
        if let Some(at) = self.index.get(&key) {
            self.last = *at;
            return Some(*at);
        }
        if self.exporters.len() >= self.limits.exporters {
            return None;
        }
        let at = self.exporters.len();
        self.exporters.push(Exporter::new(key, now_ns));
        self.index.insert(key, at);
        self.last = at;
        Some(at)
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
            Some(at) => {
                self.exporters[at].arrive(arrival.received_ns, arrival.bytes.len());
                Ok(at)
            }
            None => Err(self.reject_stranger(arrival, Some(protocol), Reason::EXPORTERS_FULL)),
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
                self.exporters[at].rejected.add(reason, 1);
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
            arrival.bytes.len(),
            reason,
        );
        Outcome { protocol, rejected: Some(reason), ..Outcome::default() }
    }

    /// Books what a datagram gave.
    fn account(&mut self, at: usize, outcome: &Outcome) {
        let exporter = &mut self.exporters[at];
        exporter.records += outcome.records;
        exporter.rows += outcome.rows;
        exporter.options_records += outcome.options_records;
        exporter.ignored_samples += outcome.ignored_samples;
        let told = exporter.told.sampling();
        if told.rate != 0 {
            exporter.sampling = Some((told.rate, told.origin.name()));
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
mod tests;
