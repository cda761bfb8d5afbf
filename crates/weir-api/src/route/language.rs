//! The query language: fields and filters.

use axum::Json;
use axum::extract::State;
use weir_filter::Context;

use crate::body::JsonBody;
use crate::model::{ErrorResponse, FieldList, FilterReading, FilterRequest, FilterTerm, FilterTranslation};
use crate::question::{problems, utf16};
use crate::state::ApiState;

/// Checks a filter, takes it apart into its top-level `and` terms, and translates what is in nfdump's syntax.
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
pub(crate) async fn parse_filter(
    State(state): State<ApiState>,
    JsonBody(request): JsonBody<FilterRequest>,
) -> Json<FilterReading> {
    Json(read(&request.filter, &state.context()))
}

fn read(text: &str, context: &Context) -> FilterReading {
    if text.trim().is_empty() {
        return FilterReading { ok: true, canonical: Some(String::new()), ..FilterReading::default() };
    }
    let term = |term: weir_filter::Term| FilterTerm {
        start: utf16(text, term.start),
        end: utf16(text, term.end),
        text: term.text,
    };
    let translation = |one: weir_filter::Translation| FilterTranslation {
        start: utf16(text, one.place.start),
        end: utf16(text, one.place.end),
        text: one.text,
        weir: one.weir,
    };
    match weir_filter::read(text, context) {
        Ok(reading) => FilterReading {
            ok: true,
            canonical: Some(reading.expr.to_string()),
            terms: reading.terms.into_iter().map(term).collect(),
            translations: reading.translations.into_iter().map(translation).collect(),
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
