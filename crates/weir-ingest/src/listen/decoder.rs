//! What every worker does with what it received: decode, count, batch, pass on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use tracing::{error, warn};
use weir_batch::Batches;
use weir_schema::Table;
use weir_telemetry::{Ledger, Tally};

use super::{Decoded, ListenDeps, Shared};
use crate::config::ListenConfig;
use crate::{ExporterStatus, GivenUp, Session, Transport};

/// One worker's session and the batches that it fills.
pub(super) struct Decoder {
    session: Session,
    batches: Batches,
    /// Records in the batch of flows.
    records: u64,
    /// When the oldest row in the batches came.
    oldest: Option<Instant>,
    tally: Tally,
    flush_after: Duration,
    batch_rows: usize,
    ledger: Arc<Ledger>,
    sink: SyncSender<Decoded>,
}

impl Decoder {
    pub(super) fn new(config: &ListenConfig, deps: &ListenDeps, workers: usize, shared: &Shared) -> Self {
        Self {
            session: Session::new(deps.exporters.limits(workers))
                .with_sampling(&deps.exporters.sampling)
                .with_newcomers(shared.newcomers.clone()),
            batches: Batches::new(),
            records: 0,
            oldest: None,
            tally: Tally::default(),
            flush_after: config.flush_interval.0,
            batch_rows: config.batch_rows.max(1),
            ledger: Arc::clone(&deps.ledger),
            sink: deps.sink.clone(),
        }
    }

    /// Decodes a datagram. It is in no ledger before [`Decoder::book`].
    pub(super) fn datagram(&mut self, source: SocketAddr, received_ns: i64, bytes: &[u8]) {
        self.session.datagram(source, received_ns, bytes, &mut self.batches).book(&mut self.tally);
        self.book_if_full();
    }

    /// Decodes a message of a connection; likewise.
    pub(super) fn message(
        &mut self,
        source: SocketAddr,
        transport: Transport,
        received_ns: i64,
        bytes: &[u8],
    ) {
        self.session
            .stream_message(source, transport, received_ns, bytes, &mut self.batches)
            .book(&mut self.tally);
        self.book_if_full();
    }

    /// After each one: a datagram can hold 65 000 records, and a round of them more than a frame of the journal.
    fn book_if_full(&mut self) {
        if self.batches.is_full(self.batch_rows) {
            self.book();
        }
    }

    /// Counts something that was refused before it was read.
    pub(super) fn refuse(&mut self, reason: &'static str, messages: u64) {
        if messages > 0 {
            self.tally.refuse(reason, messages);
        }
    }

    /// Forgets what a connection's exporter announced: it dies with the connection (RFC 7011, section 10.4).
    pub(super) fn close(&mut self, source: SocketAddr, transport: Transport) {
        let given_up = self.session.close(source, transport);
        self.give_up(given_up);
    }

    /// Books what was received since the last call, and passes on a batch that is full.
    pub(super) fn book(&mut self) {
        self.records += self.tally.records;
        self.ledger.receive(&self.tally);
        self.tally.clear();
        if self.batches.rows() > 0 {
            self.oldest.get_or_insert_with(Instant::now);
        }
        if self.batches.is_full(self.batch_rows) {
            self.pass_on();
        }
    }

    /// How long the batches may still wait; `None` when there is nothing in them.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.oldest.map(|since| self.flush_after.saturating_sub(since.elapsed()))
    }

    /// Passes on batches that are old enough.
    pub(super) fn pass_on_if_due(&mut self) {
        if self.patience() == Some(Duration::ZERO) {
            self.pass_on();
        }
    }

    /// Hands the batches to the journal. The queue is bounded: when it is full this waits, and the kernel's buffer takes
    /// what comes meanwhile.
    pub(super) fn pass_on(&mut self) {
        self.oldest = None;
        for table in Table::ALL {
            let taken = Decoded::take(&mut self.batches, table, &mut self.records, &self.ledger);
            let Some(decoded) = taken else { continue };
            let (records, rows) = (decoded.records, decoded.batch.num_rows() as u64);
            if self.sink.send(decoded).is_err() {
                match table {
                    Table::Flows => self.ledger.lose("pipeline_stopped", records),
                    Table::Counters => self.ledger.lose_counters("pipeline_stopped", rows),
                }
                error!(table = table.name(), records, rows, "the journal is gone, records are lost");
            }
        }
    }

    /// Passes on everything at the end. What still waits for its template waits in vain.
    pub(super) fn finish(&mut self) {
        let given_up = self.session.give_up_held();
        self.give_up(given_up);
        self.pass_on();
    }

    /// What is known of exporters, for who keeps it across restarts.
    pub(super) fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// What is known of each exporter.
    pub(super) fn exporters(&self) -> Vec<ExporterStatus> {
        self.session.exporters()
    }

    /// Forgets exporters that have been silent for long, and gives up sets whose template did not come.
    pub(super) fn housekeeping(&mut self, now_ns: i64) {
        let given_up = self.session.housekeeping(now_ns);
        self.give_up(given_up);
    }

    fn give_up(&mut self, given_up: GivenUp) {
        if given_up.sets == 0 {
            return;
        }
        warn!(sets = given_up.sets, "templates did not come in time: sets of records cannot be read");
        given_up.book(&mut self.tally);
        self.book();
    }
}
