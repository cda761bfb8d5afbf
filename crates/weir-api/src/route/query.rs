//! `/query`: groups and measures as rows.

use axum::extract::State;
use serde::Serialize;

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{ErrorResponse, Meta, QueryRequest, QueryResponse};
use crate::question::Question;
use crate::rows::{GroupRows, JsonText};
use crate::state::{ApiState, Asked};
use crate::time::TimeRange;

/// Written as [`QueryResponse`] says.
#[derive(Serialize)]
pub(crate) struct QueryBody<'a> {
    rows: GroupRows<'a>,
    meta: Meta,
}

/// Groups the rows of a table and measures each group.
///
/// Closing the connection cancels the query.
#[utoipa::path(
    post,
    path = "/api/v1/query",
    tag = "query",
    request_body = QueryRequest,
    responses(
        (status = 200, description = "The groups.", body = QueryResponse),
        (status = 400, description = "The question is not understood.", body = ErrorResponse),
        (status = 503, description = "Too many queries are running.", body = ErrorResponse),
    )
)]
pub(crate) async fn query(
    State(state): State<ApiState>,
    JsonBody(request): JsonBody<QueryRequest>,
) -> Result<JsonText, ApiError> {
    let question = Question::rows(request, &state.context())?;
    state.answer(move |asked| answer(&asked, &question, |body| JsonText::write(body))).await
}

/// Runs the query and hands its answer to `write`.
pub(crate) fn answer<T>(
    asked: &Asked<'_>,
    question: &Question,
    write: impl FnOnce(&QueryBody<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let Question { table, query, by, measures } = question;
    let answer = asked.rows(*table, |source| weir_query::run(source, query, asked.cancel))?;
    let range = TimeRange { from_ns: query.from_ns, to_ns: query.to_ns };
    write(&QueryBody {
        rows: GroupRows { by, measures, rows: &answer.rows },
        meta: Meta::of(asked.query_id, range, answer.meta),
    })
}
