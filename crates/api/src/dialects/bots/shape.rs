//! Errors are `{success: false, error, code}`: what is wrong, and the stable word for it.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::http::{ErrorShape, Failure};

pub(super) struct Shape;

impl ErrorShape for Shape {
    fn render(failure: &Failure) -> Response {
        let body = json!({ "success": false, "error": failure.message(), "code": failure.code() });
        (failure.status(), Json(body)).into_response()
    }
}
