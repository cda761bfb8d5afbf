//! The thread of a channel: reads the outbox, keeps what its routes want, sends, moves the cursor.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::{info, warn};
use weir_alert::{AlertStore, Cause, Notice};
use weir_telemetry::{Clock, LogLimit, chain};

use crate::channel::{Channel, SendError};
use crate::config::RouteConfig;
use crate::message::{Item, Message};
use crate::notifier::ChannelStatus;
use crate::route::leads;

/// How often it looks for notices.
const LOOK: Duration = Duration::from_millis(250);
/// Notices that it takes at once.
const AT_ONCE: usize = 500;
/// After a failure it waits so long, twice as long after the next, and so on up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// A repeated complaint is logged once in this time.
const PACE: Duration = Duration::from_mins(1);

/// What a channel's thread works with.
pub(crate) struct Worker {
    pub(crate) channel: Channel,
    /// The routes that lead here.
    pub(crate) routes: Vec<RouteConfig>,
    pub(crate) give_up_ns: i64,
    pub(crate) alerts: Arc<AlertStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) status: Arc<Mutex<ChannelStatus>>,
    pub(crate) stop: Arc<AtomicBool>,
}

/// Messages that may be sent now: as many as in a minute at most, and they come back evenly.
struct Allowance {
    per_minute: f64,
    left: f64,
    at: Instant,
}

impl Allowance {
    fn new(per_minute: u32) -> Self {
        let per_minute = f64::from(per_minute);
        Self { per_minute, left: per_minute, at: Instant::now() }
    }

    /// How many messages may be sent now; nothing: there is no limit.
    fn left(&mut self) -> Option<usize> {
        if self.per_minute == 0.0 {
            return None;
        }
        let now = Instant::now();
        let back = now.duration_since(self.at).as_secs_f64() * self.per_minute / 60.0;
        self.left = (self.left + back).min(self.per_minute);
        self.at = now;
        Some(self.left as usize)
    }

    fn take(&mut self) {
        self.left = (self.left - 1.0).max(0.0);
    }
}

/// Notices as a channel sees them.
#[derive(Default)]
struct Read {
    wanted: Vec<Item>,
    /// Nothing up to here is left to do once what is wanted is sent.
    last: i64,
    /// Given up before the first that is wanted.
    given_up_before: u64,
    given_up_after: u64,
}

impl Read {
    fn give_up(&mut self, count: u64) {
        if self.wanted.is_empty() {
            self.given_up_before += count;
        } else {
            self.given_up_after += count;
        }
    }
}

impl Worker {
    /// Works until it is told to stop. What it cannot send by then is sent after the next start.
    pub(crate) fn run(self) {
        let mut allowance = Allowance::new(self.channel.per_minute);
        let mut complaints = LogLimit::new(PACE);
        let mut wait = FIRST_WAIT;
        let mut cursor = None;
        while !self.stop.load(Ordering::SeqCst) {
            let outcome = self.step(&mut cursor, &mut allowance);
            match outcome {
                Ok(has_worked) => {
                    wait = FIRST_WAIT;
                    if !has_worked {
                        self.rest(LOOK);
                    }
                }
                Err(why) => {
                    if let Some(unsaid) = complaints.allow() {
                        let channel = &self.channel.name;
                        warn!(channel, why, unsaid, "cannot notify, will try again");
                    }
                    let retry_ns = i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX);
                    self.told(|status| {
                        status.failures += 1;
                        status.error = Some(why);
                        status.error_ns = Some(self.clock.now_ns());
                        status.retry_ns = Some(self.clock.now_ns().saturating_add(retry_ns));
                    });
                    self.rest(wait);
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }

    fn rest(&self, length: Duration) {
        let end = Instant::now() + length;
        while !self.stop.load(Ordering::SeqCst) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::park_timeout(left);
        }
    }

    fn told(&self, change: impl FnOnce(&mut ChannelStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Deals with the notices that are there. Says whether there was anything to do.
    fn step(&self, cursor: &mut Option<i64>, allowance: &mut Allowance) -> Result<bool, String> {
        let store = |error: weir_alert::AlertError| chain(&error);
        let name = &self.channel.name;
        let mut at = match *cursor {
            Some(at) => at,
            None => self.alerts.cursor(name).map_err(store)?,
        };
        *cursor = Some(at);
        let waiting = self.alerts.newest_notice().saturating_sub(at);
        self.told(|status| status.waiting = waiting.unsigned_abs());
        if waiting <= 0 || allowance.left() == Some(0) {
            return Ok(false);
        }
        let now_ns = self.clock.now_ns();
        let notices = self.alerts.notices(at, AT_ONCE, now_ns).map_err(store)?;
        let read = self.read(notices, at, now_ns);
        self.give_up(read.given_up_before);
        let first = read.wanted.first().map_or(read.last, |item| item.notice - 1);
        if first > at {
            // Before anything is sent, so that what is given up is counted once however often sending fails.
            at = first;
            self.alerts.delivered(name, at).map_err(store)?;
            *cursor = Some(at);
        }
        for (first, last) in shares(read.wanted.len(), allowance.left(), self.channel.takes_many) {
            let message = match &read.wanted[first..last] {
                [one] => Message::One(one),
                several => Message::Digest(several),
            };
            self.send(&message)?;
            allowance.take();
            // Between what is wanted there is only what is not.
            at = read.wanted[last - 1].notice;
            self.alerts.delivered(name, at).map_err(store)?;
            *cursor = Some(at);
            if self.stop.load(Ordering::SeqCst) {
                return Ok(true);
            }
        }
        self.give_up(read.given_up_after);
        if read.last > at {
            self.alerts.delivered(name, read.last).map_err(store)?;
            *cursor = Some(read.last);
        }
        self.told(|status| {
            status.waiting = self.alerts.newest_notice().saturating_sub(read.last).unsigned_abs();
        });
        Ok(true)
    }

    fn give_up(&self, count: u64) {
        if count > 0 {
            warn!(channel = self.channel.name, count, "notifications are given up: too old, or too many");
            self.told(|status| status.given_up += count);
        }
    }

    /// What of some notices this channel wants.
    fn read(&self, notices: Vec<Notice>, after: i64, now_ns: i64) -> Read {
        let rules = self.alerts.rules();
        let mut read = Read { last: after, ..Read::default() };
        for notice in notices {
            // Numbers have no gaps: what is missing was removed, because there were too many after it.
            read.give_up((notice.id - read.last - 1).unsigned_abs());
            read.last = notice.id;
            let Some(alert) = notice.alert else {
                read.give_up(1);
                continue;
            };
            let rule = rules.get(&alert.latest.rule).map(|rule| rule.meta.clone());
            let is_wanted = alert.suppressed_by.is_none()
                && self.routes.iter().any(|route| {
                    let ends = notice.cause == Cause::Closed && self.channel.wants_closed;
                    // One that ends goes wherever its beginning went.
                    let cause = if ends { Cause::New } else { notice.cause };
                    leads(route, cause, &alert, rule.as_ref())
                });
            if !is_wanted {
                continue;
            }
            if now_ns.saturating_sub(notice.at_ns) > self.give_up_ns {
                read.give_up(1);
                continue;
            }
            let Notice { id, at_ns, cause, words, .. } = notice;
            read.wanted.push(Item { notice: id, at_ns, cause, words, alert, rule });
        }
        read
    }

    fn send(&self, message: &Message<'_>) -> Result<(), String> {
        let alerts = message.items().len() as u64;
        match self.channel.send(message, self.clock.now_ns()) {
            Ok(()) => {
                self.told(|status| {
                    if status.error.is_some() {
                        info!(channel = self.channel.name, "notifications go out again");
                    }
                    status.sent += 1;
                    status.alerts += alerts;
                    status.sent_ns = Some(self.clock.now_ns());
                    (status.error, status.error_ns, status.retry_ns) = (None, None, None);
                });
                Ok(())
            }
            Err(SendError::Refused(why)) => {
                warn!(channel = self.channel.name, why, "a notification is refused, and not sent again");
                self.told(|status| {
                    status.refused += alerts;
                    status.error = Some(why);
                    status.error_ns = Some(self.clock.now_ns());
                });
                Ok(())
            }
            Err(SendError::Later(why)) => Err(why),
        }
    }
}

/// How so many alerts are put into messages: one each as long as that is allowed, the rest together in the last one.
fn shares(alerts: usize, allowed: Option<usize>, takes_many: bool) -> Vec<(usize, usize)> {
    if alerts == 0 {
        return Vec::new();
    }
    let single = match allowed {
        _ if takes_many => 0,
        None => alerts,
        Some(allowed) if alerts <= allowed => alerts,
        Some(allowed) => allowed.saturating_sub(1),
    };
    let mut shares: Vec<(usize, usize)> = (0..single).map(|nth| (nth, nth + 1)).collect();
    if single < alerts {
        shares.push((single, alerts));
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_more_than_allowed_is_told_together() {
        assert_eq!(shares(3, None, false), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(shares(3, Some(3), false), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(shares(40, Some(3), false), [(0, 1), (1, 2), (2, 40)]);
        assert_eq!(shares(40, Some(1), false), [(0, 40)]);
        assert_eq!(shares(40, None, true), [(0, 40)]);
        assert_eq!(shares(0, Some(5), true), []);
    }
}
