//! The OpenAPI document, made from the types and handlers.

use utoipa::OpenApi;

use crate::route;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Weir",
        description = "Flow records, questions about them, and how Weir itself is doing.\n\nEvery error has the body \
                       `ErrorResponse`. POST requests must be `application/json`. Times in requests may be RFC 3339, \
                       milliseconds since 1970, `now`, or a distance such as `now-6h`.",
    ),
    tags(
        (name = "query", description = "Questions about flows."),
        (name = "alerts", description = "What was noticed, and what was done about it."),
        (name = "rules", description = "What can be noticed: rules, correlations, behavioural analytics, and ATT&CK."),
        (name = "language", description = "Fields and filters."),
        (name = "status", description = "How Weir itself is doing."),
    ),
    paths(
        route::query::query,
        route::timeseries::query_timeseries,
        route::flows::list_flows,
        route::alerts::list_alerts,
        route::alerts::alert_timeline,
        route::alert_actions::act_on_alerts,
        route::alert_export::export_alerts,
        route::alerts::show_alert,
        route::alerts::alert_history,
        route::rules::list_rules,
        route::rules::check_rules,
        route::rules::show_rule,
        route::rules::switch_rule,
        route::tune::tune_rule,
        route::hunt::start_hunt,
        route::hunt::list_hunts,
        route::hunt::show_hunt,
        route::hunt::end_hunt,
        route::attack::attack_matrix,
        route::attack::attack_layer,
        route::suppressions::list_suppressions,
        route::suppressions::make_suppression,
        route::suppressions::preview_suppression,
        route::suppressions::end_suppression,
        route::language::parse_filter,
        route::complete::complete_filter,
        route::language::list_fields,
        route::status::list_exporters,
        route::status::show_exporter,
        route::status::accounting,
        route::status::health,
        route::status::compact_store,
        route::status::metrics,
        route::status::openapi,
    )
)]
struct Document;

/// The OpenAPI 3.1 document as JSON, as served and as kept in `web/openapi.json`.
pub fn openapi_json() -> String {
    let mut json = Document::openapi().to_pretty_json().unwrap_or_default();
    json.push('\n');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `WEIR_WRITE=1 cargo test -p weir-api openapi` writes the file.
    #[test]
    fn the_committed_document_is_fresh() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/openapi.json");
        let json = openapi_json();
        if std::env::var_os("WEIR_WRITE").is_some_and(|value| value == "1") {
            std::fs::write(path, &json).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == json,
            "web/openapi.json is stale: run `WEIR_WRITE=1 cargo test -p weir-api openapi` and `make web`"
        );
    }

    #[test]
    fn it_is_openapi_3_1_and_every_reference_resolves() {
        let document: serde_json::Value = serde_json::from_str(&openapi_json()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let text = openapi_json();
        let mut references = 0;
        for found in text.split("\"#/components/schemas/").skip(1) {
            let name = found.split('"').next().unwrap();
            assert!(document["components"]["schemas"][name].is_object(), "{name} is not described");
            references += 1;
        }
        assert!(references > 20);
    }
}
