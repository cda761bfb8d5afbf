//! `/suppressions`: what is kept but not shown.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use weir_alert::{Conditions, NewSuppression};
use weir_filter::Context;

use crate::backend::Backend;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{
    ErrorCode, ErrorResponse, PreviewRequest, SuppressionBody, SuppressionConditions, SuppressionList,
    SuppressionMade, SuppressionPreview, SuppressionRequest,
};
use crate::question::filter;
use crate::route::alert_actions::{MAX_NAME, MAX_TEXT, needed, short};
use crate::route::alerts::missing;
use crate::route::status::ask;
use crate::time::parse_length;

type Shared = State<Arc<dyn Backend>>;

/// How long a suppression lasts unless the request says otherwise.
const USUAL_LENGTH: &str = "30d";

/// Values of one condition.
const MAX_VALUES: usize = 1000;

/// Which suppressions.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuppressionsQuery {
    /// `active` (the default) or `all`: with those that have ended, at most 1000.
    state: Option<String>,
}

fn bad(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::BadRequest, message)
}

/// Lists suppressions, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/suppressions",
    tag = "alerts",
    params(SuppressionsQuery),
    responses(
        (status = 200, description = "The suppressions.", body = SuppressionList),
        (status = 400, description = "The question is not understood.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn list_suppressions(
    State(backend): Shared,
    asked: Result<Query<SuppressionsQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<SuppressionList>, ApiError> {
    let query = asked.map_err(|rejection| bad(rejection.body_text()))?;
    let all = match query.state.as_deref() {
        None | Some("active") => false,
        Some("all") => true,
        Some(other) => return Err(bad(format!("`{other}` is no `state`")).help("it can be active, all")),
    };
    let now_ns = backend.now_ns();
    let found = ask(backend, move |backend| backend.alerts().suppressions(all, now_ns)).await??;
    let suppressions = found.iter().map(|one| SuppressionBody::new(one, now_ns)).collect();
    Ok(Json(SuppressionList { suppressions }))
}

/// Tells what a suppression would have hidden of the alerts of the last 30 days.
#[utoipa::path(
    post,
    path = "/api/v1/suppressions/preview",
    tag = "alerts",
    request_body = PreviewRequest,
    responses(
        (status = 200, description = "What it would have hidden.", body = SuppressionPreview),
        (status = 400, description = "The request is not understood.", body = ErrorResponse),
        (status = 404, description = "There is no such alert.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn preview_suppression(
    State(backend): Shared,
    JsonBody(request): JsonBody<PreviewRequest>,
) -> Result<Json<SuppressionPreview>, ApiError> {
    let now_ns = backend.now_ns();
    let preview = move |backend: &dyn Backend| -> Result<SuppressionPreview, ApiError> {
        let conditions = conditions(backend, request.conditions, request.alert)?;
        Ok(backend.alerts().preview(&conditions, now_ns)?.into())
    };
    ask(backend, preview).await?.map(Json)
}

/// Makes a suppression. What it hides of the alerts that are not closed is hidden at once.
#[utoipa::path(
    post,
    path = "/api/v1/suppressions",
    tag = "alerts",
    request_body = SuppressionRequest,
    responses(
        (status = 201, description = "It is in force.", body = SuppressionMade),
        (status = 400, description = "The request is not understood.", body = ErrorResponse),
        (status = 404, description = "There is no such alert.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn make_suppression(
    State(backend): Shared,
    JsonBody(request): JsonBody<SuppressionRequest>,
) -> Result<(StatusCode, Json<SuppressionMade>), ApiError> {
    let now_ns = backend.now_ns();
    let reason = needed("reason", Some(&request.reason))?;
    let owner = short("owner", request.owner.as_deref().unwrap_or("local"), MAX_NAME)?;
    let expires_ns = match request.length.as_deref().unwrap_or(USUAL_LENGTH) {
        "never" => None,
        length => Some(now_ns.saturating_add(parse_length(length)?)),
    };
    let make = move |backend: &dyn Backend| -> Result<SuppressionMade, ApiError> {
        let conditions = conditions(backend, request.conditions, request.alert)?;
        let preview = backend.alerts().preview(&conditions, now_ns)?.into();
        let new = NewSuppression { conditions, reason, owner, expires_ns };
        let made = backend.alerts().suppress(&new, now_ns)?;
        Ok(SuppressionMade { suppression: SuppressionBody::new(&made, now_ns), preview })
    };
    Ok((StatusCode::CREATED, Json(ask(backend, make).await??)))
}

/// Who ends a suppression.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct EndQuery {
    /// Who does it. Default: `local`.
    who: Option<String>,
}

/// Ends a suppression; it stays in the list. What it hid is shown again.
#[utoipa::path(
    delete,
    path = "/api/v1/suppressions/{id}",
    tag = "alerts",
    params(("id" = String, Path, description = "Number of the suppression.", example = "3"), EndQuery),
    responses(
        (status = 200, description = "It has ended.", body = SuppressionBody),
        (status = 400, description = "The number is not understood.", body = ErrorResponse),
        (status = 404, description = "There is no such suppression.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn end_suppression(
    State(backend): Shared,
    Path(id): Path<String>,
    asked: Result<Query<EndQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<SuppressionBody>, ApiError> {
    let query = asked.map_err(|rejection| bad(rejection.body_text()))?;
    let id: i64 = id.parse().map_err(|_| bad(format!("`{id}` is no number of a suppression")))?;
    let who = short("who", query.who.as_deref().unwrap_or("local"), MAX_NAME)?;
    let now_ns = backend.now_ns();
    let ended = ask(backend, move |backend| backend.alerts().end_suppression(id, &who, now_ns)).await??;
    let ended = ended.ok_or_else(|| {
        ApiError::new(ErrorCode::NotFound, format!("there is no suppression {id}"))
            .help("`/api/v1/suppressions?state=all` lists every one")
    })?;
    Ok(Json(SuppressionBody::new(&ended, now_ns)))
}

/// The conditions that are given, or those that say what an alert is about.
fn conditions(
    backend: &dyn Backend,
    given: Option<SuppressionConditions>,
    alert: Option<i64>,
) -> Result<Conditions, ApiError> {
    match (given, alert) {
        (Some(given), None) => read(given),
        (None, Some(id)) => {
            let (alert, _) = backend.alerts().alert(id, backend.now_ns())?.ok_or_else(|| missing(id))?;
            Ok(Conditions {
                rules: vec![alert.latest.rule.clone()],
                entity: alert.entity().0.clone(),
                ..Conditions::default()
            })
        }
        _ => Err(bad("either `conditions` or `alert` says what is hidden")),
    }
}

fn read(given: SuppressionConditions) -> Result<Conditions, ApiError> {
    let SuppressionConditions { rules, entity, networks, filter: text } = given;
    if rules.len().max(entity.len()).max(networks.len()) > MAX_VALUES {
        return Err(ApiError::new(ErrorCode::TooLarge, format!("a condition can have {MAX_VALUES} values")));
    }
    // Tells every mistake with its place, as for any other filter.
    let is_there = filter(text.as_deref().unwrap_or_default(), &Context::default())?.is_some();
    let network =
        |text: &String| text.parse().map_err(|error: weir_alert::PrefixError| bad(error.to_string()));
    Ok(Conditions {
        rules: rules.into_iter().map(|id| short("rules", &id, MAX_TEXT)).collect::<Result<_, _>>()?,
        entity: entity.into_iter().map(|one| (one.field, one.value)).collect(),
        networks: networks.iter().map(network).collect::<Result<_, _>>()?,
        filter: text.filter(|_| is_there),
    })
}
