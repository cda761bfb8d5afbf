//! `/filter/complete`: what could stand at the cursor, with the values that records have there.

use std::collections::HashMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use weir_filter::value::display;
use weir_filter::{Completion, Expects, Expr, complete};
use weir_query::{Measure, Query};
use weir_schema::{Field, Kind, Table};

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{CompleteRequest, CompletionItem, CompletionKind, Completions, ErrorCode, ErrorResponse};
use crate::question::{byte_of, utf16};
use crate::state::{ApiState, Asked};
use crate::time::TimeRange;

/// Values of records unless the request says otherwise, and the most there can be.
const DEFAULT_LIMIT: u32 = 12;
const MAX_LIMIT: u32 = 100;

/// The most frequent values of so many are looked through for those that begin like what is typed.
const LOOKED_THROUGH: usize = 2000;

/// Somebody is typing: what takes longer than this comes too late.
const PATIENCE: Duration = Duration::from_millis(400);

/// The newest records say what is frequent; more of them are looked at only where these are too few to tell.
const WINDOWS_NS: [i64; 3] = [30 * SECOND_NS, 300 * SECOND_NS, 6 * 3600 * SECOND_NS];
const SECOND_NS: i64 = 1_000_000_000;

/// So many records tell what is frequent.
const ENOUGH_ROWS: u64 = 20_000;

/// Tells what could stand at a place in a filter: fields, operators, names, and the values that records have there, the
/// most frequent first, in the range and under the `and` terms before. The newest records of the range count, as many as
/// tell what is frequent.
///
/// Closing the connection cancels the search for values.
#[utoipa::path(
    post,
    path = "/api/v1/filter/complete",
    tag = "language",
    request_body = CompleteRequest,
    responses(
        (status = 200, description = "What could stand there.", body = Completions),
        (status = 400, description = "The request is not understood.", body = ErrorResponse),
    )
)]
pub(crate) async fn complete_filter(
    State(state): State<ApiState>,
    JsonBody(request): JsonBody<CompleteRequest>,
) -> Result<Json<Completions>, ApiError> {
    let context = state.context();
    let text = request.filter.as_str();
    let cursor = request.cursor.map_or(text.len(), |units| byte_of(text, units));
    let range = TimeRange::resolve(request.from.as_ref(), request.to.as_ref(), state.now_ns())?;
    let limit = request.limit.unwrap_or(DEFAULT_LIMIT);
    if limit > MAX_LIMIT {
        return Err(ApiError::new(ErrorCode::TooLarge, format!("`limit` can be at most {MAX_LIMIT}")));
    }
    let found = complete(text, cursor, &context);
    let mut answer = Completions {
        start: utf16(text, found.place.start),
        end: utf16(text, found.place.end),
        expects: kind_of(found.expects),
        fields: found.fields.iter().map(|field| field.name().to_owned()).collect(),
        items: Vec::new(),
        complete: true,
    };
    if request.values && limit > 0 && worth_asking(&found) {
        match values_of(state, &found, request.table.into(), range, limit as usize).await {
            Ok(values) => answer.items = values,
            // The rest of the list is worth having without them.
            Err(error) => {
                tracing::debug!(
                    message = error.map_or("it took too long".to_owned(), |e| e.message().to_owned()),
                    "no values to complete with"
                );
                answer.complete = false;
            }
        }
    }
    let known: Vec<_> = found
        .items
        .into_iter()
        .filter(|item| answer.items.iter().all(|value| value.text != item.text))
        .map(|item| CompletionItem { text: item.text, detail: item.detail, rows: None })
        .collect();
    answer.items.extend(known);
    Ok(Json(answer))
}

fn kind_of(expects: Expects) -> CompletionKind {
    match expects {
        Expects::Field => CompletionKind::Field,
        Expects::Operator => CompletionKind::Operator,
        Expects::Value => CompletionKind::Value,
        Expects::Joiner => CompletionKind::Joiner,
        Expects::Nothing => CompletionKind::Nothing,
    }
}

/// Counters and times have as many values as there are records; nobody picks one of them from a list.
fn worth_asking(found: &Completion) -> bool {
    !found.typed.starts_with('@')
        && found
            .fields
            .first()
            .is_some_and(|field| !matches!(field.kind(), Kind::Time | Kind::Duration | Kind::Map | Kind::U64))
}

/// The most frequent values, both sides of an either-side name counted together.
async fn values_of(
    state: ApiState,
    found: &Completion,
    table: Table,
    range: TimeRange,
    limit: usize,
) -> Result<Vec<CompletionItem>, Option<ApiError>> {
    let (fields, scope, typed) = (found.fields.clone(), found.scope.clone(), found.typed.to_lowercase());
    let asked = state.answer(move |asked| {
        let mut values = Vec::new();
        for window_ns in WINDOWS_NS {
            let from_ns = range.from_ns.max(range.to_ns.saturating_sub(window_ns));
            let mut counts = HashMap::new();
            for field in &fields {
                count(&asked, table, *field, scope.clone(), TimeRange { from_ns, ..range }, &mut counts)?;
            }
            let rows: u64 = counts.values().map(|(rows, _)| rows).sum();
            values =
                counts.into_iter().filter(|(text, (_, shown))| begins_like(text, shown, &typed)).collect();
            let enough = values.len() >= limit || (typed.is_empty() && rows >= ENOUGH_ROWS);
            if enough || from_ns == range.from_ns {
                break;
            }
        }
        Ok(values)
    });
    let mut values: Vec<(String, Counted)> =
        tokio::time::timeout(PATIENCE, asked).await.map_err(|_| None)?.map_err(Some)?;
    values.sort_by(|a, b| b.1.0.cmp(&a.1.0).then_with(|| a.0.cmp(&b.0)));
    let item = |(text, (rows, shown)): (String, Counted)| {
        let detail = if text.trim_matches('"') == shown { String::new() } else { shown };
        CompletionItem { text, detail, rows: Some(rows) }
    };
    Ok(values.into_iter().take(limit).map(item).collect())
}

/// How many rows have a value, and how it is shown.
type Counted = (u64, String);

fn begins_like(text: &str, shown: &str, typed: &str) -> bool {
    text.trim_start_matches('"').to_lowercase().starts_with(typed) || shown.to_lowercase().starts_with(typed)
}

fn count(
    asked: &Asked<'_>,
    table: Table,
    field: Field,
    filter: Option<Expr>,
    range: TimeRange,
    counts: &mut HashMap<String, Counted>,
) -> Result<(), ApiError> {
    let query = Query {
        filter,
        by: vec![field],
        measures: vec![Measure::Rows],
        top: Some(LOOKED_THROUGH),
        ..Query::over(range.from_ns, range.to_ns)
    };
    let answer = asked.rows(table, |source| weir_query::run(source, &query, asked.cancel))?;
    for row in answer.rows {
        let (Some(value), Some(rows)) =
            (row.key.first(), row.values.first().and_then(weir_filter::value::Value::as_number))
        else {
            continue;
        };
        if let Some(text) = weir_filter::literal(field, value) {
            let entry = counts.entry(text).or_insert_with(|| (0, display(field, value)));
            entry.0 += rows;
        }
    }
    Ok(())
}
