//! The description of `/v1` for programs, and a page made of it for people. Nothing is loaded from elsewhere.

mod description;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use utoipa::openapi::OpenApi;

use crate::http::Api;

pub(super) use description::description;

/// The page runs its own script and talks to its own origin only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router(document: &OpenApi) -> Router<Api> {
    let json = document.to_json().unwrap_or_default();
    Router::new()
        .route("/v1/openapi.json", get(async move || file("application/json", json.clone())))
        .route("/docs", get(async || file("text/html; charset=utf-8", include_str!("page.html"))))
        .route("/docs/", get(async || Redirect::permanent("/docs")))
        .route("/docs/page.js", get(async || file("text/javascript; charset=utf-8", include_str!("page.js"))))
        .route("/docs/page.css", get(async || file("text/css; charset=utf-8", include_str!("page.css"))))
}

fn file(kind: &'static str, text: impl IntoResponse) -> impl IntoResponse {
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (headers, text)
}
