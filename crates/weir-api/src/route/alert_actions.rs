//! `/alerts/actions`: what is done about alerts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use weir_alert::{Action, Done, Selection, Tab};

use crate::backend::Backend;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::model::{ActionOutcome, ActionRequest, ActionWord, ErrorCode, ErrorResponse};
use crate::route::alerts::AlertsQuery;
use crate::route::status::ask;

/// Alerts that can be named by number.
const MAX_IDS: usize = 10_000;

/// Longest text of a note or a reason, in bytes.
pub(crate) const MAX_TEXT: usize = 16 * 1024;

/// Longest name of a person, in bytes.
pub(crate) const MAX_NAME: usize = 128;

/// Acknowledges, assigns, closes or opens alerts again, writes a note on them, or takes that back.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/actions",
    tag = "alerts",
    request_body = ActionRequest,
    responses(
        (status = 200, description = "It is done.", body = ActionOutcome),
        (status = 400, description = "The request is not understood.", body = ErrorResponse),
        (status = 404, description = "The token is unknown, used, or older than 30 seconds.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn act_on_alerts(
    State(backend): State<Arc<dyn Backend>>,
    JsonBody(request): JsonBody<ActionRequest>,
) -> Result<Json<ActionOutcome>, ApiError> {
    let now_ns = backend.now_ns();
    let who = short("who", request.who.as_deref().unwrap_or("local"), MAX_NAME)?;
    if request.action == ActionWord::Undo {
        let token = needed("undo", request.undo.as_deref())?;
        let undone = ask(backend, move |backend| backend.alerts().undo(&token, &who, now_ns)).await??;
        let changed = undone.ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, "there is nothing to take back with this token")
                .help("an action can be taken back once, within 30 seconds")
        })?;
        return Ok(Json(ActionOutcome { changed, undo: None }));
    }
    let selection = selection(&request, now_ns)?;
    let action = action(&request)?;
    let Done { changed, undo } =
        ask(backend, move |backend| backend.alerts().act(&selection, &action, &who, now_ns)).await??;
    Ok(Json(ActionOutcome { changed, undo }))
}

fn wrong(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::BadRequest, message)
}

pub(crate) fn short(name: &str, text: &str, longest: usize) -> Result<String, ApiError> {
    if text.len() <= longest {
        return Ok(text.to_owned());
    }
    Err(ApiError::new(
        ErrorCode::TooLarge,
        format!("`{name}` has {} bytes; it can have {longest}", text.len()),
    ))
}

pub(crate) fn needed(name: &str, text: Option<&str>) -> Result<String, ApiError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    short(name, text.ok_or_else(|| wrong(format!("this action needs `{name}`")))?, MAX_TEXT)
}

/// The alerts that are meant.
fn selection(request: &ActionRequest, now_ns: i64) -> Result<Selection, ApiError> {
    match (&request.filter, request.ids.as_slice()) {
        (Some(filter), []) => AlertsQuery::read(filter)?.selection(now_ns),
        (None, ids @ [_, ..]) if ids.len() <= MAX_IDS => {
            Ok(Selection { tab: Tab::All, ids: ids.to_vec(), ..Selection::default() })
        }
        (None, [_, ..]) => {
            Err(ApiError::new(ErrorCode::TooLarge, format!("at most {MAX_IDS} `ids` at once")))
        }
        _ => Err(wrong("either `ids` or `filter` says which alerts are meant")),
    }
}

fn action(request: &ActionRequest) -> Result<Action, ApiError> {
    Ok(match request.action {
        ActionWord::Acknowledge => Action::Acknowledge,
        ActionWord::Assign => Action::Assign {
            to: request.assignee.as_deref().map(|name| short("assignee", name, MAX_NAME)).transpose()?,
        },
        ActionWord::Close => {
            let verdict = request.verdict.ok_or_else(|| wrong("this action needs `verdict`"))?;
            let is_one = request.ids.len() == 1;
            let reason = match &request.reason {
                None if is_one => None,
                reason => Some(needed("reason", reason.as_deref())?),
            };
            Action::Close { verdict: verdict.into(), reason }
        }
        ActionWord::Reopen => Action::Reopen {
            why: short("reason", request.reason.as_deref().unwrap_or("opened by hand"), MAX_TEXT)?,
        },
        ActionWord::Note => Action::Note { text: needed("text", request.text.as_deref())? },
        ActionWord::Undo => return Err(wrong("`undo` is not about alerts")),
    })
}
