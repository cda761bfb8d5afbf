//! Time buckets.

use arrow_array::TimestampNanosecondArray;

use crate::Buckets;

const DAY_NS: i64 = 86_400_000_000_000;

/// Where buckets start and how long they are.
#[expect(clippy::struct_field_names, reason = "the unit belongs to each")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucketing {
    pub(crate) start_ns: i64,
    pub(crate) every_ns: i64,
    to_ns: i64,
}

impl Bucketing {
    /// Aligned to 1970 when a day is a whole number of buckets, else to the start of the range.
    pub(crate) fn new(from_ns: i64, to_ns: i64, every_ns: i64) -> Self {
        let aligned = DAY_NS % every_ns == 0;
        let start_ns = if aligned { from_ns.saturating_sub(from_ns.rem_euclid(every_ns)) } else { from_ns };
        Self { start_ns, every_ns, to_ns }
    }

    pub(crate) fn index_of(&self, time_ns: i64) -> u32 {
        (time_ns.saturating_sub(self.start_ns) / self.every_ns) as u32
    }

    pub(crate) fn start_of(&self, index: u32) -> i64 {
        self.start_ns.saturating_add(i64::from(index).saturating_mul(self.every_ns))
    }

    pub(crate) fn buckets(&self) -> Buckets {
        let count = self.index_of(self.to_ns - 1) as usize + 1;
        Buckets { start_ns: self.start_ns, step_ns: self.every_ns, count }
    }

    /// The bucket of each row. Neighbouring rows mostly share theirs, which saves the division.
    pub(crate) fn codes(&self, times: &TimestampNanosecondArray) -> Vec<u32> {
        let (mut first, mut index) = (self.start_ns, 0);
        times
            .values()
            .iter()
            .map(|time| {
                if !(0..self.every_ns).contains(&time.wrapping_sub(first)) {
                    index = self.index_of(*time);
                    first = self.start_of(index);
                }
                index
            })
            .collect()
    }
}

/// From where on an answer over the range may still change, or covers only a part of a bucket.
pub(crate) fn incomplete_from(to_ns: i64, now_ns: Option<i64>, buckets: Option<Bucketing>) -> Option<i64> {
    let end = now_ns.map_or(to_ns, |now| now.min(to_ns));
    let Some(buckets) = buckets else {
        return now_ns.filter(|now| *now < to_ns);
    };
    if end <= buckets.start_ns {
        return Some(buckets.start_ns);
    }
    let last = buckets.start_of(buckets.index_of(end));
    (end < to_ns || last < end).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000_000;

    #[test]
    fn aligns_to_the_clock_when_a_day_divides() {
        let buckets = Bucketing::new(90_000_000_000, 10 * MINUTE, MINUTE);
        assert_eq!(buckets.buckets(), Buckets { start_ns: MINUTE, step_ns: MINUTE, count: 9 });
        let buckets = Bucketing::new(90_000_000_000, 100 * MINUTE, 7 * MINUTE);
        assert_eq!(buckets.start_ns, 90_000_000_000);
    }

    #[test]
    fn times_before_1970_fall_into_their_bucket() {
        let buckets = Bucketing::new(-MINUTE - 1, MINUTE, MINUTE);
        assert_eq!(buckets.start_ns, -2 * MINUTE);
        let times = TimestampNanosecondArray::from(vec![-MINUTE - 1, -MINUTE, -1, 0, MINUTE - 1]);
        assert_eq!(buckets.codes(&times), [0, 1, 1, 2, 2]);
    }

    #[test]
    fn the_last_bucket_is_complete_only_at_its_end() {
        let buckets = |to| Some(Bucketing::new(0, to, MINUTE));
        assert_eq!(incomplete_from(5 * MINUTE, None, buckets(5 * MINUTE)), None);
        assert_eq!(incomplete_from(5 * MINUTE + 1, None, buckets(5 * MINUTE + 1)), Some(5 * MINUTE));
        assert_eq!(incomplete_from(5 * MINUTE, Some(2 * MINUTE + 7), buckets(5 * MINUTE)), Some(2 * MINUTE));
        assert_eq!(incomplete_from(5, Some(9), None), None);
        assert_eq!(incomplete_from(9, Some(5), None), Some(5));
    }
}
