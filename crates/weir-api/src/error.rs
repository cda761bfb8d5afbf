//! An answer that is not a success.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use weir_alert::AlertError;

use crate::model::{ErrorBody, ErrorCode, ErrorResponse, FilterProblem};
use crate::time::TimeError;

/// What a handler returns when it cannot do what was asked.
#[derive(Debug, Clone)]
pub(crate) struct ApiError(Box<ErrorBody>);

/// Seconds after which a client may try again when the server is busy.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("2");

impl ApiError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(ErrorBody {
            code,
            message,
            help: None,
            detail: None,
            errors: Vec::new(),
            query_id: None,
        }))
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    pub(crate) fn problems(mut self, errors: Vec<FilterProblem>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Names the query that failed.
    pub(crate) fn of_query(mut self, query_id: &str) -> Self {
        self.0.query_id = Some(query_id.to_owned());
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    #[cfg(test)]
    pub(crate) fn body(&self) -> &ErrorBody {
        &self.0
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ApiError> for Box<ErrorBody> {
    fn from(error: ApiError) -> Self {
        error.0
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(ErrorResponse { error: *self.0 })).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response
    }
}

impl From<AlertError> for ApiError {
    fn from(error: AlertError) -> Self {
        let code = match error {
            AlertError::NotAnAddress { .. } | AlertError::HidesEverything => ErrorCode::BadRequest,
            AlertError::Filter { .. } => ErrorCode::BadFilter,
            AlertError::TooManySuppressions { .. } => ErrorCode::TooLarge,
            AlertError::Database { .. } | AlertError::Newer { .. } => ErrorCode::Internal,
        };
        let answer = Self::new(code, weir_telemetry::chain(&error));
        match error.help() {
            Some(help) => answer.help(help),
            None => answer,
        }
    }
}

impl From<TimeError> for ApiError {
    fn from(error: TimeError) -> Self {
        Self::new(ErrorCode::BadTime, error.to_string()).help(error.help())
    }
}
