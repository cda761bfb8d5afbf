//! The hour and the weekday of a time: `hour(time) in 8..18`, `weekday(start, "Europe/Berlin") in (sat, sun)`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use weir_schema::Field;

const NANOSECONDS: i64 = 1_000_000_000;
const DAY_SECONDS: i64 = 86_400;

/// A part of a time field, in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Which part.
    pub part: Part,
    /// The time.
    pub field: Field,
    /// The IANA name of the zone; UTC when there is none.
    pub zone: Option<String>,
}

/// A part of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// 0 to 23.
    Hour,
    /// 1 (Monday) to 7.
    Weekday,
}

pub(crate) const WEEKDAYS: [(u64, &str); 7] =
    [(1, "mon"), (2, "tue"), (3, "wed"), (4, "thu"), (5, "fri"), (6, "sat"), (7, "sun")];

impl Part {
    pub(crate) const ALL: [Part; 2] = [Part::Hour, Part::Weekday];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Part::Hour => "hour",
            Part::Weekday => "weekday",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| name.eq_ignore_ascii_case(part.name()))
    }

    /// The least and the greatest value.
    pub(crate) fn bounds(self) -> (u64, u64) {
        match self {
            Part::Hour => (0, 23),
            Part::Weekday => (1, 7),
        }
    }

    pub(crate) fn names(self) -> &'static [(u64, &'static str)] {
        match self {
            Part::Hour => &[],
            Part::Weekday => &WEEKDAYS,
        }
    }
}

/// Reads the part from times.
#[derive(Debug)]
pub(crate) struct Reader {
    part: Part,
    /// None is UTC, which needs no table of the zone.
    zone: Option<TimeZone>,
}

impl Reader {
    /// A zone that is no longer known was checked when the text was read: UTC stands in.
    pub(crate) fn new(calendar: &Calendar) -> Self {
        let zone = calendar.zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        Self { part: calendar.part, zone }
    }

    pub(crate) fn read(&self, time_ns: i64) -> u8 {
        let local = match &self.zone {
            None => time_ns.div_euclid(NANOSECONDS),
            Some(zone) => {
                let offset = Timestamp::from_nanosecond(i128::from(time_ns))
                    .map_or(0, |time| i64::from(zone.to_offset(time).seconds()));
                time_ns.div_euclid(NANOSECONDS) + offset
            }
        };
        match self.part {
            Part::Hour => (local.rem_euclid(DAY_SECONDS) / 3600) as u8,
            // 1970-01-01 was a Thursday.
            Part::Weekday => ((local.div_euclid(DAY_SECONDS) + 3).rem_euclid(7) + 1) as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(part: Part, zone: Option<&str>, time: &str) -> u8 {
        let calendar = Calendar { part, field: Field::Time, zone: zone.map(str::to_owned) };
        let time: Timestamp = time.parse().unwrap();
        Reader::new(&calendar).read(i64::try_from(time.as_nanosecond()).unwrap())
    }

    #[test]
    fn hours_and_weekdays_follow_the_zone_and_its_changes() {
        assert_eq!(read(Part::Hour, None, "2025-03-30T00:59:59Z"), 0);
        assert_eq!(read(Part::Weekday, None, "2025-03-30T23:00:00Z"), 7);
        assert_eq!(read(Part::Weekday, None, "1969-12-31T23:59:59Z"), 3);
        // The clocks of Berlin go from 2 to 3 at 01:00 UTC.
        assert_eq!(read(Part::Hour, Some("Europe/Berlin"), "2025-03-30T00:59:59Z"), 1);
        assert_eq!(read(Part::Hour, Some("Europe/Berlin"), "2025-03-30T01:00:00Z"), 3);
        assert_eq!(read(Part::Weekday, Some("Europe/Berlin"), "2025-03-30T22:30:00Z"), 1);
        assert_eq!(read(Part::Hour, Some("Asia/Kolkata"), "2025-06-01T18:30:00Z"), 0);
    }
}
