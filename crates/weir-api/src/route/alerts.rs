//! `/alerts`: what was noticed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::IntoParams;
use weir_alert::{Cursor, GroupBy, Listing, Order, Selection, Tab};
use weir_sigma::Level;

use crate::backend::Backend;
use crate::error::ApiError;
use crate::model::{
    AlertBody, AlertDetail, AlertList, ErrorCode, ErrorResponse, HistoryBody, RelatedBody, TimelineBody,
};
use crate::route::status::ask;
use crate::time::parse_time;

type Shared = State<Arc<dyn Backend>>;

/// Alerts of a page unless the request says otherwise.
const DEFAULT_LIMIT: usize = 50;

/// Most alerts of a page.
const MAX_LIMIT: usize = 500;

/// Which alerts, and how they are listed. Lists have commas between their parts.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertsQuery {
    /// `open` (the default: not suppressed), `mine`, `acknowledged`, `suppressed`, `closed` or `all`.
    pub(crate) state: Option<String>,
    /// Levels: `high,critical`.
    level: Option<String>,
    /// Ids of rules.
    rule: Option<String>,
    /// ATT&CK techniques; one stands for its sub-techniques too.
    technique: Option<String>,
    /// An address or a network that is involved.
    address: Option<String>,
    /// The value of `source`.
    source: Option<String>,
    /// The value of `target`.
    target: Option<String>,
    /// The value of `network`.
    network: Option<String>,
    /// The owner.
    assignee: Option<String>,
    /// Text in title, rule, entity or sentence.
    q: Option<String>,
    /// Only with flows at or after this time.
    from: Option<String>,
    /// Only with flows before this time.
    to: Option<String>,
    /// Numbers of alerts; then `state` is `all` unless it is given.
    ids: Option<String>,
    /// Groups instead of alerts: by `rule`, `source`, `target`, `technique` or `network`.
    group_by: Option<String>,
    /// What comes first: `attention` (the default), `level`, `risk`, `last_seen`, `first_seen` or `flows`.
    order: Option<String>,
    /// Alerts or groups at most: 1 to 500, 50 by default.
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A word of a few, or an error that lists them.
fn word<T: Copy>(name: &str, text: Option<&String>, words: &[(&str, T)]) -> Result<Option<T>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    words.iter().find(|(word, _)| word == text).map(|&(_, value)| Some(value)).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
        ApiError::new(ErrorCode::BadRequest, format!("`{text}` is no `{name}`"))
            .help(format!("it can be {}", words.join(", ")))
    })
}

fn parts(text: Option<&String>) -> Vec<String> {
    let parts = text.map(|text| text.split(',').map(str::trim)).into_iter().flatten();
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

impl AlertsQuery {
    /// Reads the query of a URL.
    pub(crate) fn read(query: &str) -> Result<Self, ApiError> {
        let uri = format!("/?{query}").parse::<axum::http::Uri>().map_err(|error| {
            ApiError::new(ErrorCode::BadRequest, "the filter is not understood").detail(error.to_string())
        })?;
        understood(Query::try_from_uri(&uri))
    }

    /// Which alerts it chooses.
    pub(crate) fn selection(&self, now_ns: i64) -> Result<Selection, ApiError> {
        let tabs = [
            ("open", Tab::Triage),
            ("mine", Tab::Mine),
            ("acknowledged", Tab::Acknowledged),
            ("suppressed", Tab::Suppressed),
            ("closed", Tab::Closed),
            ("all", Tab::All),
        ];
        let levels = Level::ALL.map(|level| (level.name(), level));
        let time = |text: Option<&String>| text.map(|text| parse_time(text, now_ns)).transpose();
        let ids: Vec<i64> =
            parts(self.ids.as_ref()).iter().map(|text| number(text)).collect::<Result<_, _>>()?;
        let tab = if ids.is_empty() { Tab::default() } else { Tab::All };
        Ok(Selection {
            tab: word("state", self.state.as_ref(), &tabs)?.unwrap_or(tab),
            levels: parts(self.level.as_ref())
                .iter()
                .map(|text| word("level", Some(text), &levels))
                .filter_map(Result::transpose)
                .collect::<Result<_, _>>()?,
            rules: parts(self.rule.as_ref()),
            techniques: parts(self.technique.as_ref()),
            address: self.address.as_deref().map(str::parse).transpose()?,
            text: self.q.clone(),
            assignee: self.assignee.clone(),
            from_ns: time(self.from.as_ref())?,
            to_ns: time(self.to.as_ref())?,
            source: self.source.clone(),
            target: self.target.clone(),
            network: self.network.clone(),
            ids,
        })
    }

    /// Which page it asks for.
    pub(crate) fn listing(&self, now_ns: i64) -> Result<Listing, ApiError> {
        let orders = [
            ("attention", Order::Attention),
            ("level", Order::Level),
            ("risk", Order::Risk),
            ("last_seen", Order::LastSeen),
            ("first_seen", Order::FirstSeen),
            ("flows", Order::Flows),
        ];
        Ok(Listing {
            selection: self.selection(now_ns)?,
            order: word("order", self.order.as_ref(), &orders)?.unwrap_or_default(),
            limit: self.limit()?,
            cursor: self.cursor.as_deref().map(str::parse::<Cursor>).transpose().map_err(|_| {
                ApiError::new(ErrorCode::BadCursor, "the cursor is not one of `/api/v1/alerts`")
            })?,
        })
    }

    fn limit(&self) -> Result<usize, ApiError> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if (1..=MAX_LIMIT).contains(&limit) {
            return Ok(limit);
        }
        Err(ApiError::new(ErrorCode::TooLarge, format!("`limit` is {limit}; it can be 1 to {MAX_LIMIT}"))
            .help("pass `next` of an answer as `cursor` to get the alerts that follow"))
    }
}

pub(crate) type Asked = Result<Query<AlertsQuery>, axum::extract::rejection::QueryRejection>;

pub(crate) fn understood(asked: Asked) -> Result<AlertsQuery, ApiError> {
    asked.map(|Query(query)| query).map_err(|rejection| {
        ApiError::new(
            ErrorCode::BadRequest,
            format!("the query is not understood: {}", rejection.body_text()),
        )
        .help("`/api/v1/openapi.json` describes the parameters of each request")
    })
}

/// Lists alerts, page by page, or groups of them.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    tag = "alerts",
    params(AlertsQuery),
    responses(
        (status = 200, description = "A page of alerts, or groups.", body = AlertList),
        (status = 400, description = "The question is not understood.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn list_alerts(State(backend): Shared, asked: Asked) -> Result<Json<AlertList>, ApiError> {
    let query = understood(asked)?;
    let now_ns = backend.now_ns();
    let groups = [
        ("rule", GroupBy::Rule),
        ("source", GroupBy::Source),
        ("target", GroupBy::Target),
        ("technique", GroupBy::Technique),
        ("network", GroupBy::Network),
    ];
    let group_by = word("group_by", query.group_by.as_ref(), &groups)?;
    let listing = query.listing(now_ns)?;
    let list = move |backend: &dyn Backend| -> Result<AlertList, ApiError> {
        let store = backend.alerts();
        let counts = store.counts(&listing.selection, now_ns)?.into();
        if let Some(by) = group_by {
            let groups = store.groups(&listing.selection, by, listing.limit, now_ns)?;
            let groups = groups.into_iter().map(Into::into).collect();
            return Ok(AlertList { alerts: Vec::new(), groups, next: None, counts });
        }
        let page = store.list(&listing, now_ns)?;
        Ok(AlertList {
            alerts: page.alerts.iter().map(|(alert, spark)| AlertBody::new(alert, spark)).collect(),
            groups: Vec::new(),
            next: page.next.map(|cursor| cursor.to_string()),
            counts,
        })
    };
    ask(backend, list).await?.map(Json)
}

/// Tells which alerts had flows in a range, for marks on axes of time. `group_by`, `order`, `limit` and `cursor` do not
/// count here.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/timeline",
    tag = "alerts",
    params(AlertsQuery),
    responses(
        (status = 200, description = "The alerts.", body = TimelineBody),
        (status = 400, description = "The question is not understood.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn alert_timeline(
    State(backend): Shared,
    asked: Asked,
) -> Result<Json<TimelineBody>, ApiError> {
    let now_ns = backend.now_ns();
    let selection = understood(asked)?.selection(now_ns)?;
    let markers = ask(backend, move |backend| backend.alerts().markers(&selection, 500, now_ns)).await??;
    Ok(Json(TimelineBody { markers: markers.into_iter().map(Into::into).collect() }))
}

fn number(id: &str) -> Result<i64, ApiError> {
    id.parse().map_err(|_| {
        ApiError::new(ErrorCode::BadRequest, format!("`{id}` is no number of an alert"))
            .help("`/api/v1/alerts?state=all` lists every alert")
    })
}

pub(crate) fn missing(id: i64) -> ApiError {
    ApiError::new(ErrorCode::NotFound, format!("there is no alert {id}"))
        .help("`/api/v1/alerts?state=all` lists every alert")
}

/// Tells all of one alert, and which others have to do with it.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}",
    tag = "alerts",
    params(("id" = String, Path, description = "Number of the alert.", example = "7")),
    responses(
        (status = 200, description = "The alert.", body = AlertDetail),
        (status = 400, description = "The number is not understood.", body = ErrorResponse),
        (status = 404, description = "There is no such alert.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn show_alert(
    State(backend): Shared,
    Path(id): Path<String>,
) -> Result<Json<AlertDetail>, ApiError> {
    let id = number(&id)?;
    let now_ns = backend.now_ns();
    let show = move |backend: &dyn Backend| -> Result<AlertDetail, ApiError> {
        let (alert, spark) = backend.alerts().alert(id, now_ns)?.ok_or_else(|| missing(id))?;
        let related = backend.alerts().related(id, now_ns)?;
        Ok(AlertDetail {
            alert: AlertBody::new(&alert, &spark),
            related: related.iter().map(|other| RelatedBody::new(&alert, other)).collect(),
        })
    };
    ask(backend, show).await?.map(Json)
}

/// Tells what happened to an alert: who, when, what.
#[utoipa::path(
    get,
    path = "/api/v1/alerts/{id}/history",
    tag = "alerts",
    params(("id" = String, Path, description = "Number of the alert.", example = "7")),
    responses(
        (status = 200, description = "Its history.", body = HistoryBody),
        (status = 400, description = "The number is not understood.", body = ErrorResponse),
        (status = 404, description = "There is no such alert.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn alert_history(
    State(backend): Shared,
    Path(id): Path<String>,
) -> Result<Json<HistoryBody>, ApiError> {
    let id = number(&id)?;
    let entries = ask(backend, move |backend| backend.alerts().history(id)).await??;
    let entries = entries.ok_or_else(|| missing(id))?.into_iter().map(Into::into).collect();
    Ok(Json(HistoryBody { entries }))
}
