//! Reads a JSON request body: the right type, small enough, and in time.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::model::ErrorCode;

/// Largest request body. Enforced by the router's `DefaultBodyLimit`.
pub(crate) const BODY_LIMIT_BYTES: usize = 256 * 1024;

/// Time that a client has to send its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A request body that must be JSON, and says so.
///
/// A form on another site can send a POST, but not with this content type unless the browser asks first.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(&request) {
            return Err(ApiError::new(
                ErrorCode::UnsupportedMediaType,
                "the request body is not declared as JSON",
            )
            .help("send the header `Content-Type: application/json`"));
        }
        let body = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, state))
            .await
            .map_err(|_| {
                ApiError::new(ErrorCode::BodyTimeout, "the request body did not arrive within 10 s")
            })?
            .map_err(|rejection| {
                if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    ApiError::new(ErrorCode::BodyTooLarge, "the request body is larger than 256 KiB")
                } else {
                    ApiError::new(ErrorCode::BadRequest, "the request body could not be read")
                        .detail(rejection.body_text())
                }
            })?;
        serde_json::from_slice(&body).map(JsonBody).map_err(|error| {
            ApiError::new(ErrorCode::BadRequest, format!("the request body is not understood: {error}"))
                .help("`/api/v1/openapi.json` describes the body of each request")
        })
    }
}

fn is_json(request: &Request) -> bool {
    let Some(declared) = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let media_type = declared.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}
