//! From the network to decoded batches: sockets, workers, kernel drops.
//!
//! Each port has one socket per worker in a `SO_REUSEPORT` group; a classic BPF program picks the socket by the source
//! *address*, so that all state of an exporter lives on one worker and needs no lock. The queue towards the journal is
//! bounded; when it is full the workers `wait`, the kernel's buffer takes the burst, and what it drops is counted.

mod error;
mod receive;
mod socket;
mod steer;
mod worker;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use arrow_array::RecordBatch;
use tracing::{info, warn};
use weir_schema::Table;
use weir_telemetry::{Clock, Gauge, Ledger, Registry};

use crate::config::ListenConfig;
use crate::{ExporterStatus, SessionLimits};

pub use error::ListenError;

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
}

/// A port that is open.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ListenerStatus {
    /// The address really bound.
    pub address: SocketAddr,
    /// Receive buffer that the kernel granted to each of its sockets.
    pub receive_buffer_bytes: u64,
    /// Datagrams taken from it since the start.
    pub datagrams: u64,
    /// Datagrams that the kernel dropped on it since the start.
    pub kernel_dropped: u64,
}

/// Counts of one socket.
#[derive(Debug, Clone, Copy, Default)]
struct SocketCounts {
    datagrams: u64,
    kernel_dropped: u64,
}

/// State that workers publish and others read.
#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    /// One list per worker.
    exporters: Mutex<Vec<Vec<ExporterStatus>>>,
    /// Per worker and listener.
    sockets: Mutex<Vec<Vec<SocketCounts>>>,
}

/// Running workers. Dropping it stops them.
pub struct Listening {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    listeners: Vec<(SocketAddr, u64)>,
}

impl Listening {
    /// Opens every port and starts the workers.
    ///
    /// # Errors
    /// A port that is occupied (also by another Weir), not allowed or not there.
    pub fn start(config: &ListenConfig, deps: &ListenDeps) -> Result<Self, ListenError> {
        let worker_count = config.worker_count();
        let mut per_worker: Vec<Vec<socket::Socket>> = (0..worker_count).map(|_| Vec::new()).collect();
        let mut listeners = Vec::new();
        for address in &config.addresses {
            let sockets = socket::open_group(*address, worker_count, config.receive_buffer.0)?;
            let Some(first) = sockets.first() else { continue };
            let granted = first.receive_buffer();
            if granted < config.receive_buffer.0 / 2 {
                warn!(
                    address = %first.address(), granted_bytes = granted, wanted_bytes = config.receive_buffer.0,
                    "the kernel grants a small receive buffer: bursts may be dropped; raise net.core.rmem_max"
                );
            }
            listeners.push((first.address(), granted));
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
        let shared = Arc::new(Shared::default());
        lock(&shared.exporters).resize_with(worker_count, Vec::new);
        lock(&shared.sockets).resize_with(worker_count, || vec![SocketCounts::default(); listeners.len()]);
        // From here on an early return drops what has started, and so stops it.
        let mut listening = Self { shared, workers: Vec::new(), listeners };
        for (index, sockets) in per_worker.into_iter().enumerate() {
            let worker = worker::Worker::new(
                index,
                sockets,
                config,
                deps,
                SessionLimits::default(),
                Arc::clone(&listening.shared),
            );
            let handle = std::thread::Builder::new()
                .name(format!("receive-{index}"))
                .spawn(move || worker.run())
                .map_err(ListenError::Thread)?;
            listening.workers.push(handle);
        }
        info!(workers = worker_count, listeners = ?listening.listeners.iter().map(|l| l.0.to_string()).collect::<Vec<_>>(), "listening");
        Ok(listening)
    }

    /// The ports that are open.
    pub fn listeners(&self) -> Vec<ListenerStatus> {
        let workers = lock(&self.shared.sockets);
        self.listeners
            .iter()
            .enumerate()
            .map(|(index, (address, granted))| ListenerStatus {
                address: *address,
                receive_buffer_bytes: *granted,
                datagrams: workers.iter().filter_map(|worker| worker.get(index)).map(|c| c.datagrams).sum(),
                kernel_dropped: workers
                    .iter()
                    .filter_map(|worker| worker.get(index))
                    .map(|c| c.kernel_dropped)
                    .sum(),
            })
            .collect()
    }

    /// Every exporter seen, over all workers, as of the last publication (at most a second old).
    pub fn exporters(&self) -> Vec<ExporterStatus> {
        lock(&self.shared.exporters).iter().flatten().cloned().collect()
    }

    /// Takes what the sockets still hold, passes it on, and ends the workers.
    pub fn stop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for worker in self.workers.drain(..) {
            if worker.join().is_err() {
                warn!("a receive worker ended with a panic");
            }
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
