//! `/alerts/export/{shape}`: alerts as other programs and tickets want them.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use weir_alert::{Shape, Subject};

use crate::backend::Backend;
use crate::error::ApiError;
use crate::model::{ErrorCode, ErrorResponse};
use crate::route::alerts::{AlertsQuery, Asked, understood};
use crate::route::status::ask;

/// Where a page says how it goes on.
const NEXT: HeaderName = HeaderName::from_static("x-next-cursor");

/// Gives alerts in another shape: `ocsf` and `ecs` are one JSON object a line, `cef` is one line each, `markdown` is text
/// for a ticket. Where there are more alerts, the header `x-next-cursor` continues. `group_by` does not count here.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/export/{shape}",
    tag = "alerts",
    params(
        ("shape" = String, Path, description = "`ocsf`, `ecs`, `cef` or `markdown`.", example = "ocsf"),
        AlertsQuery,
    ),
    responses(
        (status = 200, description = "The alerts, none of them as an empty text.", body = String,
            content_type = "text/plain"),
        (status = 400, description = "The question is not understood.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn export_alerts(
    State(backend): State<Arc<dyn Backend>>,
    Path(shape): Path<String>,
    asked: Asked,
) -> Result<Response, ApiError> {
    let shape = Shape::from_name(&shape).ok_or_else(|| {
        let names = Shape::ALL.map(Shape::name).join(", ");
        ApiError::new(ErrorCode::BadRequest, format!("`{shape}` is no shape of an alert"))
            .help(format!("it can be {names}"))
    })?;
    let now_ns = backend.now_ns();
    let listing = understood(asked)?.listing(now_ns)?;
    let export = move |backend: &dyn Backend| -> Result<(String, Option<String>), ApiError> {
        let store = backend.alerts();
        let page = store.list(&listing, now_ns)?;
        let (rules, base_url) = (store.rules(), backend.base_url());
        let texts = page.alerts.iter().map(|(alert, _)| {
            let rule = rules.get(&alert.latest.rule).map(|rule| &rule.meta);
            Subject { alert, rule, base_url: base_url.as_deref() }.render(shape)
        });
        Ok((joined(texts, shape), page.next.map(|cursor| cursor.to_string())))
    };
    let (text, next) = ask(backend, export).await??;
    let mut response = ([(header::CONTENT_TYPE, media_type(shape))], text).into_response();
    if let Some(next) = next.and_then(|next| HeaderValue::from_str(&next).ok()) {
        response.headers_mut().insert(NEXT, next);
    }
    Ok(response)
}

fn joined(texts: impl Iterator<Item = String>, shape: Shape) -> String {
    let between = if shape == Shape::Markdown { "\n\n---\n\n" } else { "\n" };
    let mut joined = texts.collect::<Vec<_>>().join(between);
    if !joined.is_empty() {
        joined.push('\n');
    }
    joined
}

fn media_type(shape: Shape) -> &'static str {
    match shape {
        Shape::Ocsf | Shape::Ecs => "application/x-ndjson",
        Shape::Cef => "text/plain; charset=utf-8",
        Shape::Markdown => "text/markdown; charset=utf-8",
    }
}
