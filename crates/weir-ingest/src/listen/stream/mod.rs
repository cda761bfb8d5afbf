//! IPFIX over TCP and TLS (RFC 7011, section 10.4): one thread, no connection ever waits for another.
//!
//! Everything a peer can make this hold is bounded: connections in total and per address, one message per connection,
//! the time for a handshake, for a message, and between messages. A stream that stops making sense ends its connection;
//! the others never notice.

mod channel;
mod closed;
mod connection;
mod frame;
mod listener;
mod tls;

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use tracing::{info, warn};
use weir_telemetry::Clock;

use super::allow::{Allowed, NOT_ALLOWED};
use super::decoder::Decoder;
use super::question::Questions;
use super::readiness::Readiness;
use super::{HOUSEKEEPING, IDLE, ListenDeps, ListenError, PUBLISH, Shared, SocketCounts, lock};
use crate::config::{ConnectionLimits, ListenConfig};

use channel::Channel;
use closed::Closed;
use connection::{Connection, Turn};

pub(super) use listener::StreamListener;
pub(super) use tls::server_config;

/// What one read takes at most.
const SCRATCH: usize = 64 << 10;
/// Connections taken from one listener before the others get their turn.
const ACCEPTS: usize = 16;
/// Tokens below are listeners', from here on connections'.
const CONNECTIONS: u64 = 1 << 32;
/// At a stop the connections are read until empty, but no longer than this.
const DRAIN: Duration = Duration::from_secs(2);

pub(super) struct StreamWorker {
    index: usize,
    listeners: Vec<StreamListener>,
    /// Listeners that are not watched for a moment, because the process has no descriptors left.
    paused: Vec<usize>,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    per_address: HashMap<IpAddr, usize>,
    /// Connections whose turn ended before their data.
    unfinished: Vec<usize>,
    allowed: Allowed,
    limits: ConnectionLimits,
    readiness: Readiness,
    decoder: Decoder,
    questions: Questions,
    scratch: Box<[u8]>,
    clock: Arc<dyn Clock>,
    shared: Arc<Shared>,
}

impl StreamWorker {
    pub(super) fn new(
        index: usize,
        listeners: Vec<StreamListener>,
        config: &ListenConfig,
        deps: &ListenDeps,
        shared: Arc<Shared>,
        questions: Questions,
    ) -> Result<Self, ListenError> {
        let readiness = Readiness::new().map_err(ListenError::Readiness)?;
        for (at, listener) in listeners.iter().enumerate() {
            readiness.watch(listener.socket(), at as u64).map_err(ListenError::Readiness)?;
        }
        Ok(Self {
            index,
            listeners,
            paused: Vec::new(),
            connections: Vec::new(),
            free: Vec::new(),
            per_address: HashMap::default(),
            unfinished: Vec::new(),
            allowed: Allowed::new(&config.allow),
            limits: config.connections.clone(),
            readiness,
            decoder: Decoder::new(config, deps, 1, &shared),
            questions,
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            clock: Arc::clone(&deps.clock),
            shared,
        })
    }

    /// Works until told to stop, then reads what the connections still hold.
    pub(super) fn run(mut self) {
        let mut published = Instant::now();
        let mut tidied = Instant::now();
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.readiness.wait(self.patience());
            self.round();
            self.decoder.pass_on_if_due();
            self.questions.answer(self.decoder.session());
            if published.elapsed() >= PUBLISH {
                published = Instant::now();
                self.end_overdue();
                self.resume();
                self.publish();
            }
            if tidied.elapsed() >= HOUSEKEEPING {
                tidied = Instant::now();
                self.decoder.housekeeping(self.clock.now_ns());
            }
        }
        self.drain();
        self.decoder.finish();
        self.publish();
    }

    fn patience(&self) -> Duration {
        if self.unfinished.is_empty() {
            self.decoder.patience().unwrap_or(IDLE).min(IDLE)
        } else {
            Duration::ZERO
        }
    }

    /// Gives every connection that has something its turn.
    fn round(&mut self) {
        for slot in std::mem::take(&mut self.unfinished) {
            self.read(slot);
        }
        for at in 0..self.readiness.len() {
            match self.readiness.token(at).checked_sub(CONNECTIONS) {
                Some(slot) => self.read(slot as usize),
                None => self.accept(self.readiness.token(at) as usize),
            }
        }
        self.decoder.book();
    }

    fn read(&mut self, slot: usize) {
        // Closed earlier in this round.
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        let received_ns = self.clock.now_ns();
        let listener = &mut self.listeners[connection.listener];
        let (decoder, peer, transport) = (&mut self.decoder, connection.peer, listener.bound().transport);
        let before = connection.messages;
        let turn = connection
            .read(&mut self.scratch, |message| decoder.message(peer, transport, received_ns, message));
        listener.counts.datagrams += connection.messages - before;
        match turn {
            Ok(turn) => {
                let wants_write = connection.channel.wants_write();
                if wants_write != connection.writing {
                    connection.writing = wants_write;
                    let token = CONNECTIONS + slot as u64;
                    let socket = connection.channel.socket();
                    if let Err(cause) = self.readiness.watch_writing(socket, token, wants_write) {
                        self.close(slot, &Closed::Failed { cause: cause.to_string() });
                        return;
                    }
                }
                if turn == Turn::More && !self.unfinished.contains(&slot) {
                    self.unfinished.push(slot);
                }
            }
            Err(closed) => self.close(slot, &closed),
        }
    }

    fn accept(&mut self, at: usize) {
        for _ in 0..ACCEPTS {
            match self.listeners[at].accept() {
                Ok(Some((socket, peer))) => self.admit(at, socket, peer),
                Ok(None) => return,
                Err(cause) => {
                    let listener = &self.listeners[at];
                    warn!(listener = %listener.bound(), %cause, "cannot take connections for a moment");
                    if self.readiness.forget(listener.socket()).is_ok() {
                        self.paused.push(at);
                    }
                    return;
                }
            }
        }
    }

    /// Makes a place for a new connection, or refuses it.
    fn admit(&mut self, at: usize, socket: TcpStream, peer: SocketAddr) {
        if !self.allowed.contains(peer.ip()) {
            // A connection counts as one datagram here: nothing of it is read.
            self.decoder.refuse(NOT_ALLOWED, 1);
            return self.listeners[at].refuse(NOT_ALLOWED, peer);
        }
        let of_address = self.per_address.get(&peer.ip()).copied().unwrap_or(0);
        if of_address >= self.limits.per_address {
            return self.listeners[at].refuse("too_many_from_address", peer);
        }
        if self.open() >= self.limits.total {
            match self.expendable() {
                Some(slot) => self.close(slot, &Closed::MadeRoom),
                None => return self.listeners[at].refuse("too_many", peer),
            }
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() - 1
        });
        let listener = &mut self.listeners[at];
        let begun = Channel::new(socket, listener.tls()).and_then(|channel| {
            self.readiness
                .watch(channel.socket(), CONNECTIONS + slot as u64)
                .map_err(|cause| Closed::Failed { cause: cause.to_string() })?;
            Ok(channel)
        });
        match begun {
            Ok(channel) => {
                listener.admit(peer);
                *self.per_address.entry(peer.ip()).or_default() += 1;
                self.connections[slot] = Some(Connection::new(peer, at, channel));
            }
            Err(closed) => {
                warn!(%peer, cause = closed.detail(), "cannot take a connection");
                self.free.push(slot);
            }
        }
    }

    fn open(&self) -> usize {
        self.connections.len() - self.free.len()
    }

    /// The oldest connection that never sent a message. One that did is not given up for a stranger.
    fn expendable(&self) -> Option<usize> {
        self.connections
            .iter()
            .enumerate()
            .filter_map(|(slot, connection)| Some((slot, connection.as_ref()?)))
            .filter(|(_, connection)| connection.messages == 0)
            .min_by_key(|(_, connection)| connection.opened())
            .map(|(slot, _)| slot)
    }

    fn close(&mut self, slot: usize, closed: &Closed) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::take) else { return };
        self.free.push(slot);
        let peer = connection.peer;
        if let Some(count) = self.per_address.get_mut(&peer.ip()) {
            *count -= 1;
            if *count == 0 {
                self.per_address.remove(&peer.ip());
            }
        }
        let listener = &mut self.listeners[connection.listener];
        let unread = match closed {
            Closed::NotIpfix { .. } | Closed::ImpossibleLength { .. } => Some(closed.name()),
            _ => connection.is_amid_message().then_some("cut_short"),
        };
        if let Some(reason) = unread {
            listener.counts.datagrams += 1;
            self.decoder.refuse(reason, 1);
        }
        listener.close(peer, connection.messages, closed);
        self.decoder.close(peer, listener.bound().transport);
    }

    fn end_overdue(&mut self) {
        let now = Instant::now();
        for slot in 0..self.connections.len() {
            let overdue = self.connections[slot].as_ref().and_then(|one| one.overdue(now, &self.limits));
            if let Some(closed) = overdue {
                self.close(slot, &closed);
            }
        }
        self.decoder.book();
    }

    /// Watches listeners again that had to be left alone.
    fn resume(&mut self) {
        for at in std::mem::take(&mut self.paused) {
            if self.readiness.watch(self.listeners[at].socket(), at as u64).is_err() {
                self.paused.push(at);
            }
        }
    }

    fn drain(&mut self) {
        let draining = Instant::now();
        while draining.elapsed() < DRAIN
            && (self.readiness.wait(Duration::ZERO) > 0 || !self.unfinished.is_empty())
        {
            self.round();
        }
        let open = self.open();
        for slot in 0..self.connections.len() {
            self.close(slot, &Closed::Stopping);
        }
        self.decoder.book();
        if open > 0 {
            info!(connections = open, "closed the connections of exporters");
        }
    }

    fn publish(&mut self) {
        let counts: Vec<SocketCounts> = self.listeners.iter().map(|listener| listener.counts).collect();
        if let Some(place) = lock(&self.shared.sockets).get_mut(self.index) {
            *place = counts;
        }
        let exporters = self.decoder.exporters();
        if let Some(place) = lock(&self.shared.exporters).get_mut(self.index) {
            *place = exporters;
        }
    }
}
