//! How an exporter is doing: its clock, its delay, its rate, its last error.

use std::fmt::Write as _;

use serde::Serialize;

use crate::session::Reason;

const SECOND_NS: i64 = 1_000_000_000;
/// How far the clock was ahead is sampled once a second; the median of so many counts.
const SKEWS: usize = 15;
/// The last minute, in slices of ten seconds; one more is being filled.
const SLICES: usize = 7;
const SLICE_NS: i64 = 10 * SECOND_NS;
/// Bytes that are kept of what could not be read.
const KEPT_BYTES: usize = 32;

/// Smoothed facts about an exporter.
#[derive(Debug, Default)]
pub(crate) struct Health {
    skews_ms: [i64; SKEWS],
    skews: usize,
    skew_sampled_ns: i64,
    delay_ns: Option<i64>,
    slices: [Slice; SLICES],
    last_error: Option<Box<LastError>>,
}

/// What came in ten seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Slice {
    number: i64,
    records: u64,
    bytes: u64,
}

/// The last thing of an exporter that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastError {
    /// Why.
    pub reason: &'static str,
    /// When it came, nanoseconds since 1970.
    pub at_ns: i64,
    /// The first 32 bytes of it in hexadecimal: of the datagram, the set or the template.
    pub bytes: String,
}

impl Health {
    /// Takes note of how far the exporter's clock is ahead.
    pub(crate) fn clock(&mut self, export_ns: i64, received_ns: i64) {
        if self.skews > 0 && received_ns.saturating_sub(self.skew_sampled_ns).abs() < SECOND_NS {
            return;
        }
        self.skew_sampled_ns = received_ns;
        self.skews_ms[self.skews % SKEWS] = export_ns.saturating_sub(received_ns) / 1_000_000;
        self.skews += 1;
    }

    /// Takes note of the newest end in a set of records.
    pub(crate) fn newest_end(&mut self, end_ns: i64, received_ns: i64) {
        if end_ns == 0 {
            return;
        }
        let delay_ns = received_ns.saturating_sub(end_ns);
        // An eighth of each new value: some twenty sets until an old one is forgotten.
        self.delay_ns = Some(self.delay_ns.map_or(delay_ns, |known| known + (delay_ns - known) / 8));
    }

    /// Counts what came.
    pub(crate) fn count(&mut self, records: u64, bytes: u64, received_ns: i64) {
        let number = received_ns.div_euclid(SLICE_NS);
        let slice = &mut self.slices[number.rem_euclid(SLICES as i64) as usize];
        if slice.number != number {
            *slice = Slice { number, ..Slice::default() };
        }
        slice.records += records;
        slice.bytes += bytes;
    }

    /// Keeps the start of what could not be read. What comes within a second of the last one is not worth the copy.
    pub(crate) fn fail(&mut self, reason: Reason, at_ns: i64, bytes: &[u8]) {
        let recent = |last: &LastError| {
            last.reason == reason.as_str() && at_ns.saturating_sub(last.at_ns).abs() < SECOND_NS
        };
        if self.last_error.as_deref().is_some_and(recent) {
            return;
        }
        let mut text = String::with_capacity(2 * KEPT_BYTES);
        for byte in bytes.iter().take(KEPT_BYTES) {
            let _ = write!(text, "{byte:02x}");
        }
        self.last_error = Some(Box::new(LastError { reason: reason.as_str(), at_ns, bytes: text }));
    }

    /// The median of how far the clock was ahead.
    pub(crate) fn skew_ms(&self) -> Option<i64> {
        let mut skews = self.skews_ms;
        let known = skews.get_mut(..self.skews.min(SKEWS))?;
        known.sort_unstable();
        known.get(known.len() / 2).copied()
    }

    pub(crate) fn delay_ms(&self) -> Option<i64> {
        self.delay_ns.map(|delay| delay / 1_000_000)
    }

    /// Records and bytes a second over the last whole minute.
    pub(crate) fn rates(&self, now_ns: i64) -> (f64, f64) {
        let now = now_ns.div_euclid(SLICE_NS);
        let last_minute = self.slices.iter().filter(|slice| (now - 6..now).contains(&slice.number));
        let (records, bytes) = last_minute
            .fold((0, 0), |(records, bytes), slice| (records + slice.records, bytes + slice.bytes));
        (records as f64 / 60.0, bytes as f64 / 60.0)
    }

    pub(crate) fn last_error(&self) -> Option<LastError> {
        self.last_error.as_deref().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_late_datagram_does_not_move_the_skew() {
        let mut health = Health::default();
        assert_eq!(health.skew_ms(), None);
        for second in 1..40 {
            let received_ns = second * SECOND_NS;
            let late_ns = if second == 39 { 60 * SECOND_NS } else { 0 };
            health.clock(received_ns + 250_000_000 - late_ns, received_ns);
            // More within the second do not count.
            health.clock(0, received_ns + 1);
        }
        assert_eq!(health.skew_ms(), Some(250));
    }

    #[test]
    fn rates_are_those_of_the_last_minute() {
        let mut health = Health::default();
        for second in 0..300 {
            health.count(30, 1_500, second * SECOND_NS);
        }
        assert_eq!(health.rates(300 * SECOND_NS), (30.0, 1_500.0));
        assert_eq!(health.rates(330 * SECOND_NS), (15.0, 750.0));
        assert_eq!(health.rates(400 * SECOND_NS), (0.0, 0.0));
    }

    #[test]
    fn the_delay_is_smoothed_and_the_last_error_kept() {
        let mut health = Health::default();
        health.newest_end(0, 5 * SECOND_NS);
        assert_eq!(health.delay_ms(), None);
        for _ in 0..100 {
            health.newest_end(3 * SECOND_NS, 5 * SECOND_NS);
        }
        health.newest_end(1, 10 * SECOND_NS);
        assert_eq!(health.delay_ms(), Some(2_999));
        health.fail(Reason::NO_TEMPLATE, 7, &[0, 0xa5, 255]);
        let last = health.last_error().unwrap();
        assert_eq!((last.reason, last.at_ns, last.bytes.as_str()), ("no_template", 7, "00a5ff"));
        health.fail(Reason::SET_ID_RESERVED, 8, &[7; 100]);
        assert_eq!(health.last_error().unwrap().bytes, "07".repeat(32));
    }
}
