//! `/query`: groups and measures as rows.

use axum::response::Response;

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{ErrorCode, ErrorResponse, QueryRequest, QueryResponse};

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
pub(crate) async fn query(JsonBody(_request): JsonBody<QueryRequest>) -> Result<Response, ApiError> {
    Err(ApiError::new(ErrorCode::Unavailable, "not built yet"))
}
