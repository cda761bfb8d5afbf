//! One worker: receive datagrams, decode, pass on.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tracing::warn;
use weir_telemetry::{Clock, Ledger, LogLimit};

use super::allow::{Allowed, NOT_ALLOWED};
use super::decoder::Decoder;
use super::gather;
use super::question::Questions;
use super::readiness::Readiness;
use super::receive::Receiver;
use super::relay::Relay;
use super::socket::Socket;
use super::steer;
use super::{
    HOUSEKEEPING, IDLE, ListenDeps, ListenError, PUBLISH, Shared, SocketCounts, limit_of_others, lock,
};
use crate::Memory;
use crate::config::ListenConfig;

/// At a stop the sockets are drained until empty, but no longer than this.
const DRAIN: Duration = Duration::from_secs(2);

/// Templates are handed on for keeping no more often than this.
const REMEMBER: Duration = Duration::from_secs(10);
/// The same where nothing is new: when templates were last announced is kept as well.
const CONFIRM: Duration = Duration::from_hours(1);

/// After a failure of every ready socket it waits this long: what comes meanwhile is in the kernel's buffer.
const PAUSE: Duration = Duration::from_millis(50);
/// A repeated complaint is logged once in this time.
const LOG_PACE: Duration = Duration::from_secs(10);

pub(super) struct Worker {
    index: usize,
    sockets: Vec<Socket>,
    /// One per socket.
    counts: Vec<SocketCounts>,
    readiness: Readiness,
    /// How long datagrams may gather in the kernel's buffers before they are fetched together.
    gather: Option<Duration>,
    decoder: Decoder,
    questions: Questions,
    allowed: Allowed,
    strangers: LogLimit,
    relay: Relay,
    receiver: Receiver,
    /// Up to which change templates were handed to the keeper, and when.
    remembered: (u64, Instant),
    /// Kernel drops that the log does not have yet.
    unsaid_drops: u64,
    drops_log: LogLimit,
    failures_log: LogLimit,
    clock: Arc<dyn Clock>,
    ledger: Arc<Ledger>,
    shared: Arc<Shared>,
}

impl Worker {
    pub(super) fn new(
        index: usize,
        sockets: Vec<Socket>,
        relay: Relay,
        config: &ListenConfig,
        deps: &ListenDeps,
        shared: Arc<Shared>,
        questions: Questions,
    ) -> Result<Self, ListenError> {
        let readiness = Readiness::new().map_err(ListenError::Readiness)?;
        for (at, socket) in sockets.iter().enumerate() {
            readiness.watch(socket.descriptor().as_fd(), at as u64).map_err(ListenError::Readiness)?;
        }
        Ok(Self {
            index,
            counts: vec![SocketCounts::default(); sockets.len()],
            gather: gather::time(sockets.iter().map(Socket::receive_buffer)),
            sockets,
            readiness,
            decoder: Decoder::new(config, deps, config.worker_count(), &shared),
            questions,
            remembered: (0, Instant::now()),
            allowed: Allowed::new(&config.allow),
            strangers: limit_of_others(),
            relay,
            receiver: Receiver::new(),
            unsaid_drops: 0,
            drops_log: LogLimit::new(LOG_PACE),
            failures_log: LogLimit::new(LOG_PACE),
            clock: Arc::clone(&deps.clock),
            ledger: Arc::clone(&deps.ledger),
            shared,
        })
    }

    /// Takes in what the workers of the last run knew of the exporters that are this one's now.
    pub(super) fn restore(&mut self, memories: &[Memory], workers: usize) {
        let now_ns = self.clock.now_ns();
        for memory in memories {
            let own = memory
                .domains
                .iter()
                .filter(|domain| steer::worker_of(domain.exporter, workers as u32) as usize == self.index);
            let own = Memory { layouts: memory.layouts.clone(), domains: own.cloned().collect() };
            self.decoder.session().restore(&own, now_ns);
        }
        self.remembered.0 = self.decoder.session().changes();
    }

    /// Hands what it knows to the keeper, when there is something new or, now and then, when it was confirmed.
    fn remember(&mut self, at_once: bool) {
        let Some(keeper) = &self.shared.keeper else { return };
        let (known, since) = (self.decoder.session().changes(), self.remembered.1.elapsed());
        let due = known != self.remembered.0 && since >= REMEMBER || since >= CONFIRM;
        if at_once || due {
            keeper.tell(self.index, self.decoder.session().remember());
            self.remembered = (known, Instant::now());
        }
    }

    /// Works until told to stop, then drains the sockets.
    pub(super) fn run(mut self) {
        let mut published = Instant::now();
        let mut tidied = Instant::now();
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.readiness.wait(self.decoder.patience().unwrap_or(IDLE).min(IDLE));
            let most = self.receive_round();
            if let Some(time) = gather::worthwhile(self.gather, most) {
                std::thread::park_timeout(time);
            }
            self.decoder.pass_on_if_due();
            self.questions.answer(self.decoder.session());
            if published.elapsed() >= PUBLISH {
                published = Instant::now();
                self.publish();
                self.remember(false);
            }
            if tidied.elapsed() >= HOUSEKEEPING {
                tidied = Instant::now();
                self.decoder.housekeeping(self.clock.now_ns());
            }
        }
        let draining = Instant::now();
        while draining.elapsed() < DRAIN && self.readiness.wait(Duration::ZERO) > 0 {
            self.receive_round();
        }
        self.decoder.finish();
        self.publish();
        self.remember(true);
    }

    /// Takes one batch from each socket that has data; returns the size of the largest.
    fn receive_round(&mut self) -> usize {
        let (mut most, mut failed) = (0, false);
        for at in 0..self.readiness.len() {
            let index = self.readiness.token(at) as usize;
            match self.receiver.receive(&self.sockets[index]) {
                Ok(0) => {}
                Ok(count) => {
                    most = most.max(count);
                    self.counts[index].datagrams += count as u64;
                    self.refuse_strangers(index);
                    self.relay.send(self.receiver.datagrams().map(|(_, bytes)| bytes));
                    self.decode();
                }
                Err(cause) => {
                    failed = true;
                    self.report(index, &cause);
                }
            }
        }
        // A socket that fails again and again is always ready.
        if let Some(pause) = pause(most > 0, failed) {
            std::thread::park_timeout(pause);
        }
        most
    }

    /// Leaves out what is not from an allowed address.
    fn refuse_strangers(&mut self, index: usize) {
        if self.allowed.is_everybody() {
            return;
        }
        let allowed = &self.allowed;
        let (refused, last) = self.receiver.retain(|sender| allowed.contains(sender.ip()));
        self.decoder.refuse(NOT_ALLOWED, refused);
        if let Some((sender, unsaid)) = last.and_then(|sender| Some((sender, self.strangers.allow()?))) {
            let listener = self.sockets[index].address();
            warn!(%listener, %sender, refused, unsaid, "datagrams from an address that `listen.allow` does not let in");
        }
    }

    fn decode(&mut self) {
        let received_ns = self.clock.now_ns();
        for (source, bytes) in self.receiver.datagrams() {
            self.decoder.datagram(source, received_ns, bytes);
        }
        self.decoder.book();
    }

    fn publish(&mut self) {
        let mut new_drops = 0;
        for (socket, counts) in self.sockets.iter().zip(&mut self.counts) {
            let now = socket.kernel_dropped();
            new_drops += now.saturating_sub(counts.kernel_dropped);
            counts.kernel_dropped = now;
        }
        if new_drops > 0 {
            self.ledger.kernel_drop(new_drops);
            self.unsaid_drops += new_drops;
            if self.drops_log.allow().is_some() {
                let datagrams = std::mem::take(&mut self.unsaid_drops);
                warn!(datagrams, "the kernel dropped datagrams: Weir could not keep up");
            }
        }
        if let Some(place) = lock(&self.shared.sockets).get_mut(self.index) {
            place.clone_from(&self.counts);
        }
        let exporters = self.decoder.exporters();
        if let Some(place) = lock(&self.shared.exporters).get_mut(self.index) {
            *place = exporters;
        }
    }

    fn report(&mut self, index: usize, cause: &io::Error) {
        if let Some(unsaid) = self.failures_log.allow() {
            warn!(listener = %self.sockets[index].address(), %cause, unsaid, "cannot receive");
        }
    }
}

/// How long to leave the sockets alone after a round in which some failed and none had anything.
fn pause(received: bool, failed: bool) -> Option<Duration> {
    (failed && !received).then_some(PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_only_when_there_is_nothing_but_failures() {
        assert_eq!(pause(false, true), Some(PAUSE));
        for (received, failed) in [(true, true), (true, false), (false, false)] {
            assert_eq!(pause(received, failed), None);
        }
    }
}
