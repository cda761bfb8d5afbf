//! What the API asks of the pipeline.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use weir_alert::AlertStore;
use weir_api::Backend;
use weir_api::model::{
    Accounting, DetectionStatus, DiskStatus, Exporter, Gaps, Health, LastError, ListenerStatus, RuleProblem,
    SourceStatus, Status, StoreStatus, Template, TemplateField,
};
use weir_api::time::rfc3339;
use weir_detect::RuleBook;
use weir_filter::Sets;
use weir_ingest::{Reasons, TemplateStatus, Transport};
use weir_notify::Notifier;
use weir_pipeline::{Deps, ExporterStatus, Pipeline};
use weir_query::{Source, SourceError};
use weir_schema::Table;
use weir_sigma::Severity;
use weir_store::{Disk, Store, StoreStats};
use weir_telemetry::{Clock, LedgerSnapshot, Registry};

use super::{exporter_metrics, watch_status};
use crate::configuration::Configuration;

/// Protocols that a port takes.
fn protocols(transport: Transport) -> Vec<String> {
    let taken: &[&str] = match transport {
        Transport::Udp => &["netflow1", "netflow5", "netflow7", "netflow9", "ipfix", "sflow5"],
        Transport::Tcp | Transport::Tls => &["ipfix"],
    };
    taken.iter().copied().map(str::to_owned).collect()
}

/// What can be noticed, and what was.
pub(super) struct Watched {
    pub(super) rules: Arc<RuleBook>,
    pub(super) alerts: Arc<AlertStore>,
    pub(super) notifier: Notifier,
}

/// The running pipeline, as the API sees it.
pub(super) struct PipelineBackend {
    pipeline: Arc<Pipeline>,
    clock: Arc<dyn Clock>,
    metrics: Registry,
    configuration: Configuration,
    sets: Arc<Sets>,
    watched: Watched,
    started_ns: i64,
    demo: bool,
    stopping: AtomicBool,
}

impl PipelineBackend {
    pub(super) fn new(
        pipeline: Arc<Pipeline>,
        deps: &Deps,
        configuration: &Configuration,
        watched: Watched,
        demo: bool,
    ) -> Self {
        let clock = Arc::clone(&deps.clock);
        Self {
            pipeline,
            started_ns: clock.now_ns(),
            clock,
            metrics: deps.metrics.clone(),
            configuration: configuration.clone(),
            sets: Arc::new(configuration.sets.clone()),
            watched,
            demo,
            stopping: AtomicBool::new(false),
        }
    }

    fn disk(&self) -> Option<DiskStatus> {
        let dir = &self.configuration.data.dir;
        let disk = Disk::of(dir, &self.configuration.store).ok()?;
        Some(DiskStatus {
            directory: std::path::absolute(dir).unwrap_or_else(|_| dir.clone()).display().to_string(),
            total_bytes: disk.total,
            free_bytes: disk.free,
            min_free_bytes: disk.min_free,
            max_size_bytes: disk.max_size,
        })
    }

    /// What is wrong in the rules in force, and in the files that would take their place.
    fn rule_problems(&self) -> Vec<RuleProblem> {
        let (set, broken) = (self.watched.rules.set(), self.watched.rules.broken());
        let wrong = set.problems.iter().filter(|problem| problem.severity == Severity::Error);
        wrong.chain(&broken).map(Into::into).collect()
    }

    fn detection(&self) -> Option<DetectionStatus> {
        let status = self.pipeline.detection()?;
        let ledgers = self.ledgers();
        let kept = ledgers.rows.stored + ledgers.records.waiting;
        let saved_ns = watch_status::saved_ns(&self.configuration.data.dir);
        Some(watch_status::detection(&status, &self.watched.rules, kept, saved_ns, self.clock.now_ns()))
    }

    /// From now on Weir is finishing its work.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// The stage that has ended although nobody told it to.
    pub(super) fn dead_stage(&self) -> Option<&'static str> {
        self.pipeline.dead_stage()
    }

    /// The ledgers at this moment.
    pub(super) fn ledgers(&self) -> LedgerSnapshot {
        self.pipeline.accounting()
    }
}

impl Backend for PipelineBackend {
    fn now_ns(&self) -> i64 {
        self.clock.now_ns()
    }

    fn sets(&self) -> Arc<Sets> {
        Arc::clone(&self.sets)
    }

    fn snapshot(&self, table: Table) -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(self.pipeline.store(table).snapshot()))
    }

    fn base_url(&self) -> Option<String> {
        self.configuration.notify.url.clone()
    }

    fn alerts(&self) -> &AlertStore {
        &self.watched.alerts
    }

    fn rules(&self) -> &RuleBook {
        &self.watched.rules
    }

    fn health(&self) -> Health {
        let trouble = self.pipeline.trouble();
        let status = match &trouble {
            _ if self.stopping.load(Ordering::Relaxed) => Status::Stopping,
            Some(_) => Status::Failing,
            None => Status::Ok,
        };
        Health {
            status,
            trouble,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: rfc3339(self.started_ns),
            now: rfc3339(self.clock.now_ns()),
            demo: self.demo,
            listeners: self
                .pipeline
                .listeners()
                .into_iter()
                .map(|listener| ListenerStatus {
                    transport: listener.transport.name().to_owned(),
                    address: listener.address,
                    protocols: protocols(listener.transport),
                    receive_buffer_bytes: listener.receive_buffer_bytes,
                    receive_buffer_wanted_bytes: match listener.transport {
                        Transport::Udp => self.configuration.listen.receive_buffer.0,
                        Transport::Tcp | Transport::Tls => 0,
                    },
                    datagrams: listener.datagrams,
                    connections: listener.connections,
                    kernel_dropped: listener.kernel_dropped,
                })
                .collect(),
            store: store_status(self.pipeline.store(Table::Flows)),
            counters: store_status(self.pipeline.store(Table::Counters)),
            sources: self.pipeline.enrichment().iter().map(source).collect(),
            disk: self.disk(),
            rule_problems: self.rule_problems(),
            detect: self.detection(),
            notify: self.watched.notifier.status().into_iter().map(watch_status::channel).collect(),
        }
    }

    fn compact(&self) {
        self.pipeline.compact();
    }

    fn accounting(&self) -> Accounting {
        Accounting::new(self.ledgers(), self.exporters())
    }

    fn exporters(&self) -> Vec<Exporter> {
        let mut exporters: Vec<Exporter> = self.pipeline.exporters().iter().map(exporter).collect();
        exporters.sort_by(|a, b| {
            (a.exporter, a.domain, &a.protocol, a.port).cmp(&(b.exporter, b.domain, &b.protocol, b.port))
        });
        exporters
    }

    fn templates(&self, exporter: IpAddr) -> Option<(Vec<Template>, u64)> {
        let list = self.pipeline.templates_of(exporter)?;
        Some((list.templates.iter().map(template).collect(), list.total as u64))
    }

    fn metrics(&self) -> String {
        let mut text = self.metrics.render();
        text.push_str(&exporter_metrics::render(&self.exporters()));
        text.push_str(&ledger_metrics(&self.ledgers(), |table| self.pipeline.store(table).stats()));
        if let Some(detection) = self.detection() {
            text.push_str(&watch_status::metrics(&detection));
        }
        text.push_str(&self.watched.notifier.metrics());
        text
    }
}

fn store_status(store: &Store) -> StoreStatus {
    let stats = store.stats();
    StoreStatus {
        segments: stats.segments,
        sorted_segments: stats.sorted_segments,
        damaged: store.damaged().into_iter().map(|(path, _)| path).collect(),
        rows: stats.rows,
        bytes: stats.bytes,
        hot_rows: stats.hot_rows,
        oldest: stats.oldest.map(rfc3339),
        newest: stats.newest.map(rfc3339),
    }
}

fn source(status: &weir_pipeline::SourceStatus) -> SourceStatus {
    SourceStatus {
        path: status.path.display().to_string(),
        kind: status.kind.to_owned(),
        entries: status.entries,
        modified: status.modified_ns.map(rfc3339),
        loaded: status.loaded_ns.map(rfc3339),
        error: status.error.clone(),
    }
}

fn exporter(status: &ExporterStatus) -> Exporter {
    let mut rejected = BTreeMap::new();
    for (reason, count) in status.rejected.iter().chain(status.problems.iter()) {
        *rejected.entry(reason.as_str().to_owned()).or_default() += count;
    }
    Exporter {
        exporter: status.exporter,
        domain: status.domain,
        protocol: status.protocol.to_owned(),
        transport: status.transport.to_owned(),
        port: status.port,
        datagrams: status.datagrams,
        bytes: status.bytes,
        records: status.records,
        rows: status.rows,
        options_records: status.options_records,
        counter_rows: status.counter_rows,
        events: status.kinds.event,
        first_seen: rfc3339(status.first_seen_ns),
        last_seen: rfc3339(status.last_seen_ns),
        gaps: status.gaps.as_ref().map_or_else(Gaps::default, |gaps| Gaps {
            unit: gaps.unit.to_owned(),
            count: gaps.count,
            estimated_records: gaps.estimated_records,
            reordered: gaps.reordered,
            duplicates: gaps.duplicates,
            restarts: gaps.restarts,
        }),
        sampling: status.sampling,
        sampling_origin: status.sampling_origin.map(str::to_owned),
        templates: status.templates as u64,
        templates_changed: status.templates_changed_ns.map(rfc3339),
        held_sets: status.held_sets,
        held_bytes: status.held_bytes,
        clock_skew_ms: status.clock_ahead_ms,
        delay_ms: status.delay_ms,
        records_per_second: status.records_per_second,
        bytes_per_second: status.bytes_per_second,
        clock_off: status.clock_off,
        rejected,
        last_error: status.last_error.as_ref().map(|error| LastError {
            reason: error.reason.to_owned(),
            at: rfc3339(error.at_ns),
            bytes: error.bytes.clone(),
        }),
        doubts: by_name(&status.doubts),
    }
}

fn template(status: &TemplateStatus) -> Template {
    let field = |field: &weir_ingest::TemplateField| TemplateField {
        name: field.name.clone(),
        enterprise: field.enterprise,
        element: field.element,
        length: field.length,
        scope: field.scope,
    };
    Template {
        domain: status.domain,
        protocol: status.protocol.to_owned(),
        transport: status.transport.to_owned(),
        port: status.port,
        id: status.id,
        options: status.options,
        fields: status.fields.iter().map(field).collect(),
        since: rfc3339(status.since_ns),
        announced: rfc3339(status.announced_ns),
        used: status.used_ns.map(rfc3339),
        records: status.records,
        doubts: by_name(&status.doubts),
    }
}

fn by_name(reasons: &Reasons) -> BTreeMap<String, u64> {
    reasons.iter().map(|(reason, count)| (reason.as_str().to_owned(), count)).collect()
}

/// The ledgers and the store in Prometheus' words. They are read where they are kept, not counted a second time.
fn ledger_metrics(ledgers: &LedgerSnapshot, stats: impl Fn(Table) -> StoreStats) -> String {
    let registry = Registry::default();
    let datagrams = "Datagrams by what became of them.";
    let records = "Records by where they are.";
    let counter_rows = "Rows of the table `counters` by where they are.";
    let counters = [
        ("weir_datagrams_received_total", "Datagrams taken from the sockets.", ledgers.datagrams.received),
        ("weir_datagrams_decoded_total", datagrams, ledgers.datagrams.decoded),
        (
            "weir_datagrams_kernel_dropped_total",
            "Datagrams that the kernel dropped.",
            ledgers.datagrams.kernel_dropped,
        ),
        ("weir_records_decoded_total", records, ledgers.records.decoded),
        ("weir_records_stored_total", records, ledgers.records.stored),
        ("weir_counter_rows_decoded_total", counter_rows, ledgers.rows.counters.decoded),
        ("weir_counter_rows_stored_total", counter_rows, ledgers.rows.counters.stored),
    ];
    for (name, help, value) in counters {
        registry.counter(name, help, &[]).add(value);
    }
    let by_reason = [
        (
            "weir_datagrams_rejected_total",
            "Datagrams refused as a whole.",
            "reason",
            &ledgers.datagrams.rejected,
        ),
        (
            "weir_datagrams_dropped_total",
            "Datagrams dropped at a full queue.",
            "queue",
            &ledgers.datagrams.dropped,
        ),
        (
            "weir_sets_rejected_total",
            "Sets and samples that could not be read.",
            "reason",
            &ledgers.sets.rejected,
        ),
        ("weir_records_rejected_total", "Records refused.", "reason", &ledgers.records.rejected),
        ("weir_records_lost_total", "Records lost.", "place", &ledgers.records.lost),
        ("weir_counter_rows_lost_total", counter_rows, "place", &ledgers.rows.counters.lost),
    ];
    for (name, help, label, places) in by_reason {
        for (place, value) in places {
            registry.counter(name, help, &[(label, place)]).add(*value);
        }
    }
    let set = |name, help, labels: &[(&str, &str)], value: u64| {
        registry.gauge(name, help, labels).set(i64::try_from(value).unwrap_or(i64::MAX));
    };
    let waiting = "Records decoded and visible, not yet synced.";
    set("weir_records_waiting", waiting, &[], ledgers.records.waiting);
    set("weir_counter_rows_waiting", counter_rows, &[], ledgers.rows.counters.waiting);
    for table in Table::ALL {
        let stats = stats(table);
        let gauges = [
            ("weir_store_segments", "Segment files.", stats.segments),
            (
                "weir_store_sorted_segments",
                "Segment files that are put together and sorted by address.",
                stats.sorted_segments,
            ),
            (
                "weir_store_damaged_segments",
                "Segment files found damaged since the start.",
                stats.damaged_segments,
            ),
            ("weir_store_rows", "Rows in segments.", stats.rows),
            ("weir_store_bytes", "Bytes of segment files.", stats.bytes),
            ("weir_store_hot_rows", "Rows in memory that are not in a segment yet.", stats.hot_rows),
            ("weir_store_hot_bytes", "Memory that they take.", stats.hot_bytes),
        ];
        for (name, help, value) in gauges {
            set(name, help, &[("table", table.name())], value);
        }
    }
    registry.render()
}
