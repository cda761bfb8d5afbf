//! `weir query`: sums by fields and over time.

use serde_json::{Map, Value, json};
use weir_query::Measure;

use crate::cli::{Format, Query};
use crate::command::ask::{Asked, range};
use crate::failure::Failure;
use crate::output;

pub(crate) fn run(arguments: &Query) -> Result<(), Failure> {
    let mut body = Map::new();
    range(&mut body, &arguments.scope)?;
    body.insert("by".to_owned(), json!(arguments.by));
    let measures = match &arguments.measure[..] {
        [] => Measure::defaults(arguments.scope.table.into()).iter().map(|&name| name.to_owned()).collect(),
        chosen => chosen.to_vec(),
    };
    body.insert("measures".to_owned(), json!(measures));
    if let Some(every) = &arguments.every {
        body.insert("every".to_owned(), json!(every));
    }
    if let Some(top) = arguments.top {
        body.insert("top".to_owned(), json!(top));
    }
    if let Some(order) = &arguments.order {
        body.insert("order".to_owned(), json!(order));
    }
    let answer = Asked::open(&arguments.target).query(&Value::Object(body))?;
    let time = arguments.every.as_ref().map(|_| "time".to_owned());
    let columns: Vec<String> = time.into_iter().chain(arguments.by.clone()).chain(measures.clone()).collect();
    output::print(&answer, &columns, arguments.target.format)?;
    if arguments.target.format == Format::Table {
        let scaled = measures.iter().any(|measure| measure.ends_with("_scaled"));
        if answer["meta"]["truncated"] == true {
            eprintln!("there are more groups: `--top N` shows the N largest");
        }
        if answer["meta"]["sampled"] == true && !scaled {
            eprintln!("some records were sampled: `--measure bytes_scaled,packets_scaled` adjusts for it");
        }
    }
    Ok(())
}
