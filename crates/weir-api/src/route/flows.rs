//! `/flows`: single records, newest first.

use axum::extract::State;
use serde::Serialize;
use weir_filter::Context;
use weir_query::{Cursor, CursorError, FlowsQuery};
use weir_schema::Table;

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{ErrorCode, ErrorResponse, FlowsRequest, FlowsResponse, Meta};
use crate::question::{fields, filter, no_name_twice, present};
use crate::rows::{JsonText, RecordRows};
use crate::state::{ApiState, Asked};
use crate::time::TimeRange;

/// Records of a page unless the request says otherwise.
const DEFAULT_LIMIT: u32 = 100;

/// Most records of a page.
const MAX_LIMIT: u32 = 5000;

/// Written as [`FlowsResponse`] says.
#[derive(Serialize)]
pub(crate) struct FlowsBody<'a> {
    rows: RecordRows<'a>,
    next: Option<String>,
    meta: Meta,
}

/// Lists records, newest first, page by page.
///
/// Closing the connection cancels the query.
#[utoipa::path(
    post,
    path = "/api/v1/flows",
    tag = "query",
    request_body = FlowsRequest,
    responses(
        (status = 200, description = "A page of records.", body = FlowsResponse),
        (status = 400, description = "The question is not understood.", body = ErrorResponse),
        (status = 503, description = "Too many queries are running.", body = ErrorResponse),
    )
)]
pub(crate) async fn list_flows(
    State(state): State<ApiState>,
    JsonBody(request): JsonBody<FlowsRequest>,
) -> Result<JsonText, ApiError> {
    let query = question(&request, &state.context())?;
    let table = request.table.into();
    state
        .answer(move |asked| answer(&asked, table, &query, request.columns, |body| JsonText::write(body)))
        .await
}

/// Runs the query and hands its answer, with its columns named as asked, to `write`.
pub(crate) fn answer<T>(
    asked: &Asked<'_>,
    table: Table,
    query: &FlowsQuery,
    mut columns: Vec<String>,
    write: impl FnOnce(&FlowsBody<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let answer = asked.rows(table, |source| weir_query::flows(source, query, asked.cancel))?;
    if columns.is_empty() {
        columns = answer.columns.iter().map(|field| field.name().to_owned()).collect();
    }
    let range = TimeRange { from_ns: query.from_ns, to_ns: query.to_ns };
    write(&FlowsBody {
        rows: RecordRows { columns: &columns, rows: &answer.rows },
        next: answer.next.map(|cursor| cursor.to_string()),
        meta: Meta { rows_matched: answer.matched, ..Meta::of(asked.query_id, range, answer.meta) },
    })
}

/// Understands a request for records.
pub(crate) fn question(request: &FlowsRequest, context: &Context) -> Result<FlowsQuery, ApiError> {
    let now_ns = present(context);
    let range = TimeRange::resolve(request.from.as_ref(), request.to.as_ref(), now_ns)?;
    let limit = request.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::new(
            ErrorCode::TooLarge,
            format!("`limit` is {limit}; it can be 1 to {MAX_LIMIT}"),
        )
        .help("pass `next` of an answer as `cursor` to get the records that follow"));
    }
    no_name_twice(request.columns.iter())?;
    let cursor = request.cursor.as_deref().map(str::parse::<Cursor>).transpose();
    Ok(FlowsQuery {
        filter: request.filter.as_deref().map(|text| filter(text, context)).transpose()?.flatten(),
        columns: fields(&request.columns)?,
        limit: limit as usize,
        cursor: cursor
            .map_err(|error: CursorError| ApiError::new(ErrorCode::BadCursor, error.to_string()))?,
        now_ns: Some(now_ns),
        ..FlowsQuery::over(range.from_ns, range.to_ns)
    })
}
