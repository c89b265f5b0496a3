//! Errors are `{success: false, error, code}`: what is wrong, and the stable word for it.

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
pub(in crate::dialects) struct BotsError {
    /// Always false.
    success: bool,
    #[schema(example = "there is no session bot-1")]
    error: String,
    /// The stable word for programs.
    #[schema(example = "not_found")]
    code: &'static str,
}

impl ErrorShape for Shape {
    fn render(failure: &Failure) -> Response {
        let body = BotsError { success: false, error: failure.message(), code: failure.code() };
        (failure.status(), Json(body)).into_response()
    }
}
