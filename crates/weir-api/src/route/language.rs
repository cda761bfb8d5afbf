//! The query language: fields and filters.

use axum::Json;

use crate::body::JsonBody;
use crate::model::{ErrorResponse, FieldList, FilterReading, FilterRequest};

/// Checks a filter and takes it apart into its top-level `and` terms.
///
/// A filter with mistakes is a success of this endpoint: `ok` is false and `errors` has the places.
#[utoipa::path(
    post,
    path = "/api/v1/filter/parse",
    tag = "language",
    request_body = FilterRequest,
    responses(
        (status = 200, description = "What was understood.", body = FilterReading),
        (status = 400, description = "The request is not understood.", body = ErrorResponse),
    )
)]
pub(crate) async fn parse_filter(JsonBody(_request): JsonBody<FilterRequest>) -> Json<FilterReading> {
    Json(FilterReading::default())
}

/// Lists the fields of a record.
#[utoipa::path(
    get,
    path = "/api/v1/fields",
    tag = "language",
    responses((status = 200, description = "Every field, in column order.", body = FieldList))
)]
pub(crate) async fn list_fields() -> Json<FieldList> {
    Json(FieldList::all())
}
