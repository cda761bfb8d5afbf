//! When each record is due: record `n` at start + n / rate, to the nanosecond, so that nothing drifts or adds up.

/// An exact rate, counted from a start.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    start_ns: i64,
    per_second: u64,
}

impl Schedule {
    /// `per_second` records a second (at least one) from `start_ns` on; the first is due at once.
    pub fn new(start_ns: i64, per_second: u64) -> Self {
        Schedule { start_ns, per_second: per_second.max(1) }
    }

    /// When record `number` (from 0) is due.
    pub fn due_ns(&self, number: u64) -> i64 {
        let since_start = u128::from(number) * 1_000_000_000 / u128::from(self.per_second);
        self.start_ns + since_start as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_drifts_whatever_the_rate() {
        for rate in [1, 3, 7, 999, 300_000, 1_000_003] {
            let schedule = Schedule::new(5_000, rate);
            assert_eq!(schedule.due_ns(0), 5_000);
            for hours in [1, 1000] {
                let seconds = hours * 3600;
                assert_eq!(schedule.due_ns(rate * seconds), 5_000 + seconds as i64 * 1_000_000_000);
            }
        }
    }
}
