//! Keeps a stranger from filling the log.

use std::time::{Duration, Instant};

/// Lines that may follow each other at once.
const BURST: u32 = 10;
/// Afterwards one line in this time.
const PACE: Duration = Duration::from_secs(1);

/// A limit on repeated lines.
#[derive(Debug, Default)]
pub(super) struct LogLimit {
    window: Option<Instant>,
    said: u32,
    unsaid: u64,
}

impl LogLimit {
    /// Whether a line may be written now; then, how many were not since the last one.
    pub(super) fn allow(&mut self) -> Option<u64> {
        self.allow_at(Instant::now())
    }

    fn allow_at(&mut self, now: Instant) -> Option<u64> {
        let elapsed = self.window.map_or(Duration::MAX, |window| now.saturating_duration_since(window));
        if elapsed >= PACE {
            self.window = Some(now);
            // A quiet time gives the whole burst back, a busy one a line.
            self.said = if elapsed >= PACE * BURST { 0 } else { self.said.min(BURST - 1) };
        }
        if self.said >= BURST {
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
    fn a_burst_then_a_line_a_second_and_nothing_unaccounted() {
        let start = Instant::now();
        let mut limit = LogLimit::default();
        let mut said = 0;
        let mut unsaid = 0;
        for tenth in 0..200 {
            if let Some(before) = limit.allow_at(start + Duration::from_millis(100 * tenth)) {
                said += 1;
                unsaid += before;
            }
        }
        assert!((25..=31).contains(&said), "{said}");
        assert_eq!(said + unsaid + limit.unsaid, 200);
        let waiting = limit.unsaid;
        assert_eq!(limit.allow_at(start + Duration::from_mins(1)), Some(waiting));
    }
}
