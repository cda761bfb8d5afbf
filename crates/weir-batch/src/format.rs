//! Elements without a column, as text.

use std::fmt::Write;
use std::net::Ipv6Addr;

use weir_schema::element::ElementType;
use weir_wire::template::VARIABLE_LENGTH;

use crate::structured::List;

/// How the bytes of an element are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Unsigned,
    Signed,
    Float,
    Boolean,
    Mac,
    Ipv4,
    Ipv6,
    Text,
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// NTP timestamp.
    Ntp,
    /// Cisco sub-application value: `engine:selector:sub text`.
    SubApplication,
    /// A list inside the record (RFC 6313): see [`List::write`].
    List(List),
    /// `0x` and two digits a byte.
    Hex,
}

impl Format {
    /// The format for an element's type, or hex where the type is unknown or does not go with the length.
    pub(crate) fn of(element_type: Option<ElementType>, length: u16) -> Format {
        let variable = length == VARIABLE_LENGTH;
        let number = length <= 8 || variable;
        match element_type {
            Some(
                ElementType::Unsigned8
                | ElementType::Unsigned16
                | ElementType::Unsigned32
                | ElementType::Unsigned64
                | ElementType::Unsigned256,
            ) if number => Format::Unsigned,
            Some(
                ElementType::Signed8 | ElementType::Signed16 | ElementType::Signed32 | ElementType::Signed64,
            ) if number => Format::Signed,
            Some(ElementType::Float32 | ElementType::Float64) if variable || matches!(length, 4 | 8) => {
                Format::Float
            }
            Some(ElementType::Boolean) if length == 1 || variable => Format::Boolean,
            Some(ElementType::MacAddress) if length == 6 => Format::Mac,
            Some(ElementType::Ipv4Address) if length == 4 => Format::Ipv4,
            Some(ElementType::Ipv6Address) if length == 16 => Format::Ipv6,
            Some(ElementType::String) => Format::Text,
            Some(ElementType::DateTimeSeconds) if number => Format::Seconds,
            Some(ElementType::DateTimeMilliseconds) if number => Format::Milliseconds,
            Some(ElementType::DateTimeMicroseconds | ElementType::DateTimeNanoseconds) if length == 8 => {
                Format::Ntp
            }
            other => List::of(other).map_or(Format::Hex, Format::List),
        }
    }

    /// Appends the value; nothing for one of no bytes.
    pub(crate) fn write(self, out: &mut String, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Format::Unsigned if bytes.len() <= 8 => push_unsigned(out, be_uint(bytes)),
            Format::Signed if bytes.len() <= 8 => push(out, format_args!("{}", be_int(bytes))),
            Format::Float => match (<[u8; 4]>::try_from(bytes), <[u8; 8]>::try_from(bytes)) {
                (Ok(single), _) => push(out, format_args!("{}", f32::from_be_bytes(single))),
                (_, Ok(double)) => push(out, format_args!("{}", f64::from_be_bytes(double))),
                _ => push_hex(out, bytes),
            },
            // RFC 7011, section 6.1.5: 1 is true, 2 is false.
            Format::Boolean => match bytes {
                [1] => out.push_str("true"),
                [0 | 2] => out.push_str("false"),
                [other] => push_unsigned(out, u64::from(*other)),
                other => push_hex(out, other),
            },
            Format::Mac => push_mac(out, bytes),
            Format::Ipv4 => match bytes.first_chunk::<4>() {
                Some(octets) => push_ipv4(out, *octets),
                None => push_hex(out, bytes),
            },
            Format::Ipv6 => match bytes.first_chunk::<16>() {
                Some(octets) => push(out, format_args!("{}", Ipv6Addr::from(*octets))),
                None => push_hex(out, bytes),
            },
            Format::Text => push_text(out, bytes),
            Format::Seconds if bytes.len() <= 8 => push_time(out, seconds_ns(be_uint(bytes))),
            Format::Milliseconds if bytes.len() <= 8 => push_time(out, milliseconds_ns(be_uint(bytes))),
            // Before 1970 it is no NTP timestamp: vendors count otherwise under this type.
            Format::Ntp => match be_uint(bytes) {
                0 => {}
                value if (value >> 32) as i64 >= UNIX_EPOCH_IN_NTP => push_time(out, ntp_ns(value, !0)),
                _ => push_hex(out, bytes),
            },
            Format::SubApplication => match bytes {
                [engine, a, b, c, sub_high, sub_low, text @ ..] => {
                    let sub = u16::from_be_bytes([*sub_high, *sub_low]);
                    push(out, format_args!("{engine}:{}:{sub}", be_uint(&[*a, *b, *c])));
                    if !trim_text(text).is_empty() {
                        out.push(' ');
                        push_text(out, text);
                    }
                }
                other => push_hex(out, other),
            },
            Format::Unsigned
            | Format::Signed
            | Format::Seconds
            | Format::Milliseconds
            | Format::List(_)
            | Format::Hex => push_hex(out, bytes),
        }
    }
}

/// Writing to a string cannot fail.
fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
}

/// Appends a number in decimal digits: what `extra` consists of for the most part, so without the machinery of
/// `core::fmt`, and without a look whether digits are UTF-8.
#[inline]
pub(crate) fn push_unsigned(out: &mut String, number: u64) {
    out.push_str(itoa::Buffer::new().format(number));
}

fn push_ipv4(out: &mut String, octets: [u8; 4]) {
    for (place, octet) in octets.into_iter().enumerate() {
        if place > 0 {
            out.push('.');
        }
        push_unsigned(out, u64::from(octet));
    }
}

/// A big-endian number of any length; of more than eight bytes the last eight.
#[inline]
pub(crate) fn be_uint(bytes: &[u8]) -> u64 {
    // The usual lengths are one load each.
    if let [byte] = bytes {
        u64::from(*byte)
    } else if let Ok(bytes) = <[u8; 2]>::try_from(bytes) {
        u64::from(u16::from_be_bytes(bytes))
    } else if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        u64::from(u32::from_be_bytes(bytes))
    } else if let Ok(bytes) = <[u8; 8]>::try_from(bytes) {
        u64::from_be_bytes(bytes)
    } else {
        be_uint_of_any_length(bytes)
    }
}

fn be_uint_of_any_length(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn be_int(bytes: &[u8]) -> i64 {
    let unused = 64 - 8 * bytes.len().min(8) as u32;
    if unused == 64 {
        return 0;
    }
    ((be_uint(bytes) << unused) as i64) >> unused
}

/// A text's bytes without the NULs that pad it.
pub(crate) fn trim_text(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or_default()
}

/// Appends a text without padding. A byte that is not UTF-8 is written as `\xff`, so that nothing is lost whatever
/// encoding an exporter uses.
pub(crate) fn push_text(out: &mut String, bytes: &[u8]) {
    for chunk in trim_text(bytes).utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str("\\x");
            push_digits(out, *byte);
        }
    }
}

#[inline]
pub(crate) fn seconds_ns(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000_000)
}

#[inline]
pub(crate) fn milliseconds_ns(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}

/// Seconds from 1900 to 1970.
const UNIX_EPOCH_IN_NTP: i64 = 2_208_988_800;

/// An NTP timestamp (RFC 5905) as nanoseconds since 1970; 0 stays 0. Seconds before 1970 belong to the era that
/// starts in 2036.
#[inline]
pub(crate) fn ntp_ns(timestamp: u64, mask: u32) -> i64 {
    if timestamp == 0 {
        return 0;
    }
    let mut seconds = (timestamp >> 32) as i64 - UNIX_EPOCH_IN_NTP;
    if seconds < 0 {
        seconds += 1 << 32;
    }
    let fraction = u64::from(timestamp as u32 & mask);
    // Rounded, so that a sender's nanoseconds survive the trip through binary fractions.
    seconds * 1_000_000_000 + ((fraction * 1_000_000_000 + (1 << 31)) >> 32) as i64
}

/// `engine:selector` (RFC 6759, section 4).
pub(crate) fn push_application_id(out: &mut String, bytes: &[u8]) {
    if let [engine, selector @ ..] = bytes {
        push_unsigned(out, u64::from(*engine));
        out.push(':');
        if selector.len() <= 8 {
            push_unsigned(out, be_uint(selector));
        } else {
            push_hex(out, selector);
        }
    }
}

fn push_mac(out: &mut String, bytes: &[u8]) {
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 {
            out.push(':');
        }
        push_digits(out, *byte);
    }
}

pub(crate) fn push_hex(out: &mut String, bytes: &[u8]) {
    out.push_str("0x");
    for byte in bytes {
        push_digits(out, *byte);
    }
}

/// Two hexadecimal digits.
fn push_digits(out: &mut String, byte: u8) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    out.push(DIGITS[usize::from(byte >> 4)]);
    out.push(DIGITS[usize::from(byte & 15)]);
}

/// RFC 3339 in UTC, as many decimals as there are.
fn push_time(out: &mut String, time_ns: i64) {
    let (seconds, nanoseconds) = (time_ns.div_euclid(1_000_000_000), time_ns.rem_euclid(1_000_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    push(out, format_args!("{year:04}-{month:02}-{day:02}T"));
    push(out, format_args!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60));
    if nanoseconds != 0 {
        push(out, format_args!(".{nanoseconds:09}"));
        while out.ends_with('0') {
            out.pop();
        }
    }
    out.push('Z');
}

/// The Gregorian date of a day since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format, bytes: &[u8]) -> String {
        let mut out = String::new();
        format.write(&mut out, bytes);
        out
    }

    #[test]
    fn writes_each_format() {
        assert_eq!(written(Format::Unsigned, &[1, 0]), "256");
        assert_eq!(written(Format::Signed, &[0xff, 0xfe]), "-2");
        assert_eq!(written(Format::Float, &1.5_f32.to_be_bytes()), "1.5");
        assert_eq!(written(Format::Mac, &[0, 0x1b, 2, 3, 4, 0xff]), "00:1b:02:03:04:ff");
        assert_eq!(written(Format::Text, b"M\xfcller \xc3\xa4\0\0"), "M\\xfcller \u{e4}");
        assert_eq!(written(Format::Ipv4, &[192, 0, 2, 1]), "192.0.2.1");
        assert_eq!(written(Format::Hex, &[0xde, 1]), "0xde01");
        assert_eq!(written(Format::Unsigned, &[]), "");
        assert_eq!(
            written(Format::Milliseconds, &1_709_210_096_250_u64.to_be_bytes()),
            "2024-02-29T12:34:56.25Z"
        );
        assert_eq!(written(Format::Seconds, &[0]), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn numbers_have_all_their_digits() {
        for number in [0, 9, 10, 100, 65_535, u64::from(u32::MAX), 10_u64.pow(19), u64::MAX] {
            assert_eq!(written(Format::Unsigned, &number.to_be_bytes()), number.to_string());
        }
        assert_eq!(written(Format::Signed, &[0xff]), "-1");
        assert_eq!(written(Format::Signed, &[0x80, 0, 0]), "-8388608");
        assert_eq!(written(Format::Signed, &i64::MIN.to_be_bytes()), i64::MIN.to_string());
    }

    /// Reduced-size encoding (RFC 7011, section 6.2), and lengths that a type does not have.
    #[test]
    fn each_type_is_read_at_the_lengths_that_it_may_have() {
        use ElementType as T;
        let read =
            |element_type, length, bytes: &[u8]| written(Format::of(Some(element_type), length), bytes);
        assert_eq!(read(T::Unsigned64, 3, &[1, 0, 0]), "65536");
        assert_eq!(read(T::Unsigned8, VARIABLE_LENGTH, &[1, 0]), "256");
        assert_eq!(read(T::Unsigned256, 2, &[1, 0]), "256");
        assert_eq!(read(T::Unsigned256, 32, &[0xab; 32]), format!("0x{}", "ab".repeat(32)));
        assert_eq!(read(T::Unsigned64, VARIABLE_LENGTH, &[1; 9]), "0x010101010101010101");
        assert_eq!(read(T::Signed32, 2, &[0xff, 0xfe]), "-2");
        assert_eq!(read(T::Float64, 4, &0.25_f32.to_be_bytes()), "0.25");
        assert_eq!(read(T::Float64, VARIABLE_LENGTH, &(-1.5_f64).to_be_bytes()), "-1.5");
        assert_eq!(read(T::Float32, 2, &[1, 2]), "0x0102");
        assert_eq!(read(T::Boolean, 1, &[2]), "false");
        assert_eq!(read(T::Boolean, 2, &[0, 1]), "0x0001");
        assert_eq!(read(T::MacAddress, 8, &[1; 8]), "0x0101010101010101");
        assert_eq!(read(T::Ipv4Address, 16, &[0; 16]), format!("0x{}", "00".repeat(16)));
        assert_eq!(read(T::DateTimeSeconds, 8, &[0, 0, 0, 0, 0, 0, 0, 60]), "1970-01-01T00:01:00Z");
        assert_eq!(read(T::DateTimeNanoseconds, 4, &[0, 0, 0, 1]), "0x00000001");
        assert_eq!(read(T::String, 4, b"a\0b\0"), "a\0b");
    }

    #[test]
    fn ntp_keeps_nanoseconds() {
        let nanoseconds = 123_456_789_u64;
        let fraction = ((u128::from(nanoseconds) << 32) / 1_000_000_000) as u64;
        let timestamp = (2_208_988_800_u64 + 1_700_000_000) << 32 | fraction;
        assert!((ntp_ns(timestamp, !0) - 1_700_000_000_123_456_789).abs() <= 1);
        assert_eq!(ntp_ns(0, !0), 0);
    }
}
