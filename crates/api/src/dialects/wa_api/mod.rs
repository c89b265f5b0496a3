//! `wa_api`: device sessions, QR codes, one API key for each session, sending. On a listener of its own.

mod door;
mod messages;
mod sessions;
mod shape;
#[cfg(test)]
mod tests;

use axum::{Extension, Router, routing::any};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::http::{Api, surface, unknown_path};

pub use door::Door;
use shape::Shape;

pub(super) use shape::WaApiError;

/// The whole surface. `door` says who may manage sessions on the listener that it is served from.
pub fn router(api: Api, door: Door) -> Router {
    let routes = Router::from(documented())
        .route("/api", any(unknown_path))
        .route("/api/", any(unknown_path))
        .route("/api/{*rest}", any(unknown_path))
        .layer(Extension(door));
    surface::<Shape>(routes, api)
}

pub(super) fn openapi() -> OpenApi {
    documented().into_openapi()
}

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(sessions::list, sessions::create))
        .routes(routes!(sessions::details, sessions::delete))
        .routes(routes!(sessions::qr))
        .routes(routes!(sessions::set_key))
        .routes(routes!(messages::send))
}
