//! How Weir itself is doing, and the description of this API.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use crate::backend::Backend;
use crate::error::ApiError;
use crate::model::{Accounting, ErrorCode, ErrorResponse, ExporterDetail, ExporterList, Health, Status};
use crate::openapi::openapi_json;

type Shared = State<Arc<dyn Backend>>;

/// Asks the backend on a thread that may block.
pub(crate) async fn ask<T: Send + 'static>(
    backend: Arc<dyn Backend>,
    question: impl FnOnce(&dyn Backend) -> T + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(move || question(backend.as_ref()))
        .await
        .map_err(|error| ApiError::new(ErrorCode::Internal, "the answer was lost").detail(error.to_string()))
}

/// Tells whether Weir works, and on what.
#[utoipa::path(
    get,
    path = "/api/v1/health",
    tag = "status",
    responses(
        (status = 200, description = "Listeners and store are ready.", body = Health),
        (status = 503, description = "Weir is starting, failing or stopping.", body = Health),
    )
)]
pub(crate) async fn health(State(backend): Shared) -> Result<impl IntoResponse, ApiError> {
    let health = ask(backend, Backend::health).await?;
    let status = match health.status {
        Status::Ok => StatusCode::OK,
        Status::Starting | Status::Failing | Status::Stopping => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok((status, Json(health)))
}

/// Accounts for every datagram, record and row.
#[utoipa::path(
    get,
    path = "/api/v1/accounting",
    tag = "status",
    responses(
        (status = 200, description = "The three ledgers.", body = Accounting),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn accounting(State(backend): Shared) -> Result<Json<Accounting>, ApiError> {
    ask(backend, Backend::accounting).await.map(Json)
}

/// Lists the exporters heard of.
#[utoipa::path(
    get,
    path = "/api/v1/exporters",
    tag = "status",
    responses(
        (status = 200, description = "The exporters.", body = ExporterList),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn list_exporters(State(backend): Shared) -> Result<Json<ExporterList>, ApiError> {
    let exporters = ask(backend, Backend::exporters).await?;
    Ok(Json(ExporterList { exporters }))
}

/// Tells what is known of one exporter, with its templates.
#[utoipa::path(
    get,
    path = "/api/v1/exporters/{exporter}",
    tag = "status",
    params(("exporter" = String, Path, description = "Address of the exporter.", example = "192.0.2.1")),
    responses(
        (status = 200, description = "The exporter.", body = ExporterDetail),
        (status = 400, description = "The address is not understood.", body = ErrorResponse),
        (status = 404, description = "Nothing was heard from this address.", body = ErrorResponse),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
        (status = 503, description = "The collector is too busy to tell.", body = ErrorResponse),
    )
)]
pub(crate) async fn show_exporter(
    State(backend): Shared,
    Path(exporter): Path<String>,
) -> Result<Json<ExporterDetail>, ApiError> {
    let Ok(address) = exporter.parse::<IpAddr>() else {
        return Err(ApiError::new(ErrorCode::BadRequest, format!("`{exporter}` is no address"))
            .help("`/api/v1/exporters` lists the addresses of all exporters"));
    };
    // As exporters are listed: an IPv4 address is one however it is written.
    let address = address.to_canonical();
    let known = move |backend: &dyn Backend| {
        let mut exporters = backend.exporters();
        exporters.retain(|exporter| exporter.exporter == address);
        (exporters, backend.templates(address))
    };
    match ask(backend, known).await? {
        (_, None) => Err(ApiError::new(ErrorCode::Busy, "the collector is too busy to list templates")),
        (exporters, Some((_, 0))) if exporters.is_empty() => {
            Err(ApiError::new(ErrorCode::NotFound, format!("nothing was heard from {address}"))
                .help("`/api/v1/exporters` lists the addresses of all exporters"))
        }
        (exporters, Some((templates, templates_total))) => {
            Ok(Json(ExporterDetail { exporters, templates, templates_total }))
        }
    }
}

/// Puts all segments together, in the background and with the lowest priority, whatever their age.
#[utoipa::path(
    post,
    path = "/api/v1/store/compact",
    tag = "status",
    responses(
        (status = 202, description = "It has begun; `/api/v1/health` tells how many segments are sorted.", body = Health),
        (status = 500, description = "Something went wrong.", body = ErrorResponse),
    )
)]
pub(crate) async fn compact_store(State(backend): Shared) -> Result<impl IntoResponse, ApiError> {
    let health = ask(backend, |backend| {
        backend.compact();
        backend.health()
    });
    Ok((StatusCode::ACCEPTED, Json(health.await?)))
}

/// Tells every metric, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "status",
    responses((status = 200, description = "Metrics.", body = String, content_type = "text/plain; version=0.0.4"))
)]
pub(crate) async fn metrics(State(backend): Shared) -> Result<impl IntoResponse, ApiError> {
    let text = ask(backend, Backend::metrics).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

/// Describes this API.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "status",
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value))
)]
pub(crate) async fn openapi() -> impl IntoResponse {
    static JSON: LazyLock<String> = LazyLock::new(openapi_json);
    ([(header::CONTENT_TYPE, "application/json")], JSON.as_str())
}
