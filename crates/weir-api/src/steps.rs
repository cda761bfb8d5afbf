//! Bucket lengths that people can read off an axis.

const SECOND_NS: i64 = 1_000_000_000;
const DAY_NS: i64 = 86_400 * SECOND_NS;

/// Round lengths in seconds. All but the multiples of a day divide a day, so that buckets start at round times.
const STEPS_S: [i64; 25] = [
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    2 * 3600,
    3 * 3600,
    6 * 3600,
    12 * 3600,
    86_400,
    2 * 86_400,
    7 * 86_400,
    14 * 86_400,
    28 * 86_400,
    91 * 86_400,
    182 * 86_400,
    364 * 86_400,
];

/// The shortest round length that cuts a range into at most `count` pieces.
pub(crate) fn round_step_ns(range_ns: i64, count: i64) -> i64 {
    let at_least_ns = range_ns.div_euclid(count) + i64::from(range_ns.rem_euclid(count) > 0);
    STEPS_S
        .iter()
        .map(|seconds| seconds * SECOND_NS)
        .find(|&step| step >= at_least_ns)
        .unwrap_or_else(|| (at_least_ns / DAY_NS).saturating_add(1).saturating_mul(DAY_NS))
}

/// A length of time in its largest whole unit, as a request would give it.
pub(crate) fn step_text(step_ns: i64) -> String {
    let seconds = step_ns / SECOND_NS;
    if seconds * SECOND_NS != step_ns {
        return format!("{}ms", step_ns / 1_000_000);
    }
    [(86_400, "d"), (3600, "h"), (60, "m")]
        .into_iter()
        .find(|(length, _)| seconds % length == 0)
        .map_or_else(|| format!("{seconds}s"), |(length, unit)| format!("{}{unit}", seconds / length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_few_enough() {
        for (range_s, expected) in [
            (1, "1s"),
            (120, "1s"),
            (121, "2s"),
            (3600, "30s"),
            (6 * 3600, "5m"),
            (86_400, "15m"),
            (7 * 86_400, "2h"),
            (30 * 86_400, "6h"),
            (365 * 86_400, "7d"),
        ] {
            let step = round_step_ns(range_s * SECOND_NS, 120);
            assert_eq!(step_text(step), expected, "{range_s} s");
            assert!(range_s * SECOND_NS <= step * 120);
        }
    }

    #[test]
    fn the_longest_range_has_a_step_too() {
        let step = round_step_ns(i64::MAX, 120);
        assert!(step >= i64::MAX / 120);
        assert_eq!(step % DAY_NS, 0);
    }
}
