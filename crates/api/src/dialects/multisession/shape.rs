//! Errors are `{error, message}`: the kind of error, and what is wrong.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use switchboard_core::Error;

use crate::http::{ErrorShape, Failure};

pub(super) struct Shape;

impl ErrorShape for Shape {
    fn render(failure: &Failure) -> Response {
        let status = match failure {
            // Clients of this document take 404 for "not found or not logged in".
            Failure::Refused(Error::NotConnected(_)) => StatusCode::NOT_FOUND,
            other => other.status(),
        };
        let error = status.canonical_reason().unwrap_or("Error");
        (status, Json(json!({ "error": error, "message": failure.message() }))).into_response()
    }
}
