//! The handlers, by subject.

pub(crate) mod alert_actions;
pub(crate) mod alert_export;
pub(crate) mod alerts;
pub(crate) mod attack;
pub(crate) mod complete;
pub(crate) mod flows;
pub(crate) mod hunt;
pub(crate) mod language;
pub(crate) mod query;
pub(crate) mod rules;
pub(crate) mod status;
pub(crate) mod suppressions;
pub(crate) mod timeseries;
pub(crate) mod tune;

use axum::http::{Method, Uri};
use axum::routing::{MethodRouter, delete, get, post};

use crate::error::ApiError;
use crate::model::ErrorCode;
use crate::state::ApiState;

/// Every path with its handlers. Whatever is here must be in the OpenAPI document too; a test compares.
pub(crate) fn all() -> Vec<(&'static str, MethodRouter<ApiState>)> {
    vec![
        ("/api/v1/query", post(query::query)),
        ("/api/v1/query/timeseries", post(timeseries::query_timeseries)),
        ("/api/v1/flows", post(flows::list_flows)),
        ("/api/v1/alerts", get(alerts::list_alerts)),
        ("/api/v1/alerts/timeline", get(alerts::alert_timeline)),
        ("/api/v1/alerts/actions", post(alert_actions::act_on_alerts)),
        ("/api/v1/alerts/export/{shape}", get(alert_export::export_alerts)),
        ("/api/v1/alerts/{id}", get(alerts::show_alert)),
        ("/api/v1/alerts/{id}/history", get(alerts::alert_history)),
        ("/api/v1/rules", get(rules::list_rules)),
        ("/api/v1/rules/check", post(rules::check_rules)),
        ("/api/v1/rules/{id}", get(rules::show_rule)),
        ("/api/v1/rules/{id}/enabled", post(rules::switch_rule)),
        ("/api/v1/rules/{id}/tune", post(tune::tune_rule)),
        ("/api/v1/hunt", post(hunt::start_hunt).get(hunt::list_hunts)),
        ("/api/v1/hunt/{id}", get(hunt::show_hunt).delete(hunt::end_hunt)),
        ("/api/v1/attack", get(attack::attack_matrix)),
        ("/api/v1/attack/navigator", get(attack::attack_layer)),
        ("/api/v1/suppressions", get(suppressions::list_suppressions).post(suppressions::make_suppression)),
        ("/api/v1/suppressions/preview", post(suppressions::preview_suppression)),
        ("/api/v1/suppressions/{id}", delete(suppressions::end_suppression)),
        ("/api/v1/filter/parse", post(language::parse_filter)),
        ("/api/v1/filter/complete", post(complete::complete_filter)),
        ("/api/v1/fields", get(language::list_fields)),
        ("/api/v1/exporters", get(status::list_exporters)),
        ("/api/v1/exporters/{exporter}", get(status::show_exporter)),
        ("/api/v1/accounting", get(status::accounting)),
        ("/api/v1/health", get(status::health)),
        ("/api/v1/store/compact", post(status::compact_store)),
        ("/api/v1/openapi.json", get(status::openapi)),
        ("/metrics", get(status::metrics)),
    ]
}

/// Answers a method that a path does not take.
pub(crate) async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    ApiError::new(ErrorCode::MethodNotAllowed, format!("`{}` does not take {method}", uri.path()))
        .help("`/api/v1/openapi.json` lists the method of every path")
}
