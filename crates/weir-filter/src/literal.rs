//! Reads a value as the type of its field.

use std::net::IpAddr;

use weir_schema::Kind;

use crate::calendar::Part;
use crate::expr::{Item, Network, Subject};
use crate::{Context, Problem, names};

/// Why a text is no value of a subject, and what may have been meant.
pub(crate) type Wrong = (Problem, Option<String>);

/// Reads one value, range, network or name.
pub(crate) fn item(subject: &Subject, text: &str, context: &Context) -> Result<Item, Wrong> {
    match subject.kind() {
        Kind::Text | Kind::Map => Ok(Item::Text(text.to_owned())),
        Kind::Ip => addresses(subject, text),
        Kind::Service => names::resolve(subject, text).ok_or_else(|| wrong(subject, text)),
        _ => numbers(subject, text, context),
    }
}

/// Reads one number: a bound, or the bits after `has`.
pub(crate) fn number(subject: &Subject, text: &str, context: &Context) -> Result<i128, Wrong> {
    if let Some(Item::Range { low, high }) = named(subject, text)
        && low == high
    {
        return Ok(low);
    }
    let number = match subject.kind() {
        Kind::Time => time(text, context.now_ns),
        Kind::Duration => duration(text),
        Kind::Mac => mac(text),
        _ => quantity(text, subject.field().info().unit == "bytes"),
    };
    let number = number.ok_or_else(|| wrong(subject, text))?;
    let (least, most) = match subject {
        Subject::Calendar(calendar) => calendar.part.bounds(),
        other => (0, most(other.kind())),
    };
    if number < i128::from(least) && subject.kind() != Kind::Time {
        return Err(wrong(subject, text));
    }
    if subject.kind() != Kind::Time && number > i128::from(most) {
        let (found, field) = (short(text), subject.to_string());
        return Err((Problem::TooBig { found, field, most }, None));
    }
    Ok(number)
}

fn named(subject: &Subject, text: &str) -> Option<Item> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { None } else { names::resolve(subject, text) }
}

fn numbers(subject: &Subject, text: &str, context: &Context) -> Result<Item, Wrong> {
    if let Some(item) = named(subject, text) {
        return Ok(item);
    }
    let Some((low, high)) = split_range(subject.kind(), text) else {
        return number(subject, text, context).map(Item::number);
    };
    let (low, high) = (number(subject, low, context)?, number(subject, high, context)?);
    if low > high {
        return Err((Problem::EmptyRange { found: short(text) }, None));
    }
    Ok(Item::Range { low, high })
}

/// `a..b`, and `1000-2000` where the minus cannot mean anything else.
fn split_range(kind: Kind, text: &str) -> Option<(&str, &str)> {
    if let Some(ends) = text.split_once("..") {
        return Some(ends);
    }
    let starts_as_number = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    text.split_once('-').filter(|(low, high)| {
        !matches!(kind, Kind::Time | Kind::Mac) && starts_as_number(low) && starts_as_number(high)
    })
}

fn addresses(subject: &Subject, text: &str) -> Result<Item, Wrong> {
    let one = |text: &str| text.parse::<IpAddr>().ok();
    let bits = |address| match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    if let Some((address, prefix)) = text.split_once('/') {
        return network(address, prefix).map(Item::Network).ok_or_else(|| wrong(subject, text));
    }
    if let Some(address) = one(text) {
        return Ok(Item::Network(Network::host(address)));
    }
    if let Some(network) = starred(text) {
        return Ok(Item::Network(network));
    }
    let (low, high) = text
        .split_once("..")
        .or_else(|| text.split_once('-'))
        .and_then(|(low, high)| Some((one(low)?, one(high)?)))
        .filter(|(low, high)| low.is_ipv4() == high.is_ipv4())
        .map(|(low, high)| (bits(low), bits(high)))
        .ok_or_else(|| wrong(subject, text))?;
    match low.cmp(&high) {
        std::cmp::Ordering::Less => Ok(Item::Addresses { low, high }),
        std::cmp::Ordering::Equal => Ok(Item::Network(Network::new(low, 128))),
        std::cmp::Ordering::Greater => Err((Problem::EmptyRange { found: short(text) }, None)),
    }
}

fn network(address: &str, prefix: &str) -> Option<Network> {
    let prefix: u8 = prefix.parse().ok()?;
    match address.parse().ok()? {
        IpAddr::V4(v4) if prefix <= 32 => Some(Network::new(v4.to_ipv6_mapped().to_bits(), prefix + 96)),
        IpAddr::V6(v6) if prefix <= 128 => Some(Network::new(v6.to_bits(), prefix)),
        _ => None,
    }
}

/// `10.1.*` or `10.1.*.*`: the network of all addresses that begin so.
fn starred(text: &str) -> Option<Network> {
    let known = text.trim_end_matches(".*");
    let stars = (text.len() - known.len()) / 2;
    let octets: Vec<u8> = known.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    if stars == 0 || octets.len() + stars > 4 {
        return None;
    }
    let bits =
        octets.iter().fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet)) << (8 * (4 - octets.len()));
    let address = std::net::Ipv4Addr::from_bits(bits).to_ipv6_mapped().to_bits();
    Some(Network::new(address, 96 + 8 * octets.len() as u8))
}

/// Whether a text is an address or a network, so that it can stand alone for `ip = ...`.
pub(crate) fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
        || text.split_once('/').is_some_and(|(address, prefix)| network(address, prefix).is_some())
}

/// RFC 3339; without an offset it is UTC, without a time it is the start of the day. With a present also `now`,
/// `now-1h30m`, and the starts of `today` and `yesterday` in UTC.
fn time(text: &str, now_ns: Option<i64>) -> Option<i128> {
    const DAY: i128 = 86_400_000_000_000;
    let relative = now_ns.map(i128::from).and_then(|now| match text.to_ascii_lowercase().as_str() {
        "now" => Some(now),
        "today" => Some(now.div_euclid(DAY) * DAY),
        "yesterday" => Some((now.div_euclid(DAY) - 1) * DAY),
        lower => {
            let distance = lower.strip_prefix("now")?;
            let ahead = distance.strip_prefix('+').and_then(duration);
            let behind = distance.strip_prefix('-').and_then(duration);
            ahead.map(|length| now + length).or_else(|| behind.map(|length| now - length))
        }
    });
    let absolute = || {
        let time = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let local = text.parse::<jiff::civil::DateTime>().ok()?;
            jiff::tz::TimeZone::UTC.to_timestamp(local).ok()
        })?;
        Some(time.as_nanosecond())
    };
    relative.or_else(absolute).and_then(|time| i64::try_from(time).ok()).map(i128::from)
}

/// `90s`, `1h30m`, `1.5ms`; a number without a unit only when it is 0.
fn duration(text: &str) -> Option<i128> {
    if text == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_')?;
        let (amount, tail) = rest.split_at(digits);
        let unit_length = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_length);
        let size = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" | "sec" => 1_000_000_000,
            "m" | "min" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            "w" => 604_800_000_000_000,
            _ => return None,
        };
        total = total.checked_add(times(amount, size)?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

/// `1500`, `1_500`, `0x1f`, `10k`, `2.5M`; for bytes also `10MB` and `1GiB`.
fn quantity(text: &str, bytes: bool) -> Option<i128> {
    if let Some(hex) = text.strip_prefix("0x") {
        let plain = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        return plain.then(|| u64::from_str_radix(hex, 16).ok().map(i128::from))?;
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let (amount, unit) = text.split_at(digits);
    let mut unit = unit.to_ascii_lowercase();
    if bytes && unit.ends_with('b') {
        unit.pop();
    }
    let size = match unit.as_str() {
        "" => 1,
        "k" => 1_000,
        "m" => 1_000_000,
        "g" => 1_000_000_000,
        "t" => 1_000_000_000_000,
        "p" => 1_000_000_000_000_000,
        "ki" => 1 << 10,
        "mi" => 1 << 20,
        "gi" => 1 << 30,
        "ti" => 1 << 40,
        "pi" => 1 << 50,
        _ => return None,
    };
    times(amount, size)
}

/// A decimal number times a unit, where that is whole.
fn times(amount: &str, size: i128) -> Option<i128> {
    let plain = amount.replace('_', "");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    if whole.is_empty()
        || whole.len() > 20
        || fraction.len() > 15
        || (plain.contains('.') && fraction.is_empty())
    {
        return None;
    }
    let all: i128 = format!("{whole}{fraction}").parse().ok()?;
    let product = all.checked_mul(size)?;
    let divisor = 10_i128.pow(fraction.len() as u32);
    (product % divisor == 0).then_some(product / divisor)
}

/// Colons, minuses, or Cisco's three groups.
fn mac(text: &str) -> Option<i128> {
    let separators = text.matches([':', '-', '.']).count();
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let whole = digits.len() == 12 && text.len() == 12 + separators && matches!(separators, 0 | 2 | 5);
    whole.then(|| i128::from_str_radix(&digits, 16).ok())?
}

fn most(kind: Kind) -> u64 {
    match kind {
        Kind::U8 => u64::from(u8::MAX),
        Kind::U16 => u64::from(u16::MAX),
        Kind::U32 | Kind::Service => u64::from(u32::MAX),
        Kind::Mac => (1 << 48) - 1,
        _ => u64::MAX,
    }
}

fn wrong(subject: &Subject, text: &str) -> Wrong {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let suggestion = if digits && subject.kind() == Kind::Duration {
        Some(format!("{text}s"))
    } else {
        names::nearest(text, names::candidates(subject))
    };
    let problem = Problem::Value { found: short(text), kind: describe(subject), field: subject.to_string() };
    (problem, suggestion)
}

/// What values a subject has, as part of a sentence.
pub(crate) fn describe(subject: &Subject) -> &'static str {
    let field = subject.field();
    if let Subject::Calendar(calendar) = subject {
        return match calendar.part {
            Part::Hour => "an hour from 0 to 23",
            Part::Weekday => "a day of the week such as `mon`",
        };
    }
    match subject.kind() {
        Kind::Time => "a time such as `2026-01-31T08:00:00Z`",
        Kind::Duration => "a duration such as `5s` or `2m`",
        Kind::Ip => "an address or a network such as `10.0.0.0/8`",
        Kind::Mac => "a MAC address such as `00:1b:21:00:00:01`",
        Kind::Text => "text",
        Kind::Map => "a set of named texts",
        Kind::Service => "a service such as `https` or `tcp/60443`",
        _ if field.info().unit == "bytes" => "a number of bytes such as `1500` or `10MB`",
        _ if field == weir_schema::Field::TcpFlags => "a set of flags such as `syn` or `syn|ack`",
        _ if names::candidates(subject).is_empty() => "a whole number",
        _ => "a whole number or a known name",
    }
}

/// What a field of a kind is, as part of a sentence.
pub(crate) fn nature(kind: Kind) -> &'static str {
    match kind {
        Kind::Time => "a time",
        Kind::Duration => "a duration",
        Kind::Ip => "an address",
        Kind::Mac => "a MAC address",
        Kind::Text => "text",
        Kind::Map => "a set of named texts",
        Kind::Service => "a service",
        Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 => "a number",
    }
}

/// A text shortened for a message.
pub(crate) fn short(text: &str) -> String {
    if text.chars().count() <= 40 { text.to_owned() } else { text.chars().take(39).chain(['…']).collect() }
}
