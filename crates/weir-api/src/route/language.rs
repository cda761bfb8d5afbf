//! The query language: fields and filters.

use axum::Json;

use crate::body::JsonBody;
use crate::model::{ErrorResponse, FieldList, FilterReading, FilterRequest, FilterTerm};
use crate::question::{problems, utf16};

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
pub(crate) async fn parse_filter(JsonBody(request): JsonBody<FilterRequest>) -> Json<FilterReading> {
    Json(read(&request.filter))
}

fn read(text: &str) -> FilterReading {
    if text.trim().is_empty() {
        return FilterReading { ok: true, canonical: Some(String::new()), ..FilterReading::default() };
    }
    let term = |term: weir_filter::Term| FilterTerm {
        start: utf16(text, term.start),
        end: utf16(text, term.end),
        text: term.text,
    };
    match weir_filter::parse(text).and_then(|expr| Ok((expr, weir_filter::terms(text)?))) {
        Ok((expr, terms)) => FilterReading {
            ok: true,
            canonical: Some(expr.to_string()),
            terms: terms.into_iter().map(term).collect(),
            errors: Vec::new(),
        },
        Err(errors) => FilterReading { errors: problems(text, errors), ..FilterReading::default() },
    }
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
