//! Why a request is not answered as asked: one status and one word each, nothing about a person.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// The body is not the JSON of this call.
    Body,
    /// More than can be typed, or what cannot.
    Input,
    /// The device's key is missing or another one.
    Key,
    /// Nothing is there.
    Missing,
    /// The body did not come in time.
    Late,
    /// Steps go one after another; the last answered is named.
    Step(u32),
    /// There is nothing to carry or to print.
    Nothing,
    /// The visit is over, or never was.
    Over,
    /// The body is too large.
    Size,
    /// The body is not `application/json`.
    Type,
    /// Too many visits begin.
    Many,
    /// The store is away, or everything is busy: the same again, later.
    Unavailable,
    /// The printer does not take it.
    Printer,
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let (status, word) = match self {
            Self::Body => (StatusCode::BAD_REQUEST, "body"),
            Self::Input => (StatusCode::BAD_REQUEST, "input"),
            Self::Key => (StatusCode::FORBIDDEN, "key"),
            Self::Missing => (StatusCode::NOT_FOUND, "missing"),
            Self::Late => (StatusCode::REQUEST_TIMEOUT, "late"),
            Self::Step(step) => {
                let told = Json(json!({"error": "step", "step": step}));
                return (StatusCode::CONFLICT, told).into_response();
            }
            Self::Nothing => (StatusCode::CONFLICT, "nothing"),
            Self::Over => (StatusCode::GONE, "over"),
            Self::Size => (StatusCode::PAYLOAD_TOO_LARGE, "size"),
            Self::Type => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "type"),
            Self::Many => (StatusCode::TOO_MANY_REQUESTS, "many"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Printer => (StatusCode::SERVICE_UNAVAILABLE, "printer"),
        };
        (status, Json(json!({"error": word}))).into_response()
    }
}
