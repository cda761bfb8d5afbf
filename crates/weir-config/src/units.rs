//! Sizes and times as people write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

/// A number of bytes, written `64 MiB`, `10GB` or as a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ByteSize(pub u64);

/// A span of time, written `250ms`, `1s`, `15m`, `6h` or `90d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Interval(pub Duration);

/// A size or time that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}")]
pub struct UnitError {
    text: String,
    wanted: &'static str,
}

const SIZE_UNITS: [(&str, u64); 9] = [
    ("tib", 1 << 40),
    ("gib", 1 << 30),
    ("mib", 1 << 20),
    ("kib", 1 << 10),
    ("tb", 1_000_000_000_000),
    ("gb", 1_000_000_000),
    ("mb", 1_000_000),
    ("kb", 1_000),
    ("b", 1),
];

/// In milliseconds.
const TIME_UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

fn split(text: &str) -> (&str, String) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim().to_lowercase())
}

fn scaled(text: &str, units: &[(&str, u64)], plain: Option<u64>) -> Option<u64> {
    let (number, unit) = split(text);
    let number: u64 = number.replace('_', "").parse().ok()?;
    let factor = if unit.is_empty() { plain? } else { units.iter().find(|known| known.0 == unit)?.1 };
    number.checked_mul(factor)
}

impl FromStr for ByteSize {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wanted = "a size like `64 MiB`, `10GB` or `4096`";
        scaled(text, &SIZE_UNITS, Some(1))
            .map(Self)
            .ok_or_else(|| UnitError { text: text.to_owned(), wanted })
    }
}

impl FromStr for Interval {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let wanted = "a time like `250ms`, `1s`, `15m`, `6h` or `90d`";
        scaled(text, &TIME_UNITS, None)
            .map(|ms| Self(Duration::from_millis(ms)))
            .ok_or_else(|| UnitError { text: text.to_owned(), wanted })
    }
}

impl Interval {
    /// In nanoseconds, the unit of all times in records.
    pub fn as_ns(self) -> i64 {
        i64::try_from(self.0.as_nanos()).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = SIZE_UNITS[..4].iter().find(|unit| self.0 >= unit.1 && self.0.is_multiple_of(unit.1));
        match binary {
            Some((name, factor)) => {
                let name = match *name {
                    "tib" => "TiB",
                    "gib" => "GiB",
                    "mib" => "MiB",
                    _ => "KiB",
                };
                write!(f, "{} {name}", self.0 / factor)
            }
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis() as u64;
        let (unit, factor) = TIME_UNITS[..5]
            .iter()
            .rev()
            .find(|unit| ms >= unit.1 && ms.is_multiple_of(unit.1))
            .unwrap_or(&TIME_UNITS[0]);
        write!(f, "{}{unit}", ms / factor)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_number(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_number(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Visitor;
    impl serde::de::Visitor<'_> for Visitor {
        type Value = String;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text with a unit")
        }
        fn visit_str<E>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
        fn visit_i64<E>(self, number: i64) -> Result<String, E> {
            Ok(number.to_string())
        }
        fn visit_u64<E>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }
    }
    deserializer.deserialize_any(Visitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_prints() {
        for text in ["64 MiB", "1 GiB", "4097", "2 TiB"] {
            assert_eq!(text.parse::<ByteSize>().unwrap().to_string(), text);
        }
        for text in ["250ms", "1s", "15m", "6h", "90d"] {
            assert_eq!(text.parse::<Interval>().unwrap().to_string(), text);
        }
        assert_eq!("10GB".parse::<ByteSize>().unwrap().0, 10_000_000_000);
        assert!("15".parse::<Interval>().is_err());
        assert!("99999999999999 TiB".parse::<ByteSize>().is_err());
    }
}
