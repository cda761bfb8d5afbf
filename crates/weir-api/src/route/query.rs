//! `/query`: groups and measures as rows.

use axum::extract::State;
use serde::Serialize;

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{ErrorResponse, Meta, QueryRequest, QueryResponse};
use crate::question::Question;
use crate::rows::{GroupRows, JsonText};
use crate::state::ApiState;
use crate::time::TimeRange;

#[derive(Serialize)]
struct Body<'a> {
    rows: GroupRows<'a>,
    meta: Meta,
}

/// Groups flows and measures each group.
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
    let Question { query, by, measures } = Question::rows(request, state.now_ns())?;
    let range = TimeRange { from_ns: query.from_ns, to_ns: query.to_ns };
    let run = move |source: &dyn weir_query::Source, cancel: &weir_query::Cancel| {
        weir_query::run(source, &query, cancel)
    };
    state
        .answer(run, move |query_id, answer| {
            JsonText::write(&Body {
                rows: GroupRows { by: &by, measures: &measures, rows: &answer.rows },
                meta: Meta::of(query_id, range, answer.meta),
            })
        })
        .await
}
