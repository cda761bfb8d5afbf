//! From the network to decoded batches: sockets, workers, kernel drops.
//!
//! Each port has one socket per worker in a `SO_REUSEPORT` group; a classic BPF program picks the socket by the source
//! *address*, so that all state of an exporter lives on one worker and needs no lock. The queue towards the journal is
//! bounded; when it is full the workers `wait`, the kernel's buffer takes the burst, and what it drops is counted.
//! Connections (TCP, TLS) have one worker of their own; there, waiting slows the exporter down and nothing is lost.

mod allow;
mod decoder;
mod error;
mod gather;
mod question;
mod readiness;
mod receive;
mod relay;
mod socket;
mod steer;
mod stream;
mod worker;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use tracing::{info, warn};
use weir_batch::Batches;
use weir_schema::Table;
use weir_telemetry::{Clock, Gauge, Ledger, LogLimit, Registry};

use crate::config::{ExportersConfig, ListenConfig};
use crate::remembered::Keeper;
use crate::{ExporterStatus, ListenAddress, Newcomers, Transport};

pub use error::ListenError;
pub use question::Desks;

/// How often workers publish exporter states and counts.
const PUBLISH: Duration = Duration::from_millis(500);
/// How often silent exporters and sets that wait for too long are looked for.
const HOUSEKEEPING: Duration = Duration::from_secs(10);
/// Longest sleep of a worker, so that a stop is noticed.
const IDLE: Duration = Duration::from_millis(100);

/// A batch on its way to the journal, with the number of records it was made from.
#[derive(Debug)]
pub struct Decoded {
    /// The table that the rows belong to.
    pub table: Table,
    /// The rows.
    pub batch: RecordBatch,
    /// Records behind them; fewer than rows where records were split.
    pub records: u64,
}

impl Decoded {
    /// Takes what the batch of a table holds, if anything. `records` are those behind the flows so far; counters are no
    /// records, and their rows are booked as received here.
    pub fn take(batches: &mut Batches, table: Table, records: &mut u64, ledger: &Ledger) -> Option<Self> {
        let rows = batches.of(table);
        if rows.rows() == 0 {
            return None;
        }
        let batch = rows.finish();
        let records = match table {
            Table::Flows => std::mem::take(records),
            Table::Counters => {
                ledger.receive_counters(batch.num_rows() as u64);
                0
            }
        };
        Some(Self { table, batch, records })
    }
}

/// What listening needs from the rest of the program.
pub struct ListenDeps {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Where datagrams and records are booked.
    pub ledger: Arc<Ledger>,
    /// The process's metrics.
    pub metrics: Registry,
    /// Where batches go. Bounded; when full, workers wait.
    pub sink: SyncSender<Decoded>,
    /// What is kept of exporters.
    pub exporters: ExportersConfig,
    /// Folder of the file that keeps templates across restarts; without one, exporters have to announce theirs again.
    pub folder: Option<PathBuf>,
}

/// A port that is open.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ListenerStatus {
    /// How messages come there.
    pub transport: Transport,
    /// The address really bound.
    pub address: SocketAddr,
    /// Receive buffer that the kernel granted to each of its sockets; 0 for TCP and TLS, where it does not matter.
    pub receive_buffer_bytes: u64,
    /// Datagrams, or messages of streams, taken from it since the start.
    pub datagrams: u64,
    /// Connections that are open.
    pub connections: u64,
    /// Datagrams that the kernel dropped on it since the start.
    pub kernel_dropped: u64,
}

/// Counts of one socket.
#[derive(Debug, Clone, Copy, Default)]
struct SocketCounts {
    datagrams: u64,
    kernel_dropped: u64,
    connections: u64,
}

/// A port as it was opened.
#[derive(Debug, Clone, Copy)]
struct Opened {
    bound: ListenAddress,
    granted: u64,
}

/// State that workers publish and others read.
#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    /// One list per worker.
    exporters: Mutex<Vec<Vec<ExporterStatus>>>,
    /// Per worker and listener.
    sockets: Mutex<Vec<Vec<SocketCounts>>>,
    /// Where templates over UDP are kept.
    keeper: Option<Keeper>,
    /// How many new exporters all workers together may still take.
    newcomers: Newcomers,
}

/// Running workers. Dropping it stops them.
pub struct Listening {
    shared: Arc<Shared>,
    /// Where each worker that decodes is asked.
    desks: Desks,
    workers: Vec<JoinHandle<()>>,
    /// UDP ports: every UDP worker counts on each of them.
    datagrams: Vec<Opened>,
    /// TCP and TLS ports: only the last worker counts on them.
    streams: Vec<Opened>,
}

impl Listening {
    /// Opens every port and starts the workers.
    ///
    /// # Errors
    /// A port that is occupied (also by another Weir), not allowed or not there.
    pub fn start(config: &ListenConfig, deps: &ListenDeps) -> Result<Self, ListenError> {
        let worker_count = config.worker_count();
        let (datagrams, per_worker) = open_datagrams(config, worker_count, deps)?;
        let listeners = open_streams(config, deps)?;
        let streams = listeners.iter().map(|one| Opened { bound: one.bound(), granted: 0 }).collect();
        let (keeper, remembered) = deps.folder.as_deref().map(Keeper::open).unzip();
        let remembered = remembered.unwrap_or_default();
        let shared = Arc::new(Shared { keeper, ..Shared::default() });
        lock(&shared.exporters).resize_with(worker_count + 1, Vec::new);
        lock(&shared.sockets).resize_with(worker_count + 1, Vec::new);
        // From here on an early return drops what has started, and so stops it.
        let mut listening = Self { shared, desks: Desks::default(), workers: Vec::new(), datagrams, streams };
        if !listening.datagrams.is_empty() {
            let bound: Vec<ListenAddress> = listening.datagrams.iter().map(|opened| opened.bound).collect();
            for (index, sockets) in per_worker.into_iter().enumerate() {
                let relay = relay::Relay::new(&config.relay, &bound, &deps.metrics)?;
                let shared = Arc::clone(&listening.shared);
                let questions = listening.desks.open();
                let mut worker = worker::Worker::new(index, sockets, relay, config, deps, shared, questions)?;
                worker.restore(&remembered, worker_count);
                listening.spawn(format!("receive-{index}"), move || worker.run())?;
            }
        }
        if !listening.streams.is_empty() {
            let shared = Arc::clone(&listening.shared);
            let questions = listening.desks.open();
            let worker = stream::StreamWorker::new(worker_count, listeners, config, deps, shared, questions)?;
            listening.spawn("streams".to_owned(), move || worker.run())?;
        }
        if listening.shared.keeper.is_some() {
            let shared = Arc::clone(&listening.shared);
            listening.spawn("templates".to_owned(), move || shared.keep())?;
        }
        let addresses: Vec<String> = listening.opened().map(|opened| opened.bound.to_string()).collect();
        info!(workers = worker_count, listeners = ?addresses, "listening");
        Ok(listening)
    }

    fn spawn(&mut self, name: String, work: impl FnOnce() + Send + 'static) -> Result<(), ListenError> {
        let handle = std::thread::Builder::new().name(name).spawn(work).map_err(ListenError::Thread)?;
        self.workers.push(handle);
        Ok(())
    }

    fn opened(&self) -> impl Iterator<Item = &Opened> {
        self.datagrams.iter().chain(&self.streams)
    }

    /// The ports that are open: UDP first, each kind in the order of the configuration.
    pub fn listeners(&self) -> Vec<ListenerStatus> {
        let workers = lock(&self.shared.sockets);
        let Some((streams, datagrams)) = workers.split_last() else { return Vec::new() };
        let of_datagrams = self.datagrams.iter().enumerate().map(|(index, opened)| {
            let counts = datagrams.iter().filter_map(|worker| worker.get(index));
            opened.status(counts)
        });
        let of_streams =
            self.streams.iter().enumerate().map(|(index, opened)| opened.status(streams.get(index)));
        of_datagrams.chain(of_streams).collect()
    }

    /// Every exporter seen, over all workers, as of the last publication (at most a second old).
    pub fn exporters(&self) -> Vec<ExporterStatus> {
        lock(&self.shared.exporters).iter().flatten().cloned().collect()
    }

    /// Where the workers are asked for what they do not publish.
    pub fn desks(&self) -> Desks {
        self.desks.clone()
    }

    /// Whether a worker has ended although nobody told it to.
    pub fn has_dead_worker(&self) -> bool {
        self.workers.iter().any(JoinHandle::is_finished)
    }

    /// Takes what the sockets still hold, passes it on, and ends the workers.
    pub fn stop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for worker in self.workers.drain(..) {
            if worker.join().is_err() {
                warn!("a receive worker ended with a panic");
            }
        }
        // Every worker has told what it knows.
        if let Some(keeper) = &self.shared.keeper {
            keeper.write();
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A limit on lines about what others do: ten at once, then one a second.
fn limit_of_others() -> LogLimit {
    LogLimit::new(Duration::from_secs(1)).with_burst(10)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Writes what workers tell until told to stop; the last word is written by who stops them.
    fn keep(&self) {
        let mut written = Instant::now();
        while !self.stop.load(Ordering::Relaxed) {
            std::thread::sleep(IDLE);
            if written.elapsed() >= PUBLISH {
                written = Instant::now();
                if let Some(keeper) = &self.keeper {
                    keeper.write();
                }
            }
        }
    }
}

impl Opened {
    fn status<'a>(&self, counts: impl IntoIterator<Item = &'a SocketCounts>) -> ListenerStatus {
        let mut status = ListenerStatus {
            transport: self.bound.transport,
            address: self.bound.socket,
            receive_buffer_bytes: self.granted,
            datagrams: 0,
            connections: 0,
            kernel_dropped: 0,
        };
        for counts in counts {
            status.datagrams += counts.datagrams;
            status.connections += counts.connections;
            status.kernel_dropped += counts.kernel_dropped;
        }
        status
    }
}

/// Opens the UDP ports: the sockets by worker.
fn open_datagrams(
    config: &ListenConfig,
    worker_count: usize,
    deps: &ListenDeps,
) -> Result<(Vec<Opened>, Vec<Vec<socket::Socket>>), ListenError> {
    let mut per_worker: Vec<Vec<socket::Socket>> = (0..worker_count).map(|_| Vec::new()).collect();
    let mut opened = Vec::new();
    for address in config.addresses.iter().filter(|address| address.transport == Transport::Udp) {
        let sockets = socket::open_group(address.socket, worker_count, config.receive_buffer.0)?;
        let Some(first) = sockets.first() else { continue };
        let granted = first.receive_buffer();
        if granted < config.receive_buffer.0 / 2 {
            warn!(
                address = %first.address(), granted_bytes = granted, wanted_bytes = config.receive_buffer.0,
                "the kernel grants a small receive buffer: bursts may be dropped; raise net.core.rmem_max"
            );
        }
        opened.push(Opened { bound: ListenAddress::udp(first.address()), granted });
        let gauge: Gauge = deps.metrics.gauge(
            "weir_listen_buffer_bytes",
            "Receive buffer that the kernel granted to each socket.",
            &[("listener", &first.address().to_string())],
        );
        gauge.set(i64::try_from(granted).unwrap_or(i64::MAX));
        for (worker, socket) in per_worker.iter_mut().zip(sockets) {
            worker.push(socket);
        }
    }
    Ok((opened, per_worker))
}

/// Opens the TCP and TLS ports.
fn open_streams(
    config: &ListenConfig,
    deps: &ListenDeps,
) -> Result<Vec<stream::StreamListener>, ListenError> {
    let mut opened = Vec::new();
    for address in &config.addresses {
        let tls = match address.transport {
            Transport::Udp => continue,
            Transport::Tcp => None,
            Transport::Tls => Some(stream::server_config(*address, &config.tls)?),
        };
        opened.push(stream::StreamListener::open(*address, tls, &deps.metrics)?);
    }
    Ok(opened)
}
