//! Times as people and programs write them: RFC 3339, milliseconds since 1970, `now`, `now-6h`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use utoipa::ToSchema;
use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, SchemaType, Type},
};

const SECOND_NS: i64 = 1_000_000_000;

/// Range of a request that names neither end.
const DEFAULT_RANGE_NS: i64 = 3600 * SECOND_NS;

/// A moment as written in a request, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Milliseconds since 1970, UTC.
    EpochMs(i64),
    /// RFC 3339, a date, a date and time in UTC, milliseconds, `now`, or `now` and a distance.
    Text(String),
}

/// A time range with both ends resolved; `from_ns` < `to_ns`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// Start, inclusive, in nanoseconds since 1970, UTC.
    pub from_ns: i64,
    /// End, exclusive, in nanoseconds since 1970, UTC.
    pub to_ns: i64,
}

/// Why a time, a range or a length of time is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Text that is no time.
    #[error("`{text}` is not a time")]
    NotATime {
        /// The text as given.
        text: String,
    },
    /// A time outside of what nanoseconds in 64 bits can hold.
    #[error("the time `{text}` is outside of the years 1678 to 2262")]
    OutOfReach {
        /// The text as given.
        text: String,
    },
    /// A range that holds no moment.
    #[error("the range is empty: `from` ({from}) is not before `to` ({to})")]
    EmptyRange {
        /// Its start, RFC 3339.
        from: String,
        /// Its end, RFC 3339.
        to: String,
    },
    /// Text that is no length of time.
    #[error("`{text}` is not a length of time")]
    NotALength {
        /// The text as given.
        text: String,
    },
}

impl TimeError {
    /// What to write instead.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotATime { .. } | Self::OutOfReach { .. } => {
                "write RFC 3339 (`2025-03-01T10:00:00Z`), milliseconds since 1970, `now`, or a distance from now such as `now-6h`"
            }
            Self::EmptyRange { .. } => "`from` is inclusive, `to` is exclusive; swap or widen them",
            Self::NotALength { .. } => {
                "write a number and a unit (ms, s, m, h, d, w), such as `30s` or `1h30m`"
            }
        }
    }
}

impl When {
    /// Nanoseconds since 1970, UTC.
    pub fn resolve(&self, now_ns: i64) -> Result<i64, TimeError> {
        match self {
            Self::EpochMs(ms) => {
                ms.checked_mul(1_000_000).ok_or_else(|| TimeError::OutOfReach { text: ms.to_string() })
            }
            Self::Text(text) => parse_time(text, now_ns),
        }
    }
}

impl From<&str> for When {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl TimeRange {
    /// The range between two written times: an hour up to now where nothing is said.
    pub fn resolve(from: Option<&When>, to: Option<&When>, now_ns: i64) -> Result<Self, TimeError> {
        let to_ns = to.map_or(Ok(now_ns), |to| to.resolve(now_ns))?;
        let from_ns = match from {
            Some(from) => from.resolve(now_ns)?,
            None => to_ns.saturating_sub(DEFAULT_RANGE_NS),
        };
        if from_ns >= to_ns {
            return Err(TimeError::EmptyRange { from: rfc3339(from_ns), to: rfc3339(to_ns) });
        }
        Ok(Self { from_ns, to_ns })
    }

    /// Its length in nanoseconds.
    pub fn length_ns(self) -> i64 {
        self.to_ns.saturating_sub(self.from_ns)
    }
}

/// Reads a time: RFC 3339, a date or a date and time (taken as UTC), milliseconds since 1970, `now`, `now-6h`.
pub fn parse_time(text: &str, now_ns: i64) -> Result<i64, TimeError> {
    let wrong = || TimeError::NotATime { text: text.to_owned() };
    let trimmed = text.trim();
    if let Some(distance) = trimmed.strip_prefix("now") {
        return from_now(distance.trim(), now_ns).ok_or_else(wrong);
    }
    if let Ok(ms) = trimmed.parse::<i64>() {
        return When::EpochMs(ms).resolve(now_ns);
    }
    let timestamp = if let Ok(timestamp) = trimmed.parse::<Timestamp>() {
        timestamp
    } else {
        let civil = (trimmed.parse::<DateTime>())
            .or_else(|_| trimmed.parse::<Date>().map(|date| date.at(0, 0, 0, 0)))
            .map_err(|_| wrong())?;
        TimeZone::UTC.to_timestamp(civil).map_err(|_| wrong())?
    };
    i64::try_from(timestamp.as_nanosecond()).map_err(|_| TimeError::OutOfReach { text: text.to_owned() })
}

fn from_now(distance: &str, now_ns: i64) -> Option<i64> {
    if distance.is_empty() {
        return Some(now_ns);
    }
    if let Some(back) = distance.strip_prefix('-') {
        return now_ns.checked_sub(parse_length(back.trim()).ok()?);
    }
    now_ns.checked_add(parse_length(distance.strip_prefix('+')?.trim()).ok()?)
}

/// Reads a length of time such as `30s`, `15m` or `1h30m`, in nanoseconds; never zero.
pub fn parse_length(text: &str) -> Result<i64, TimeError> {
    let wrong = || TimeError::NotALength { text: text.to_owned() };
    let mut rest = text.trim();
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let amount: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = unit_ns(&rest[..letters]).ok_or_else(wrong)?;
        rest = &rest[letters..];
        total = amount.checked_mul(unit).and_then(|ns| total.checked_add(ns)).ok_or_else(wrong)?;
    }
    if total == 0 { Err(wrong()) } else { Ok(total) }
}

fn unit_ns(unit: &str) -> Option<i64> {
    Some(match unit {
        "ms" => SECOND_NS / 1000,
        "s" => SECOND_NS,
        "m" => 60 * SECOND_NS,
        "h" => 3600 * SECOND_NS,
        "d" => 86_400 * SECOND_NS,
        "w" => 7 * 86_400 * SECOND_NS,
        _ => return None,
    })
}

/// Writes a moment as RFC 3339 in UTC.
pub fn rfc3339(ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(ns)).map_or_else(|_| ns.to_string(), |time| time.to_string())
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = When;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a time as text, or milliseconds since 1970")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<When, E> {
                Ok(When::from(text))
            }

            fn visit_i64<E: de::Error>(self, ms: i64) -> Result<When, E> {
                Ok(When::EpochMs(ms))
            }

            fn visit_u64<E: de::Error>(self, ms: u64) -> Result<When, E> {
                Ok(When::EpochMs(i64::try_from(ms).unwrap_or(i64::MAX)))
            }

            /// JavaScript may hand over fractions of a millisecond; they are cut off.
            fn visit_f64<E: de::Error>(self, ms: f64) -> Result<When, E> {
                Ok(When::EpochMs(ms as i64))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl utoipa::PartialSchema for When {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Integer]))
            .description(Some(
                "RFC 3339, a date or a date and time (UTC), `now`, a distance from now such as `now-6h` or \
                 `now-1h30m` (units ms, s, m, h, d, w), or a number: milliseconds since 1970.",
            ))
            .examples(["now-6h"])
            .build()
            .into()
    }
}

impl ToSchema for When {}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2025-03-01T12:00:00Z.
    const NOW_NS: i64 = 1_740_830_400 * SECOND_NS;

    fn read(text: &str) -> Result<String, TimeError> {
        parse_time(text, NOW_NS).map(rfc3339)
    }

    #[test]
    fn reads_every_documented_form() {
        for (text, expected) in [
            ("now", "2025-03-01T12:00:00Z"),
            ("now-6h", "2025-03-01T06:00:00Z"),
            ("now - 1d", "2025-02-28T12:00:00Z"),
            ("now-1h30m", "2025-03-01T10:30:00Z"),
            ("now+5m", "2025-03-01T12:05:00Z"),
            ("2025-03-01T10:00:00Z", "2025-03-01T10:00:00Z"),
            ("2025-03-01T10:00:00.25+02:00", "2025-03-01T08:00:00.25Z"),
            ("2025-03-01T10:00", "2025-03-01T10:00:00Z"),
            ("2025-03-01 10:00:05", "2025-03-01T10:00:05Z"),
            ("2025-03-01", "2025-03-01T00:00:00Z"),
            ("1740830400123", "2025-03-01T12:00:00.123Z"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in
            ["", "yesterdayish", "now-", "now-6", "now-6y", "now6h", "2025-13-01", "now--1h", "now-0s"]
        {
            assert!(matches!(read(text), Err(TimeError::NotATime { .. })), "{text}: {:?}", read(text));
        }
        assert!(matches!(read("9999-01-01T00:00:00Z"), Err(TimeError::OutOfReach { .. })));
        assert!(matches!(read("9223372036854775807"), Err(TimeError::OutOfReach { .. })));
    }

    #[test]
    fn a_request_may_give_text_or_milliseconds() {
        let read = |json: &str| serde_json::from_str::<When>(json).unwrap();
        assert_eq!(read("\"now-1h\""), When::from("now-1h"));
        assert_eq!(read("1740830400123"), When::EpochMs(1_740_830_400_123));
        assert_eq!(read("1740830400123.75"), When::EpochMs(1_740_830_400_123));
        assert!(serde_json::from_str::<When>("true").is_err());
    }

    #[test]
    fn a_range_defaults_to_the_last_hour() {
        let range = TimeRange::resolve(None, None, NOW_NS).unwrap();
        assert_eq!((range.to_ns, range.length_ns()), (NOW_NS, 3600 * SECOND_NS));
        let range = TimeRange::resolve(None, Some(&When::from("2025-01-01")), NOW_NS).unwrap();
        assert_eq!(rfc3339(range.from_ns), "2024-12-31T23:00:00Z");
    }

    #[test]
    fn an_empty_range_is_refused_with_both_ends() {
        let (from, to) = (When::from("now"), When::from("now-1h"));
        let error = TimeRange::resolve(Some(&from), Some(&to), NOW_NS).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the range is empty: `from` (2025-03-01T12:00:00Z) is not before `to` (2025-03-01T11:00:00Z)"
        );
        assert!(TimeRange::resolve(Some(&from), Some(&from), NOW_NS).is_err());
    }

    #[test]
    fn lengths_may_be_compound_but_not_zero() {
        assert_eq!(parse_length("1m"), Ok(60 * SECOND_NS));
        assert_eq!(parse_length("250ms"), Ok(SECOND_NS / 4));
        assert_eq!(parse_length("1h30m"), Ok(5400 * SECOND_NS));
        for text in ["", "0s", "1", "m", "1y", "1m ", "99999999999999w"] {
            assert_eq!(parse_length(text).is_ok(), text == "1m ", "{text}");
        }
    }
}
