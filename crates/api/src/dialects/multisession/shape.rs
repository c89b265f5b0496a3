//! Errors are `{error, message}`: the kind of error, and what is wrong.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use switchboard_core::Error;
use utoipa::ToSchema;

use crate::http::{ErrorShape, Failure};

pub(super) struct Shape;

/// What went wrong.
#[derive(Serialize, ToSchema)]
pub(in crate::dialects) struct MultisessionError {
    /// The kind of error, after the status.
    #[schema(example = "Not Found")]
    error: &'static str,
    #[schema(example = "there is no session 1234567890")]
    message: String,
}

impl ErrorShape for Shape {
    fn render(failure: &Failure) -> Response {
        let status = match failure {
            // Clients of this document take 404 for "not found or not logged in".
            Failure::Refused(Error::NotConnected(_)) => StatusCode::NOT_FOUND,
            other => other.status(),
        };
        let error = status.canonical_reason().unwrap_or("Error");
        (status, Json(MultisessionError { error, message: failure.message() })).into_response()
    }
}
