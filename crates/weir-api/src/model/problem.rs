//! The one shape of every error.

use serde::Serialize;
use utoipa::ToSchema;

use super::FilterProblem;

/// Every answer that is not a success has this body.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorResponse {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong, for programs and for people.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorBody {
    /// A stable word to decide by.
    pub code: ErrorCode,
    /// What went wrong, in a sentence.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The causes beneath, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// For `bad_filter`: each mistake with its place in the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FilterProblem>,
    /// The query that failed, as it appears in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
}

/// The kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is not understood (400).
    BadRequest,
    /// A time or a time range is not understood (400).
    BadTime,
    /// The filter is not understood; `errors` has the places (400).
    BadFilter,
    /// A field or measure does not exist (400).
    UnknownName,
    /// The question asks for more than an answer may hold (400).
    TooLarge,
    /// The cursor is not one of this endpoint, or its rows are gone (400).
    BadCursor,
    /// The `Host` header names something that is not this server (403).
    HostNotAllowed,
    /// The `Origin` header names another site (403).
    OriginNotAllowed,
    /// There is nothing at this path (404).
    NotFound,
    /// The path does not take this method (405).
    MethodNotAllowed,
    /// The body did not arrive in time (408).
    BodyTimeout,
    /// The body is larger than 256 KiB (413).
    BodyTooLarge,
    /// The body is not `application/json` (415).
    UnsupportedMediaType,
    /// Something went wrong here (500).
    Internal,
    /// Too many queries run already, or the collector has no time to answer; try again after `Retry-After` seconds (503).
    Busy,
    /// The server is starting or stopping (503).
    Unavailable,
}

impl ErrorCode {
    /// The HTTP status of an answer with this code. 400 means that the question is at fault.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest
            | Self::BadTime
            | Self::BadFilter
            | Self::UnknownName
            | Self::TooLarge
            | Self::BadCursor => 400,
            Self::HostNotAllowed | Self::OriginNotAllowed => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::BodyTimeout => 408,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Internal => 500,
            Self::Busy | Self::Unavailable => 503,
        }
    }
}
