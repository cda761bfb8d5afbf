//! How detection and the channels are, for the API and for Prometheus.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use weir_api::model::{DetectionStatus, NotifyStatus};
use weir_api::time::rfc3339;
use weir_detect::RuleBook;
use weir_notify::ChannelStatus;
use weir_pipeline::DetectStatus;
use weir_telemetry::Registry;

const SECOND_NS: f64 = 1e9;

/// How detection is at a time, when so many records were kept since the start, and its state was last saved then.
pub(super) fn detection(
    status: &DetectStatus,
    rules: &RuleBook,
    kept: u64,
    saved_ns: Option<i64>,
    now_ns: i64,
) -> DetectionStatus {
    let (engine, config, costs) = (&status.engine, rules.config(), rules.told().costs);
    let since = |ns: i64| now_ns.saturating_sub(ns).max(0) as f64 / SECOND_NS;
    // Event time is when the newest record was received, less the lateness.
    let received_ns = engine.now_ns.map(|event_ns| event_ns.saturating_add(config.lateness.as_ns()));
    // What it read again after a restart is in what it has seen: until it has caught up it seems less behind than it is.
    let lag_records = kept.saturating_sub(engine.records);
    DetectionStatus {
        records: engine.records,
        detections: engine.detections,
        lag_records,
        lag_seconds: received_ns.filter(|_| lag_records > 0).map(since).unwrap_or_default(),
        late: costs.iter().map(|cost| cost.rule.late).sum(),
        undecided: costs.iter().map(|cost| cost.rule.undecided).sum(),
        memory_bytes: engine.memory_bytes,
        memory_budget_bytes: config.memory.0,
        evicted: engine.evicted,
        lost_frames: status.lost_frames,
        event_time: engine.now_ns.map(rfc3339),
        saved: saved_ns.map(rfc3339),
        saved_seconds: saved_ns.map(since),
    }
}

/// When detection last saved its state: the time of its file.
pub(super) fn saved_ns(dir: &Path) -> Option<i64> {
    let saved = fs::metadata(dir.join("detect.state")).and_then(|file| file.modified()).ok()?;
    let since_1970 = saved.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since_1970.as_nanos()).ok()
}

/// How a channel is.
pub(super) fn channel(status: ChannelStatus) -> NotifyStatus {
    NotifyStatus {
        name: status.name,
        kind: status.kind.to_owned(),
        sent: status.sent,
        alerts: status.alerts,
        failures: status.failures,
        refused: status.refused,
        given_up: status.given_up,
        waiting: status.waiting,
        last_sent: status.sent_ns.map(rfc3339),
        error: status.error,
        error_at: status.error_ns.map(rfc3339),
        retry_at: status.retry_ns.map(rfc3339),
    }
}

/// What Prometheus is told beyond what the stage itself tells.
pub(super) fn metrics(status: &DetectionStatus) -> String {
    let registry = Registry::default();
    for (name, help, value) in [
        ("weir_detect_lag_records", "Records that wait to be seen by detection.", status.lag_records as i64),
        ("weir_detect_lag_seconds", "How far detection is behind what comes in.", status.lag_seconds as i64),
        (
            "weir_detect_late_events",
            "Events too late to count in their window, since the start.",
            status.late as i64,
        ),
        (
            "weir_detect_undecided_windows",
            "Windows that sampling left undecided, since the start.",
            status.undecided as i64,
        ),
        (
            "weir_detect_memory_budget_bytes",
            "Memory that detection may use.",
            status.memory_budget_bytes as i64,
        ),
        (
            "weir_detect_saved_seconds",
            "Time since detection saved its state; -1 before the first time.",
            status.saved_seconds.map_or(-1, |seconds| seconds as i64),
        ),
    ] {
        registry.gauge(name, help, &[]).set(value);
    }
    registry.render()
}
