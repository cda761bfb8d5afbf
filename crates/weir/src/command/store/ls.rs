//! `weir store ls`: the segments, and how far they are put together.

use std::fmt::Write as _;

use serde_json::{Value, json};
use weir_api::time::rfc3339;
use weir_schema::Table;
use weir_store::{Order, Segment};

use crate::cli::{StoreFormat, StoreLs};
use crate::failure::Failure;
use crate::output::{say, volume};

pub(crate) fn run(arguments: &StoreLs) -> Result<(), Failure> {
    let tables: Vec<Table> = match arguments.table {
        Some(table) => vec![table.into()],
        None => Table::ALL.to_vec(),
    };
    let mut lists = Vec::new();
    for table in tables {
        lists.push((table, super::snapshot(&arguments.data, table)?));
    }
    let text = match arguments.format {
        StoreFormat::Json => {
            let segments = lists.iter().flat_map(|(table, snapshot)| {
                snapshot.segments().iter().map(move |segment| as_json(*table, segment))
            });
            format!("{}\n", json!({ "segments": segments.collect::<Vec<Value>>() }))
        }
        StoreFormat::Table => {
            let lists = lists.iter().map(|(table, snapshot)| as_table(*table, snapshot.segments()));
            lists.collect::<Vec<_>>().join("\n")
        }
    };
    say(&text)
}

fn order(segment: &Segment) -> &'static str {
    match segment.order {
        Order::Time => "time",
        Order::Address => "address",
    }
}

fn as_json(table: Table, segment: &Segment) -> Value {
    json!({
        "table": table.name(),
        "id": segment.id,
        "path": segment.path,
        "order": order(segment),
        "rows": segment.rows,
        "bytes": segment.bytes,
        "row_groups": segment.row_groups.len(),
        "from": rfc3339(segment.min_time),
        "to": rfc3339(segment.max_time),
        "created": rfc3339(segment.created_ns),
    })
}

fn as_table(table: Table, segments: &[std::sync::Arc<Segment>]) -> String {
    let mut text = String::new();
    if !segments.is_empty() {
        let _ = writeln!(
            text,
            "{:>8} {:>12} {:>10} {:>7} {:8} from … to",
            "segment", "rows", "size", "B/row", "order"
        );
    }
    for segment in segments {
        let _ = writeln!(
            text,
            "{:>8} {:>12} {:>10} {:>7.1} {:8} {} … {}",
            segment.id,
            segment.rows,
            volume(segment.bytes as f64),
            segment.bytes as f64 / segment.rows.max(1) as f64,
            order(segment),
            rfc3339(segment.min_time),
            rfc3339(segment.max_time),
        );
    }
    let sum = |of: fn(&Segment) -> u64| segments.iter().map(|segment| of(segment)).sum::<u64>();
    let (rows, bytes) = (sum(|segment| segment.rows), sum(|segment| segment.bytes));
    let waiting = segments.iter().filter(|segment| segment.order == Order::Time).count();
    let _ = writeln!(
        text,
        "{}: {} segments, {rows} rows, {}, {:.1} bytes a row; {waiting} not put together yet",
        table.name(),
        segments.len(),
        volume(bytes as f64),
        bytes as f64 / rows.max(1) as f64,
    );
    text
}
