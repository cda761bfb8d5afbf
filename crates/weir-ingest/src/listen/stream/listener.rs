//! One port that takes connections, and what is counted on it.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use socket2::{Domain, Protocol, SockRef, TcpKeepalive, Type};
use tracing::{info, warn};
use weir_telemetry::{Counter, LogLimit, Registry};

use super::closed::Closed;
use crate::listen::error::ListenError;
use crate::listen::socket::supported;
use crate::listen::{SocketCounts, limit_of_others};
use crate::{ListenAddress, Transport};

/// Connections that the kernel completes before Weir takes them.
const BACKLOG: i32 = 256;
/// A peer that vanished is noticed after about two minutes.
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_mins(1))
    .with_interval(Duration::from_secs(15))
    .with_retries(4);

/// A listening port.
pub(in crate::listen) struct StreamListener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    pub(super) counts: SocketCounts,
    log: LogLimit,
    admitted: Counter,
    refused: [Counter; REFUSALS.len()],
    closed: Vec<Counter>,
}

/// Why a connection is not taken.
const REFUSALS: [&str; 3] = ["too_many", "too_many_from_address", "not_allowed"];

impl StreamListener {
    /// Opens the port.
    pub(in crate::listen) fn open(
        wanted: ListenAddress,
        tls: Option<Arc<ServerConfig>>,
        metrics: &Registry,
    ) -> Result<Self, ListenError> {
        let wanted = ListenAddress { socket: supported(wanted.socket), ..wanted };
        let socket = bind(wanted.socket).map_err(|source| ListenError::from_bind(wanted, source))?;
        let address = socket.local_addr().unwrap_or(wanted.socket);
        let listener = address.to_string();
        let taken = |outcome: &str| {
            metrics.counter(
                "weir_listen_connections_total",
                "Connections of exporters, by what became of them at the door.",
                &[("listener", &listener), ("outcome", outcome)],
            )
        };
        let ended = |reason: &str| {
            metrics.counter(
                "weir_listen_connections_closed_total",
                "Connections of exporters that ended, by reason.",
                &[("listener", &listener), ("reason", reason)],
            )
        };
        Ok(Self {
            socket,
            address,
            tls,
            counts: SocketCounts::default(),
            log: limit_of_others(),
            admitted: taken("admitted"),
            refused: REFUSALS.map(taken),
            closed: Closed::NAMES.iter().map(|reason| ended(reason)).collect(),
        })
    }

    /// The address really bound.
    pub(in crate::listen) fn bound(&self) -> ListenAddress {
        let transport = if self.tls.is_some() { Transport::Tls } else { Transport::Tcp };
        ListenAddress { transport, socket: self.address }
    }

    pub(super) fn tls(&self) -> Option<&Arc<ServerConfig>> {
        self.tls.as_ref()
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Takes the next connection, if one waits.
    pub(super) fn accept(&self) -> io::Result<Option<(TcpStream, SocketAddr)>> {
        loop {
            match self.socket.accept() {
                Ok((socket, peer)) => {
                    socket.set_nonblocking(true)?;
                    // Without it a peer that lost power would hold its place until it is idle for too long.
                    SockRef::from(&socket).set_tcp_keepalive(&KEEPALIVE)?;
                    return Ok(Some((socket, SocketAddr::new(peer.ip().to_canonical(), peer.port()))));
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return Ok(None),
                    // It left before it was taken.
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
    }

    pub(super) fn admit(&mut self, peer: SocketAddr) {
        self.admitted.add(1);
        self.counts.connections += 1;
        if let Some(unsaid) = self.log.allow() {
            info!(listener = %self.address, %peer, unsaid, "an exporter connected");
        }
    }

    pub(super) fn refuse(&mut self, reason: &'static str, peer: SocketAddr) {
        if let Some(at) = REFUSALS.iter().position(|known| *known == reason) {
            self.refused[at].add(1);
        }
        if let Some(unsaid) = self.log.allow() {
            warn!(listener = %self.address, %peer, reason, unsaid, "a connection was refused");
        }
    }

    pub(super) fn close(&mut self, peer: SocketAddr, messages: u64, closed: &Closed) {
        if let Some(counter) = self.closed.get(closed.index()) {
            counter.add(1);
        }
        self.counts.connections = self.counts.connections.saturating_sub(1);
        let Some(unsaid) = self.log.allow() else { return };
        let (listener, reason, detail) = (self.address, closed.name(), closed.detail());
        if closed.is_ordinary() {
            info!(%listener, %peer, messages, unsaid, "an exporter disconnected");
        } else {
            warn!(%listener, %peer, messages, reason, detail, unsaid, "ended a connection");
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    // Connections of the Weir before this one may still be winding down on the port.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
