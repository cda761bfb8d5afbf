//! `/query/timeseries`: groups and measures over time, column by column.

use axum::Json;

use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{ErrorCode, ErrorResponse, TimeseriesRequest, TimeseriesResponse};

/// Groups flows and measures each group over time.
///
/// A flow counts in the bucket of its `time`. Closing the connection cancels the query.
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
    JsonBody(_request): JsonBody<TimeseriesRequest>,
) -> Result<Json<TimeseriesResponse>, ApiError> {
    Err(ApiError::new(ErrorCode::Unavailable, "not built yet"))
}
