//! What is known of each exporter: counters, sequence, templates, sampling.

use std::net::IpAddr;

use serde::Serialize;
use weir_batch::{CounterMemory, SamplingOrigin, SetOutcome};
use weir_wire::Protocol;

use crate::health::{Health, LastError};
use crate::session::held::Holding;
use crate::session::sampling::{Configured, Told};
use crate::session::sequence::Sequence;
use crate::session::{Gaps, Reason, Reasons};
use crate::template::Templates;
use crate::transport::Transport;

/// One exporter's domain on one port: the unit of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ExporterKey {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) domain: u32,
    pub(crate) protocol: Protocol,
    pub(crate) transport: Transport,
}

/// Counters and state of an exporter.
#[derive(Debug)]
pub(crate) struct Exporter {
    pub(crate) key: ExporterKey,
    pub(crate) datagrams: u64,
    pub(crate) records: u64,
    pub(crate) rows: u64,
    pub(crate) options_records: u64,
    pub(crate) counter_rows: u64,
    pub(crate) ignored_samples: u64,
    pub(crate) bytes: u64,
    pub(crate) first_seen_ns: i64,
    pub(crate) last_seen_ns: i64,
    pub(crate) health: Health,
    pub(crate) events: u64,
    pub(crate) sequence: Sequence,
    pub(crate) sampling: Option<(u32, &'static str)>,
    pub(crate) told: Told,
    /// The sampling rate that the configuration gives it.
    pub(crate) configured: Option<Configured>,
    pub(crate) counters: Option<Box<CounterMemory>>,
    pub(crate) templates: Templates,
    pub(crate) templates_changed_ns: Option<i64>,
    pub(crate) held: Holding,
    pub(crate) rejected: Reasons,
    pub(crate) problems: Reasons,
    pub(crate) doubts: Reasons,
    pub(crate) clock_off: u64,
}

impl Exporter {
    pub(crate) fn new(key: ExporterKey, now_ns: i64) -> Self {
        Exporter {
            key,
            datagrams: 0,
            records: 0,
            rows: 0,
            options_records: 0,
            counter_rows: 0,
            ignored_samples: 0,
            bytes: 0,
            first_seen_ns: now_ns,
            last_seen_ns: now_ns,
            health: Health::default(),
            events: 0,
            sequence: Sequence::new(key.protocol),
            sampling: None,
            told: Told::default(),
            configured: None,
            counters: None,
            templates: Templates::default(),
            templates_changed_ns: None,
            held: Holding::default(),
            rejected: Reasons::default(),
            problems: Reasons::default(),
            doubts: Reasons::default(),
            clock_off: 0,
        }
    }

    /// Counts a datagram that came in.
    pub(crate) fn arrive(&mut self, now_ns: i64, bytes: usize) {
        self.datagrams += 1;
        self.bytes += bytes as u64;
        self.health.count(0, bytes as u64, now_ns);
        self.last_seen_ns = self.last_seen_ns.max(now_ns);
    }

    /// Takes note of what a set gave.
    pub(crate) fn appended(&mut self, set: &SetOutcome, rate: u32, origin: SamplingOrigin, received_ns: i64) {
        self.events += set.events as u64;
        self.health.newest_end(set.newest_end_ns, received_ns);
        if rate != 0 {
            self.sampling = Some((rate, origin.name()));
        }
        self.clock_off += u64::from(set.clock_off);
        if let Some(doubt) = set.doubt {
            self.doubts.add(Reason::new(doubt), 1);
        }
    }

    /// Adds what another one, whose connection is closed, has counted.
    pub(crate) fn absorb(&mut self, ended: &Exporter) {
        self.events += ended.events;
        self.datagrams += ended.datagrams;
        self.records += ended.records;
        self.rows += ended.rows;
        self.options_records += ended.options_records;
        self.counter_rows += ended.counter_rows;
        self.ignored_samples += ended.ignored_samples;
        self.bytes += ended.bytes;
        self.first_seen_ns = self.first_seen_ns.min(ended.first_seen_ns);
        self.last_seen_ns = self.last_seen_ns.max(ended.last_seen_ns);
        self.rejected.merge(&ended.rejected);
        self.problems.merge(&ended.problems);
        self.doubts.merge(&ended.doubts);
        self.clock_off += ended.clock_off;
        self.sequence.absorb(&ended.sequence);
    }

    pub(crate) fn status(&self, now_ns: i64) -> ExporterStatus {
        let (records_per_second, bytes_per_second) = self.health.rates(now_ns);
        ExporterStatus {
            exporter: self.key.address,
            port: self.key.port,
            domain: self.key.domain,
            protocol: self.key.protocol.name(),
            transport: self.key.transport.name(),
            datagrams: self.datagrams,
            records: self.records,
            rows: self.rows,
            options_records: self.options_records,
            counter_rows: self.counter_rows,
            ignored_samples: self.ignored_samples,
            bytes: self.bytes,
            first_seen_ns: self.first_seen_ns,
            last_seen_ns: self.last_seen_ns,
            clock_ahead_ms: self.health.skew_ms(),
            delay_ms: self.health.delay_ms(),
            records_per_second,
            bytes_per_second,
            kinds: Kinds {
                flow: self.records - self.events,
                event: self.events,
                counters: self.counter_rows,
                options: self.options_records,
            },
            last_error: self.health.last_error(),
            gaps: Some(self.sequence.gaps(self.datagrams, self.records)),
            sampling: self.sampling.map(|(rate, _)| rate),
            sampling_origin: self.sampling.map(|(_, origin)| origin),
            templates: self.templates.len(),
            templates_changed_ns: self.templates_changed_ns,
            held_sets: self.held.sets,
            held_bytes: self.held.bytes,
            rejected: self.rejected.clone(),
            problems: self.problems.clone(),
            doubts: self.doubts.clone(),
            clock_off: self.clock_off,
        }
    }
}

/// Records by what they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Kinds {
    /// Flow records.
    pub flow: u64,
    /// Events of firewalls and translators, and discarded packets.
    pub event: u64,
    /// Rows of the table of counters.
    pub counters: u64,
    /// Records of options templates.
    pub options: u64,
}

/// What the API tells of an exporter.
#[derive(Debug, Clone, Serialize)]
pub struct ExporterStatus {
    /// Its address (sFlow: its agent address).
    pub exporter: IpAddr,
    /// The port that it sends from.
    pub port: u16,
    /// Observation domain within the exporter.
    pub domain: u32,
    /// Export protocol; `unknown` for a sender of datagrams that cannot be read.
    pub protocol: &'static str,
    /// `udp`, `tcp` or `tls`. A connection that is closed adds its counts to an entry with port 0.
    pub transport: &'static str,
    /// Datagrams that came, rejected ones included.
    pub datagrams: u64,
    /// Records decoded.
    pub records: u64,
    /// Rows made of them.
    pub rows: u64,
    /// Records of options templates: they describe the exporter and are not stored as flows.
    pub options_records: u64,
    /// Rows in the table of counters: statistics of the exporter and counters of its interfaces.
    pub counter_rows: u64,
    /// sFlow counter samples and others that Weir passes over.
    pub ignored_samples: u64,
    /// Bytes of its datagrams.
    pub bytes: u64,
    /// When its first datagram came, nanoseconds since 1970.
    pub first_seen_ns: i64,
    /// When its last datagram came.
    pub last_seen_ns: i64,
    /// How far its clock is ahead of Weir's: the median of its last export times.
    pub clock_ahead_ms: Option<i64>,
    /// How long after the end of its newest records they arrive, smoothed.
    pub delay_ms: Option<i64>,
    /// Records a second over the last minute.
    pub records_per_second: f64,
    /// Bytes of datagrams a second over the last minute.
    pub bytes_per_second: f64,
    /// What its records were.
    pub kinds: Kinds,
    /// The last thing that could not be read.
    pub last_error: Option<LastError>,
    /// What is missing from its sequence numbers.
    pub gaps: Option<Gaps>,
    /// The sampling rate that it told last.
    pub sampling: Option<u32>,
    /// Where the rate came from.
    pub sampling_origin: Option<&'static str>,
    /// Templates that it has announced.
    pub templates: usize,
    /// When one of them was last new, changed or withdrawn.
    pub templates_changed_ns: Option<i64>,
    /// Sets of records that wait for their template.
    pub held_sets: u64,
    /// Memory that they take.
    pub held_bytes: u64,
    /// Datagrams rejected as a whole, by reason.
    pub rejected: Reasons,
    /// Sets, templates and samples rejected inside datagrams that were otherwise taken, by reason.
    pub problems: Reasons,
    /// Sets that were decoded although their template does not seem to fit, by what is odd.
    pub doubts: Reasons,
    /// Sets with times so far from their arrival that the arrival counts: the exporter's clock is off.
    pub clock_off: u64,
}

/// A sender of datagrams that no protocol could read.
#[derive(Debug)]
pub(crate) struct Stranger {
    pub(crate) datagrams: u64,
    pub(crate) bytes: u64,
    pub(crate) port: u16,
    pub(crate) first_seen_ns: i64,
    pub(crate) last_seen_ns: i64,
    pub(crate) rejected: Reasons,
    pub(crate) health: Health,
}

impl Stranger {
    pub(crate) fn new(now_ns: i64) -> Self {
        Stranger {
            datagrams: 0,
            bytes: 0,
            port: 0,
            first_seen_ns: now_ns,
            last_seen_ns: now_ns,
            rejected: Reasons::default(),
            health: Health::default(),
        }
    }

    pub(crate) fn reject(&mut self, port: u16, now_ns: i64, bytes: &[u8], reason: Reason) {
        self.datagrams += 1;
        self.bytes += bytes.len() as u64;
        self.health.fail(reason, now_ns, bytes);
        self.port = port;
        self.last_seen_ns = self.last_seen_ns.max(now_ns);
        self.rejected.add(reason, 1);
    }

    pub(crate) fn status(&self, address: IpAddr) -> ExporterStatus {
        ExporterStatus {
            exporter: address,
            port: self.port,
            domain: 0,
            protocol: "unknown",
            transport: Transport::Udp.name(),
            datagrams: self.datagrams,
            records: 0,
            rows: 0,
            options_records: 0,
            counter_rows: 0,
            ignored_samples: 0,
            bytes: self.bytes,
            first_seen_ns: self.first_seen_ns,
            last_seen_ns: self.last_seen_ns,
            clock_ahead_ms: None,
            delay_ms: None,
            records_per_second: 0.0,
            bytes_per_second: 0.0,
            kinds: Kinds::default(),
            last_error: self.health.last_error(),
            gaps: None,
            sampling: None,
            sampling_origin: None,
            templates: 0,
            templates_changed_ns: None,
            held_sets: 0,
            held_bytes: 0,
            rejected: self.rejected.clone(),
            problems: Reasons::default(),
            doubts: Reasons::default(),
            clock_off: 0,
        }
    }
}
