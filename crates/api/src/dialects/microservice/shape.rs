//! Errors are `{success: false, error}`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::http::{ErrorShape, Failure};

pub(super) struct Shape;

impl ErrorShape for Shape {
    fn render(failure: &Failure) -> Response {
        (failure.status(), Json(json!({ "success": false, "error": failure.message() }))).into_response()
    }
}
