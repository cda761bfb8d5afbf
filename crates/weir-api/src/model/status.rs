//! How Weir itself is doing: health, accounting, exporters.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde::Serialize;
use utoipa::ToSchema;

use super::RuleProblem;

/// Whether Weir works, and on what.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Health {
    /// Where Weir is in its life.
    pub status: Status,
    /// What keeps it from storing what comes; null when all is well.
    #[schema(required)]
    pub trouble: Option<String>,
    /// Its version.
    pub version: String,
    /// When it was started (RFC 3339).
    #[schema(format = DateTime)]
    pub started: String,
    /// The server's clock when it answered (RFC 3339).
    #[schema(format = DateTime)]
    pub now: String,
    /// Whether it shows generated demo traffic.
    pub demo: bool,
    /// The sockets that exporters send to.
    pub listeners: Vec<ListenerStatus>,
    /// The flows that are stored.
    pub store: StoreStatus,
    /// The counters that are stored.
    pub counters: StoreStatus,
    /// Files that names and places of addresses come from.
    pub sources: Vec<SourceStatus>,
    /// Room for them; null when the disk cannot be looked at.
    #[schema(required)]
    pub disk: Option<DiskStatus>,
    /// Rules that are wrong; what was in force before they were changed still is. Left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rule_problems: Vec<RuleProblem>,
    /// How detection is; null when it is off.
    #[schema(required = false)]
    pub detect: Option<DetectionStatus>,
    /// The channels that tell others about alerts.
    #[schema(required = false)]
    pub notify: Vec<NotifyStatus>,
}

/// How detection is.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DetectionStatus {
    /// Records that it has seen since the start.
    pub records: u64,
    /// Detections since the start, updates included.
    pub detections: u64,
    /// Records that wait to be seen, of those that came since the start.
    pub lag_records: u64,
    /// How long ago what it saw last was received, as long as something waits to be seen; 0 when nothing does. Seconds.
    pub lag_seconds: f64,
    /// Events that came too late to count in their window, since the start.
    pub late: u64,
    /// Windows that could not be decided: too few of the packets were sampled, since the start.
    pub undecided: u64,
    /// Memory of all its state, about.
    pub memory_bytes: u64,
    /// Memory that it may use.
    pub memory_budget_bytes: u64,
    /// Groups given up because memory was used up, since the start.
    pub evicted: u64,
    /// Frames of the journal that were gone before it could read them, since the start.
    pub lost_frames: u64,
    /// How far event time has come (RFC 3339); null before the first record.
    #[schema(format = DateTime, required)]
    pub event_time: Option<String>,
    /// When its state was last saved (RFC 3339); null before the first time.
    #[schema(format = DateTime, required)]
    pub saved: Option<String>,
    /// How long ago that was. Seconds.
    #[schema(required)]
    pub saved_seconds: Option<f64>,
}

/// A channel that tells others about alerts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NotifyStatus {
    /// Its name.
    pub name: String,
    /// `webhook`, `slack`, `alertmanager`, `syslog` or `email`.
    #[schema(example = "webhook")]
    pub kind: String,
    /// Messages sent since the start.
    pub sent: u64,
    /// Alerts in them.
    pub alerts: u64,
    /// Attempts that failed since the start.
    pub failures: u64,
    /// Notifications that the receiver refused since the start; they are not sent again.
    pub refused: u64,
    /// Notifications given up since the start: too old, or too many.
    pub given_up: u64,
    /// Notices that it has not dealt with, those included that no route leads here.
    pub waiting: u64,
    /// When it last sent (RFC 3339).
    #[schema(format = DateTime, required)]
    pub last_sent: Option<String>,
    /// What is wrong; null if the last attempt went well.
    #[schema(required)]
    pub error: Option<String>,
    /// When that was (RFC 3339).
    #[schema(format = DateTime, required)]
    pub error_at: Option<String>,
    /// When it tries again (RFC 3339).
    #[schema(format = DateTime, required)]
    pub retry_at: Option<String>,
}

/// A file that names or places of addresses come from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SourceStatus {
    /// The file.
    #[schema(example = "weir-data/geo/country.mmdb")]
    pub path: String,
    /// `networks` or `database`.
    pub kind: String,
    /// Networks or ranges in force.
    pub entries: u64,
    /// When the file in force was written (RFC 3339); null when none is.
    #[schema(format = DateTime, required)]
    pub modified: Option<String>,
    /// When it was read (RFC 3339); null without an error: it is being read.
    #[schema(format = DateTime, required)]
    pub loaded: Option<String>,
    /// Why the newest version of the file is not in force; null when it is.
    #[schema(required)]
    pub error: Option<String>,
}

/// Room on the disk of the data directory.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DiskStatus {
    /// The data directory.
    pub directory: String,
    /// Size of its file system.
    pub total_bytes: u64,
    /// What is free.
    pub free_bytes: u64,
    /// Below this the oldest segments are removed.
    pub min_free_bytes: u64,
    /// Above this total size the oldest segments are removed.
    pub max_size_bytes: u64,
}

/// Where Weir is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not yet listening; the answer has status 503.
    Starting,
    /// Listening and storing.
    Ok,
    /// Not storing what comes, or part of it: `trouble` says why; the answer has status 503.
    Failing,
    /// Finishing its work; the answer has status 503.
    Stopping,
}

/// One socket that exporters send to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListenerStatus {
    /// How messages come: `udp`, `tcp` or `tls`.
    #[schema(example = "udp")]
    pub transport: String,
    /// The address really bound.
    #[schema(value_type = String, example = "0.0.0.0:2055")]
    pub address: SocketAddr,
    /// The export protocols it takes.
    #[schema(example = json!(["netflow5", "netflow9", "ipfix", "sflow5"]))]
    pub protocols: Vec<String>,
    /// Size of the kernel's receive buffer (UDP).
    pub receive_buffer_bytes: u64,
    /// The size asked for; the kernel grants less where `net.core.rmem_max` is smaller. 0 for TCP and TLS.
    pub receive_buffer_wanted_bytes: u64,
    /// Datagrams, or messages of streams, received since the start.
    pub datagrams: u64,
    /// Datagrams that the kernel dropped since the start: the buffer was full.
    pub kernel_dropped: u64,
    /// Connections that are open (TCP, TLS).
    pub connections: u64,
}

/// What is stored.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct StoreStatus {
    /// Segment files.
    pub segments: u64,
    /// Those of them that are put together and sorted by address.
    #[schema(required = false)]
    pub sorted_segments: u64,
    /// Files that were found damaged since the start; queries answer without their rows.
    #[schema(required = false)]
    pub damaged: Vec<String>,
    /// Rows in segments.
    pub rows: u64,
    /// Bytes of segment files.
    pub bytes: u64,
    /// Rows in memory and in the journal, not yet in a segment.
    pub hot_rows: u64,
    /// Time of the oldest row (RFC 3339); null when there is none.
    #[schema(format = DateTime, required)]
    pub oldest: Option<String>,
    /// Time of the newest row (RFC 3339); null when there is none.
    #[schema(format = DateTime, required)]
    pub newest: Option<String>,
}

/// The three ledgers. They add up at any moment:
///
/// - datagrams: received = decoded + rejected + dropped
/// - records: decoded = stored + waiting + rejected + lost
/// - rows: one per record, and those added by splitting
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Accounting {
    /// Datagrams by what became of them.
    pub datagrams: DatagramLedger,
    /// Sets and samples inside decoded datagrams that could not be read.
    pub sets: SetLedger,
    /// Records by where they are.
    pub records: RecordLedger,
    /// Rows by where they came from.
    pub rows: RowLedger,
    /// The same per exporter, as far as it can be told.
    pub exporters: Vec<Exporter>,
}

/// Datagrams by what became of them, since the start.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DatagramLedger {
    /// Taken from the sockets.
    pub received: u64,
    /// Understood, at least in part.
    pub decoded: u64,
    /// Refused as a whole, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Dropped because a queue was full, by queue.
    pub dropped: BTreeMap<String, u64>,
    /// Dropped by the kernel before Weir saw them. They explain gaps and belong to no sum.
    pub kernel_dropped: u64,
}

/// Sets and samples that could not be read, since the start.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct SetLedger {
    /// By reason. How many records they held is unknown.
    pub rejected: BTreeMap<String, u64>,
    /// Sets that wait for their template.
    pub held: u64,
    /// Sets that had waited, and were decoded.
    pub decoded_late: u64,
}

/// Records by where they are, since the start.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RecordLedger {
    /// Decoded from datagrams.
    pub decoded: u64,
    /// Safe on disk.
    pub stored: u64,
    /// Visible, but not yet synced to disk.
    pub waiting: u64,
    /// Decoded, then refused, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Decoded, then lost, by place.
    pub lost: BTreeMap<String, u64>,
}

/// Rows by where they came from, since the start.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct RowLedger {
    /// Safe on disk.
    pub stored: u64,
    /// Rows beyond one per record: bidirectional records become two.
    pub added_by_splitting: u64,
    /// Rows of the table `counters`, which are in no other number.
    pub counters: CounterLedger,
}

/// Rows of the table `counters` by where they are, since the start: decoded = stored + waiting + lost.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct CounterLedger {
    /// Decoded from counter samples and options records.
    pub decoded: u64,
    /// Safe on disk.
    pub stored: u64,
    /// Not yet synced to disk.
    pub waiting: u64,
    /// Decoded, then lost, by place.
    pub lost: BTreeMap<String, u64>,
}

/// Every exporter heard of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExporterList {
    /// The exporters, by address, domain and protocol.
    pub exporters: Vec<Exporter>,
}

/// One stream of an exporter: a device, its observation domain, and the protocol it speaks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Exporter {
    /// Address of the device (sFlow: its agent address).
    #[schema(value_type = String, example = "192.0.2.1")]
    pub exporter: IpAddr,
    /// Observation domain (IPFIX), source id (v9), engine (v5) or sub-agent (sFlow).
    pub domain: u32,
    /// `netflow1`, `netflow5`, `netflow7`, `netflow9`, `ipfix` or `sflow5`.
    pub protocol: String,
    /// `udp`, `tcp` or `tls`.
    #[schema(example = "udp")]
    pub transport: String,
    /// Port that it sends from; 0 stands for all connections that are closed.
    pub port: u16,
    /// Datagrams received.
    pub datagrams: u64,
    /// Bytes of datagrams received.
    pub bytes: u64,
    /// Records decoded.
    pub records: u64,
    /// Rows made of them.
    pub rows: u64,
    /// Records of options templates: they describe the exporter.
    pub options_records: u64,
    /// Rows in the table `counters`.
    pub counter_rows: u64,
    /// Records that are events: decisions of firewalls and translators, discarded packets.
    pub events: u64,
    /// First datagram (RFC 3339).
    #[schema(format = DateTime)]
    pub first_seen: String,
    /// Latest datagram (RFC 3339).
    #[schema(format = DateTime)]
    pub last_seen: String,
    /// What its sequence numbers say is missing.
    pub gaps: Gaps,
    /// Sampling rate (one in N packets) as last told; null when unknown.
    #[schema(required)]
    pub sampling: Option<u32>,
    /// Where the sampling rate came from: record, options, header, configured or assumed.
    #[schema(required)]
    pub sampling_origin: Option<String>,
    /// Templates known (v9, IPFIX).
    pub templates: u64,
    /// When one of them was last new, changed or withdrawn (RFC 3339).
    #[schema(format = DateTime, required)]
    pub templates_changed: Option<String>,
    /// Sets of records that wait for their template.
    pub held_sets: u64,
    /// Memory that they take.
    pub held_bytes: u64,
    /// How far its clock is ahead of ours, in milliseconds (negative: behind): the median of what was seen last.
    #[schema(required)]
    pub clock_skew_ms: Option<i64>,
    /// How long after the end of its newest records they arrive, in milliseconds, smoothed.
    #[schema(required)]
    pub delay_ms: Option<i64>,
    /// Records a second over the last minute.
    pub records_per_second: f64,
    /// Bytes of datagrams a second over the last minute.
    pub bytes_per_second: f64,
    /// Sets with times so far from their arrival that the time of arrival counts.
    pub clock_off: u64,
    /// What could not be read, by reason: datagrams and sets.
    pub rejected: BTreeMap<String, u64>,
    /// Sets that were decoded although their template does not seem to fit, by what is odd.
    pub doubts: BTreeMap<String, u64>,
    /// The last thing that could not be read.
    #[schema(required)]
    pub last_error: Option<LastError>,
}

/// What is known of one exporter: its streams, and the templates that it has announced.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExporterDetail {
    /// Its streams, by domain and protocol.
    pub exporters: Vec<Exporter>,
    /// Its templates (v9, IPFIX) by domain, port and id; no more than 1000.
    pub templates: Vec<Template>,
    /// How many templates there are.
    pub templates_total: u64,
}

/// A template, and what it was used for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Template {
    /// Observation domain (IPFIX) or source id (v9).
    pub domain: u32,
    /// `netflow9` or `ipfix`.
    pub protocol: String,
    /// `udp`, `tcp` or `tls`.
    pub transport: String,
    /// The port that announced it; null: another port of the domain did, or it was announced before a restart.
    #[schema(required)]
    pub port: Option<u16>,
    /// Its id: 256 or more.
    pub id: u16,
    /// Whether its records describe the exporter rather than traffic.
    pub options: bool,
    /// Its fields, in the order of the records.
    pub fields: Vec<TemplateField>,
    /// When it became what it is (RFC 3339).
    #[schema(format = DateTime)]
    pub since: String,
    /// When it was last announced (RFC 3339).
    #[schema(format = DateTime)]
    pub announced: String,
    /// When records last came for it (RFC 3339).
    #[schema(format = DateTime, required)]
    pub used: Option<String>,
    /// Records that it described.
    pub records: u64,
    /// Sets of records that it does not seem to fit, by what is odd.
    pub doubts: BTreeMap<String, u64>,
}

/// A field of a template.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TemplateField {
    /// The element's name, or its number where it has none.
    #[schema(example = "sourceIPv4Address")]
    pub name: String,
    /// Private enterprise number; 0 for IANA's elements and for v9.
    pub enterprise: u32,
    /// Number of the element.
    pub element: u16,
    /// Bytes; null: each record says.
    #[schema(required)]
    pub length: Option<u16>,
    /// Whether it tells what the other fields are about (options templates).
    pub scope: bool,
}

/// Something that could not be read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastError {
    /// Why.
    pub reason: String,
    /// When it came (RFC 3339).
    #[schema(format = DateTime)]
    pub at: String,
    /// How it begins: up to 32 bytes of the datagram, set or template, in hexadecimal.
    pub bytes: String,
}

/// What sequence numbers say is missing.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Gaps {
    /// What the protocol counts: `flows` (v5), `packets` (v9), `records` (IPFIX) or `datagrams` (sFlow).
    pub unit: String,
    /// Missing, in that unit.
    pub count: u64,
    /// The same in records: an estimate, except for v5 and IPFIX.
    pub estimated_records: u64,
    /// Datagrams that came late, out of order.
    pub reordered: u64,
    /// Datagrams that came more than once.
    pub duplicates: u64,
    /// Times the exporter started counting anew.
    pub restarts: u64,
}

impl Accounting {
    /// The ledgers, with what each exporter sent.
    pub fn new(ledgers: weir_telemetry::LedgerSnapshot, exporters: Vec<Exporter>) -> Self {
        let weir_telemetry::LedgerSnapshot { datagrams, sets, records, rows } = ledgers;
        Self {
            datagrams: DatagramLedger {
                received: datagrams.received,
                decoded: datagrams.decoded,
                rejected: datagrams.rejected,
                dropped: datagrams.dropped,
                kernel_dropped: datagrams.kernel_dropped,
            },
            sets: SetLedger { rejected: sets.rejected, held: sets.held, decoded_late: sets.decoded_late },
            records: RecordLedger {
                decoded: records.decoded,
                stored: records.stored,
                waiting: records.waiting,
                rejected: records.rejected,
                lost: records.lost,
            },
            rows: RowLedger {
                stored: rows.stored,
                added_by_splitting: rows.added_by_splitting,
                counters: CounterLedger {
                    decoded: rows.counters.decoded,
                    stored: rows.counters.stored,
                    waiting: rows.counters.waiting,
                    lost: rows.counters.lost,
                },
            },
            exporters,
        }
    }
}
