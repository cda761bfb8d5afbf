//! A table that a person likes to read: aligned, with units.

use serde_json::Value;
use weir_schema::Field;

/// Rows as aligned text; numbers on the right, with thousands apart, volumes with a unit.
pub(super) fn render(rows: &[Value], columns: &[String]) -> String {
    if rows.is_empty() {
        return "no flows match\n".to_owned();
    }
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|name| cell(name, &row[name.as_str()])).collect()).collect();
    let right: Vec<bool> =
        columns.iter().map(|name| rows.iter().any(|row| row[name.as_str()].is_number())).collect();
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
            Some(number) if is_volume(name) => volume(number),
            Some(number) if is_count(name) => grouped(number),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
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

fn volume(bytes: f64) -> String {
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
}
