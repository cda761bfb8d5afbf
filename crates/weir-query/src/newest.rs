//! The newest rows seen so far, by time alone.

use crate::Cursor;

/// Keeps at least the `wanted` newest rows, and all that are as old as the oldest of them.
#[derive(Debug)]
pub(crate) struct Newest {
    wanted: usize,
    /// Time, part, row.
    rows: Vec<(i64, usize, u32)>,
    /// Rows of the cursor's own time: whether they were on a page before is not known yet, so all are kept and none
    /// counts towards `wanted`.
    unsure: Vec<(usize, u32)>,
    least: Option<i64>,
}

impl Newest {
    pub(crate) fn new(wanted: usize) -> Self {
        Self { wanted, rows: Vec::new(), unsure: Vec::new(), least: None }
    }

    /// The oldest time that still matters, once there are enough rows.
    pub(crate) fn least(&self) -> Option<i64> {
        self.least
    }

    pub(crate) fn offer(
        &mut self,
        part: usize,
        rows: impl Iterator<Item = (i64, u32)>,
        cursor: Option<Cursor>,
    ) {
        for (time, row) in rows {
            if cursor.is_some_and(|cursor| cursor.time_ns == time) {
                self.unsure.push((part, row));
            } else if self.least.is_none_or(|least| time >= least) {
                self.rows.push((time, part, row));
                if self.rows.len() >= self.wanted.saturating_mul(2).max(1024) {
                    self.prune();
                }
            }
        }
        self.prune();
    }

    pub(crate) fn join(&mut self, other: Newest) {
        self.rows.extend(other.rows);
        self.unsure.extend(other.unsure);
        self.prune();
    }

    fn prune(&mut self) {
        if self.rows.len() < self.wanted {
            return;
        }
        let place = self.wanted - 1;
        self.rows.select_nth_unstable_by(place, |a, b| b.0.cmp(&a.0));
        let least = self.rows[place].0;
        self.least = Some(least);
        self.rows.retain(|row| row.0 >= least);
    }

    pub(crate) fn into_rows(self) -> impl Iterator<Item = (usize, u32)> {
        self.unsure.into_iter().chain(self.rows.into_iter().map(|(_, part, row)| (part, row)))
    }
}
