//! Keeps what repeats from filling the log.

use std::time::{Duration, Instant};

/// A limit on the lines of one kind: the first, then one in so much time, each with the number that were left out.
///
/// ```
/// # use std::time::Duration;
/// # let mut limit = weir_telemetry::LogLimit::new(Duration::from_secs(10));
/// if let Some(unsaid) = limit.allow() {
///     tracing::error!(unsaid, "cannot write the journal, will try again");
/// }
/// ```
#[derive(Debug)]
pub struct LogLimit {
    pace: Duration,
    last: Option<Instant>,
    unsaid: u64,
}

impl LogLimit {
    /// One line in `pace`.
    pub fn new(pace: Duration) -> Self {
        Self { pace, last: None, unsaid: 0 }
    }

    /// Whether a line may be written now; then, how many were not since the last one.
    pub fn allow(&mut self) -> Option<u64> {
        self.allow_at(Instant::now())
    }

    fn allow_at(&mut self, now: Instant) -> Option<u64> {
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < self.pace) {
            self.unsaid += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_in_so_much_time_and_nothing_unaccounted() {
        let start = Instant::now();
        let mut limit = LogLimit::new(Duration::from_secs(10));
        let said: Vec<_> =
            (0..25).filter_map(|second| limit.allow_at(start + Duration::from_secs(second))).collect();
        assert_eq!(said, [0, 9, 9]);
        assert_eq!(limit.allow_at(start + Duration::from_mins(1)), Some(4));
    }
}
