//! How an alert went over time, in few numbers.

use rusqlite::{Connection, params};

/// Flows of an alert by parts of its time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spark {
    /// Length of a part. Nanoseconds.
    pub step_ns: i64,
    /// The parts, oldest first, at most [`Spark::POINTS`]; those without flows are there with 0.
    pub points: Vec<SparkPoint>,
}

/// Flows in a part of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SparkPoint {
    /// Its start. Nanoseconds since 1970, UTC.
    pub from_ns: i64,
    /// Flows of the windows that start in it.
    pub flows: u64,
}

impl Spark {
    /// Parts at most.
    pub const POINTS: usize = 48;

    /// The shortest part: a minute.
    const SHORTEST_NS: i64 = 60_000_000_000;

    /// Spreads windows (start, flows), oldest first, over at most [`Spark::POINTS`] equal parts of time.
    fn of(windows: &[(i64, u64)]) -> Self {
        let (Some(&(first, _)), Some(&(last, _))) = (windows.first(), windows.last()) else {
            return Self::default();
        };
        let span = last.saturating_sub(first);
        let minutes = span / Self::POINTS as i64 / Self::SHORTEST_NS + 1;
        let step_ns = minutes * Self::SHORTEST_NS;
        let parts = (span / step_ns) as usize + 1;
        let mut points: Vec<SparkPoint> =
            (0..parts).map(|part| SparkPoint { from_ns: first + part as i64 * step_ns, flows: 0 }).collect();
        for (at, flows) in windows {
            points[((at - first) / step_ns) as usize].flows += flows;
        }
        Self { step_ns, points }
    }

    /// The spark of an alert, out of the windows that are kept of it.
    pub(crate) fn read(open: &Connection, alert: i64) -> rusqlite::Result<Self> {
        let mut statement =
            open.prepare_cached("SELECT window_ns, flows FROM window WHERE alert = ? ORDER BY window_ns")?;
        let windows =
            statement.query_map(params![alert], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
        Ok(Self::of(&windows.collect::<rusqlite::Result<Vec<_>>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_are_neither_lost_nor_doubled_and_points_are_few() {
        let minute = 60_000_000_000;
        for count in [1_i64, 2, 47, 48, 49, 500] {
            let windows: Vec<(i64, u64)> = (0..count).map(|nth| (7 + nth * 3 * minute, 5)).collect();
            let spark = Spark::of(&windows);
            assert!(spark.points.len() <= Spark::POINTS, "{count}: {}", spark.points.len());
            assert_eq!(spark.points.iter().map(|point| point.flows).sum::<u64>(), 5 * count as u64);
            assert_eq!(spark.points[0].from_ns, 7);
        }
        assert_eq!(Spark::of(&[]), Spark::default());
    }
}
