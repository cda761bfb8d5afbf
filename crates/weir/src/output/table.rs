//! A table that a person likes to read: aligned, with units and names.

use serde_json::Value;
use weir_filter::value::{self, display};
use weir_schema::{Field, Kind};

/// Rows as aligned text; numbers on the right, with thousands apart, volumes with a unit.
pub(super) fn render(rows: &[Value], columns: &[String]) -> String {
    if rows.is_empty() {
        return "no flows match\n".to_owned();
    }
    let as_text: Vec<fn(&str, &Value) -> String> = columns
        .iter()
        .map(|name| if is_time(name) { time_cell(rows, name) } else { cell as fn(&str, &Value) -> String })
        .collect();
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| columns.iter().zip(&as_text).map(|(name, text)| text(name, &row[name.as_str()])).collect())
        .collect();
    let right: Vec<bool> = columns
        .iter()
        .map(|name| {
            let of_column = || rows.iter().map(|row| &row[name.as_str()]);
            of_column().any(Value::is_number) && !of_column().any(|value| named(name, value).is_some())
        })
        .collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let widest = cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
            widest.max(name.chars().count())
        })
        .collect();
    let mut out = String::new();
    let headings: Vec<String> = columns.to_vec();
    for row in std::iter::once(&headings).chain(&cells) {
        let line: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(at, text)| {
                let pad = " ".repeat(widths[at].saturating_sub(text.chars().count()));
                if right[at] { format!("{pad}{text}") } else { format!("{text}{pad}") }
            })
            .collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn cell(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect(),
        Value::Number(number) => match number.as_f64() {
            _ if named(name, value).is_some() => named(name, value).unwrap_or_default(),
            Some(number) if is_volume(name) => volume(number),
            Some(number) if is_count(name) => grouped(number),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// The text of a number that has a better one: a protocol's name, TCP flags, a duration with its unit.
fn named(name: &str, value: &Value) -> Option<String> {
    let number = value.as_u64()?;
    let is_measure = name.contains('(');
    let field = field(name)?;
    match field.kind() {
        Kind::Duration if !name.starts_with("unique(") => Some(duration(number)),
        _ if is_measure => None,
        kind => {
            let text = display(field, &value::Value::of_number(kind, number));
            (text != number.to_string()).then_some(text)
        }
    }
}

/// Nanoseconds in the unit that a person would choose.
fn duration(nanoseconds: u64) -> String {
    let units = [(3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s"), (1_000_000, "ms")];
    match units.iter().find(|(size, _)| nanoseconds >= *size) {
        Some((size, unit)) => format!("{:.1} {unit}", nanoseconds as f64 / *size as f64),
        None if nanoseconds == 0 => "0 s".to_owned(),
        None => format!("{} µs", nanoseconds / 1_000),
    }
}

fn is_time(name: &str) -> bool {
    field(name).is_some_and(|field| field.kind() == Kind::Time)
}

/// How a column of times is written: in whole seconds if it holds nothing finer, else in milliseconds, so that it
/// stands in line.
fn time_cell(rows: &[Value], name: &str) -> fn(&str, &Value) -> String {
    let finer = rows.iter().any(|row| row[name].as_str().is_some_and(|text| text.contains('.')));
    if finer { |_, value| milliseconds(value) } else { cell }
}

fn milliseconds(value: &Value) -> String {
    let Some(text) = value.as_str().and_then(|text| text.strip_suffix('Z')) else { return cell("", value) };
    let (second, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(3).collect();
    format!("{second}.{fraction}Z")
}

/// The field that a column or measure is about.
fn field(name: &str) -> Option<Field> {
    let inner = name.split_once('(').map_or(name, |(_, rest)| rest.trim_end_matches(')'));
    Field::from_name(inner)
}

fn is_volume(name: &str) -> bool {
    !name.starts_with("unique(") && field(name).is_some_and(|field| field.info().unit == "bytes")
}

fn is_count(name: &str) -> bool {
    name.contains('(') || field(name).is_some_and(|field| !field.info().unit.is_empty())
}

pub(crate) fn volume(bytes: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut scaled = bytes;
    let mut unit = 0;
    while scaled.abs() >= 1000.0 && unit + 1 < units.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{scaled:.0} B") } else { format!("{scaled:.2} {}", units[unit]) }
}

fn grouped(number: f64) -> String {
    if number.fract() != 0.0 {
        return format!("{number:.2}");
    }
    let digits = format!("{:.0}", number.abs());
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    if number < 0.0 { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn aligns_and_gives_units() {
        let rows = [json!({"src_ip": "10.0.0.1", "bytes": 1_234_567, "flows": 12345, "src_as": 64512})];
        let columns = ["src_ip", "bytes", "flows", "src_as"].map(str::to_owned);
        assert_eq!(
            render(&rows, &columns),
            "src_ip      bytes   flows  src_as\n10.0.0.1  1.23 MB  12 345   64512\n"
        );
    }

    #[test]
    fn numbers_that_have_names_are_named_and_times_stand_in_line() {
        let rows = [
            json!({"time": "2026-01-02T03:04:05.75Z", "protocol": 6, "duration": 60_000_000_000_u64}),
            json!({"time": "2026-01-02T03:04:06Z", "protocol": 253, "duration": 1_500_000}),
        ];
        let columns = ["time", "protocol", "duration"].map(str::to_owned);
        assert_eq!(
            render(&rows, &columns),
            "time                      protocol  duration\n\
             2026-01-02T03:04:05.750Z  tcp       1.0 min\n\
             2026-01-02T03:04:06.000Z  253       1.5 ms\n"
        );
    }
}
