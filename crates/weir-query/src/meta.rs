//! What is said about every answer.

use serde::{Serialize, Serializer};

/// How far an answer can be trusted and what it cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Meta {
    /// Whether the numbers are exact over the rows that are stored (sampling is another matter).
    pub exact: bool,
    /// Whether any row that counted was sampled, so that raw counters are only a part of the traffic.
    pub sampled: bool,
    /// What was read: `raw` rows.
    pub resolution: &'static str,
    /// Rows that were looked at.
    pub rows_scanned: u64,
    /// Rows in the parts of the store that the range touches.
    pub rows_total: u64,
    /// Rows in the range that passed the filter.
    pub rows_matched: u64,
    /// Wall-clock time in milliseconds.
    pub elapsed_ms: f64,
    /// From here on more rows may still come, or a bucket is only partly covered.
    #[serde(serialize_with = "rfc3339")]
    pub incomplete_from: Option<i64>,
    /// Whether groups or rows were left out without being added up elsewhere.
    pub truncated: bool,
    /// What a reader should know, in sentences.
    pub warnings: Vec<String>,
}

impl Default for Meta {
    fn default() -> Self {
        Self {
            exact: true,
            sampled: false,
            resolution: "raw",
            rows_scanned: 0,
            rows_total: 0,
            rows_matched: 0,
            elapsed_ms: 0.0,
            incomplete_from: None,
            truncated: false,
            warnings: Vec::new(),
        }
    }
}

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn rfc3339<S: Serializer>(time: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_str(&weir_filter::value::time_text(*time)),
        None => serializer.serialize_none(),
    }
}
