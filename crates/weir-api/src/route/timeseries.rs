//! `/query/timeseries`: groups and measures over time, column by column.

use axum::extract::State;
use serde_json::Number;
use weir_filter::value::Value;
use weir_query::{Answer, Buckets};

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{ErrorCode, ErrorResponse, Meta, Series, TimeseriesRequest, TimeseriesResponse, Values};
use crate::question::Question;
use crate::rows::JsonText;
use crate::state::{ApiState, Asked};
use crate::time::TimeRange;

/// Groups the rows of a table and measures each group over time.
///
/// A row counts in the bucket of its `time`. Closing the connection cancels the query.
#[utoipa::path(
    post,
    path = "/api/v1/query/timeseries",
    tag = "query",
    request_body = TimeseriesRequest,
    responses(
        (status = 200, description = "The series.", body = TimeseriesResponse),
        (status = 400, description = "The question is not understood.", body = ErrorResponse),
        (status = 503, description = "Too many queries are running.", body = ErrorResponse),
    )
)]
pub(crate) async fn query_timeseries(
    State(state): State<ApiState>,
    JsonBody(request): JsonBody<TimeseriesRequest>,
) -> Result<JsonText, ApiError> {
    let question = Question::series(request, &state.context())?;
    state.answer(move |asked| JsonText::write(&answer(&asked, question)?)).await
}

fn answer(asked: &Asked<'_>, question: Question) -> Result<TimeseriesResponse, ApiError> {
    let Question { table, query, by, measures } = question;
    let answer = asked.rows(table, |source| weir_query::run(source, &query, asked.cancel))?;
    let buckets =
        answer.buckets.ok_or_else(|| ApiError::new(ErrorCode::Internal, "the answer has no time buckets"))?;
    let (series, other) = columns(&answer, &by, buckets);
    let range = TimeRange { from_ns: query.from_ns, to_ns: query.to_ns };
    Ok(TimeseriesResponse {
        start_ms: buckets.start_ns.div_euclid(1_000_000),
        step_ms: buckets.step_ns.unsigned_abs() / 1_000_000,
        count: buckets.count as u64,
        measures,
        series,
        other,
        meta: Meta::of(asked.query_id, range, answer.meta),
    })
}

/// Turns rows (one per bucket and group) into one matrix per group.
fn columns(answer: &Answer, by: &[String], buckets: Buckets) -> (Vec<Series>, Option<Values>) {
    let empty = vec![vec![Number::from(0); buckets.count]; answer.measures.len()];
    let mut matrices = vec![empty; answer.totals.len()];
    for row in &answer.rows {
        let Some(time_ns) = row.time_ns else { continue };
        let bucket = (time_ns - buckets.start_ns).div_euclid(buckets.step_ns) as usize;
        let Some(matrix) = matrices.get_mut(row.series) else { continue };
        for (values, value) in matrix.iter_mut().zip(&row.values) {
            if let Some(place) = values.get_mut(bucket) {
                *place = number(value);
            }
        }
    }
    let mut series = Vec::with_capacity(answer.totals.len());
    let mut other = None;
    for (total, values) in answer.totals.iter().zip(matrices) {
        let totals = total.values.iter().map(number).collect();
        if total.other {
            other = Some(Values { values, totals });
        } else {
            let key = by.iter().cloned().zip(total.key.iter().map(json)).collect();
            series.push(Series { key, values, totals });
        }
    }
    (series, other)
}

/// A measure as a number: times in milliseconds, absent ones 0.
fn number(value: &Value) -> Number {
    match value {
        Value::Time(time_ns) => Number::from(time_ns.div_euclid(1_000_000)),
        Value::Float(number) => Number::from_f64(*number).unwrap_or_else(|| Number::from(0)),
        other => Number::from(other.as_number().unwrap_or(0)),
    }
}

fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use weir_query::{Measure, Row};
    use weir_schema::Field;

    fn row(time_ns: Option<i64>, series: usize, bytes: u64, other: bool) -> Row {
        let key = if other { Value::Null } else { Value::Number(series as u64) };
        Row { time_ns, series, key: vec![key], values: vec![Value::Number(bytes)], other }
    }

    #[test]
    fn rows_become_columns_with_zeros_where_nothing_was() {
        let answer = Answer {
            by: vec![Field::DstPort],
            measures: vec![Measure::Bytes],
            buckets: None,
            rows: vec![
                row(Some(1000), 0, 7, false),
                row(Some(1020), 1, 5, false),
                row(Some(1020), 2, 1, true),
            ],
            totals: vec![row(None, 0, 7, false), row(None, 1, 5, false), row(None, 2, 1, true)],
            groups: 3,
            meta: weir_query::Meta::default(),
        };
        let buckets = Buckets { start_ns: 1000, step_ns: 10, count: 3 };
        let (series, other) = columns(&answer, &["dst_port".to_owned()], buckets);
        let json = serde_json::to_value((&series, &other)).unwrap();
        let expected = serde_json::json!([
            [
                {"key": {"dst_port": 0}, "values": [[7, 0, 0]], "totals": [7]},
                {"key": {"dst_port": 1}, "values": [[0, 0, 5]], "totals": [5]},
            ],
            {"values": [[0, 0, 1]], "totals": [1]},
        ]);
        assert_eq!(json, expected);
    }
}
