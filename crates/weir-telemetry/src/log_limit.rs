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
    burst: u32,
    /// When a line was last earned.
    earned: Option<Instant>,
    /// Lines of the burst that are used up.
    said: u32,
    unsaid: u64,
}

impl LogLimit {
    /// One line in `pace`.
    pub fn new(pace: Duration) -> Self {
        Self { pace, burst: 1, earned: None, said: 0, unsaid: 0 }
    }

    /// So many lines may follow each other at once, where each tells something else. A quiet time gives them all back.
    #[must_use]
    pub fn with_burst(self, lines: u32) -> Self {
        Self { burst: lines.max(1), ..self }
    }

    /// Whether a line may be written now; then, how many were not since the last one.
    pub fn allow(&mut self) -> Option<u64> {
        self.allow_at(Instant::now())
    }

    fn allow_at(&mut self, now: Instant) -> Option<u64> {
        let elapsed = self.earned.map_or(Duration::MAX, |earned| now.saturating_duration_since(earned));
        if elapsed >= self.pace {
            self.earned = Some(now);
            let all_back = elapsed >= self.pace.saturating_mul(self.burst);
            self.said = if all_back { 0 } else { self.said.min(self.burst - 1) };
        }
        if self.said >= self.burst {
            self.unsaid += 1;
            return None;
        }
        self.said += 1;
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

    #[test]
    fn a_burst_then_a_line_a_second_and_nothing_unaccounted() {
        let start = Instant::now();
        let mut limit = LogLimit::new(Duration::from_secs(1)).with_burst(10);
        let said: Vec<u64> =
            (0..200).filter_map(|tenth| limit.allow_at(start + Duration::from_millis(100 * tenth))).collect();
        assert!((25..=31).contains(&said.len()), "{said:?}");
        assert_eq!(said[..10], [0; 10]);
        assert_eq!(said.len() as u64 + said.iter().sum::<u64>() + limit.unsaid, 200);
    }
}
