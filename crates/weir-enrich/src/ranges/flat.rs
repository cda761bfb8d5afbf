//! Nested ranges laid flat.

use super::NONE;

/// Addresses of one family.
pub(super) trait Bits: Copy + Ord {
    fn after(self) -> Option<Self>;
}

impl Bits for u32 {
    fn after(self) -> Option<Self> {
        self.checked_add(1)
    }
}

impl Bits for u128 {
    fn after(self) -> Option<Self> {
        self.checked_add(1)
    }
}

/// Where what holds changes, in order.
#[derive(Debug)]
pub(super) struct Flat<T> {
    pub(super) starts: Vec<T>,
    /// What holds from each start on; before the first start nothing does.
    pub(super) values: Vec<u32>,
}

impl<T> Default for Flat<T> {
    fn default() -> Self {
        Self { starts: Vec::new(), values: Vec::new() }
    }
}

impl<T: PartialEq> Flat<T> {
    /// From `start` on `value` holds. Starts come in order; of equal ones the last counts.
    pub(super) fn put(&mut self, start: T, value: u32) {
        if self.starts.last() == Some(&start) {
            self.starts.pop();
            self.values.pop();
        }
        if self.values.last().copied().unwrap_or(NONE) != value {
            self.starts.push(start);
            self.values.push(value);
        }
    }
}

impl<T: Bits> Flat<T> {
    pub(super) fn new(mut ranges: Vec<(T, T, u32)>) -> Self {
        ranges.retain(|(first, last, _)| first <= last);
        // An outer range comes before those within it. Files are in order as a rule, and sorting takes memory.
        let order = |a: &(T, T, u32), b: &(T, T, u32)| a.0.cmp(&b.0).then(b.1.cmp(&a.1));
        if !ranges.is_sorted_by(|a, b| order(a, b).is_le()) {
            ranges.sort_by(order);
        }
        let mut flat = Self::default();
        let mut open: Vec<(T, u32)> = Vec::new();
        for (first, last, value) in ranges {
            flat.close(&mut open, Some(first));
            flat.put(first, value);
            open.push((last, value));
        }
        flat.close(&mut open, None);
        flat
    }

    /// Ends the open ranges that lie before `next` (all, if there is no next one).
    fn close(&mut self, open: &mut Vec<(T, u32)>, next: Option<T>) {
        while let Some((last, _)) = open.last().copied()
            && next.is_none_or(|next| last < next)
        {
            open.pop();
            let Some(after) = last.after() else { continue };
            // What overlaps without lying within has ended before.
            while open.last().is_some_and(|outer| outer.0 < after) {
                open.pop();
            }
            self.put(after, open.last().map_or(NONE, |outer| outer.1));
        }
    }
}
