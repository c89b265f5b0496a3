//! Taking requests apart without trusting their headers.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::IntoResponse as _;
use serde::de::DeserializeOwned;

use super::error::Failed;

/// A JSON body, whatever `Content-Type` says; an empty one is `{}`.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failed;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failed> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let message = rejection.body_text();
            Failed::with_status(rejection.into_response().status(), message)
        })?;
        let bytes = if bytes.is_empty() { &b"{}"[..] } else { &bytes };
        let parsed = serde_json::from_slice(bytes);
        parsed.map(Self).map_err(|e| Failed::bad_request(format!("the body is not what this path takes: {e}")))
    }
}
