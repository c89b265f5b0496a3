//! Errors are `{success: false, error}`.

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
        let (status, error) = match failure {
            // The document's own words, which clients compare with.
            Failure::Refused(Error::NotConnected(_)) => (StatusCode::BAD_REQUEST, "Session not connected".to_owned()),
            other => (other.status(), other.message()),
        };
        (status, Json(json!({ "success": false, "error": error }))).into_response()
    }
}
