//! Comma-separated values (RFC 4180).

use serde_json::Value;

/// One heading, one line per row. Missing values are empty. Text that a spreadsheet would run as a formula gets an
/// apostrophe in front: flow data comes from strangers.
pub(super) fn render(rows: &[Value], columns: &[String]) -> String {
    let mut out = columns.iter().map(|name| cell(name)).collect::<Vec<_>>().join(",");
    out.push_str("\r\n");
    for row in rows {
        let cells: Vec<String> = columns
            .iter()
            .map(|name| match &row[name.as_str()] {
                Value::Null => String::new(),
                Value::String(text) => cell(text),
                other => cell(&other.to_string()),
            })
            .collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

fn cell(text: &str) -> String {
    let dangerous = text.starts_with(['=', '+', '-', '@']) && text.parse::<f64>().is_err();
    let text = if dangerous { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quotes_and_disarms() {
        let rows = [json!({"app": "=cmd(\"x\")", "bytes": 5}), json!({"bytes": -1})];
        let columns = ["app".to_owned(), "bytes".to_owned()];
        assert_eq!(render(&rows, &columns), "app,bytes\r\n\"'=cmd(\"\"x\"\")\",5\r\n,-1\r\n");
    }
}
