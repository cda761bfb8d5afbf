//! Flows for tests of rules, written as text.
//!
//! One line is one flow, or many: `src_ip=10.0.0.5 dst_ip=10.0.1.{n} dst_port=445 times=30 every=2s after=1m`. Values are
//! those of the filter language. `times` repeats the line, `every` apart (default one second); `{n}` counts from 1 and
//! goes round after 250, and `{m}` counts the rounds. `after` waits before the first. `duration` is in seconds.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{FixedSizeBinaryDictionaryBuilder, StringDictionaryBuilder};
use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, RecordBatch, TimestampNanosecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use weir_filter::{Check, Expr, Item};
use weir_schema::{Field, Kind};

/// When the first flow of every scenario ends: 2026-01-05T12:00:00Z, a Monday.
const START_NS: i64 = 1_767_614_400_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;
/// Most flows of one scenario.
const MAX_FLOWS: usize = 100_000;

/// A line that is no flow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` of the flow `{line}`: {reason}")]
pub struct ScenarioError {
    /// The line.
    pub line: String,
    /// The part that is wrong.
    pub part: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A value of a flow.
enum Cell {
    Number(u64),
    Address([u8; 16]),
    Text(String),
}

/// The flows of some lines, in order.
pub fn scenario(lines: &[String]) -> Result<RecordBatch, ScenarioError> {
    let mut columns: BTreeMap<Field, Vec<(usize, Cell)>> = BTreeMap::new();
    let (mut times, mut starts) = (Vec::new(), Vec::new());
    let mut now = START_NS;
    for line in lines {
        let wrong = |part: &str, reason: &str| ScenarioError {
            line: line.clone(),
            part: part.to_owned(),
            reason: reason.to_owned(),
        };
        let (mut count, mut every, mut duration) = (1_usize, SECOND_NS, 0_i64);
        let mut values = Vec::new();
        for part in line.split_whitespace() {
            let (name, value) = part.split_once('=').ok_or_else(|| wrong(part, "it is not NAME=VALUE"))?;
            let span = || {
                let parsed = weir_filter::parse(&format!("duration = {value}")).ok();
                let span = parsed.and_then(|expr| number(&expr)).and_then(|span| i64::try_from(span).ok());
                span.ok_or_else(|| wrong(part, "it is no duration such as `2s`"))
            };
            match name {
                "times" => count = value.parse().map_err(|_| wrong(part, "it is no number"))?,
                "every" => every = span()?,
                "after" => now += span()?,
                "duration" => {
                    let seconds: f64 =
                        value.parse().map_err(|_| wrong(part, "it is no number of seconds"))?;
                    duration = (seconds * 1e9) as i64;
                }
                _ => {
                    let field =
                        Field::from_name(name).ok_or_else(|| wrong(part, "there is no such field"))?;
                    values.push((field, value, part));
                }
            }
        }
        if times.len() + count > MAX_FLOWS {
            return Err(wrong("times", "the scenario has too many flows"));
        }
        for round in 0..count {
            let row = times.len();
            for (field, value, part) in &values {
                let text = value
                    .replace("{n}", &(round % 250 + 1).to_string())
                    .replace("{m}", &(round / 250 + 1).to_string());
                let cell = cell(*field, &text).map_err(|reason| wrong(part, &reason))?;
                columns.entry(*field).or_default().push((row, cell));
            }
            times.push(now);
            starts.push(now.saturating_sub(duration));
            now += every;
        }
    }
    let rows = times.len();
    let time =
        |values: Vec<i64>| Arc::new(TimestampNanosecondArray::from(values).with_timezone("UTC")) as ArrayRef;
    let mut batch = vec![
        (Field::Time.name(), time(times.clone())),
        (Field::Start.name(), time(starts)),
        (Field::End.name(), time(times)),
    ];
    batch.extend(columns.into_iter().map(|(field, cells)| (field.name(), column(field.kind(), cells, rows))));
    RecordBatch::try_from_iter(batch).map_err(|error| ScenarioError {
        line: lines.first().cloned().unwrap_or_default(),
        part: String::new(),
        reason: error.to_string(),
    })
}

/// One flow with these values, as the filter language writes them without quotes. A name that no field has, and a value that
/// its field cannot have, are left out.
pub fn flow<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<RecordBatch> {
    let time = TimestampNanosecondArray::from(vec![START_NS]).with_timezone("UTC");
    let mut columns: BTreeMap<Field, ArrayRef> = BTreeMap::new();
    columns.insert(Field::Time, Arc::new(time));
    for (name, value) in values {
        let known = Field::from_name(name).and_then(|field| Some((field, cell(field, value).ok()?)));
        if let Some((field, cell)) = known {
            columns.insert(field, column(field.kind(), vec![(0, cell)], 1));
        }
    }
    RecordBatch::try_from_iter(columns.into_iter().map(|(field, column)| (field.name(), column))).ok()
}

fn number(expr: &Expr) -> Option<i128> {
    match expr {
        Expr::Test(test) => match &test.check {
            Check::In { items, negated: false } => match items.as_slice() {
                [Item::Range { low, high }] if low == high => Some(*low),
                [Item::Named { ranges, .. }] => ranges.first().map(|range| range.0),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn cell(field: Field, text: &str) -> Result<Cell, String> {
    if field.is_derived() || matches!(field.kind(), Kind::Time | Kind::Map) {
        return Err("this field cannot be set".to_owned());
    }
    if field.kind() == Kind::Text {
        return Ok(Cell::Text(text.to_owned()));
    }
    if field.kind() == Kind::Ip {
        let address: std::net::IpAddr = text.parse().map_err(|_| "it is no address".to_owned())?;
        let bytes = match address {
            std::net::IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            std::net::IpAddr::V6(v6) => v6.octets(),
        };
        return Ok(Cell::Address(bytes));
    }
    let expr = weir_filter::parse(&format!("{} = {text}", field.name()))
        .map_err(|errors| errors.first().map_or_else(String::new, weir_filter::FilterError::message))?;
    let number = number(&expr).and_then(|number| u64::try_from(number).ok());
    number.map(Cell::Number).ok_or_else(|| "it is not one number".to_owned())
}

fn column(kind: Kind, cells: Vec<(usize, Cell)>, rows: usize) -> ArrayRef {
    let mut by_row: Vec<Option<Cell>> = Vec::new();
    by_row.resize_with(rows, || None);
    for (row, cell) in cells {
        by_row[row] = Some(cell);
    }
    let numbers = || {
        by_row.iter().map(|cell| match cell {
            Some(Cell::Number(number)) => Some(*number),
            _ => None,
        })
    };
    match kind {
        Kind::U8 => Arc::new(numbers().map(|n| n.map(|n| n as u8)).collect::<UInt8Array>()),
        Kind::U16 => Arc::new(numbers().map(|n| n.map(|n| n as u16)).collect::<UInt16Array>()),
        Kind::U32 | Kind::Service => {
            Arc::new(numbers().map(|n| n.map(|n| n as u32)).collect::<UInt32Array>())
        }
        Kind::Ip => {
            let mut builder = FixedSizeBinaryDictionaryBuilder::<UInt32Type>::new(16);
            for cell in &by_row {
                match cell {
                    // Sixteen bytes and fewer values than codes: it cannot fail.
                    Some(Cell::Address(bytes)) if builder.append(bytes).is_ok() => {}
                    _ => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
        Kind::Text => {
            let mut builder = StringDictionaryBuilder::<UInt32Type>::new();
            for cell in &by_row {
                match cell {
                    Some(Cell::Text(text)) => builder.append_value(text),
                    _ => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
        _ => Arc::new(numbers().collect::<UInt64Array>()),
    }
}
