//! `bots`: what other programs ask about a session they call a bot. On the main listener.
//!
//! A valid credential of the wrong owner is told so here (403), as the document asks: see [`Bot`].

mod blocked_contacts;
mod bot;
mod call_blocking;
#[cfg(test)]
mod call_tests;
mod calls;
mod cron;
mod session;
#[cfg(test)]
mod session_tests;
mod shape;
#[cfg(test)]
mod tests;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{any, delete, get},
};

pub use self::bot::Bot;
use crate::http::{Api, LARGEST_STATE, surface, unknown_path};
use shape::Shape;

/// Everything that this document has below `/api/bots` and `/api/system`.
pub fn router(api: Api) -> Router {
    let session = get(session::hand_over)
        .post(session::issue_token)
        .put(session::give_back)
        .delete(session::take_back)
        .layer(DefaultBodyLimit::max(LARGEST_STATE));
    let routes = Router::new()
        .route("/api/bots/{id}/session", session)
        .route("/api/bots", any(unknown_path))
        .route("/api/bots/", any(unknown_path))
        .route("/api/bots/{id}/call-blocking", get(call_blocking::show).put(call_blocking::change))
        .route("/api/bots/{id}/blocked-contacts", get(blocked_contacts::list).post(blocked_contacts::block))
        .route("/api/bots/{id}/blocked-contacts/{contact}", delete(blocked_contacts::unblock))
        .route("/api/bots/{id}/calls", get(calls::list))
        .route("/api/system/cron/cleanup-blocks", get(cron::cleanup_blocks))
        // What a bot does not have; a wildcard at the bot's own place would leave no room for what it has.
        .route("/api/bots/{id}", any(unknown_path))
        .route("/api/bots/{id}/", any(unknown_path))
        .route("/api/bots/{id}/{*rest}", any(unknown_path))
        .route("/api/system", any(unknown_path))
        .route("/api/system/{*rest}", any(unknown_path));
    surface::<Shape>(routes, api)
}
