//! Errors are `{success: false, error}`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{ErrorShape, Failure};

pub(super) struct Shape;

/// What went wrong.
#[derive(Serialize, ToSchema)]
pub(in crate::dialects) struct MicroserviceError {
    /// Always false.
    success: bool,
    #[schema(example = "phoneNumber: is missing")]
    error: String,
}

impl ErrorShape for Shape {
    fn render(failure: &Failure) -> Response {
        (failure.status(), Json(MicroserviceError { success: false, error: failure.message() })).into_response()
    }
}
