//! One worker: receive, decode, pass on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tracing::{error, warn};
use weir_batch::Batches;
use weir_schema::Table;
use weir_telemetry::{Clock, Ledger, Tally};

use super::receive::Receiver;
use super::socket::Socket;
use super::{Decoded, ListenDeps, Shared, SocketCounts, lock};
use crate::config::ListenConfig;
use crate::{GivenUp, Session, SessionLimits};

/// How often exporter states and kernel drops are published.
const PUBLISH: Duration = Duration::from_millis(500);
/// How often silent exporters and sets that wait for too long are looked for.
const HOUSEKEEPING: Duration = Duration::from_secs(10);
/// Longest sleep, so that a stop is noticed.
const IDLE: Duration = Duration::from_millis(100);
/// At a stop the sockets are drained until empty, but no longer than this.
const DRAIN: Duration = Duration::from_secs(2);

pub(super) struct Worker {
    index: usize,
    sockets: Vec<Socket>,
    /// One per socket.
    counts: Vec<SocketCounts>,
    /// Indexes of the sockets that the last poll found data on.
    ready: Vec<usize>,
    session: Session,
    batches: Batches,
    /// Records in the batch of flows.
    records: u64,
    /// When the oldest row in the batches came.
    oldest: Option<Instant>,
    receiver: Receiver,
    tally: Tally,
    flush_after: Duration,
    batch_rows: usize,
    clock: Arc<dyn Clock>,
    ledger: Arc<Ledger>,
    sink: SyncSender<Decoded>,
    shared: Arc<Shared>,
}

impl Worker {
    pub(super) fn new(
        index: usize,
        sockets: Vec<Socket>,
        config: &ListenConfig,
        deps: &ListenDeps,
        limits: SessionLimits,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            index,
            counts: vec![SocketCounts::default(); sockets.len()],
            ready: Vec::with_capacity(sockets.len()),
            sockets,
            session: Session::new(limits),
            batches: Batches::new(),
            records: 0,
            oldest: None,
            receiver: Receiver::new(),
            tally: Tally::default(),
            flush_after: config.flush_interval.0,
            batch_rows: config.batch_rows.max(1),
            clock: Arc::clone(&deps.clock),
            ledger: Arc::clone(&deps.ledger),
            sink: deps.sink.clone(),
            shared,
        }
    }

    /// Works until told to stop, then drains the sockets.
    pub(super) fn run(mut self) {
        let mut published = Instant::now();
        let mut tidied = Instant::now();
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.wait(self.patience());
            self.receive_round();
            if self.oldest.is_some_and(|since| since.elapsed() >= self.flush_after) {
                self.pass_on();
            }
            if published.elapsed() >= PUBLISH {
                published = Instant::now();
                self.publish();
            }
            if tidied.elapsed() >= HOUSEKEEPING {
                tidied = Instant::now();
                let given_up = self.session.housekeeping(self.clock.now_ns());
                self.give_up(given_up);
            }
        }
        let draining = Instant::now();
        while draining.elapsed() < DRAIN {
            self.wait(Duration::ZERO);
            if self.ready.is_empty() {
                break;
            }
            self.receive_round();
        }
        let given_up = self.session.give_up_held();
        self.give_up(given_up);
        self.pass_on();
        self.publish();
    }

    fn give_up(&self, given_up: GivenUp) {
        if given_up.sets == 0 {
            return;
        }
        warn!(sets = given_up.sets, "templates did not come in time: sets of records cannot be read");
        let mut tally = Tally::default();
        given_up.book(&mut tally);
        self.ledger.receive(&tally);
    }

    /// How long to sleep at most: until the batch is old enough to pass on.
    fn patience(&self) -> Duration {
        self.oldest.map_or(IDLE, |since| self.flush_after.saturating_sub(since.elapsed()).min(IDLE))
    }

    /// Sleeps until a socket has data, and notes which.
    fn wait(&mut self, patience: Duration) {
        let mut waiting: Vec<PollFd<'_>> =
            self.sockets.iter().map(|socket| PollFd::new(socket.descriptor(), PollFlags::POLLIN)).collect();
        let patience = PollTimeout::try_from(patience).unwrap_or(PollTimeout::ZERO);
        self.ready.clear();
        // A signal ends the sleep early and leaves no answer, which does no harm.
        if poll(&mut waiting, patience).is_ok() {
            self.ready.extend((0..waiting.len()).filter(|at| waiting[*at].any().unwrap_or(true)));
        }
    }

    /// Takes one batch from each socket that has data.
    fn receive_round(&mut self) {
        for at in 0..self.ready.len() {
            let index = self.ready[at];
            match self.receiver.receive(&self.sockets[index]) {
                Ok(0) => {}
                Ok(count) => {
                    self.counts[index].datagrams += count as u64;
                    self.decode(count);
                }
                Err(cause) => self.report(index, &cause),
            }
        }
    }

    fn decode(&mut self, count: usize) {
        let received_ns = self.clock.now_ns();
        for at in 0..count {
            let (source, bytes) = self.receiver.datagram(at);
            self.session.datagram(source, received_ns, bytes, &mut self.batches).book(&mut self.tally);
            // After each one: a datagram can hold 65 000 records, and a round of them more than a frame of the journal.
            if self.batches.is_full(self.batch_rows) {
                self.book();
                self.pass_on();
            }
        }
        self.book();
    }

    /// Books what was decoded since the last call.
    fn book(&mut self) {
        self.records += self.tally.records;
        self.ledger.receive(&self.tally);
        self.tally.clear();
        if self.batches.rows() > 0 {
            self.oldest.get_or_insert_with(Instant::now);
        }
    }

    /// Hands the batches to the journal. The queue is bounded: when it is full this waits, and the kernel's buffer takes
    /// what comes meanwhile.
    fn pass_on(&mut self) {
        self.oldest = None;
        for table in Table::ALL {
            let rows = self.batches.of(table);
            if rows.rows() == 0 {
                continue;
            }
            let batch = rows.finish();
            let rows = batch.num_rows() as u64;
            let records = match table {
                Table::Flows => std::mem::take(&mut self.records),
                Table::Counters => {
                    self.ledger.receive_counters(rows);
                    0
                }
            };
            if self.sink.send(Decoded { table, batch, records }).is_err() {
                match table {
                    Table::Flows => self.ledger.lose("pipeline_stopped", records),
                    Table::Counters => self.ledger.lose_counters("pipeline_stopped", rows),
                }
                error!(table = table.name(), records, rows, "the journal is gone, records are lost");
            }
        }
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
            warn!(datagrams = new_drops, "the kernel dropped datagrams: Weir could not keep up");
        }
        if let Some(place) = lock(&self.shared.sockets).get_mut(self.index) {
            place.clone_from(&self.counts);
        }
        let exporters = self.session.exporters();
        if let Some(place) = lock(&self.shared.exporters).get_mut(self.index) {
            *place = exporters;
        }
    }

    fn report(&self, index: usize, cause: &io::Error) {
        warn!(listener = %self.sockets[index].address(), %cause, "cannot receive");
    }
}
