//! Starts and stops the channels, and says how they are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tracing::warn;
use weir_alert::AlertStore;
use weir_telemetry::{Clock, Registry, chain};

use crate::channel::{self, SendError};
use crate::config::NotifyConfig;
use crate::error::NotifyError;
use crate::message::Message;
use crate::worker::Worker;

/// How long a stop waits for messages that are on their way. What is cut off is sent again after the next start.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a channel is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelStatus {
    /// Its name.
    pub name: String,
    /// `webhook`, `slack`, `alertmanager`, `syslog` or `email`.
    pub kind: &'static str,
    /// Messages sent since the start.
    pub sent: u64,
    /// Alerts in them.
    pub alerts: u64,
    /// Attempts that failed since the start.
    pub failures: u64,
    /// Notifications that the receiver refused since the start; they are not sent again.
    pub refused: u64,
    /// Notifications that were given up since the start: too old, or too many.
    pub given_up: u64,
    /// Notices that it has not dealt with, those included that no route leads here.
    pub waiting: u64,
    /// When it last sent. Nanoseconds since 1970, UTC.
    pub sent_ns: Option<i64>,
    /// What is wrong; nothing if the last attempt went well.
    pub error: Option<String>,
    /// When that was.
    pub error_ns: Option<i64>,
    /// When it tries again.
    pub retry_ns: Option<i64>,
}

/// The running channels. Dropping it stops them.
pub struct Notifier {
    channels: Vec<(Arc<Mutex<ChannelStatus>>, JoinHandle<()>)>,
    stop: Arc<AtomicBool>,
}

/// Says what is wrong with a configuration: mistakes, and secrets and files that cannot be read now.
pub fn check(config: &NotifyConfig) -> Vec<NotifyError> {
    match usable(config) {
        Err(error) => vec![error],
        Ok(channels) => channels.iter().filter_map(|channel| channel.check().err()).collect(),
    }
}

/// Sends a test over a channel, and returns its kind.
///
/// # Errors
/// There is no such channel, or it cannot be used; or, inside, the test could not be sent.
pub fn test_channel(
    config: &NotifyConfig,
    name: &str,
    now_ns: i64,
) -> Result<Result<&'static str, SendError>, NotifyError> {
    let channels = usable(config)?;
    let channel = channels
        .into_iter()
        .find(|channel| channel.name == name)
        .ok_or_else(|| NotifyError::NoChannel { name: name.to_owned() })?;
    Ok(channel.send(&Message::Test, now_ns).map(|()| channel.kind))
}

impl NotifyConfig {
    /// Says whether channels and routes can be used, as far as the configuration alone tells.
    ///
    /// # Errors
    /// The first mistake.
    pub fn check(&self) -> Result<(), NotifyError> {
        usable(self).map(|_| ())
    }
}

/// The channels, if nothing in the configuration contradicts itself.
fn usable(config: &NotifyConfig) -> Result<Vec<channel::Channel>, NotifyError> {
    let channels = channel::open(config)?;
    for route in &config.routes {
        if route.channels.is_empty() {
            return Err(NotifyError::NowhereTo);
        }
        for name in &route.channels {
            if !channels.iter().any(|channel| channel.name == *name) {
                return Err(NotifyError::NoChannel { name: name.clone() });
            }
        }
    }
    Ok(channels)
}

impl Notifier {
    /// Starts a thread for each channel. What becomes news after it returns is told.
    ///
    /// # Errors
    /// A mistake in the configuration. A secret that cannot be read is none: its channel says so, and tries again.
    pub fn start(
        config: &NotifyConfig,
        alerts: &Arc<AlertStore>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, NotifyError> {
        let stop = Arc::new(AtomicBool::new(false));
        let opened = usable(config)?;
        let names: Vec<String> = opened.iter().map(|channel| channel.name.clone()).collect();
        if let Err(error) = alerts.keep_channels(&names) {
            warn!(cause = chain(&error), "cannot forget the channels that are no longer configured");
        }
        let mut channels = Vec::new();
        for channel in opened {
            let name = channel.name.clone();
            // Before anything can become news: a new channel misses nothing from here on.
            if let Err(error) = alerts.cursor(&name) {
                warn!(channel = name, cause = chain(&error), "cannot read how far a channel is yet");
            }
            let status = ChannelStatus { name: name.clone(), kind: channel.kind, ..ChannelStatus::default() };
            let status = Arc::new(Mutex::new(status));
            let leads_here = |route: &&crate::RouteConfig| route.channels.contains(&name);
            let worker = Worker {
                routes: config.routes.iter().filter(leads_here).cloned().collect(),
                channel,
                give_up_ns: config.give_up.as_ns(),
                alerts: Arc::clone(alerts),
                clock: Arc::clone(clock),
                status: Arc::clone(&status),
                stop: Arc::clone(&stop),
            };
            let thread = std::thread::Builder::new()
                .name(format!("notify-{name}").chars().take(15).collect())
                .spawn(move || worker.run())
                .map_err(|cause| NotifyError::Channel {
                    name,
                    problem: format!("it has no thread: {cause}"),
                })?;
            channels.push((status, thread));
        }
        Ok(Self { channels, stop })
    }

    /// How each channel is, by name.
    pub fn status(&self) -> Vec<ChannelStatus> {
        let read =
            |status: &Mutex<ChannelStatus>| status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.channels.iter().map(|(status, _)| read(status)).collect()
    }

    /// The figures of every channel, as Prometheus text.
    pub fn metrics(&self) -> String {
        let registry = Registry::default();
        for one in self.status() {
            let labels = [("channel", one.name.as_str()), ("kind", one.kind)];
            for (name, help, value) in [
                ("weir_notify_messages_total", "Messages sent over a channel.", one.sent),
                ("weir_notify_alerts_total", "Alerts in the messages sent over a channel.", one.alerts),
                ("weir_notify_failures_total", "Attempts to send that failed.", one.failures),
                ("weir_notify_refused_total", "Notifications that the receiver refused.", one.refused),
                ("weir_notify_given_up_total", "Notifications given up: too old, or too many.", one.given_up),
            ] {
                registry.counter(name, help, &labels).add(value);
            }
            let help = "Notices that a channel has not dealt with.";
            registry
                .gauge("weir_notify_waiting", help, &labels)
                .set(i64::try_from(one.waiting).unwrap_or(i64::MAX));
        }
        registry.render()
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let end = Instant::now() + PATIENCE;
        for (_, thread) in &self.channels {
            thread.thread().unpark();
        }
        // One that still sends is left behind: the end of the process ends it, and its cursor stands before what it sends.
        while self.channels.iter().any(|(_, thread)| !thread.is_finished()) && Instant::now() < end {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}
