//! Writes the rows of an answer straight from typed values to JSON, without an object per row in between.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use weir_filter::value::{Value, time_text};
use weir_query::Row;

use crate::error::ApiError;
use crate::model::{ErrorCode, Meta};
use crate::time::{TimeRange, rfc3339};

/// The rows of an aggregating query.
pub(crate) struct GroupRows<'a> {
    /// Names of the fields grouped by.
    pub(crate) by: &'a [String],
    /// Names of the measures.
    pub(crate) measures: &'a [String],
    /// The rows.
    pub(crate) rows: &'a [Row],
}

struct GroupRow<'a>(&'a GroupRows<'a>, &'a Row);

impl Serialize for GroupRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows.iter().map(|row| GroupRow(self, row)))
    }
}

impl Serialize for GroupRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(names, row) = self;
        let mut map = serializer.serialize_map(None)?;
        if let Some(time_ns) = row.time_ns {
            map.serialize_entry("time", &time_text(time_ns))?;
        }
        for (name, value) in names.by.iter().zip(&row.key) {
            map.serialize_entry(name, value)?;
        }
        for (name, value) in names.measures.iter().zip(&row.values) {
            map.serialize_entry(name, value)?;
        }
        if row.other {
            map.serialize_entry("other", &true)?;
        }
        map.end()
    }
}

/// Records. What a record does not have is left out.
pub(crate) struct RecordRows<'a> {
    /// Names of the columns.
    pub(crate) columns: &'a [String],
    /// The rows.
    pub(crate) rows: &'a [Vec<Value>],
}

struct RecordRow<'a>(&'a [String], &'a [Value]);

impl Serialize for RecordRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.rows.len()))?;
        for row in self.rows {
            seq.serialize_element(&RecordRow(self.columns, row))?;
        }
        seq.end()
    }
}

impl Serialize for RecordRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let present = self.0.iter().zip(self.1).filter(|(_, value)| !value.is_null());
        serializer.collect_map(present)
    }
}

impl Meta {
    /// What is said about an answer to `query_id`, which asked for `range`.
    pub(crate) fn of(query_id: &str, range: TimeRange, meta: weir_query::Meta) -> Self {
        Self {
            query_id: query_id.to_owned(),
            exact: meta.exact,
            sampled: meta.sampled,
            resolution: meta.resolution.to_owned(),
            rows_scanned: meta.rows_scanned,
            rows_total: meta.rows_total,
            rows_matched: meta.rows_matched,
            elapsed_ms: meta.elapsed_ms,
            incomplete_from: meta.incomplete_from.map(rfc3339),
            truncated: meta.truncated,
            warnings: meta.warnings,
            from: rfc3339(range.from_ns),
            to: rfc3339(range.to_ns),
        }
    }
}

/// A body that was written to JSON on the query's own thread.
pub(crate) struct JsonText(Vec<u8>);

impl JsonText {
    pub(crate) fn write(body: &impl Serialize) -> Result<Self, ApiError> {
        serde_json::to_vec(body).map(Self).map_err(|error| {
            ApiError::new(ErrorCode::Internal, "the answer could not be written").detail(error.to_string())
        })
    }
}

impl IntoResponse for JsonText {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn groups_keep_their_names_and_the_remainder_says_so() {
        let row = |key, other| Row {
            time_ns: Some(1_740_830_400_000_000_000),
            series: 0,
            key: vec![key],
            values: vec![Value::Number(5), Value::Float(2.5)],
            other,
        };
        let rows = [row(Value::Ip([10, 0, 0, 1].into()), false), row(Value::Null, true)];
        let (by, measures) = (names(&["source.ip"]), names(&["bytes", "avg(bytes)"]));
        let json = serde_json::to_string(&GroupRows { by: &by, measures: &measures, rows: &rows }).unwrap();
        assert_eq!(
            json,
            "[{\"time\":\"2025-03-01T12:00:00Z\",\"source.ip\":\"10.0.0.1\",\"bytes\":5,\"avg(bytes)\":2.5},\
             {\"time\":\"2025-03-01T12:00:00Z\",\"source.ip\":null,\"bytes\":5,\"avg(bytes)\":2.5,\"other\":true}]"
        );
    }

    #[test]
    fn records_leave_out_what_they_do_not_have() {
        let columns = names(&["src_ip", "dst_port", "app"]);
        let rows = [vec![Value::Null, Value::Number(53), Value::Text("dns".to_owned())]];
        let json = serde_json::to_string(&RecordRows { columns: &columns, rows: &rows }).unwrap();
        assert_eq!(json, "[{\"dst_port\":53,\"app\":\"dns\"}]");
    }
}
