//! Errors are `{success: false, error}`.

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
pub(in crate::dialects) struct WaApiError {
    /// Always false.
    success: bool,
    #[schema(example = "Session not connected")]
    error: String,
}

impl ErrorShape for Shape {
    fn render(failure: &Failure) -> Response {
        let (status, error) = match failure {
            // The document's own words, which clients compare with.
            Failure::Refused(Error::NotConnected(_)) => (StatusCode::BAD_REQUEST, "Session not connected".to_owned()),
            other => (other.status(), other.message()),
        };
        (status, Json(WaApiError { success: false, error })).into_response()
    }
}
