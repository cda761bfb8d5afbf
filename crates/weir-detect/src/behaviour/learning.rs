//! The time in which what is usual is learnt and nothing is told.

use serde::{Deserialize, Serialize};

use super::finding::{DAY, pane};

/// Days with flows that make a time of learning: a week, so that every day of it was seen once.
const DAYS: u32 = 7;

/// Counts days on which there was something to learn from: a pause teaches nothing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Learning {
    since: i64,
    day: i64,
    days: u32,
    ended: Option<i64>,
}

impl Learning {
    pub(crate) fn new() -> Self {
        Self { since: i64::MAX, day: i64::MIN, days: 0, ended: None }
    }

    /// There was something at this time.
    pub(crate) fn see(&mut self, time: i64) {
        self.since = self.since.min(time);
        let day = pane(time, DAY);
        if day > self.day {
            (self.day, self.days) = (day, self.days + 1);
            if self.days > DAYS {
                self.ended.get_or_insert(day);
            }
        }
    }

    /// When it ended, if it has.
    pub(crate) fn ended(&self) -> Option<i64> {
        self.ended
    }

    /// When it began.
    pub(crate) fn since(&self) -> i64 {
        self.since
    }
}
