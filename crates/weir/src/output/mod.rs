//! Results to stdout, in the format asked for.

mod csv;
mod table;

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};

use serde_json::Value;

pub(crate) use table::volume;

use crate::cli::Format;
use crate::failure::Failure;

/// Writes text to stdout. A reader that went away (`| head`) is no failure.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("cannot write to stdout: {cause}")))
        }
        _ => Ok(()),
    }
}

/// Prints an answer `{"rows":[…],"meta":{…}}`. `columns` orders the columns of table and CSV.
pub(crate) fn print(answer: &Value, columns: &[String], format: Format) -> Result<(), Failure> {
    let rows = answer["rows"].as_array().map_or(&[][..], Vec::as_slice);
    match format {
        Format::Json => say(&format!("{answer}\n")),
        Format::Ndjson => {
            let mut lines = String::new();
            for row in rows {
                let _ = writeln!(lines, "{row}");
            }
            say(&lines)
        }
        Format::Csv => say(&csv::render(rows, columns)),
        Format::Table => say(&table::render(rows, columns)),
    }
}
