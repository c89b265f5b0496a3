//! `wa_api`: device sessions, QR codes, one API key for each session, sending. On a listener of its own.

mod door;
mod messages;
mod sessions;
mod shape;
#[cfg(test)]
mod tests;

use axum::{
    Extension, Router,
    routing::{any, get, post, put},
};

use crate::http::{Api, surface, unknown_path};

pub use door::Door;
use shape::Shape;

/// The whole surface. `door` says who may manage sessions on the listener that it is served from.
pub fn router(api: Api, door: Door) -> Router {
    let routes = Router::new()
        .route("/api/sessions", get(sessions::list).post(sessions::create))
        .route("/api/sessions/{id}", get(sessions::details).delete(sessions::delete))
        .route("/api/sessions/{id}/qr", get(sessions::qr))
        .route("/api/sessions/{id}/api-key", put(sessions::set_key))
        .route("/api/messages/send", post(messages::send))
        .route("/api", any(unknown_path))
        .route("/api/", any(unknown_path))
        .route("/api/{*rest}", any(unknown_path))
        .layer(Extension(door));
    surface::<Shape>(routes, api)
}
