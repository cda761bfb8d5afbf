//! What can be set about listening.

use std::net::{Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use weir_config::{ByteSize, Interval};

/// Where exporters send to. Any protocol is taken on any port: its version is read from each datagram.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListenConfig {
    /// UDP addresses and ports. `[::]` takes IPv4 as well.
    pub addresses: Vec<SocketAddr>,
    /// Worker threads, each with its own socket on every port; 0 chooses by the number of cores. One exporter's
    /// datagrams always go to one worker.
    pub workers: usize,
    /// Receive buffer asked of the kernel for each socket; the kernel may grant less (`weir_listen_buffer_bytes`).
    pub receive_buffer: ByteSize,
    /// Longest time that a decoded record stays in a worker before queries can see it.
    pub flush_interval: Interval,
    /// Rows after which a batch is passed on at once.
    pub batch_rows: usize,
}

impl Default for ListenConfig {
    fn default() -> Self {
        let ports = [2055, 4739, 6343, 9995];
        Self {
            addresses: ports.map(|port| SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))).to_vec(),
            workers: 0,
            receive_buffer: ByteSize(32 << 20),
            flush_interval: Interval(std::time::Duration::from_millis(500)),
            batch_rows: 32_768,
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
