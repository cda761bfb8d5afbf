//! What can be set about listening.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_config::{ByteSize, Interval, Prefix};

use crate::{ListenAddress, SessionLimits, Transport};

/// Where exporters send to. Any protocol is taken on any UDP port: its version is read from each datagram. TCP and TLS
/// carry IPFIX.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListenConfig {
    /// Where to listen: `ADDRESS:PORT` is UDP, `tcp://ADDRESS:PORT` and `tls://ADDRESS:PORT` take IPFIX. `[::]` takes
    /// IPv4 as well.
    pub addresses: Vec<ListenAddress>,
    /// Networks and addresses that may send, like `["10.0.0.0/8", "2001:db8::/32"]`; empty lets everybody. What comes
    /// from others is counted (`not_allowed`) and leaves no other trace.
    pub allow: Vec<Prefix>,
    /// Worker threads, each with its own socket on every port; 0 chooses by the number of cores. One exporter's
    /// datagrams always go to one worker.
    pub workers: usize,
    /// Receive buffer asked of the kernel for each socket; the kernel may grant less (`weir_listen_buffer_bytes`).
    pub receive_buffer: ByteSize,
    /// Longest time that a decoded record stays in a worker before queries can see it.
    pub flush_interval: Interval,
    /// Rows after which a batch is passed on at once.
    pub batch_rows: usize,
    /// Other collectors that get a copy of every UDP datagram.
    pub relay: Vec<RelayConfig>,
    /// What `tls://` addresses need.
    pub tls: TlsConfig,
    /// Bounds of TCP and TLS.
    pub connections: ConnectionLimits,
}

/// A collector that gets an unchanged copy of every UDP datagram that is let in. Its sender is then Weir: a collector that
/// tells exporters apart by their address sees one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RelayConfig {
    /// Address and UDP port. What cannot be sent at once is dropped and counted (`weir_relay_datagrams_total`).
    pub to: SocketAddr,
}

/// The server's side of TLS. Files are PEM; they are read at the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// Certificate of this collector, with the chain below it up to the authority that exporters trust.
    pub certificate: Option<PathBuf>,
    /// Private key of the certificate.
    pub key: Option<PathBuf>,
    /// Certificates of the authorities that sign exporters' certificates. When set, an exporter without such a
    /// certificate is refused.
    pub client_ca: Option<PathBuf>,
}

/// What connections of exporters may take. A connection beyond a bound is refused or ended, counted with its reason
/// (`weir_listen_connections_total`, `weir_listen_connections_closed_total`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionLimits {
    /// Connections at the same time. When they are all taken, a new one replaces the oldest that has never sent a
    /// message; when there is none, the new one is refused.
    pub total: usize,
    /// Connections at the same time from one address.
    pub per_address: usize,
    /// A connection without a complete message for so long is ended. Peers that vanished are noticed earlier, by TCP's
    /// keepalive.
    pub idle_timeout: Interval,
    /// A message that has begun must be complete within this time.
    pub message_timeout: Interval,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            total: 1024,
            per_address: 64,
            idle_timeout: Interval(Duration::from_hours(1)),
            message_timeout: Interval(Duration::from_secs(30)),
        }
    }
}

impl Default for ListenConfig {
    fn default() -> Self {
        let everywhere = |transport, port| ListenAddress {
            transport,
            socket: SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
        };
        let mut addresses = [2055, 4739, 6343, 9995].map(|port| everywhere(Transport::Udp, port)).to_vec();
        addresses.push(everywhere(Transport::Tcp, 4739));
        Self {
            addresses,
            allow: Vec::new(),
            workers: 0,
            receive_buffer: ByteSize(32 << 20),
            flush_interval: Interval(Duration::from_millis(500)),
            batch_rows: 32_768,
            relay: Vec::new(),
            tls: TlsConfig::default(),
            connections: ConnectionLimits::default(),
        }
    }
}

impl ListenConfig {
    /// The number of workers to start: as set, else one per core, at most four (decoding is cheaper than what follows).
    pub fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4),
            set => set.min(64),
        }
    }
}

/// What is kept of exporters, and for how long. Counts and sizes are for all receive workers together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExportersConfig {
    /// Exporters at the same time (address, port, domain and protocol). When there are so many, new ones are refused and
    /// known ones go on.
    pub max: usize,
    /// The same of one address.
    pub max_per_address: usize,
    /// Exporters never seen before that are taken a second; ten seconds' worth may come at once. 0 is no bound.
    pub new_per_second: u32,
    /// An exporter that has been silent for so long is forgotten.
    pub idle_timeout: Interval,
    /// A template of NetFlow v9 or IPFIX over UDP that is not announced again for so long is forgotten; `0s` is never.
    pub template_timeout: Interval,
    /// Memory of templates, equal ones counted once; one address gets an eighth of it at most.
    pub template_memory: ByteSize,
    /// How long sets of records wait for their template.
    pub hold_time: Interval,
    /// Memory of sets that wait.
    pub hold_memory: ByteSize,
    /// The same of one address.
    pub hold_memory_per_address: ByteSize,
    /// Sampling rates of exporters that do not tell theirs, or tell a wrong one. The longest prefix counts.
    pub sampling: Vec<SamplingConfig>,
}

/// A sampling rate by configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingConfig {
    /// Exporters that it is for: `192.0.2.0/24` or one address.
    pub exporter: Prefix,
    /// One in so many packets is sampled.
    pub rate: u32,
    /// Whether it counts whatever the exporter says; else only where it says nothing.
    #[serde(default)]
    pub force: bool,
}

impl Default for ExportersConfig {
    fn default() -> Self {
        let limits = SessionLimits::default();
        let interval = |nanoseconds: i64| Interval(std::time::Duration::from_nanos(nanoseconds as u64));
        Self {
            max: limits.exporters,
            max_per_address: limits.exporters_per_address,
            new_per_second: limits.new_exporters_per_second,
            idle_timeout: interval(limits.exporter_idle_ns),
            template_timeout: interval(limits.template_timeout_ns),
            template_memory: ByteSize(limits.template_bytes as u64),
            hold_time: interval(limits.held_ns),
            hold_memory: ByteSize(limits.held_bytes as u64),
            hold_memory_per_address: ByteSize(limits.held_bytes_per_address as u64),
            sampling: Vec::new(),
        }
    }
}

impl ExportersConfig {
    /// What one of so many sessions may hold.
    pub fn limits(&self, sessions: usize) -> SessionLimits {
        let nanoseconds = |interval: Interval| i64::try_from(interval.0.as_nanos()).unwrap_or(i64::MAX);
        let bytes = |size: ByteSize| usize::try_from(size.0).unwrap_or(usize::MAX);
        SessionLimits {
            exporters: self.max,
            exporters_per_address: self.max_per_address,
            new_exporters_per_second: self.new_per_second,
            exporter_idle_ns: nanoseconds(self.idle_timeout),
            template_timeout_ns: nanoseconds(self.template_timeout),
            template_bytes: bytes(self.template_memory),
            held_ns: nanoseconds(self.hold_time),
            held_bytes: bytes(self.hold_memory),
            held_bytes_per_address: bytes(self.hold_memory_per_address),
            ..SessionLimits::default()
        }
        .shared_by(sessions)
    }
}
