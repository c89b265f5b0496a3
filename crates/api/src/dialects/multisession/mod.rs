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
mod tests;
mod webhook;

use axum::{
    Router,
    routing::{any, get, post, put},
};

use crate::http::{Api, surface, unknown_path};
use shape::Shape;

/// Everything that this document has below `/api`.
pub fn router(api: Api) -> Router {
    let routes = Router::new()
        .route("/api/login", post(login::sign_in))
        .route("/api/sessions", get(sessions::list).post(sessions::create))
        .route("/api/sessions/{id}", get(sessions::show).delete(sessions::delete))
        .route("/api/sessions/{id}/name", put(sessions::rename))
        .route("/api/sessions/{id}/webhook", put(webhook::update))
        .route("/api/sessions/{id}/connect", post(sessions::connect))
        .route("/api/sessions/{id}/disconnect", post(sessions::disconnect))
        .route("/api/sessions/{id}/send", post(messages::send_from_session))
        .route("/api/sessions/{id}/check-number", post(numbers::check))
        .route("/api/sessions/{id}/groups", get(groups::list))
        .route("/api/send", post(messages::send_from_phone))
        .route("/api/ws/{id}", any(socket::connect))
        .route("/api", any(unknown_path))
        .route("/api/", any(unknown_path))
        .route("/api/{*rest}", any(unknown_path));
    surface::<Shape>(routes, api)
}
