//! `/flows`: single records, newest first.

use axum::response::Response;

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{ErrorCode, ErrorResponse, FlowsRequest, FlowsResponse};

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
pub(crate) async fn list_flows(JsonBody(_request): JsonBody<FlowsRequest>) -> Result<Response, ApiError> {
    Err(ApiError::new(ErrorCode::Unavailable, "not built yet"))
}
