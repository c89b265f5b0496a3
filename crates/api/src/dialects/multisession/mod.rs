//! `multisession`: users sign in, each with sessions of their own; a WebSocket shows the QR code; messages go out by
//! session or by phone number. On the main listener.

mod groups;
mod login;
mod messages;
mod numbers;
mod sessions;
mod shape;
mod socket;
#[cfg(test)]
mod socket_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod use_cases;
mod webhook;

use axum::{Router, routing::any};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::dialects::docs;
use crate::http::{Api, surface, unknown_path};
use shape::Shape;

pub(super) use shape::MultisessionError;

/// Everything that this document has below `/api`, and the files for clients.
pub fn router(api: Api) -> Router {
    let routes = Router::from(documented())
        .merge(docs::files())
        .route("/api", any(unknown_path))
        .route("/api/", any(unknown_path))
        .route("/api/{*rest}", any(unknown_path));
    surface::<Shape>(routes, api)
}

pub(super) fn openapi() -> OpenApi {
    documented().into_openapi()
}

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(login::sign_in))
        .routes(routes!(sessions::list, sessions::create))
        .routes(routes!(sessions::show, sessions::delete))
        .routes(routes!(sessions::rename))
        .routes(routes!(webhook::update))
        .routes(routes!(sessions::connect))
        .routes(routes!(sessions::disconnect))
        .routes(routes!(messages::send_from_session))
        .routes(routes!(numbers::check))
        .routes(routes!(groups::list))
        .routes(routes!(messages::send_from_phone))
        .routes(routes!(socket::connect))
}
