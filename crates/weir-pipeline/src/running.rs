//! Start and stop, in order.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use weir_enrich::{Enrichment, SourceStatus};
use weir_ingest::listen::{ListenDeps, ListenerStatus, Listening};
use weir_ingest::{ExporterStatus, TemplateList};
use weir_journal::Position;
use weir_schema::Table;
use weir_store::Store;
use weir_telemetry::{Clock, Ledger, LedgerSnapshot, Registry};

use crate::config::PipelineConfig;
use crate::detect_stage::{DetectStage, DetectStatus, Progress, Watch};
use crate::error::PipelineError;
use crate::journal_stage::JournalStage;
use crate::signals::Signals;
use crate::tables::{self, Tables};
use crate::{QUEUE_BATCHES, compact_stage, store_stage};

/// What the pipeline takes from outside.
#[derive(Clone)]
pub struct Deps {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The process's metrics.
    pub metrics: Registry,
}

/// The running stages.
pub struct Pipeline {
    stores: Tables<Arc<Store>>,
    ledger: Arc<Ledger>,
    enrichment: Enrichment,
    listening: Mutex<Listening>,
    journal: Option<JoinHandle<()>>,
    segments: Option<JoinHandle<()>>,
    compaction: Option<JoinHandle<()>>,
    stop_segments: Arc<AtomicBool>,
    detect: Option<JoinHandle<()>>,
    stop_detect: Arc<AtomicBool>,
    progress: Option<Arc<Progress>>,
    signals: Arc<Signals>,
}

impl Pipeline {
    /// Opens the data directory, brings back what the journal holds beyond the segments, opens the ports.
    ///
    /// # Errors
    /// The first stage that refuses; nothing keeps running then.
    pub fn start(config: &PipelineConfig, deps: &Deps) -> Result<Self, PipelineError> {
        Self::start_watching(config, deps, None)
    }

    /// As [`Pipeline::start`], with something that watches every flow.
    ///
    /// # Errors
    /// The first stage that refuses; nothing keeps running then.
    pub fn start_watching(
        config: &PipelineConfig,
        deps: &Deps,
        watch: Option<Watch>,
    ) -> Result<Self, PipelineError> {
        let ledger = Arc::new(Ledger::default());
        let tables = tables::open(config, deps, &ledger)?;
        // Without a saved state it begins with what the journal still has.
        let stage = |watch| {
            let (clock, metrics) = (Arc::clone(&deps.clock), deps.metrics.clone());
            DetectStage::new(&config.data.dir, watch, Position::START, clock, metrics)
        };
        let detect = watch.map(stage).transpose()?;
        let progress = detect.as_ref().map(DetectStage::progress);
        let stores = tables.as_ref().map(|_, open| Arc::clone(&open.store));
        let enrichment =
            Enrichment::start(&config.enrich, &config.networks, &config.data.dir, Arc::clone(&deps.clock));
        let (sink, batches) = sync_channel(QUEUE_BATCHES);
        let listen_deps = ListenDeps {
            clock: Arc::clone(&deps.clock),
            ledger: Arc::clone(&ledger),
            metrics: deps.metrics.clone(),
            sink,
            exporters: config.exporters.clone(),
            folder: Some(config.data.dir.clone()),
        };
        let listening = Listening::start(&config.listen, &listen_deps)?;
        // From here on only the workers hold senders: the journal stage ends when the last worker has.
        drop(listen_deps);
        let signals = Arc::new(Signals::default());
        let stage = JournalStage::new(
            tables,
            Arc::clone(&ledger),
            Arc::clone(&signals),
            config.journal.sync_interval.0,
        )
        .enriched_by(enrichment.enricher(&config.enrich))
        .watched_by(progress.clone());
        let journal = spawn("journal", move || stage.run(&batches))?;
        let stop_segments = Arc::new(AtomicBool::new(false));
        let segments = {
            let (stores, stop, signals) = (stores.clone(), Arc::clone(&stop_segments), Arc::clone(&signals));
            spawn("segments", move || store_stage::run(&stores, &signals, &stop))?
        };
        let compaction = {
            let (stores, stop, signals) = (stores.clone(), Arc::clone(&stop_segments), Arc::clone(&signals));
            let metrics = deps.metrics.clone();
            spawn("compaction", move || compact_stage::run(&stores, &metrics, &signals, &stop))?
        };
        let stop_detect = Arc::new(AtomicBool::new(false));
        let detect = match detect {
            Some(stage) => {
                let stop = Arc::clone(&stop_detect);
                Some(spawn("detect", move || stage.run(&stop))?)
            }
            None => None,
        };
        Ok(Self {
            stores,
            ledger,
            enrichment,
            listening: Mutex::new(listening),
            journal: Some(journal),
            segments: Some(segments),
            compaction: Some(compaction),
            stop_segments,
            detect,
            stop_detect,
            progress,
            signals,
        })
    }

    /// The store of a table, for queries.
    pub fn store(&self, table: Table) -> &Arc<Store> {
        self.stores.of(table)
    }

    /// The ledgers at this moment.
    pub fn accounting(&self) -> LedgerSnapshot {
        self.ledger.snapshot()
    }

    /// Every exporter seen.
    pub fn exporters(&self) -> Vec<ExporterStatus> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).exporters()
    }

    /// The templates of an exporter's address; `None` if those who know do not answer in time.
    pub fn templates_of(&self, exporter: IpAddr) -> Option<TemplateList> {
        // The lock is not held while waiting for the answer.
        let desks = self.listening.lock().unwrap_or_else(PoisonError::into_inner).desks();
        desks.templates_of(exporter)
    }

    /// The ports that are open.
    pub fn listeners(&self) -> Vec<ListenerStatus> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).listeners()
    }

    /// How detection is; `None` if it is off.
    pub fn detection(&self) -> Option<DetectStatus> {
        self.progress.as_ref().map(|progress| progress.status())
    }

    /// The files that names and places of addresses come from.
    pub fn enrichment(&self) -> Vec<SourceStatus> {
        self.enrichment.status()
    }

    /// The stage that has ended although nobody told it to: then nothing works any more, and a restart is the way out.
    pub fn dead_stage(&self) -> Option<&'static str> {
        let has_ended = |stage: &Option<JoinHandle<()>>| stage.as_ref().is_some_and(JoinHandle::is_finished);
        if self.signals.is_stopping() {
            None
        } else if has_ended(&self.journal) {
            Some("journal")
        } else if has_ended(&self.segments) {
            Some("segments")
        } else if has_ended(&self.compaction) {
            Some("compaction")
        } else if has_ended(&self.detect) {
            Some("detect")
        } else if self.listening.lock().unwrap_or_else(PoisonError::into_inner).has_dead_worker() {
            Some("receive")
        } else {
            None
        }
    }

    /// Plays the death of a stage.
    #[cfg(test)]
    pub(crate) fn replace_journal_stage(&mut self, stage: JoinHandle<()>) -> Option<JoinHandle<()>> {
        self.journal.replace(stage)
    }

    /// Puts all segments together, in the background, whatever their age.
    pub fn compact(&self) {
        self.signals.want_compaction();
    }

    /// What keeps Weir from storing what comes, in words.
    pub fn trouble(&self) -> Option<String> {
        let dead = self.dead_stage().map(|name| format!("the stage `{name}` has ended"));
        dead.or_else(|| self.signals.trouble().map(str::to_owned))
    }

    /// Stops in the order of the flow: sockets are drained, batches journalled, the journal synced. Afterwards every
    /// decoded record is stored or counted as lost.
    pub fn stop(&mut self) -> LedgerSnapshot {
        self.signals.stop();
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).stop();
        join(self.journal.take());
        self.stop_detect.store(true, Ordering::SeqCst);
        if let Some(handle) = &self.detect {
            handle.thread().unpark();
        }
        join(self.detect.take());
        self.stop_segments.store(true, Ordering::Relaxed);
        for stage in [&mut self.segments, &mut self.compaction] {
            if let Some(handle) = stage {
                handle.thread().unpark();
            }
            join(stage.take());
        }
        self.ledger.snapshot()
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(name: &'static str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, PipelineError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|source| PipelineError::Thread { name, source })
}

fn join(handle: Option<JoinHandle<()>>) {
    if handle.is_some_and(|handle| handle.join().is_err()) {
        tracing::error!("a stage ended with a panic");
    }
}
