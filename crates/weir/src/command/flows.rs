//! `weir flows`: the records themselves, newest first.

use serde_json::{Map, Value, json};

use crate::cli::{Flows, Format, TableName};
use crate::command::ask::{Asked, range};
use crate::failure::Failure;
use crate::output;

/// Most records that one request may ask for.
const PAGE: usize = 5000;

/// What a person wants to see of flows in a terminal.
const USUAL: [&str; 10] = [
    "time", "exporter", "protocol", "src_ip", "src_port", "dst_ip", "dst_port", "service", "packets", "bytes",
];

/// The same of counters.
const USUAL_OF_COUNTERS: [&str; 7] = ["time", "exporter", "in_if", "in_if_name", "counter", "value", "delta"];

pub(crate) fn run(arguments: &Flows) -> Result<(), Failure> {
    let asked = Asked::open(&arguments.target);
    let columns = match (&arguments.columns, arguments.target.format) {
        (chosen, _) if !chosen.is_empty() => chosen.clone(),
        (_, Format::Table) => match arguments.scope.table {
            TableName::Flows => USUAL.map(str::to_owned).to_vec(),
            TableName::Counters => USUAL_OF_COUNTERS.map(str::to_owned).to_vec(),
        },
        _ => Vec::new(),
    };
    let mut body = Map::new();
    range(&mut body, &arguments.scope)?;
    if !columns.is_empty() {
        body.insert("columns".to_owned(), json!(columns));
    }
    let mut rows: Vec<Value> = Vec::new();
    let mut answer;
    loop {
        body.insert("limit".to_owned(), json!((arguments.limit - rows.len()).clamp(1, PAGE)));
        answer = asked.flows(&Value::Object(body.clone()))?;
        if let Value::Array(page) = answer["rows"].take() {
            rows.extend(page);
        }
        let next = answer["next"].take();
        if rows.len() >= arguments.limit || next.is_null() {
            break;
        }
        body.insert("cursor".to_owned(), next);
    }
    rows.truncate(arguments.limit);
    // Without chosen columns, a CSV has every field that any record has, in the table's order.
    let columns = if columns.is_empty() { present(&rows) } else { columns };
    let printed = rows.len() as u64;
    answer["rows"] = Value::Array(rows);
    output::print(&answer, &columns, arguments.target.format)?;
    let matched = answer["meta"]["rows_matched"].as_u64().unwrap_or(printed);
    if arguments.target.format != Format::Json && matched > printed {
        eprintln!("{printed} of {matched} records, the newest: `--limit N` prints more");
    }
    Ok(())
}

fn present(rows: &[Value]) -> Vec<String> {
    weir_schema::Field::all()
        .map(weir_schema::Field::name)
        .filter(|name| rows.iter().any(|row| !row[*name].is_null()))
        .map(str::to_owned)
        .collect()
}
