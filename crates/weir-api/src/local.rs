//! The same questions and answers without a server, for a command that reads a data directory itself.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use weir_alert::AlertStore;
use weir_detect::RuleBook;
use weir_filter::Context;
use weir_hunt::Progress;
use weir_query::{Cancel, Source};

use crate::error::ApiError;
use crate::model::{ErrorBody, ErrorCode, HuntState};
use crate::question::Question;
use crate::route;
use crate::state::{Asked, Snapshots};

/// Answers what `POST /api/v1/query` would. `snapshots` gives the rows of a table as they are now.
pub fn query(snapshots: &Snapshots<'_>, body: &Value, now_ns: i64) -> Result<Value, Box<ErrorBody>> {
    let question = Question::rows(read(body)?, &Context::at(now_ns))?;
    Ok(here(snapshots, |asked| route::query::answer(asked, &question, |body| json(body)))?)
}

/// Answers what `POST /api/v1/flows` would.
pub fn flows(snapshots: &Snapshots<'_>, body: &Value, now_ns: i64) -> Result<Value, Box<ErrorBody>> {
    let request = read(body)?;
    let query = route::flows::question(&request, &Context::at(now_ns))?;
    let table = request.table.into();
    Ok(here(snapshots, |asked| {
        route::flows::answer(asked, table, &query, request.columns, |body| json(body))
    })?)
}

/// What a hunt is asked of, without a server.
pub struct HuntGround<'a> {
    /// The flows.
    pub flows: &'a dyn Source,
    /// The rules in force.
    pub rules: &'a RuleBook,
    /// The alerts that there were, if there are any.
    pub alerts: Option<&'a AlertStore>,
}

/// Answers what `POST /api/v1/hunt` would in the end: the hunt with its result.
pub fn hunt(
    ground: &HuntGround<'_>,
    body: &Value,
    now_ns: i64,
    cancel: &Cancel,
    progress: &Progress,
) -> Result<Value, Box<ErrorBody>> {
    let plan = route::hunt::Plan::new(ground.rules, &read(body)?, now_ns)?;
    let result = plan.run(ground.flows, ground.alerts, cancel, progress)?;
    let mut job = plan.job("local".to_owned(), now_ns);
    (job.state, job.rows_done, job.rows) = (HuntState::Done, result.rows, result.rows);
    job.result = Some(result);
    Ok(json(&job)?)
}

/// Answers what `POST /api/v1/rules/{id}/tune` would.
pub fn tune(
    ground: &HuntGround<'_>,
    rule: &str,
    body: &Value,
    now_ns: i64,
    cancel: &Cancel,
) -> Result<Value, Box<ErrorBody>> {
    let alerts = ground.alerts.ok_or_else(|| {
        ApiError::new(ErrorCode::BadRequest, "there are no alerts, and so no verdicts to learn from")
    })?;
    let tuned = route::tune::tune(ground.flows, ground.rules, alerts, rule, &read(body)?, now_ns, cancel)?;
    Ok(json(&tuned)?)
}

fn read<T: DeserializeOwned>(body: &Value) -> Result<T, ApiError> {
    T::deserialize(body).map_err(|error| {
        ApiError::new(ErrorCode::BadRequest, format!("the request is not understood: {error}"))
    })
}

fn json(body: &impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(body).map_err(|error| {
        ApiError::new(ErrorCode::Internal, "the answer could not be written").detail(error.to_string())
    })
}

fn here<T>(
    snapshots: &Snapshots<'_>,
    answer: impl FnOnce(&Asked<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    answer(&Asked { snapshots, cancel: &Cancel::new(), query_id: "local" })
}
